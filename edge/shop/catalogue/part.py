"""What the catalogue hands to the journal."""

from __future__ import annotations

from edge.shop.catalogue.document import catalogue_adopter
from edge.shop.part import Part

CATALOGUE = Part(adopters=lambda shop: (catalogue_adopter(shop),))
