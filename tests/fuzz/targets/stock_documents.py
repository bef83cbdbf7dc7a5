"""The bodies of the rules for the stock, of the transfers and of the pickup orders."""

from __future__ import annotations

from contextlib import suppress

from edge.shop.pickups.document import parse_pickups
from edge.shop.stock.document import parse_stock
from edge.shop.stock.transfer_document import parse_transfers
from sync.adopters import DocumentRefused


def feed(data: bytes) -> None:
    """Signed by headquarters, and wrong all the same."""
    for parse in (parse_stock, parse_transfers, parse_pickups):
        with suppress(DocumentRefused):
            parse(data)
