"""What the box believes of what headquarters told it."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from joserfc.jwk import OKPKey

from sync.adopters import Adopter, DocumentRefused, Step
from sync.cloud.signing import Terms, sign_document, sign_manifest
from sync.disk import JournalUnavailable
from sync.document_desk import Adopted, DocumentDesk, Refused, Unchanged
from sync.document_events import DocumentAdopted, DocumentNotAdopted
from sync.documents import Manifest
from sync.events import Event
from sync.identity import Trust
from sync.signatures import public_text, sign
from tests.sync.cloud.small_shop import Shop, Sold, entry, open_shop

KEY = OKPKey.generate_key("Ed25519", private=True)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Prices(msgspec.Struct):
    prices: dict[str, int]


def _parse(body: bytes) -> Prices:
    try:
        return msgspec.json.decode(body, type=Prices)
    except msgspec.ValidationError as error:
        raise DocumentRefused(f"its prices are not right: {error}") from error


def _adopt(parsed: Prices, version: int, db: sqlite3.Connection) -> Iterable[Event]:
    db.execute("DELETE FROM prices")
    db.executemany("INSERT INTO prices VALUES (?, ?)", parsed.prices.items())
    if "recalled" in parsed.prices:
        raise DocumentRefused("product 'recalled' may not be sold")
    if "bug" in parsed.prices:
        raise ZeroDivisionError("a bug")
    return [Sold(number=version)]


PRICES = Adopter(kind="prices", parse=_parse, adopt=_adopt)
TERMS = Terms(kind="prices", version=1, issued_at=NOW, not_before=NOW - timedelta(hours=1), expires=NOW + timedelta(days=1))


def _signed(prices: dict[str, Any] | None = None, **changes: Any) -> str:
    return sign_document(KEY, replace(TERMS, **changes), body=msgspec.json.encode({"prices": prices or {"apple": 500}}))


async def _shop_table(shop: Shop) -> None:
    def make(db: sqlite3.Connection) -> list[Event]:
        db.execute("CREATE TABLE IF NOT EXISTS prices (sku TEXT PRIMARY KEY, price_minor INTEGER)")
        return []

    await shop.journal.record(entry(decide=make))


async def _prices(shop: Shop) -> dict[str, int]:
    return dict(await shop.journal.query(lambda db: db.execute("SELECT sku, price_minor FROM prices").fetchall()))


def _desk(
    shop: Shop,
    *,
    trust: Callable[[], Trust | None] = lambda: Trust(signing_key=public_text(KEY), store="s-1"),
    clock: Literal["synced", "unsynced"] = "synced",
    now: datetime = NOW,
    adopter: Adopter = PRICES,
) -> DocumentDesk:
    return DocumentDesk(shop.journal, [adopter], box=shop.box, trust=trust, clock=lambda: clock, now=lambda: now)


@pytest.fixture
async def priced(shop: Shop) -> Shop:
    await _shop_table(shop)
    return shop


async def test_a_document_is_adopted_and_told(priced: Shop) -> None:
    assert await _desk(priced).adopt(_signed()) == Adopted(kind="prices", version=1)
    assert await _prices(priced) == {"apple": 500}
    assert [event.number for event in await priced.events(Sold)] == [1]
    (told,) = await priced.events(DocumentAdopted)
    assert (told.kind, told.version, len(told.digest)) == ("prices", 1, 64)
    row = await priced.journal.query(lambda db: db.execute("SELECT kind, version, digest, adopted_at FROM documents").fetchone())
    assert row == ("prices", 1, bytes.fromhex(told.digest), "2026-03-01T12:00:00.000Z")


async def test_a_newer_one_replaces_it(priced: Shop) -> None:
    desk = _desk(priced)
    await desk.adopt(_signed())
    assert await desk.adopt(_signed({"pear": 600}, version=5)) == Adopted(kind="prices", version=5)
    assert await _prices(priced) == {"pear": 600}


async def test_the_same_one_again_changes_nothing(priced: Shop) -> None:
    desk = _desk(priced)
    document = _signed()
    await desk.adopt(document)
    assert await desk.adopt(document) == Unchanged(kind="prices", version=1)
    assert len(await priced.events(DocumentAdopted)) == 1
    assert await priced.events(DocumentNotAdopted) == []


def _manifest(**changes: Any) -> str:
    return sign_manifest(KEY, replace(TERMS, **changes), Manifest(sha256="0" * 64, size=10, url="v1/bodies/x", rows="prices"))


def _payload(content: dict[str, Any]) -> str:
    base = {"kind": "prices", "version": 1, "issued_at": NOW, "not_before": NOW, "body": {}}
    return sign(msgspec.json.encode(base | content), KEY, typ="storebox-document+jws")


def _second(prices: dict[str, Any] | None = None, **changes: Any) -> str:
    return _signed(prices, version=2, **changes)


NEVER_SIGNED = sign_document(OKPKey.generate_key("Ed25519", private=True), TERMS, body=b"{}")
MANIFEST = {"sha256": "0" * 64, "size": 1, "url": "x", "rows": "x"}


BAD_DOCUMENTS = (
    (
        _second(not_before=NOW + timedelta(hours=1)),
        "prices",
        "it holds from 2026-03-01T13:00:00+00:00 on; publish it again then",
    ),
    (_second(expires=NOW - timedelta(minutes=1)), "prices", "it expired at 2026-03-01T11:59:00+00:00; publish a new version"),
    (
        _second(expires=NOW - timedelta(hours=2)),
        "prices",
        "it expires before it begins to hold; look at not_before and expires",
    ),
    (_second(store="s-2"), "prices", "it is for store s-2; this box belongs to s-1"),
    (_second(box="0" * 32), "prices", "it is for box 00000000000000000000000000000000; this one is "),
    (_second(kind="planets"), "planets", "this box knows no documents of kind 'planets', only: prices"),
    (_second({"apple": "free"}), "prices", "its prices are not right: Expected `int`, got `str` - at `$.prices[...]`"),
    (_second({"recalled": 1}), "prices", "product 'recalled' may not be sold"),
    (
        _manifest(version=2),
        "prices",
        "its body is at v1/bodies/x, but this box has no cloud to fetch it from; set [cloud] url",
    ),
    (_payload({"version": 2, "manifest": MANIFEST}), "prices", "it must have either a body or a manifest"),
    (_payload({"version": 0}), "", "its payload is no document: Expected `int` >= 1 - at `$.version`"),
    (_payload({"issued_at": "2026-03-01T00:00:00"}), "", "Expected `datetime` with a timezone component"),
    (sign(b"[]", KEY, typ="storebox-document+jws"), "", "its payload is no document: Expected `object`, got `array`"),
    (sign(b"{}", KEY, typ="storebox-command+jws"), "", "its header says typ 'storebox-command+jws'"),
    ("rubbish", "", "not a JWS signed with Ed25519"),
    (NEVER_SIGNED, "", "the signature is not from this box's signing key; was it signed for another cloud?"),
)


async def test_a_bad_document_is_refused_and_headquarters_is_told(priced: Shop) -> None:
    desk = _desk(priced)
    await desk.adopt(_signed({"apple": 1}))
    for number, (document, kind, reason) in enumerate(BAD_DOCUMENTS, start=1):
        verdict = await desk.adopt(document)
        assert isinstance(verdict, Refused)
        assert (verdict.kind, verdict.version) == (kind, 2 if kind else 0)
        assert reason in verdict.reason
        told = await priced.events(DocumentNotAdopted)
        assert len(told) == number
        assert (told[-1].kind, told[-1].version, told[-1].reason) == (verdict.kind, verdict.version, verdict.reason)
        assert await _prices(priced) == {"apple": 1}


async def test_an_older_version_is_never_adopted_not_even_after_a_restart(tmp_path: Path) -> None:
    old, new = _signed({"apple": 1}, version=3), _signed({"apple": 2}, version=4)
    async with open_shop(tmp_path / "box") as shop:
        await _shop_table(shop)
        desk = _desk(shop)
        await desk.adopt(old)
        await desk.adopt(new)
        assert isinstance(await desk.adopt(old), Refused)
    async with open_shop(tmp_path / "box") as again:
        verdict = await _desk(again).adopt(old)
        assert verdict == Refused(
            kind="prices", version=3, reason="version 4 is at work; an older one is never adopted, publish version 5"
        )
        assert await _prices(again) == {"apple": 2}
        assert await _desk(again).adopt(new) == Unchanged(kind="prices", version=4)


async def test_a_version_means_one_content(priced: Shop) -> None:
    desk = _desk(priced)
    await desk.adopt(_signed({"apple": 1}))
    verdict = await desk.adopt(_signed({"apple": 2}))
    reason = "version 1 is at work with other content; publish the change as version 2"
    assert verdict == Refused(kind="prices", version=1, reason=reason)
    assert await _prices(priced) == {"apple": 1}


async def test_a_refusal_in_the_transaction_leaves_no_trace(priced: Shop) -> None:
    desk = _desk(priced)
    await desk.adopt(_signed({"apple": 1}))
    assert isinstance(await desk.adopt(_signed({"recalled": 1}, version=2)), Refused)
    assert await _prices(priced) == {"apple": 1}
    assert await desk.adopt(_signed({"apple": 3}, version=2)) == Adopted(kind="prices", version=2)


async def test_a_bug_in_an_adopter_refuses_that_document_only(priced: Shop) -> None:
    desk = _desk(priced)
    await desk.adopt(_signed({"apple": 1}))
    verdict = await desk.adopt(_signed({"bug": 1}, version=2))
    assert isinstance(verdict, Refused)
    assert verdict.reason == "the box could not decide it (ZeroDivisionError); it is kept as a dead letter, call support"
    assert await _prices(priced) == {"apple": 1}
    assert (await priced.journal.figures()).dead_letters == 1
    assert await desk.adopt(_signed({"apple": 2}, version=3)) == Adopted(kind="prices", version=3)


async def test_without_a_synced_clock_no_date_is_judged(priced: Shop) -> None:
    desk = _desk(priced, clock="unsynced", now=datetime(1970, 1, 1, tzinfo=UTC))
    assert await desk.adopt(_signed()) == Adopted(kind="prices", version=1)
    late = _desk(priced, clock="unsynced", now=datetime(2100, 1, 1, tzinfo=UTC))
    assert await late.adopt(_signed(version=2)) == Adopted(kind="prices", version=2)


async def test_two_clocks_may_differ_a_little(priced: Shop) -> None:
    assert await _desk(priced).adopt(_signed(not_before=NOW + timedelta(seconds=30))) == Adopted(kind="prices", version=1)


async def test_what_was_adopted_stays_when_it_expires(priced: Shop) -> None:
    await _desk(priced).adopt(_signed())
    late = _desk(priced, now=NOW + timedelta(days=30))
    assert await late.adopt(_signed()) == Unchanged(kind="prices", version=1)
    assert await _prices(priced) == {"apple": 500}


async def test_a_box_that_trusts_nobody_adopts_nothing(priced: Shop) -> None:
    verdict = await _desk(priced, trust=lambda: None).adopt(_signed())
    reason = "this box trusts no signing key yet; claim it or set [cloud] signing_key_file"
    assert verdict == Refused(kind="", version=0, reason=reason)


async def test_a_box_without_a_store_takes_only_what_is_for_all(priced: Shop) -> None:
    desk = _desk(priced, trust=lambda: Trust(signing_key=public_text(KEY), store=None))
    verdict = await desk.adopt(_signed(store="s-1"))
    assert verdict == Refused(kind="prices", version=1, reason="it is for store s-1; this box belongs to no store")
    assert await desk.adopt(_signed()) == Adopted(kind="prices", version=1)


async def test_a_full_disk_postpones_and_refuses_nothing(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "box") as shop:
        await _shop_table(shop)
    async with open_shop(tmp_path / "box", quota_bytes=1) as full:
        for document in (_signed(), "rubbish"):
            with pytest.raises(JournalUnavailable):
                await _desk(full).adopt(document)
    async with open_shop(tmp_path / "box") as again:
        assert await _desk(again).adopt(_signed()) == Adopted(kind="prices", version=1)


async def test_two_at_once_are_taken_one_after_the_other(priced: Shop) -> None:
    desk = _desk(priced)
    verdicts = await asyncio.gather(*(desk.adopt(_signed(version=version)) for version in (3, 1, 2)))
    assert [type(verdict) for verdict in verdicts] == [Adopted, Refused, Refused]


async def test_orders_are_recorded_while_a_large_document_is_staged(priced: Shop) -> None:
    recorded = asyncio.Event()
    seen: list[int] = []

    def stage(_parsed: object, _version: int) -> Iterator[Step]:
        for _ in range(20):
            yield lambda db: seen.append(db.execute("SELECT count(*) FROM events").fetchone()[0])

    async def sell() -> None:
        while not recorded.is_set():
            await priced.journal.record(entry(decide=lambda _db: [Sold(number=1)]))

    desk = _desk(priced, adopter=replace(PRICES, stage=stage))
    async with asyncio.TaskGroup() as group:
        group.create_task(sell(), name="till")
        assert await desk.adopt(_signed()) == Adopted(kind="prices", version=1)
        recorded.set()
    assert len(seen) == 20
    assert seen[-1] > seen[0], "orders were committed between the steps"


async def test_a_bug_in_the_staging_refuses_the_document(priced: Shop) -> None:
    def insert_nowhere(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO no_such_table VALUES (1)")

    def stage(_parsed: object, _version: int) -> Iterator[Step]:
        yield insert_nowhere

    desk = _desk(priced, adopter=replace(PRICES, stage=stage))
    refused = await desk.adopt(_signed())
    assert isinstance(refused, Refused)
    assert refused.reason == "the box could not decide it (OperationalError); it is kept as a dead letter, call support"
    assert await _prices(priced) == {}
