"""Who has the word: an alarm before a person, a person for some minutes before a campaign, a campaign before the calendar."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.shop.declined import Declined
from edge.shop.scenes.document import Body, Scene
from edge.shop.scenes.events import LAYERS
from edge.shop.scenes.layers import Call, calls, choose
from edge.shop.scenes.names import Names
from edge.shop.scenes.opening import cancel_store, turn_store
from edge.shop.scenes.override import cancel_scene, choose_scene
from edge.shop.scenes.safety import raise_alarm

if TYPE_CHECKING:
    from tests.shop.scenes.conftest import Store


def declined(store: Store, decision: Any) -> Declined:
    with pytest.raises(Declined) as refused:
        store.ask(decision)
    return refused.value


def test_a_choice_holds_for_its_minutes(store: Store) -> None:
    store.at("2026-03-02 12:00")
    assert store.ask(choose_scene("lively", minutes=30, by="staff")) == ["scene.called lively", "scene.began lively"]
    assert store.at("2026-03-02 12:29:59") == []
    assert store.at("2026-03-02 12:30") == ["scene.released lively", "scene.began day"]


def test_a_choice_holds_over_a_rule_which_counts_afterwards(store: Store) -> None:
    store.at("2026-03-02 17:45")
    store.ask(choose_scene("lively", minutes=30, by="staff"))
    assert store.at("2026-03-02 18:00") == ["scene.called evening"]
    assert store.at("2026-03-02 18:15") == ["scene.released lively", "scene.began evening"]


def test_a_choice_is_taken_back(store: Store) -> None:
    store.at("2026-03-02 12:00")
    store.ask(choose_scene("lively", minutes=30, by="staff"))
    assert store.ask(cancel_scene(by="staff")) == ["scene.released lively", "scene.began day"]
    refused = declined(store, cancel_scene(by="staff"))
    assert (refused.key, str(refused)) == ("nothing-chosen", "nobody has chosen a scene by hand: there is nothing to cancel")


def test_a_choice_does_not_last_longer_because_the_clock_goes_back(store: Store) -> None:
    store.at("2026-03-02 12:00")
    store.ask(choose_scene("lively", minutes=30, by="staff"))
    assert store.at("2026-03-01 12:00") == ["scene.called lively"]
    assert "scene.released lively" in store.at("2026-03-01 12:30")


def test_nobody_overrides_an_alarm(store: Store) -> None:
    from edge.shop.scenes.document import SafetyInput

    store.at("2026-03-02 12:00")
    store.ask(raise_alarm(SafetyInput(device="smoke-1", property="smoke", value="true", scene="evacuate")))
    refused = declined(store, choose_scene("day", minutes=5, by="staff"))
    assert (refused.key, refused.facts) == ("safety-scene", {"source": "smoke-1/smoke"})
    assert str(refused) == "smoke-1/smoke raised an alarm: look there first, then choose again"


def test_a_scene_that_is_not_there_is_refused(store: Store) -> None:
    refused = declined(store, choose_scene("disco", minutes=5, by="staff"))
    assert str(refused) == "no scene is called 'disco'; there are: day, evening, night, lively, evacuate"
    assert len(str(declined(store, choose_scene("x" * 10_000, minutes=5, by="staff")))) < 120
    store.floor.db.execute("DELETE FROM scene_plans")
    refused = declined(store, choose_scene("day", minutes=5, by="staff"))
    assert str(refused) == "this box has no scenes yet: headquarters sends them as a document of kind scenes"


@pytest.mark.parametrize("minutes", [0, -1, 1_441])
def test_a_choice_has_an_end(store: Store, minutes: int) -> None:
    assert str(declined(store, choose_scene("day", minutes=minutes, by="staff"))) == "minutes are from 1 to 1440"
    assert declined(store, turn_store(opens=True, minutes=minutes, by="staff")).key == "bad-minutes"


def test_a_store_that_is_closed_by_hand_stays_so_until_its_hours_say_otherwise(store: Store) -> None:
    store.at("2026-03-02 12:00")
    closed = ["store.closed", "scene.called night", "scene.began night"]
    assert store.ask(turn_store(opens=False, minutes=None, by="staff")) == closed
    assert store.at("2026-03-02 18:00") == ["scene.called evening", "scene.began evening"]
    assert store.at("2026-03-02 21:00") == ["store.closed", "scene.called night", "scene.began night"]
    assert store.at("2026-03-03 09:00") == ["store.opened", "scene.called day", "scene.began day"]


def test_a_store_that_is_closed_for_an_hour_opens_again(store: Store) -> None:
    store.at("2026-03-02 12:00")
    store.ask(turn_store(opens=False, minutes=60, by="staff"))
    assert store.at("2026-03-02 13:00") == ["store.opened", "scene.called day", "scene.began day"]


def test_a_store_is_not_closed_for_longer_because_the_clock_goes_back(store: Store) -> None:
    store.at("2026-03-02 12:00")
    store.ask(turn_store(opens=False, minutes=60, by="staff"))
    assert store.at("2026-03-02 11:59") == [], "a clock that is set back a little"
    assert store.at("2026-03-01 12:00")[0] == "store.opened"


def test_a_store_follows_its_hours_again(store: Store) -> None:
    store.at("2026-03-02 12:00")
    refused = declined(store, cancel_store())
    assert str(refused) == "nobody has opened or closed the store by hand: there is nothing to cancel"
    store.ask(turn_store(opens=False, minutes=60, by="staff"))
    assert store.ask(cancel_store()) == ["store.opened", "scene.called day", "scene.began day"]


def test_a_store_without_hours_is_opened_by_hand(floor: Any) -> None:
    from tests.shop.scenes.conftest import Store

    store = Store(floor)
    store.ask(turn_store(opens=True, minutes=60, by="staff"))
    assert store.is_open is True
    refused = declined(store, cancel_store())
    assert str(refused) == "this box has no opening hours: open or close the store by hand"


SCENE_NAMES = ("a", "b", "c", "d")
CALLS = st.lists(
    st.builds(
        Call,
        layer=st.sampled_from(LAYERS),
        source=st.text("xyz", min_size=1, max_size=1),
        scene=st.sampled_from((*SCENE_NAMES, "gone")),
        cause=st.just("why"),
        since=st.sampled_from(("2026-03-02T10:00:00.000Z", "2026-03-02T11:00:00.000Z")),
        until=st.none(),
    ),
    unique_by=lambda call: (call.layer, call.source if call.layer == "safety" else ""),
    max_size=8,
)


@pytest.fixture(scope="module")
def one_floor(fresh_floor: Callable[[], Any]) -> Any:
    """One for all examples: only its layers are used."""
    return fresh_floor()


@settings(max_examples=60)
@given(wanted=CALLS)
def test_the_first_layer_that_wants_something_has_the_word(wanted: list[Call], one_floor: Any) -> None:
    db = one_floor.db
    db.execute("DELETE FROM scene_layers")
    db.executemany(
        "INSERT INTO scene_layers (layer, source, scene, cause, since, until) VALUES (?, ?, ?, ?, ?, ?)",
        [(call.layer, call.source, call.scene, call.cause, call.since, call.until) for call in wanted],
    )
    plan = Body(fallback="d", scenes=tuple(Scene(name=name, names=Names(en=name), wants=()) for name in SCENE_NAMES))
    scene, trigger, problem = choose(plan, calls(db))
    for layer in LAYERS:
        of_layer = [call for call in wanted if call.layer == layer]
        if of_layer:
            latest = max(call.since for call in of_layer)
            allowed = {call.scene for call in of_layer if call.since == latest}
            assert trigger == layer
            assert scene.name in {"d" if name == "gone" else name for name in allowed}
            assert bool(problem) == (scene.name == "d" and "gone" in allowed) or "d" in allowed
            return
    assert (scene.name, trigger, problem) == ("d", "default", "")
