"""What a guide is credited with follows from what happens, and is never taken back but by a touch below nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.shop.members.events import JoinIntended
from edge.shop.orders.refunds import refund
from edge.shop.staff.document import adopt_staff, parse_staff
from edge.shop.staff.events import AttributionTouched
from edge.shop.staff.serving import credit_join, serve
from tests.shop.promotions.conftest import Counter, welcome

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Till

ROSTER = {
    "salt": "c3Nzc3Nzc3Nzc3Nzc3Nzcw==",
    "staff": [{"id": "g-17", "names": {"zh": "李敏", "en": "Li Min"}, "roles": ["guide"]}],
}


@pytest.fixture
def served(floor: Floor, till: Till) -> Floor:
    adopt_staff(parse_staff(msgspec.json.encode(ROSTER)), 1, floor.db)
    till.open()
    till.choose("milk", 2)
    floor.ask(serve("g-17", "till-1", "17", "page"))
    return floor


def test_a_sale_and_its_refund_touch_the_guide(served: Floor, till: Till) -> None:
    touches = [event for event in till.pay(1_300) if isinstance(event, AttributionTouched)]
    assert [(each.guide, each.model, each.amount_minor) for each in touches] == [("g-17", "cps", 1_300)]
    back = served.ask(refund("till-1", "17", None, reason="broken", by="g-17"))
    touches = [event for event in back if isinstance(event, AttributionTouched)]
    assert [(each.guide, each.model, each.amount_minor) for each in touches] == [("g-17", "cps", -1_300)]


def test_an_order_that_nobody_served_touches_nobody(floor: Floor, till: Till) -> None:
    till.open()
    till.choose("milk", 1)
    assert not [event for event in till.pay(650) if isinstance(event, AttributionTouched)]


@pytest.mark.parametrize(("guide", "touched"), [("g-17", ["cpa"]), (None, [])])
def test_somebody_who_means_to_join_touches_the_guide_who_won_them(guide: str | None, touched: list[str]) -> None:
    intended = JoinIntended(till="till-1", lane=None, guide=guide, token="t", order=None)
    assert [touch.model for touch in credit_join(intended)] == touched


def test_what_points_and_stored_value_paid_was_no_sale_and_is_none_that_comes_back(served: Floor, till: Till) -> None:
    till.pay(1_300)
    served.db.execute("UPDATE orders SET paid_minor = 900, points_minor = 100, balance_minor = 300")
    back = served.ask(refund("till-1", "17", None, reason="broken", by="g-17"))
    touches = [event for event in back if isinstance(event, AttributionTouched)]
    assert [(each.model, each.amount_minor) for each in touches] == [("cps", -900)]


def test_a_coupon_that_is_given_back_is_no_longer_credited(served: Floor, till: Till) -> None:
    counter = Counter(served)
    counter.issue(welcome())
    counter.show(counter.signer.code())
    touches = [event for event in counter.pay() if isinstance(event, AttributionTouched)]
    assert [(each.model, each.amount_minor) for each in touches] == [("cpr", 100), ("cps", 1_200)]
    back = served.ask(refund("till-1", "17", None, reason="broken", by="g-17"))
    touches = [event for event in back if isinstance(event, AttributionTouched)]
    assert [(each.model, each.amount_minor) for each in touches] == [("cpr", -100), ("cps", -1_200)]
