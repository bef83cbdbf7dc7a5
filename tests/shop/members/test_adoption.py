"""Members come through the real desk into a real journal while a till sells, and are recognised from then on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from joserfc.jwk import OKPKey

from drivers.readings import MemberShown
from edge.shop.decide import entry_for
from edge.shop.members.cache import members_adopter
from edge.shop.members.member import find_member
from edge.shop.registry import EVENTS
from sync.cloud.signing import Terms, sign_manifest
from sync.document_desk import Adopted, DocumentDesk, Refused
from sync.document_events import SYNC_EVENTS
from sync.documents import Manifest
from sync.entries import Limits, Recorded, Stamp
from sync.events import Registry
from sync.identity import Trust
from sync.journal import Journal
from sync.signatures import public_text
from tests.shop.members.conftest import BOX, SALT, member
from tests.tables import SHOP_TABLES, tables_in

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

KEY = OKPKey.generate_key("Ed25519", private=True)
MIB = 1 << 20


def signed(version: int, content: bytes) -> str:
    manifest = Manifest(sha256=sha256(content).hexdigest(), size=len(content), url="bodies/1", rows="members")
    return sign_manifest(KEY, Terms(kind="members", version=version, issued_at=datetime.now(UTC)), manifest)


def lines(members: Sequence[dict[str, Any]]) -> bytes:
    return b"\n".join(map(msgspec.json.encode, [{"salts": [SALT]}, *members]))


def desk_of(journal: Journal, floor: Floor, content: bytes) -> DocumentDesk:
    async def fetched(manifest: Manifest) -> BytesIO:
        assert manifest.size == len(content)
        return BytesIO(content)

    return DocumentDesk(
        journal,
        [members_adopter(floor.shop)],
        box=BOX,
        trust=lambda: Trust(signing_key=public_text(KEY), store=None),
        clock=lambda: "synced",
        fetch=fetched,
    )


def open_journal(path: Path) -> Journal:
    return Journal(
        tables_in(path),
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(1), keep_receipts=timedelta(36_500)),
        registry=Registry([*EVENTS, *SYNC_EVENTS]),
        migrations=SHOP_TABLES,
        stamp=Stamp(box=BOX, boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )


async def test_a_till_sells_on_while_members_are_adopted(tmp_path: Path, floor: Floor) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        first = lines([member(1, tier="gold"), *({"ref": f"x-{number}", "tags": ["tea"]} for number in range(3_000))])
        adoption = asyncio.ensure_future(desk_of(journal, floor, first).adopt(signed(1, first)))
        shown = 0
        while not adoption.done():
            reading = MemberShown(**floor.stamp("till-1"), report=floor.report(), order=None, code="13800000001")
            assert isinstance(await journal.record(entry_for(reading, floor.shop)), Recorded)
            shown += 1
        assert await adoption == Adopted(kind="members", version=1)
        assert shown > 3, "orders go between the slices"
        known = await journal.query(lambda db: find_member(db, "m-1"))
        assert known is not None
        reading = MemberShown(**floor.stamp("till-1"), report=floor.report(), order=None, code="13800000001")
        recorded = await journal.record(entry_for(reading, floor.shop))
        assert isinstance(recorded, Recorded)
        assert msgspec.json.decode(recorded.events[0].data)["member_ref"] == "m-1"


async def test_a_mistake_far_down_refuses_all_of_it_and_the_last_one_keeps_working(tmp_path: Path, floor: Floor) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        first = lines([member(1)])
        assert await desk_of(journal, floor, first).adopt(signed(1, first)) == Adopted(kind="members", version=1)
        for mistake, told in (
            ({"ref": "a b"}, "`$.members[2500].ref`"),
            ({"ref": "x-7"}, "the ref at `$.members[2500].ref` stands at `$.members[7].ref` already: merge the two members"),
        ):
            second = lines([*({"ref": f"x-{number}"} for number in range(2_500)), mistake])
            refused = await desk_of(journal, floor, second).adopt(signed(2, second))
            assert isinstance(refused, Refused)
            assert told in refused.reason
            assert await journal.query(lambda db: find_member(db, "m-1")) is not None
        third = lines([member(2)])
        assert await desk_of(journal, floor, third).adopt(signed(2, third)) == Adopted(kind="members", version=2)
        rows = await journal.query(lambda db: db.execute("SELECT count(*) FROM member_rows").fetchone())
        assert rows == (1,), "what was laid out in vain is swept"
