"""A person chooses a scene for some minutes, or takes the choice back; an alarm still has the word before them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

from edge.shop.declined import Declined
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.scenes.document import scenes_in
from edge.shop.scenes.events import SceneCalled, SceneReleased
from edge.shop.scenes.layers import calls, settle
from edge.shop.scenes.opening import check_minutes
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

SHOWN_CHARS = 32


def choose_scene(name: str, *, minutes: int, by: str) -> Decision:
    """``by`` wants scene ``name`` for ``minutes``; the devices are asked again also when it holds already.

    Declined: bad-minutes, no-scenes, unknown-scene, safety-scene.
    """

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        check_minutes(minutes)
        planned = scenes_in(db)
        if planned is None:
            raise Declined("no-scenes", "this box has no scenes yet: headquarters sends them as a document of kind scenes")
        if planned[1].find(name) is None:
            known = ", ".join(scene.name for scene in planned[1].scenes)
            asked = masked(name)[:SHOWN_CHARS]  # somebody may have typed anything
            raise Declined("unknown-scene", f"no scene is called {asked!r}; there are: {known}", scene=asked)
        alarm = next((call for call in calls(db) if call.layer == "safety"), None)
        if alarm is not None:
            raise Declined(
                "safety-scene", f"{alarm.source} raised an alarm: look there first, then choose again", source=alarm.source
            )
        until = rfc3339(moment.at + timedelta(minutes=minutes))
        yield SceneCalled(trigger="manual", scene=name, cause=by, since=rfc3339(moment.at), until=until)
        yield from settle(moment, db, anew=True)

    return decide


def cancel_scene(*, by: str) -> Decision:
    """The calendar and the campaigns have the word again. Declined: nothing-chosen."""

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        call = next((call for call in calls(db) if call.layer == "manual"), None)
        if call is None:
            raise Declined("nothing-chosen", "nobody has chosen a scene by hand: there is nothing to cancel")
        yield SceneReleased(trigger="manual", scene=call.scene, cause=by)
        yield from settle(moment, db)

    return decide
