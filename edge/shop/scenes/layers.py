"""Who wants which scene, and which of them holds: safety before people before campaigns before the calendar."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from drivers.commands import SetProperty, command_name
from edge.command_json import command_json
from edge.shop.jobs import Job, queue_job
from edge.shop.moment import Moment
from edge.shop.scenes.document import Body, Scene, scenes_in
from edge.shop.scenes.events import LAYERS, Layer, SceneBegan, Trigger, Wanted
from sync.events import Event, rfc3339

PATIENCE = timedelta(minutes=1)
"""A device that was away longer is asked when it is back, and only if the scene still holds then."""

BY = "scenes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody wants ``scene``. Times are RFC 3339, UTC; ``until`` None is until it is released."""

    layer: Layer
    source: str
    scene: str
    cause: str
    since: str
    until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The scene that holds, and the how many-th that was begun. ``told`` is what was reported of it last."""

    application: int
    scene: str
    trigger: Trigger
    problem: str
    began_at: str
    told: str


def calls(db: sqlite3.Connection) -> list[Call]:
    """Who wants something, the first that has the word first; of several alarms the latest."""
    rows = db.execute("SELECT layer, source, scene, cause, since, until FROM scene_layers").fetchall()
    found = [
        Call(layer=layer, source=source, scene=scene, cause=cause, since=since, until=until)
        for layer, source, scene, cause, since, until in rows
    ]
    found.sort(key=lambda call: call.source)
    found.sort(key=lambda call: call.since, reverse=True)
    return sorted(found, key=lambda call: LAYERS.index(call.layer))


def held(db: sqlite3.Connection) -> Held | None:
    """The scene that holds now."""
    row = db.execute("SELECT application, scene, layer, problem, began_at, told FROM scene_now").fetchone()
    if row is None:
        return None
    application, scene, layer, problem, began_at, told = row
    return Held(
        application=application,
        scene=scene,
        trigger=layer,
        problem=problem,
        began_at=began_at,
        told=told,
    )


def choose(plan: Body, wanted: Iterable[Call]) -> tuple[Scene, Trigger, str]:
    """The scene that must hold, who wants it, and what is wrong with that, if anything."""
    first = next(iter(wanted), None)
    name = plan.fallback if first is None else first.scene
    trigger: Trigger = "default" if first is None else first.layer
    scene = plan.find(name)
    if scene is not None:
        return scene, trigger, ""
    fallback = plan.find(plan.fallback)
    assert fallback is not None  # noqa: S101 - a plan whose fallback is none of its scenes was refused
    return fallback, trigger, f"{trigger} calls for {name}, which is no scene of the document: {plan.fallback} holds instead"


def settle(moment: Moment, db: sqlite3.Connection, *, anew: bool = False) -> Iterator[Event]:
    """Begin the scene that must hold, unless it does; ``anew``: ask the devices for it again."""
    planned = scenes_in(db)
    if planned is None:
        return
    version, plan = planned
    scene, trigger, problem = choose(plan, calls(db))
    now = held(db)
    if now is not None and not anew and now.scene == scene.name and _is_asked(scene, db):
        return
    application = 1 if now is None else now.application + 1
    wants = tuple(
        Wanted(device=want.device, property=want.property, value=want.value, job=f"scene-{application}-{place}")
        for place, want in enumerate(scene.wants)
    )
    yield SceneBegan(
        scene=scene.name,
        trigger=trigger,
        application=application,
        version=version,
        began_at=rfc3339(moment.at),
        wants=wants,
        problem=problem,
    )
    for want in wants:
        yield from ask_device(want, scene.name, moment, db)


def _is_asked(scene: Scene, db: sqlite3.Connection) -> bool:
    """Whether the devices were asked for just this: a new document that leaves the scene as it was starts no music anew."""
    asked = db.execute("SELECT device, property, value FROM scene_wants ORDER BY place").fetchall()
    return asked == [(want.device, want.property, want.value) for want in scene.wants]


def ask_device(want: Wanted, scene: str, moment: Moment, db: sqlite3.Connection) -> Iterable[Event]:
    """Leave the job that sets one property."""
    job = Job(
        id=want.job,
        device=want.device,
        command=command_name(SetProperty),
        content=command_json(SetProperty(property=want.property, value=want.value)),
        by=BY,
        origin="shop",
        cause=f"scene {scene}",
        asked_at=moment.at,
        expires_at=moment.at + PATIENCE,
    )
    return queue_job(job, db)
