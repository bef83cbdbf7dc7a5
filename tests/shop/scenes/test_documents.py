"""Scenes and calendar are adopted as a whole, or refused with the place of the mistake."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edge.shop.scenes.calendar_document import parse_calendar
from edge.shop.scenes.document import parse_scenes
from sync.adopters import DocumentRefused

LAMP = {"device": "lamp-1", "property": "light/power", "value": "true"}
OPEN = {"name": "open", "names": {"zh": "营业"}, "wants": [LAMP]}


def scenes(**changes: Any) -> dict[str, Any]:
    return {"fallback": "open", "scenes": [OPEN]} | changes


def refusal(parse: Any, body: dict[str, Any]) -> str:
    with pytest.raises(DocumentRefused) as refused:
        parse(msgspec.json.encode(body))
    return str(refused.value)


def test_fields_of_a_later_version_are_left_alone() -> None:
    assert parse_scenes(msgspec.json.encode(scenes(later=True))).find("open") is not None


HVAC = {"device": "hvac-1", "property": "target"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"fallback": "gone"}, "no scene is called gone: name one of the document at `$.fallback`"),
        ({"scenes": [OPEN, OPEN]}, "the scene open at `$.scenes[1].name` stands at `$.scenes[0].name` already"),
        ({"scenes": [OPEN | {"names": {}}]}, "open has no name in any language at `$.scenes[0].names`"),
        (
            {"scenes": [OPEN | {"wants": [LAMP, LAMP]}]},
            "light/power of lamp-1 is wanted twice, again at `$.scenes[0].wants[1]`",
        ),
        ({"bounds": [HVAC | {"least": 30, "most": 18}]}, "the least is more than the most at `$.bounds[0]`"),
        (
            {"bounds": [HVAC | {"least": 18, "most": 28}], "scenes": [OPEN | {"wants": [HVAC | {"value": "31"}]}]},
            "target of hvac-1 is from 18 to 28, not '31' at `$.scenes[0].wants[0].value`",
        ),
        (
            {"bounds": [HVAC | {"least": 18, "most": 28}], "scenes": [OPEN | {"wants": [HVAC | {"value": "nan"}]}]},
            "target of hvac-1 is from 18 to 28, not 'nan' at `$.scenes[0].wants[0].value`",
        ),
        (
            {"bounds": [HVAC | {"least": 18, "most": 28}], "scenes": [OPEN | {"wants": [HVAC | {"value": "warm"}]}]},
            "target of hvac-1 is from 18 to 28, not 'warm' at `$.scenes[0].wants[0].value`",
        ),
        (
            {"safety": [{"device": "smoke-1", "property": "smoke", "value": "true", "scene": "gone"}]},
            "no scene is called gone: name one of the document at `$.safety[0].scene`",
        ),
        ({"scenes": 1}, "the scenes cannot be read: Expected `array`, got `int` - at `$.scenes`"),
    ],
)
def test_wrong_scenes_are_refused_with_the_place(changes: dict[str, Any], problem: str) -> None:
    assert refusal(parse_scenes, scenes(**changes)) == problem


NINE_TO_FIVE = {"from": "09:00", "to": "17:00"}
WEEKEND = {"name": "weekend", "scene": "lively", "from": "2026-03-07T10:00", "to": "2026-03-08T20:00"}
MAY_DAY = {"names": {"zh": "劳动节"}, "first": "2026-05-01", "last": "2026-05-05"}
DUSK = {"name": "dusk", "at": "18:00", "scene": "evening"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"hours": {"mon": [NINE_TO_FIVE, {"from": "12:00", "to": "18:00"}]}},
            "12:00 is before the end of the hours above it at `$.hours.mon[1].from`: write them in order",
        ),
        (
            {"exceptions": [{"day": "2026-03-02"}, {"day": "2026-03-02"}]},
            "the day 2026-03-02 at `$.exceptions[1].day` stands at `$.exceptions[0].day` already",
        ),
        (
            {"exceptions": [{"day": "2026-03-02", "hours": [{"from": "20:00", "to": "02:00"}, NINE_TO_FIVE]}]},
            "09:00 is before the end of the hours above it at `$.exceptions[0].hours[1].from`: write them in order",
        ),
        ({"holidays": [MAY_DAY | {"last": "2026-04-01"}]}, "the holiday ends before it begins at `$.holidays[0].last`"),
        ({"holidays": [MAY_DAY | {"names": {}}]}, "the holiday has no name in any language at `$.holidays[0].names`"),
        (
            {"makeup_workdays": ["2026-05-09", "2026-05-09"]},
            "the make-up workday 2026-05-09 at `$.makeup_workdays[1]` stands at `$.makeup_workdays[0]` already",
        ),
        (
            {"holidays": [MAY_DAY], "makeup_workdays": ["2026-05-02"]},
            "2026-05-02 is both a holiday and a make-up workday at `$.makeup_workdays[0]`",
        ),
        ({"rules": [DUSK, DUSK]}, "the rule dusk at `$.rules[1].name` stands at `$.rules[0].name` already"),
        (
            {"campaigns": [WEEKEND, WEEKEND]},
            "the campaign weekend at `$.campaigns[1].name` stands at `$.campaigns[0].name` already",
        ),
        (
            {"campaigns": [WEEKEND | {"from": "2026-02-30T10:00"}]},
            "2026-02-30T10:00 is no day of any calendar at `$.campaigns[0].from`",
        ),
        (
            {"campaigns": [WEEKEND | {"to": "2026-03-07T10:00"}]},
            "the campaign weekend ends before it begins at `$.campaigns[0].to`",
        ),
        (
            {"rules": [DUSK | {"on": ["someday"]}]},
            "the calendar cannot be read: Invalid enum value 'someday' - at `$.rules[0].on[0]`",
        ),
    ],
)
def test_a_wrong_calendar_is_refused_with_the_place(changes: dict[str, Any], problem: str) -> None:
    assert refusal(parse_calendar, {"hours": {}} | changes) == problem
