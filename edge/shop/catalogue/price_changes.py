"""When the price of a product changes, scale, till and label are told in the same transaction; each proves it by its job.

The clock drives a walk in two parts. One follows the changes of the prices document by their moment, up to now. The other looks
again at everything that was ever changed or hangs on a label, after a document or a menu changed. Both only compare: a product
that costs and shows what it did makes no event, so a walk that is walked twice does nothing twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from edge.shop.catalogue.faces import Face, Place, face_of, places_of
from edge.shop.catalogue.price_events import LabelShown, PriceApplied, PriceMissed, PricePlace, PriceTaken, ProductsMissing
from edge.shop.catalogue.prices import milliseconds, moment_of
from edge.shop.catalogue.products import Product, product_of
from edge.shop.job_events import JobDismissed, JobFinished
from edge.shop.jobs import Job, find_job, finish_job, queue_job
from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

PIECE = 100
"""Products that are looked at in one transaction: with a label each some 15 ms."""

SOURCES = (
    "applied_prices WHERE true",
    "price_places WHERE true",
    "price_rows WHERE version = (SELECT version FROM prices) AND price_group != 'default'",
)
SHOWN_SKUS = 20
MOST_AGAIN = 10
AGAIN = "again: "
"""How the cause of a job begins that a person had done once more (edge/job_desk.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    done_ms: int
    done_sku: str
    look_after: str | None


def prices_due(db: sqlite3.Connection, at: datetime, _shop: Shop) -> bool:
    """Whether a price takes effect, or must be looked at again; also when the clock was set back before what was done."""
    walk, at_ms = _walk(db), milliseconds(at)
    return walk.look_after is not None or walk.done_ms > at_ms or bool(_changes_due(db, walk, at_ms, 1))


def apply_prices(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """Look at the next ``PIECE`` products, and say of each that changed what it costs now."""
    walk, at_ms = _walk(db), milliseconds(moment.at)
    if walk.done_ms > at_ms:  # what was done by a clock that was ahead is done again by this one
        db.execute("UPDATE price_walk SET done_ms = -1, done_sku = '', look_after = ''")
        return
    due = _changes_due(db, walk, at_ms, PIECE)
    if due:
        db.execute("UPDATE price_walk SET done_ms = ?, done_sku = ?", due[-1])
        yield from _applied([sku for _at_ms, sku in due], moment, db, told="prices")
    elif walk.look_after is not None:
        skus = _looked_at(db, walk.look_after)
        db.execute("UPDATE price_walk SET look_after = ?", (skus[-1] if skus else None,))
        yield from _applied(skus, moment, db)


def look_again(db: sqlite3.Connection) -> None:
    """Have every product that has a label or a changed price looked at; called by whatever changes what they cost."""
    db.execute("UPDATE price_walk SET look_after = ''")


def settle_place(finished: JobFinished, moment: Moment, db: sqlite3.Connection) -> Iterable[Event]:
    """What became of a price at one place, when its job is over; also one that a person had done again."""
    job = _first_of(finished.job, db)
    row = db.execute(
        """
        SELECT kind, device, place, number, sku, price_minor FROM price_proofs JOIN price_changes USING (number) WHERE job = ?
        """,
        (job,),
    ).fetchone()
    if row is None:
        return
    kind, device, place, number, sku, price_minor = row
    same = {"change": number, "sku": sku, "price_minor": price_minor, "device": device, "place": place, "job": job}
    at = rfc3339(moment.at)
    if finished.outcome != "confirmed":
        yield PriceMissed(**same, at=at, outcome=finished.outcome, detail=finished.detail)
    elif kind == "label":
        yield LabelShown(**same, at=at)
    else:
        yield PriceTaken(**same, at=at)


PRICE_TIMER = Timer(name="prices", is_due=prices_due, decide=apply_prices, silent=True)


def _walk(db: sqlite3.Connection) -> _Walk:
    done_ms, done_sku, look_after = db.execute("SELECT done_ms, done_sku, look_after FROM price_walk").fetchone()
    return _Walk(done_ms=done_ms, done_sku=done_sku, look_after=look_after)


def _changes_due(db: sqlite3.Connection, walk: _Walk, at_ms: int, limit: int) -> list[tuple[int, str]]:
    return db.execute(
        """
        SELECT DISTINCT at_ms, sku FROM price_rows WHERE version = (SELECT version FROM prices)
        AND (at_ms, sku) > (?, ?) AND at_ms <= ? ORDER BY at_ms, sku LIMIT ?
        """,
        (walk.done_ms, walk.done_sku, at_ms, limit),
    ).fetchall()


def _looked_at(db: sqlite3.Connection, after: str) -> list[str]:
    """The next products that were changed before, hang on a label, or have a price of a group, which a menu may switch."""
    found: set[str] = set()
    for source in SOURCES:
        statement = f"SELECT DISTINCT sku FROM {source} AND sku > ? ORDER BY sku LIMIT ?"  # noqa: S608 - our own words
        found |= {sku for (sku,) in db.execute(statement, (after, PIECE))}
    return sorted(found)[:PIECE]


def _applied(skus: list[str], moment: Moment, db: sqlite3.Connection, told: str = "") -> Iterator[Event]:
    """``told`` is the kind of document that names the products, when one that is missing should be told."""
    missing = []
    for sku in skus:
        product = product_of(db, sku, moment.at)
        if product is None:
            missing.append(sku)
        else:
            yield from _changed(product, moment, db)
    if missing and told:
        yield ProductsMissing(kind=told, count=len(missing), skus=tuple(missing[:SHOWN_SKUS]))


def _changed(product: Product, moment: Moment, db: sqlite3.Connection) -> Iterator[Event]:
    row = db.execute("SELECT price_minor FROM applied_prices WHERE sku = ?", (product.sku,)).fetchone()
    before_minor = None if row is None else int(row[0])
    is_new = before_minor != product.price_minor
    (number,) = db.execute("SELECT coalesce(max(number), 0) + 1 FROM price_changes").fetchone()
    asked = [
        (_asked(place, face, number), face)
        for place in places_of(db, product, changed=is_new)
        if (face := face_of(db, product, place)) is not None and not _is_shown(place, face, db)
    ]
    if not is_new and not asked:
        return
    yield PriceApplied(
        number=number,
        sku=product.sku,
        price_minor=product.price_minor,
        before_minor=before_minor,
        currency=product.currency,
        prices_version=product.prices_version,
        catalogue_version=product.version,
        effective_at=_effective_at(product.sku, moment.at, db) if is_new else None,
        applied_at=rfc3339(moment.at),
        places=tuple(place for place, _face in asked),
    )
    for place, face in asked:
        yield from _overtaken(place, db)
        yield from queue_job(_job(place, face, number, moment.at), db)


def _effective_at(sku: str, at: datetime, db: sqlite3.Connection) -> str | None:
    """The latest moment that the prices document sets for ``sku`` and that has come."""
    (at_ms,) = db.execute(
        "SELECT max(at_ms) FROM prices JOIN price_rows USING (version) WHERE sku = ? AND +at_ms <= ?",  # by SKU, not by time
        (sku, milliseconds(at)),
    ).fetchone()
    return None if at_ms is None else rfc3339(moment_of(at_ms))


def _overtaken(place: PricePlace, db: sqlite3.Connection) -> Iterator[Event]:
    """Let go of the older prices that the place has not heard of yet: it must not show them for a while first."""
    rows = db.execute(
        "SELECT job FROM price_proofs WHERE device = ? AND place = ? AND state = 'asked' AND job != ?",
        (place.device, place.place, place.job),
    ).fetchall()
    for (job,) in rows:
        found = find_job(db, job)
        if found is not None and found.state == "queued":
            yield from finish_job(job, "failed", "a newer price came first", db)
            yield JobDismissed(job=job, device=place.device, command=found.command, by="prices", again=place.job)


def _first_of(job: str, db: sqlite3.Connection) -> str:
    """The job that ``job`` does again, if it does one again."""
    for _ in range(MOST_AGAIN):
        found = find_job(db, job)
        if found is None or not found.cause.startswith(AGAIN):
            return job
        job = found.cause.removeprefix(AGAIN)
    return job


def _asked(place: Place, face: Face, number: int) -> PricePlace:
    job = f"price-{number}-{place.device}-{place.place}"
    return PricePlace(kind=place.kind, device=place.device, place=place.place, job=job, face=_digest(face))


def _job(place: PricePlace, face: Face, number: int, at: datetime) -> Job:
    cause = f"price change {number}"
    return Job(
        id=place.job,
        device=place.device,
        command=face.command,
        content=face.content,
        by="prices",
        origin="shop",
        cause=cause,
        asked_at=at,
    )


def _is_shown(place: Place, face: Face, db: sqlite3.Connection) -> bool:
    """Whether this very face was the last that was asked of the place, and nothing speaks against it."""
    last = db.execute(
        "SELECT face, state FROM price_proofs WHERE device = ? AND place = ? ORDER BY number DESC LIMIT 1",
        (place.device, place.place),
    ).fetchone()
    return last is not None and last[0] == _digest(face) and last[1] != "failed"


def _digest(face: Face) -> str:
    return sha256(face.content.encode()).hexdigest()[:16]
