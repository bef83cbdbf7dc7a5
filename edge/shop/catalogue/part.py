"""What the catalogue hands to the journal."""

from __future__ import annotations

from edge.shop.catalogue.cards import ProductViewed
from edge.shop.catalogue.document import catalogue_adopter
from edge.shop.catalogue.menus import MENU_TIMER, CatalogueActivated, menu_adopter
from edge.shop.catalogue.planogram import planogram_adopter
from edge.shop.catalogue.price_changes import PRICE_TIMER
from edge.shop.catalogue.price_document import price_adopter
from edge.shop.catalogue.price_events import LabelShown, PriceApplied, PriceMissed, PriceTaken, ProductsMissing
from edge.shop.catalogue.tables import GOODS_TABLES
from edge.shop.part import Part

CATALOGUE = Part(
    events=(PriceApplied, LabelShown, PriceTaken, PriceMissed, ProductsMissing, CatalogueActivated, ProductViewed),
    migrations=(GOODS_TABLES,),
    adopters=lambda shop: (catalogue_adopter(shop), price_adopter(shop), menu_adopter(shop), planogram_adopter(shop)),
    timers=(MENU_TIMER, PRICE_TIMER),
)
