"""The scenes as headquarters sends them: what lights, climate and music are to be, kept within bounds.

    {"fallback": "night",
     "scenes": [{"name": "open", "names": {"zh": "营业", "en": "Open"},
                 "wants": [{"device": "lamp-1", "property": "light/power", "value": "true"}]}],
     "bounds": [{"device": "hvac-1", "property": "climate/target", "least": 18, "most": 28}],
     "safety": [{"device": "smoke-1", "property": "smoke", "value": "true", "scene": "evacuate"}],
     "samples": [{"device": "hvac-1", "property": "climate/temperature", "zone": "front"}]}

Fields that this version does not know are left alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Annotated

import msgspec

from edge.shop.bodies import read_body
from edge.shop.scenes.names import Id, Names, Word
from edge.shop.scenes.plans import keep_plan
from sync.adopters import Adopter, DocumentRefused

KIND = "scenes"


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """``property`` of ``device`` is to be ``value``, as the device writes it."""

    device: Id
    property: Word
    value: Annotated[str, msgspec.Meta(max_length=200)]


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One scene, called by ``name`` in the calendar and in addresses."""

    name: Id
    names: Names
    wants: Annotated[tuple[Want, ...], msgspec.Meta(max_length=100)]


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """No scene may ask for less or more; what has a bound is a number."""

    device: Id
    property: Word
    least: float
    most: float


class SafetyInput(msgspec.Struct, frozen=True, kw_only=True):
    """While ``property`` of ``device`` is ``value`` (smoke, a door that is open), ``scene`` holds whatever else is wanted."""

    device: Id
    property: Word
    value: Annotated[str, msgspec.Meta(max_length=200)]
    scene: Id


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """A reading of the room that is reported once a minute."""

    device: Id
    property: Word
    zone: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The scenes of a store. ``fallback`` holds when nobody asks for another."""

    fallback: Id
    scenes: Annotated[tuple[Scene, ...], msgspec.Meta(min_length=1, max_length=50)]
    bounds: Annotated[tuple[Bound, ...], msgspec.Meta(max_length=200)] = ()
    safety: Annotated[tuple[SafetyInput, ...], msgspec.Meta(max_length=50)] = ()
    samples: Annotated[tuple[Sampled, ...], msgspec.Meta(max_length=100)] = ()

    def find(self, name: str) -> Scene | None:
        """The scene of this name."""
        return next((scene for scene in self.scenes if scene.name == name), None)


def scenes_adopter() -> Adopter:
    """Adopts documents of kind ``scenes``."""
    return Adopter(kind=KIND, parse=parse_scenes, adopt=adopt_scenes, shape=Body)


def parse_scenes(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    plan = read_body(body, Body, "the scenes")
    for mistake in _mistakes(plan):
        raise DocumentRefused(mistake)
    return plan


def adopt_scenes(plan: Body, version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on scenes are those of ``plan``; what holds is carried out anew at the next look."""
    keep_plan(db, KIND, version, plan)
    return ()


def scenes_in(db: sqlite3.Connection) -> tuple[int, Body] | None:
    """The version and the scenes at work."""
    row = db.execute("SELECT version, body FROM scene_plans WHERE kind = ?", (KIND,)).fetchone()
    return None if row is None else (row[0], msgspec.json.decode(row[1], type=Body))


def _mistakes(plan: Body) -> Iterator[str]:
    yield from _wrong_scenes(plan)
    yield from _wrong_bounds(plan)
    if plan.find(plan.fallback) is None:
        yield f"no scene is called {plan.fallback}: name one of the document at `$.fallback`"
    for place, safety in enumerate(plan.safety):
        if plan.find(safety.scene) is None:
            yield f"no scene is called {safety.scene}: name one of the document at `$.safety[{place}].scene`"


def _wrong_scenes(plan: Body) -> Iterator[str]:
    first: dict[str, int] = {}
    for place, scene in enumerate(plan.scenes):
        if first.setdefault(scene.name, place) != place:
            there = f"`$.scenes[{first[scene.name]}].name`"
            yield f"the scene {scene.name} at `$.scenes[{place}].name` stands at {there} already"
        if not scene.names:
            yield f"{scene.name} has no name in any language at `$.scenes[{place}].names`"
        wanted: dict[tuple[str, str], int] = {}
        for want_place, want in enumerate(scene.wants):
            if wanted.setdefault((want.device, want.property), want_place) != want_place:
                yield f"{want.property} of {want.device} is wanted twice, again at `$.scenes[{place}].wants[{want_place}]`"


def _wrong_bounds(plan: Body) -> Iterator[str]:
    for place, bound in enumerate(plan.bounds):
        if bound.least > bound.most:
            yield f"the least is more than the most at `$.bounds[{place}]`"
    bounds = {(each.device, each.property): each for each in plan.bounds}
    for place, scene in enumerate(plan.scenes):
        for want_place, want in enumerate(scene.wants):
            allowed = bounds.get((want.device, want.property))
            if allowed is not None and not _within(want.value, allowed):
                there = f"`$.scenes[{place}].wants[{want_place}].value`"
                least_to_most = f"{allowed.least:g} to {allowed.most:g}"
                yield f"{want.property} of {want.device} is from {least_to_most}, not {want.value!r} at {there}"


def _within(value: str, bound: Bound) -> bool:
    try:
        return bound.least <= float(value) <= bound.most
    except ValueError:
        return False
