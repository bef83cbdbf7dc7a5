"""Promotions and coupons come signed through the real desk into a real journal, and count from then on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from joserfc.jwk import OKPKey

from edge.shop.promotions.coupon_document import class_of
from edge.shop.promotions.document import campaigns_of, gifts_of, promotions_of
from edge.shop.registry import EVENTS, adopters
from sync.cloud.signing import Terms, sign_document
from sync.document_desk import Adopted, DocumentDesk, Refused
from sync.document_events import SYNC_EVENTS
from sync.entries import Limits, Stamp
from sync.events import Registry
from sync.identity import Trust
from sync.journal import Journal
from sync.signatures import public_text
from tests.shop.conftest import build_shop
from tests.tables import SHOP_TABLES, tables_in

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
KEY = OKPKey.generate_key("Ed25519", private=True)
MIB = 1 << 20


def signed(kind: str, version: int, body: bytes) -> str:
    return sign_document(KEY, Terms(kind=kind, version=version, issued_at=datetime.now(UTC)), body=body)


def changed(**more: Any) -> bytes:
    """The example of promotions with other content."""
    body = msgspec.json.decode((EXAMPLES / "promotions.json").read_bytes(), type=dict[str, Any])
    return msgspec.json.encode(body | more)


async def test_the_newest_document_counts_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    journal = Journal(
        tables_in(tmp_path / "journal.db"),
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(1), keep_receipts=timedelta(36_500)),
        registry=Registry([*EVENTS, *SYNC_EVENTS]),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="b" * 32, boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    async with journal:
        trust = Trust(signing_key=public_text(KEY), store=None)
        desk = DocumentDesk(journal, adopters(build_shop()), box="b" * 32, trust=lambda: trust, clock=lambda: "synced")
        for kind in ("promotions", "coupons"):
            assert isinstance(await desk.adopt(signed(kind, 1, (EXAMPLES / f"{kind}.json").read_bytes())), Adopted)
        assert len(await journal.query(promotions_of)) == 7
        assert len(await journal.query(gifts_of)) == 2
        assert (await journal.query(lambda db: class_of(db, "cinema-5"))) is not None
        assert isinstance(await desk.adopt(signed("promotions", 2, changed(promotions=[]))), Adopted)
        assert await journal.query(promotions_of) == []
        assert isinstance(await desk.adopt(signed("promotions", 3, changed(currency="EUR"))), Refused)
        assert len(await journal.query(campaigns_of)) == 1
