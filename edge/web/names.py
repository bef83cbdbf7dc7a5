"""Names that come in an address or a form: of a till, an order, a refund. They end up in events, so no card number may be one.

``POST /api/orders/till-1/4929107853461286/refunds`` is answered 400; the same name from a till is refused by drivers/reports.py.
"""

from __future__ import annotations

from http import HTTPStatus

from drivers.pos.cards import may_hold_card
from edge.web.problems import Problem

LONGEST = 100
CODES = frozenset({"code", "coupon", "job", "name", "request", "token"})
"""Places of addresses that are looked up and never kept; a barcode may look like a card, and so does one job in 270."""


def check_address(places: dict[str, str]) -> None:
    """Check what stands in the places of an address. Raises Problem."""
    for place, value in places.items():
        check_text(place, value)
        if place not in CODES:
            check_name(place, value)


def check_name(what: str, name: str | None) -> None:
    """``name`` may be kept as the name of something. Raises Problem."""
    if name is None:
        return
    check_text(what, name)
    if may_hold_card(name):
        told = f"{what} holds what may be a card number: number it otherwise, for example with a letter in front"
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-name", told)


def check_text(what: str, text: str) -> None:
    """``text`` is short and has nothing that cannot be written down or shown. Raises Problem."""
    if len(text) > LONGEST or not text.isprintable():
        told = f"{what} has at most {LONGEST} characters, and each of them can be printed"
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-name", told)
