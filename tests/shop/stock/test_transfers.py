"""A transfer is checked against its advance notice by scanning, and booked once, by what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.declined import Declined
from edge.shop.stock.available import physical
from edge.shop.stock.handled import Handled
from edge.shop.stock.levels import StockChanged
from edge.shop.stock.transfer_document import adopt_transfers, parse_transfers
from edge.shop.stock.transfer_events import TransferLine, TransferReceived, TransferScanned, TransferShipped
from edge.shop.stock.transfers import close_transfer, find_transfer, open_transfers, scan_transfer
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


def notice(transfer: str = "T-1", direction: str = "in", lines: Any = None, **more: Any) -> dict[str, Any]:
    usual = [{"sku": "milk", "qty": 3}, {"sku": "4011", "grams": 2_000}]
    return {"transfer": transfer, "direction": direction, "other_store": "shop-2", "lines": lines or usual} | more


def announce(floor: Floor, *notices: dict[str, Any]) -> None:
    adopt_transfers(parse_transfers(msgspec.json.encode({"transfers": notices})), 1, floor.db)


def scan(floor: Floor, code: str, qty: int = 1, unit: Any = "piece", transfer: str = "T-1") -> TransferScanned:
    (scanned,) = floor.ask(scan_transfer(transfer, Handled(code=code, qty=qty, unit=unit), "wang"))
    assert isinstance(scanned, TransferScanned)
    return scanned


def declined(floor: Floor, decision: Any) -> tuple[str, str]:
    with pytest.raises(Declined) as refused:
        floor.ask(decision)
    return refused.value.key, str(refused.value)


def test_what_came_is_booked_when_it_is_closed_with_every_difference(floor: Floor) -> None:
    announce(floor, notice())
    assert scan(floor, "milk").verdict == "expected"
    assert scan(floor, "6901234567892", qty=3) == TransferScanned(
        transfer="T-1", by="wang", sku="milk", unit="piece", qty=3, scanned=4, announced=3, verdict="over"
    )
    assert scan(floor, "4017", 500, "g").verdict == "unknown"
    assert physical(floor.db, "milk") == 0
    received, *changes = floor.ask(close_transfer("T-1", "wang"))
    assert received == TransferReceived(
        transfer="T-1",
        by="wang",
        other_store="shop-2",
        closed_at="2026-03-01T10:00:00.000Z",
        whole=False,
        lines=(
            TransferLine(sku="4011", unit="g", announced=2_000, scanned=0, difference=-2_000),
            TransferLine(sku="4017", unit="g", announced=0, scanned=500, difference=500),
            TransferLine(sku="milk", unit="piece", announced=3, scanned=4, difference=1),
        ),
    )
    assert received.subject() == "T-1"
    assert [(each.sku, each.qty, each.reason) for each in changes if isinstance(each, StockChanged)] == [
        ("4017", 500, "transfer-in"),
        ("milk", 4, "transfer-in"),
    ]


def test_a_whole_transfer_says_so(floor: Floor) -> None:
    announce(floor, notice(lines=[{"sku": "milk", "qty": 2}]))
    scan(floor, "milk", 2)
    received, _ = floor.ask(close_transfer("T-1", "wang"))
    assert isinstance(received, TransferReceived)
    assert received.whole


def test_it_is_closed_once(floor: Floor) -> None:
    announce(floor, notice())
    scan(floor, "milk")
    floor.ask(close_transfer("T-1", "wang"))
    told = ("transfer-closed", "transfer T-1 is closed: nothing more is booked for it")
    assert declined(floor, close_transfer("T-1", "li")) == told
    assert declined(floor, scan_transfer("T-1", Handled(code="milk", qty=1), "li")) == told
    announce(floor, notice(lines=[{"sku": "milk", "qty": 99}]))
    assert declined(floor, close_transfer("T-1", "li")) == told
    assert physical(floor.db, "milk") == 1


def test_what_goes_out_must_be_announced_and_no_more_than_that(floor: Floor) -> None:
    announce(floor, notice(direction="out", lines=[{"sku": "milk", "qty": 1}]))
    scan(floor, "milk")
    assert declined(floor, scan_transfer("T-1", Handled(code="milk", qty=1), "wang")) == (
        "transfer-over",
        "T-1 takes 1 of milk, this would make 2: leave it here",
    )
    assert declined(floor, scan_transfer("T-1", Handled(code="4017", qty=1), "wang"))[0] == "transfer-unknown"
    shipped, change = floor.ask(close_transfer("T-1", "wang"))
    assert isinstance(shipped, TransferShipped)
    assert isinstance(change, StockChanged)
    assert (change.qty, change.reason, physical(floor.db, "milk")) == (-1, "transfer-out", -1)


def test_what_was_not_announced_or_not_scanned_is_declined(floor: Floor) -> None:
    announce(floor, notice())
    assert declined(floor, close_transfer("T-9", "wang")) == (
        "unknown-transfer",
        "no transfer T-9 was announced: ask headquarters",
    )
    assert declined(floor, close_transfer("T-1", "wang")) == (
        "transfer-empty",
        "nothing of T-1 was scanned yet: scan what is there first",
    )
    assert declined(floor, scan_transfer("T-1", Handled(code="milk", qty=0), "wang")) == (
        "bad-quantity",
        "0 of milk was scanned: write at least 1",
    )


def test_a_newer_notice_changes_and_withdraws_but_loses_no_scan(floor: Floor) -> None:
    announce(floor, notice(), notice("T-2"), notice("T-3"))
    scan(floor, "milk")
    scan(floor, "milk", transfer="T-3")
    announce(floor, notice(lines=[{"sku": "4017", "grams": 10}], expected_on="2026-03-02"))
    assert [each.transfer for each in open_transfers(floor.db)] == ["T-3", "T-1"]
    changed = find_transfer(floor.db, "T-1")
    assert changed is not None
    assert [(line.sku, line.announced, line.scanned) for line in changed.lines] == [("4017", 10, 0), ("milk", 0, 1)]
    assert find_transfer(floor.db, "T-2") is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "the transfers cannot be read: Input data was truncated"),
        (
            {"transfers": [notice(direction="up")]},
            "the transfers cannot be read: Invalid enum value 'up' - at `$.transfers[0].direction`",
        ),
        (
            {"transfers": [notice(), notice()]},
            "T-1 at `$.transfers[1].transfer` stands at `$.transfers[0].transfer` already",
        ),
        (
            {"transfers": [notice(lines=[{"sku": "milk"}])]},
            "milk at `$.transfers[0].lines[0]` needs either qty or grams",
        ),
        (
            {"transfers": [notice(lines=[{"sku": "milk", "qty": 1}, {"sku": "milk", "qty": 2}])]},
            "milk at `$.transfers[0].lines[1]` stands at `$.transfers[0].lines[0]` already",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place(body: Any, problem: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_transfers(body if isinstance(body, bytes) else msgspec.json.encode(body))
    assert str(refused.value) == problem
