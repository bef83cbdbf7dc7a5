"""Settings of headquarters are adopted whole or refused with every mistake, and kept while a later box may not know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.shop.settings.document import said_now, settings_adopter
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


def adopt(floor: Floor, version: int, body: bytes) -> None:
    adopter = settings_adopter(floor.shop)
    assert tuple(adopter.adopt(adopter.parse(body), version, floor.db)) == ()


def said(floor: Floor) -> dict[str, object]:
    return said_now(floor.db).settings.model_dump(exclude_unset=True)


def test_a_document_replaces_the_one_before_it(floor: Floor) -> None:
    assert (said_now(floor.db).version, said(floor)) == (0, {})
    adopt(floor, 1, '{"note": "春节", "pickup": {"sla_minutes": 20}}'.encode())
    adopt(floor, 2, b'{"insight": {"slow_days": 9}}')
    assert (said_now(floor.db).version, said(floor)) == (2, {"insight": {"slow_days": 9}})


def test_every_mistake_is_in_one_refusal(floor: Floor) -> None:
    with pytest.raises(DocumentRefused) as refused:
        settings_adopter(floor.shop).parse(b'{"pickup": {"sla_minutes": 0}, "device": {}}')
    assert str(refused.value) == (
        "0 is too small: at least 1 - at `$.pickup.sla_minutes`; "
        "is set on the box only: headquarters may say kitchen, pickup, insight, members - at `$.device`"
    )
    assert len(refused.value.mistakes) == 2, "one to a line"


def test_what_a_later_storebox_does_not_understand_is_told_and_left_out(floor: Floor) -> None:
    adopt(floor, 3, b"{}")
    floor.db.execute('UPDATE remote_settings SET said = \'{"pickup": {"gone": 1}}\'')
    found = said_now(floor.db)
    assert (found.version, found.settings.model_dump(exclude_unset=True)) == (3, {})
    assert found.problem == (
        "version 3 of headquarters' settings is not understood any more: settings: pickup.gone: unknown setting; "
        "this table knows accept, keep_hours, sla_minutes; publish it anew"
    )
