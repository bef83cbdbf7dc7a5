"""What shelves and stock hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part
from edge.shop.stock.levels import StockChanged
from edge.shop.stock.shelf_events import ShelfAdjusted, ShelfDoubted, ShelfPicked, ShelfPut

STOCK = Part(events=(ShelfPicked, ShelfPut, ShelfAdjusted, ShelfDoubted, StockChanged))
