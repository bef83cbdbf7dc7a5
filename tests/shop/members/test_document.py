"""Members are adopted as a whole or refused with the place of the mistake, and nothing of them can be read back."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.members.cache import members_adopter
from edge.shop.members.member import CachedOffer, Member, find_member, offers_for
from sync.adopters import DocumentRefused
from tests.shop.conftest import AT
from tests.shop.members.conftest import BOX, CHAIN_SECRET, SALT, Headquarters, hashed, member

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"


def refusal(hq: Headquarters, content: Any, *, lines: bool = False) -> str:
    with pytest.raises(DocumentRefused) as refused:
        hq.adopt(content if isinstance(content, bytes) else msgspec.json.encode(content), lines=lines)
    return str(refused.value)


def test_a_member_is_known_with_tier_tags_points_and_guide(floor: Floor, hq: Headquarters) -> None:
    hq.publish(member(1, tier="gold", tags=["vip", "baby"], points=120, balance_minor=5_000, guide="g7"), member(2))
    assert find_member(floor.db, "m-1") == Member(
        ref="m-1", tier="gold", tags=frozenset({"vip", "baby"}), points=120, balance_minor=5_000, guide="g7"
    )
    assert find_member(floor.db, "m-2") == Member(ref="m-2", tier=None, tags=frozenset(), points=0, balance_minor=0, guide=None)
    assert find_member(floor.db, "m-3") is None


def test_a_document_of_lines_is_the_same_document(floor: Floor, hq: Headquarters) -> None:
    body = hq.body()
    del body["members"]
    lines = [body, *(member(number, tier="gold") for number in range(10))]
    hq.adopt(b"\n".join(map(msgspec.json.encode, lines)) + b"\n\n", lines=True)
    assert [find_member(floor.db, f"m-{number}") is not None for number in range(11)] == [True] * 10 + [False]


def test_an_offer_is_made_until_it_ends(floor: Floor, hq: Headquarters) -> None:
    tea = {"zh": "红茶八折", "en": "Tea for less", "category": "tea", "expires": "2026-03-01T12:00:00+02:00"}
    milk = {"zh": "牛奶", "en": "Milk", "sku": "milk", "expires": "2026-03-01T10:00:01Z"}
    hq.publish(member(1, offers=[tea, milk]), member(2, offers=[milk]))
    assert offers_for(floor.db, "m-2", AT) == (
        CachedOffer(sku="milk", category=None, zh="牛奶", en="Milk", expires=datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)),
    )
    assert [offer.sku for offer in offers_for(floor.db, "m-1", AT)] == ["milk"], "the tea ended at ten, for that is 12:00+02:00"
    assert offers_for(floor.db, "m-1", datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)) == ()
    assert offers_for(floor.db, "m-3", AT) == ()


def test_the_next_document_replaces_everybody(floor: Floor, hq: Headquarters) -> None:
    offer = {"zh": "茶", "expires": "2027-01-01T00:00:00Z"}
    hq.publish(*(member(number, tier=f"tier {number}", offers=[offer]) for number in range(9)))
    hq.publish(member(3, tier="gold"))
    assert find_member(floor.db, "m-2") is None
    assert find_member(floor.db, "m-3") is not None
    for table, rows in (("member_rows", 1), ("member_keys", 4), ("member_words", 1), ("member_offers", 0)):
        assert floor.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows,)  # noqa: S608


def test_what_is_laid_out_does_not_count_and_is_swept_when_cut_off(floor: Floor, hq: Headquarters) -> None:
    hq.publish(member(1))
    adopter = members_adopter(floor.shop)
    other = adopter.parse(msgspec.json.encode(hq.body(*({"ref": f"x-{number}"} for number in range(2_500)))))
    steps = list(adopter.stage(other, 7))
    assert len(steps) == 4, "2 500 members in slices of 1 000, and their keys"
    for step in steps[:3]:
        step(floor.db)
    assert find_member(floor.db, "m-1") is not None
    hq.publish(member(2))
    assert floor.db.execute("SELECT count(*) FROM member_rows").fetchone() == (1,)
    assert find_member(floor.db, "m-2") is not None


def test_a_failed_adoption_leaves_the_last_one(floor: Floor, hq: Headquarters) -> None:
    hq.publish(member(1))
    floor.db.execute("BEGIN")
    hq.publish()
    floor.db.execute("ROLLBACK")
    assert find_member(floor.db, "m-1") is not None


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"points": "1"}, "Expected `int`, got `str` - at `$.members[1].points`"),
        ({"phone": b"too short"}, "Expected `bytes` of length >= 16 - at `$.members[1].phone`"),
        ({"ref": "a b"}, r"Expected `str` matching regex '^[A-Za-z0-9._-]{1,64}\\Z' - at `$.members[1].ref`"),
        ({"offers": [{"expires": "2026-01-01T00:00:00"}]}, "Expected `datetime` with a timezone component - at"),
    ],
)
def test_a_mistake_is_refused_with_its_place(hq: Headquarters, changes: dict[str, Any], place: str) -> None:
    body = hq.body(member(1), member(2, **changes))
    assert refusal(hq, body).startswith(f"the members cannot be read: {place}")
    head = {key: value for key, value in body.items() if key != "members"}
    lines = b"\n".join(map(msgspec.json.encode, [head, *body["members"]]))
    assert refusal(hq, lines, lines=True).startswith(f"the members cannot be read: {place}")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"salts": []}', b'{"members": []}', b'{"salts": ["\xff"]}'])
def test_what_is_no_document_is_refused(hq: Headquarters, content: bytes) -> None:
    assert refusal(hq, content).startswith("the members cannot be read: ")
    assert refusal(hq, content, lines=True).startswith("the members cannot be read: ")


@pytest.mark.parametrize("kind", ["ref", "code", "phone", "card"])
def test_two_members_share_nothing(hq: Headquarters, kind: str) -> None:
    first, second = member(1), member(2)
    second[kind] = first[kind]
    assert refusal(hq, hq.body(first, second)) == (
        f"the {kind} at `$.members[1].{kind}` stands at `$.members[0].{kind}` already: merge the two members"
    )


def test_a_code_is_no_phone(hq: Headquarters) -> None:
    hq.publish({"ref": "m-1", "code": b"c" * 16}, {"ref": "m-2", "phone": b"c" * 16})


def test_a_key_stands_once(hq: Headquarters) -> None:
    key = {"id": 4, "secret": CHAIN_SECRET}
    assert refusal(hq, hq.body(keys=[key, key])) == "the key 4 at `$.keys[1].id` stands at `$.keys[0].id` already"


def test_an_invitation_has_no_place_that_nobody_fills(hq: Headquarters) -> None:
    assert refusal(hq, hq.body(join={"qr": "https://x.example/{shop}"})) == (
        "nobody fills {shop} of the invitation at `$.join.qr`; it may have: {store}, {guide}, {till}, {box}, {token}"
    )


def test_what_was_counted_once_is_not_uncounted(floor: Floor, hq: Headquarters) -> None:
    floor.till().open()
    hq.publish(as_of={BOX: 1, "another": 9_000})
    assert refusal(hq, hq.body(as_of={"another": 9_001})) == (
        "`$.as_of` counts this box up to event 0, but the document before it up to 1: points would count twice"
    )
    assert refusal(hq, hq.body(as_of={BOX: 7})) == (
        "`$.as_of` counts this box up to event 7, but it has only told 1: is it another box's?"
    )


def test_nothing_that_names_a_person_or_opens_a_code_stands_in_the_tables(db: sqlite3.Connection, hq: Headquarters) -> None:
    hq.publish(member(1, code_key=1))
    kept = "\n".join(db.iterdump()).lower()
    for secret in (SALT, CHAIN_SECRET, *(hashed(*each) for each in (("phone", "8613800000001"), ("code", "77001")))):
        assert secret.hex() not in kept
        assert msgspec.json.encode(secret).decode().strip('"').lower() not in kept


def test_the_example_is_adopted(floor: Floor, hq: Headquarters) -> None:
    hq.adopt((EXAMPLES / "members.json").read_bytes())
    assert find_member(floor.db, "m-1001") is not None
    hq.adopt((EXAMPLES / "members.ndjson").read_bytes(), lines=True)
    assert find_member(floor.db, "m-1001") is not None
