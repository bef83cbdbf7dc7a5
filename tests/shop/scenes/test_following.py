"""A scene at its devices: commanded, accepted, reached; asked again when a device is back; told as reached or partial."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.jobs import finish_job, next_job
from edge.shop.moment import Moment
from edge.shop.scenes.events import SceneApplied
from edge.shop.scenes.following import MOST_TRIES, Room, Seen, follow_up, has_news, is_same, wants
from edge.shop.scenes.override import choose_scene
from edge.shop.scenes.safety import end_alarm, raise_alarm
from edge.shop.scenes.sampling import sample
from edge.shop.scenes.store_events import Sample
from edge.shop.shop import Shop
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.scenes.conftest import Store

LAMPS: dict[str, dict[str, Seen]] = {
    "lamp-1": {"light/power": Seen(value="false")},
    "lamp-2": {"light/brightness": Seen(value="0")},
}


@pytest.fixture
def lit(store: Store) -> Store:
    """The scene evening has just begun."""
    store.at("2026-03-02 12:00")
    store.at("2026-03-02 18:00")
    return store


def answer(store: Store, device: str, outcome: Any, detail: str = "") -> None:
    """Every job of ``device`` ends with ``outcome``."""
    while (job := next_job(store.floor.db, device)) is not None:

        def finish(_moment: Moment, _shop: Shop, db: sqlite3.Connection, id_: str = job.id) -> tuple[Event, ...]:
            return finish_job(id_, outcome, detail, db)

        store.floor.ask(finish, store.now)


def follow(store: Store, room: Room, seconds: float = 0) -> tuple[SceneApplied, ...]:
    """What is told ``seconds`` later."""
    store.now += timedelta(seconds=seconds)
    news = has_news(store.floor.db, room, store.now)
    events = store.floor.ask(follow_up(room), store.now)
    assert news or not events, "what is not news decides nothing"
    return tuple(event for event in events if isinstance(event, SceneApplied))


def states(store: Store) -> list[str]:
    return [want.state for want in wants(store.floor.db)]


def test_a_scene_leaves_a_job_for_each_property(lit: Store) -> None:
    jobs = lit.floor.db.execute(
        "SELECT device, content FROM jobs JOIN job_contents USING (id) WHERE id LIKE 'scene-2-%' ORDER BY number"
    )
    asked = [(device, msgspec.json.decode(content)) for device, content in jobs]
    assert [(device, said["command"], said["property"], said["value"]) for device, said in asked] == [
        ("lamp-1", "set-property", "light/power", "true"),
        ("lamp-2", "set-property", "light/brightness", "10"),
    ]
    assert states(lit) == ["commanded", "commanded"]


def test_a_reading_decides_nothing_while_the_job_is_still_to_be_done(lit: Store) -> None:
    room = LAMPS | {"lamp-1": {"light/power": Seen(value="true")}}
    assert not has_news(lit.floor.db, room, lit.now)


def test_what_the_device_did_is_reached(lit: Store) -> None:
    answer(lit, "lamp-1", "confirmed")
    answer(lit, "lamp-2", "confirmed")
    (told,) = follow(lit, LAMPS)
    assert (told.scene, told.trigger, told.outcome) == ("evening", "calendar", "reached")
    assert [(each.device, each.state) for each in told.result] == [("lamp-1", "reached"), ("lamp-2", "reached")]
    assert not has_news(lit.floor.db, LAMPS, lit.now)


def test_what_was_accepted_is_reached_when_it_is_read_back(lit: Store) -> None:
    answer(lit, "lamp-1", "confirmed")
    answer(lit, "lamp-2", "accepted", "it dims slowly")
    assert follow(lit, LAMPS) == ()
    assert states(lit) == ["reached", "accepted"]
    (told,) = follow(lit, LAMPS | {"lamp-2": {"light/brightness": Seen(value="10.0")}}, seconds=5)
    assert told.outcome == "reached"


def test_a_target_that_is_read_back_is_accepted(lit: Store) -> None:
    answer(lit, "lamp-1", "confirmed")
    answer(lit, "lamp-2", "unknown")
    follow(lit, LAMPS | {"lamp-2": {"light/brightness": Seen(value="3", target="10")}})
    assert states(lit) == ["reached", "accepted"]
    assert lit.floor.db.execute("SELECT state FROM jobs WHERE id = 'scene-2-1'").fetchone() == ("dismissed",)


def test_what_is_not_reached_in_time_is_partial_and_told_again_when_it_is(lit: Store) -> None:
    away: Room = {"lamp-1": LAMPS["lamp-1"]}
    answer(lit, "lamp-1", "confirmed")
    assert follow(lit, away, seconds=29) == ()
    (told,) = follow(lit, away, seconds=1)
    assert (told.outcome, [each.state for each in told.result]) == ("partial", ["reached", "commanded"])
    answer(lit, "lamp-2", "failed", "lamp-2 was not there in time")
    assert follow(lit, away, seconds=60) == ()
    assert states(lit) == ["reached", "waiting"]
    assert follow(lit, away, seconds=3_600) == (), "a device that is away is not asked"
    follow(lit, LAMPS, seconds=1)
    assert states(lit) == ["reached", "commanded"]
    job = next_job(lit.floor.db, "lamp-2")
    assert job is not None
    assert job.id == "scene-2-1-1"
    answer(lit, "lamp-2", "confirmed")
    (told,) = follow(lit, LAMPS)
    assert told.outcome == "reached"


def test_a_device_that_says_no_is_asked_again_later_and_later_and_then_given_up(lit: Store) -> None:
    answer(lit, "lamp-1", "confirmed")
    asked = 1
    for _ in range(200):
        answer(lit, "lamp-2", "failed", "no such property")
        follow(lit, LAMPS, seconds=10)
        asked = max(asked, wants(lit.floor.db)[1].tries)
    assert states(lit) == ["reached", "failed"]
    assert asked == MOST_TRIES
    assert wants(lit.floor.db)[1].detail == "no such property"
    assert lit.floor.db.execute("SELECT count(*) FROM jobs WHERE state = 'failed'").fetchone() == (0,), "nobody is asked"


def test_a_device_that_is_back_is_not_asked_for_a_scene_that_is_over(lit: Store) -> None:
    answer(lit, "lamp-1", "confirmed")
    answer(lit, "lamp-2", "failed", "away")
    follow(lit, {}, seconds=60)
    lit.at("2026-03-02 21:00")
    answer(lit, "lamp-1", "confirmed")
    answer(lit, "lamp-2", "confirmed")
    (told,) = follow(lit, LAMPS, seconds=1)
    assert (told.scene, told.outcome) == ("night", "reached")
    assert next_job(lit.floor.db, "lamp-2") is None


def test_choosing_the_scene_that_holds_asks_the_devices_again(lit: Store) -> None:
    answer(lit, "lamp-1", "confirmed")
    answer(lit, "lamp-2", "confirmed")
    follow(lit, LAMPS)
    assert lit.ask(choose_scene("evening", minutes=10, by="staff")) == ["scene.called evening", "scene.began evening"]
    assert states(lit) == ["commanded", "commanded"]


def test_a_new_document_carries_the_scene_out_anew_only_if_it_wants_something_else(lit: Store) -> None:
    from tests.shop.scenes.conftest import SCENES

    lit.adopt("scenes", SCENES)
    assert lit.at("2026-03-02 18:00:30") == []
    scenes = [each | {"wants": []} if each["name"] == "evening" else each for each in SCENES["scenes"]]
    lit.adopt("scenes", SCENES | {"scenes": scenes})
    assert lit.at("2026-03-02 18:01") == ["scene.began evening"]
    (told,) = follow(lit, LAMPS)
    assert (told.outcome, told.result) == ("reached", ())


@pytest.mark.parametrize(
    ("wanted", "seen", "same"),
    [("ON", "on", True), ("24", "24.0", True), ("24", "24.04", True), ("24", "25", False), ("true", "false", False)],
)
def test_two_spellings_may_say_the_same(wanted: str, seen: str, same: bool) -> None:
    assert is_same(wanted, seen) is same


def test_an_alarm_has_the_word_until_it_ends(lit: Store) -> None:
    from edge.shop.scenes.document import SafetyInput

    smoke = SafetyInput(device="smoke-1", property="smoke", value="true", scene="evacuate")
    lit.ask(choose_scene("lively", minutes=60, by="staff"))
    assert lit.ask(raise_alarm(smoke)) == ["scene.called evacuate", "scene.began evacuate"]
    assert lit.ask(raise_alarm(smoke)) == []
    assert lit.at("2026-03-02 18:30") == []
    assert lit.ask(end_alarm("smoke-1/smoke", "safe")) == ["scene.released evacuate", "scene.began lively"]
    assert lit.ask(end_alarm("smoke-1/smoke", "safe")) == []


def test_an_alarm_of_an_input_that_the_document_no_longer_has_ends(lit: Store) -> None:
    from edge.shop.scenes.document import SafetyInput
    from tests.shop.scenes.conftest import SCENES

    lit.ask(raise_alarm(SafetyInput(device="smoke-1", property="smoke", value="true", scene="evacuate")))
    lit.adopt("scenes", SCENES | {"safety": []})
    assert lit.at("2026-03-02 18:01") == ["scene.released evacuate", "scene.began evening"]


def test_a_minute_is_sampled_once(lit: Store) -> None:
    warm = (Sample(device="hvac-1", property="temperature", zone="front", value="24.5", unit="°C"),)
    assert lit.ask(sample(warm)) == ["environment.sampled"]
    assert lit.ask(sample(warm)) == []
    lit.now += timedelta(minutes=1)
    assert lit.ask(sample(())) == []
    assert lit.ask(sample(warm * 200)) == ["environment.sampled"]
