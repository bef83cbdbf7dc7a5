"""Whose picture is next, on a clock of the test's own: a processor that serves one look after another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from edge.vision.turns import Turns

MS = 1_000_000


@dataclass
class Scene:
    """A camera that brings a picture every ``every_ms``; a look at it costs ``cost_ms``."""

    every_ms: int = 200
    cost_ms: int = 30
    fps: int = 5
    is_door: bool = False
    is_followed: bool = False


@dataclass
class Day:
    """What has become of each camera's pictures, and the longest between two looks at it."""

    looks: Counter[str]
    missed: Counter[str]
    longest_ms: Counter[str]


def live(scenes: dict[str, Scene], seconds: int = 20) -> Day:
    turns, now = Turns(), 0
    for name, scene in scenes.items():
        turns.watch(name, fps=scene.fps, is_door=scene.is_door, now_ns=0)
    day, seen = Day(Counter(), Counter(), Counter()), dict.fromkeys(scenes, 0)
    looked: dict[str, int] = {}
    while now < seconds * 1000:
        ready = [name for name, each in scenes.items() if now // each.every_ms > seen[name] and turns.is_due(name, now * MS)]
        if not ready:
            now += 5
            continue
        name = turns.next(ready, now * MS)
        scene, began = scenes[name], now
        seen[name] = now // scene.every_ms
        now += scene.cost_ms
        day.longest_ms[name] = max(day.longest_ms[name], now - looked.get(name, now))
        looked[name] = now
        day.looks[name] += 1
        day.missed[name] += turns.looked(name, began_ns=began * MS, ended_ns=now * MS, is_followed=scene.is_followed)
    return day


def test_with_time_enough_every_due_picture_is_looked_at():
    day = live({"door": Scene(is_door=True), "till": Scene(), "hall": Scene()})
    assert all(95 <= looks <= 100 for looks in day.looks.values()), day
    assert day.missed.total() == 0


def test_a_camera_is_looked_at_no_more_often_than_it_is_wanted():
    day = live({"fast": Scene(every_ms=33, cost_ms=5)})
    assert 98 <= day.looks["fast"] <= 101
    assert day.missed["fast"] == 0


def test_a_camera_that_brings_less_is_looked_at_whenever_it_brings_something():
    day = live({"slow": Scene(every_ms=500)})
    assert day.looks["slow"] == 39


def test_too_many_cameras_share_the_time_and_none_is_left_out():
    day = live({f"cam-{number}": Scene(cost_ms=60) for number in range(8)})
    assert max(day.looks.values()) - min(day.looks.values()) <= 3, day
    assert all(day.missed.values())
    assert max(day.longest_ms.values()) < 1_100


def test_a_dear_camera_takes_no_time_from_a_cheap_one():
    """Time is shared and not turns: both could have half, and the cheap one needs less than that."""
    day = live({"cheap": Scene(cost_ms=20), "dear": Scene(cost_ms=290)})
    assert day.looks["cheap"] >= 60, day
    assert day.looks["dear"] >= 50, day


@pytest.mark.parametrize("kind", [{"is_door": True}, {"is_followed": True}])
def test_a_door_and_who_is_followed_are_looked_at_more_often_than_the_rest(kind: dict[str, bool]):
    scenes = {f"cam-{number}": Scene(cost_ms=70) for number in range(9)} | {"special": Scene(cost_ms=70, **kind)}
    day = live(scenes)
    others = [looks for name, looks in day.looks.items() if name != "special"]
    assert day.looks["special"] >= 40, "more than twice a second, of a processor that could do with three and a half"
    assert day.looks["special"] > 1.5 * max(others)
    assert day.longest_ms["special"] < 600
    assert min(others) >= 15, "and nobody is starved"


def test_doors_that_are_too_many_leave_a_look_for_the_others():
    doors = {f"door-{number}": Scene(cost_ms=100, is_door=True) for number in range(6)}
    day = live(doors | {"hall": Scene(cost_ms=100)})
    assert day.looks["hall"] >= 8, day
    assert min(day.looks[door] for door in doors) >= 2 * day.looks["hall"]


def test_a_camera_that_is_gone_has_no_turn():
    turns = Turns()
    turns.watch("a", fps=5, is_door=False, now_ns=0)
    turns.watch("b", fps=5, is_door=False, now_ns=0)
    turns.unwatch("a")
    assert turns.next(["b"], 0) == "b"
    assert turns.wait_ns(0) == 0
    turns.looked("b", began_ns=0, ended_ns=30 * MS, is_followed=False)
    assert turns.wait_ns(30 * MS) == 120 * MS
    turns.watch("b", fps=10, is_door=True, now_ns=0)
    assert turns.wait_ns(30 * MS) == 145 * MS
