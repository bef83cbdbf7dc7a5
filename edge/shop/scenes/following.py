"""What becomes of a scene at the devices: commanded, accepted, reached; asked again while it holds; told when it is known.

    commanded -> accepted -> reached          the job is done; the device took it; it reports the value
              -> waiting -> commanded         it was away, or said no: asked again when it is there, later and later
              -> failed                       it said no MOST_TRIES times: a person must look

A reading decides nothing while its job is still to be done: the lamp may be on because the scene before wanted it so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from edge.shop.jobs import settle_job
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.scenes.events import Result, SceneApplied, Wanted, WantState
from edge.shop.scenes.layers import BY, Held, ask_device, held
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

MOST_TRIES = 5
AGAIN = timedelta(seconds=30)
TOLD_AFTER = timedelta(seconds=30)
"""What has not been reached by then is told as partial; most lamps take less than one second."""

SAME_NUMBER = 0.05
Outcome = Literal["reached", "partial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a device that is there reports of a property, and what it has accepted and goes to."""

    value: str
    target: str | None = None


Room = Mapping[str, Mapping[str, Seen]]
"""By device and property; a device that is away is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """One thing that the scene wants, with the state of its job (empty when the job is forgotten)."""

    place: int
    device: str
    property: str
    value: str
    state: WantState
    job: str
    job_state: str
    job_detail: str
    tries: int
    again_at: str
    detail: str


def wants(db: sqlite3.Connection) -> list[Want]:
    """Everything that the scene wants, in the order of the document."""
    rows = db.execute(
        "SELECT place, scene_wants.device, property, value, scene_wants.state, job, coalesce(jobs.state, ''), "
        "coalesce(jobs.detail, ''), scene_wants.tries, again_at, scene_wants.detail "
        "FROM scene_wants LEFT JOIN jobs ON jobs.id = job ORDER BY place"
    )
    return [
        Want(
            place=place,
            device=device,
            property=property_,
            value=value,
            state=state,
            job=job,
            job_state=job_state,
            job_detail=job_detail,
            tries=tries,
            again_at=again_at,
            detail=detail,
        )
        for place, device, property_, value, state, job, job_state, job_detail, tries, again_at, detail in rows
    ]


def is_same(wanted: str, seen: str) -> bool:
    """Whether two spellings say the same: ``24`` and ``24.0``, ``ON`` and ``on``."""
    if wanted.casefold() == seen.casefold():
        return True
    try:
        return abs(float(wanted) - float(seen)) < SAME_NUMBER
    except ValueError:
        return False


def next_state(want: Want, room: Room, at: datetime) -> WantState:
    """What has become of ``want``; the state that it has when nothing is new."""
    if want.state in {"reached", "failed"} or want.job_state in {"queued", "sent"}:
        return want.state
    seen = room.get(want.device, {}).get(want.property)
    if want.job_state == "confirmed" or (seen is not None and is_same(want.value, seen.value)):
        return "reached"
    if want.job_state == "accepted" or (seen is not None and seen.target is not None and is_same(want.value, seen.target)):
        return "accepted"
    if want.state != "waiting":
        return "failed" if want.tries >= MOST_TRIES and want.device in room else "waiting"
    return "commanded" if want.device in room and want.again_at <= rfc3339(at) else "waiting"


def has_news(db: sqlite3.Connection, room: Room, at: datetime) -> bool:
    """Whether ``follow_up`` would do anything."""
    now = held(db)
    if now is None:
        return False
    if _left_to_people(db):
        return True
    if now.told == "reached":
        return False
    awaited = wants(db)
    states = [next_state(want, room, at) for want in awaited]
    return states != [want.state for want in awaited] or _outcome(now, states, at) is not None


def follow_up(room: Room) -> Decision:
    """Write down what became of the scene at the devices, ask again where that is due, tell headquarters when it is known."""

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        now = held(db)
        if now is None:
            return
        for want in wants(db):
            state = next_state(want, room, moment.at)
            if state != want.state:
                yield from _asked_again(want, now, moment, db) if state == "commanded" else ()
                _move(want, state, room, moment, db)
        for job in _left_to_people(db):
            yield from settle_job(job, BY, None, db)
        outcome = _outcome(now, [want.state for want in wants(db)], moment.at)
        if outcome is not None:
            yield SceneApplied(
                scene=now.scene, trigger=now.trigger, application=now.application, outcome=outcome, result=results(db)
            )

    return decide


def results(db: sqlite3.Connection) -> tuple[Result, ...]:
    """What became of everything that the scene wants."""
    return tuple(
        Result(device=want.device, property=want.property, value=want.value, state=want.state, detail=want.detail)
        for want in wants(db)
    )


def _asked_again(want: Want, now: Held, moment: Moment, db: sqlite3.Connection) -> Iterator[Event]:
    again = Wanted(device=want.device, property=want.property, value=want.value, job=_next_job(want))
    yield from ask_device(again, now.scene, moment, db)


def _move(want: Want, state: WantState, room: Room, moment: Moment, db: sqlite3.Connection) -> None:
    """Write down where ``want`` stands; nobody else need know before the scene is told."""
    asked = state == "commanded"
    later = AGAIN * 2 ** (want.tries - 1) if want.device in room else timedelta(0)
    db.execute(
        "UPDATE scene_wants SET state = ?, job = ?, tries = tries + ?, again_at = ?, detail = ? WHERE place = ?",
        (
            state,
            _next_job(want) if asked else want.job,
            asked,
            rfc3339(moment.at + later),
            "" if asked or state == "reached" else want.job_detail,
            want.place,
        ),
    )


def _next_job(want: Want) -> str:
    """The first job of a want is called ``scene-2-1``, those after it ``scene-2-1-1`` and so on."""
    first = "-".join(want.job.split("-")[:3])
    return f"{first}-{want.tries}"


def _left_to_people(db: sqlite3.Connection) -> list[str]:
    """Jobs of scenes that did not work, also of scenes before: they are followed here, so nobody need look at them."""
    return [job for (job,) in db.execute("SELECT id FROM jobs WHERE state IN ('unknown', 'failed') AND by_whom = ?", (BY,))]


def _outcome(now: Held, states: list[WantState], at: datetime) -> Outcome | None:
    """What is to be told now, if anything."""
    if all(state == "reached" for state in states):
        return None if now.told == "reached" else "reached"
    if now.told:
        return None
    elapsed = at - datetime.fromisoformat(now.began_at)
    awaited = any(state in {"commanded", "accepted", "waiting"} for state in states)
    late = not timedelta(0) <= elapsed < TOLD_AFTER  # a clock that went back has not stood still
    return "partial" if late or not awaited else None
