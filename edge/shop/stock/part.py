"""What shelves and stock hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part
from edge.shop.stock.counting import StockCounted
from edge.shop.stock.document import stock_adopter
from edge.shop.stock.levels import StockChanged
from edge.shop.stock.shelf_events import ShelfAdjusted, ShelfDoubted, ShelfPicked, ShelfPut
from edge.shop.stock.slots import ShelfLow, ShelfRefilled, StockResumed, StockStopped
from edge.shop.stock.tables import STOCK_TABLES
from edge.shop.stock.transfer_document import transfers_adopter
from edge.shop.stock.transfer_events import TransferReceived, TransferScanned, TransferShipped
from edge.shop.stock.trial import TRIALS, TrialCounted

STOCK = Part(
    events=(
        ShelfPicked,
        ShelfPut,
        ShelfAdjusted,
        ShelfDoubted,
        StockChanged,
        ShelfLow,
        ShelfRefilled,
        StockStopped,
        StockResumed,
        StockCounted,
        TransferScanned,
        TransferReceived,
        TransferShipped,
        TrialCounted,
    ),
    migrations=(STOCK_TABLES,),
    adopters=lambda shop: (stock_adopter(shop), transfers_adopter(shop)),
    timers=(TRIALS,),
)
