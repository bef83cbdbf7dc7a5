"""Who says at a mirror who they are: the visit is theirs; somebody unknown is a pseudonym, and what is nobody's is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.shop.declined import Declined
from edge.shop.members.events import MemberIdentified
from edge.shop.members.identify import Shown, conceal_code
from edge.shop.tryon.visitors import VisitNamed, name_at_mirror
from tests.shop.conftest import AT

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


def shown(floor: Floor, code: str) -> Shown:
    return conceal_code(code, till="mirror-1", order=None, at=AT, shop=floor.shop)


def test_a_visit_is_linked_to_a_pseudonym_until_headquarters_knows_better(floor: Floor) -> None:
    identified, named = floor.ask(name_at_mirror("mirror-1", "v-1", shown(floor, "13912345678")))
    assert isinstance(identified, MemberIdentified)
    assert isinstance(named, VisitNamed)
    assert (named.member_ref, named.verified) == (identified.member_ref, False)
    assert (named.subject(), named.method) == ("mirror-1/v-1", "phone")
    assert "13912345678" not in repr(named)


def test_what_is_nobody_s_links_nothing(floor: Floor) -> None:
    with pytest.raises(Declined) as refused:
        floor.ask(name_at_mirror("mirror-1", "v-1", shown(floor, "1391234")))
    assert refused.value.key == "member-not-found"
    assert str(refused.value) == "no member has this number, and no phone number looks like it: type it again"
