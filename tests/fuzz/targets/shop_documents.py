"""The bodies of prices, menus and planograms, of members, staff, messages and experiments."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

from edge.shop.catalogue.menus import parse_menus
from edge.shop.catalogue.planogram import parse_planogram
from edge.shop.catalogue.price_document import parse_prices
from edge.shop.insight.experiments import parse_experiments
from edge.shop.members.document import parse_member_lines, parse_members
from edge.shop.staff.document import parse_staff
from edge.shop.staff.messages import parse_messages
from sync.adopters import DocumentRefused


def feed(data: bytes) -> None:
    """Signed by headquarters, and wrong all the same."""
    for parse in (parse_members, parse_staff, parse_messages, parse_experiments, parse_planogram, parse_menus):
        with suppress(DocumentRefused):
            parse(data)
    with suppress(DocumentRefused):
        parse_prices(data, "CNY", "Asia/Shanghai")
    with suppress(DocumentRefused):
        for _ in parse_member_lines(BytesIO(data)).rows():
            pass
