"""Who may say and hear what outside the shop's own tree: each device of another maker its own topics, and nothing else.

    user lamp-1
    topic deny storebox/#
    topic write homie/5/lamp-1/#
    topic read homie/5/lamp-1/+/+/set

A bridge (Zigbee2MQTT, a Homie root) logs in once for all its devices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol, runtime_checkable

from drivers.topics import checked_id
from drivers.wires.topic_filters import meet

LONGEST_BYTES = 256 * 1024
"""Longer than any message of a device but of one that speaks for many."""


class TopicsClash(ValueError):
    """Two devices would speak under one topic; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTopics:
    """What a device says and hears as topic filters, and what the box asks it (by default what it hears).

    ``longest_bytes``: its longest message; what is longer does not pass the broker, what is twice as long ends its connection.
    """

    login: str
    says: tuple[str, ...]
    hears: tuple[str, ...]
    asked: tuple[str, ...] = ()
    longest_bytes: int = LONGEST_BYTES


@runtime_checkable
class ForeignSettings(Protocol):
    """The settings of a device that speaks a dialect of its own."""

    def foreign_topics(self, device: str) -> ForeignTopics:
        """What device ``device`` says and hears."""
        ...


def foreign_of(devices: Mapping[str, object]) -> dict[str, ForeignTopics]:
    """Those of ``devices`` (settings by name) that speak outside the shop's own tree."""
    return {name: settings.foreign_topics(name) for name, settings in devices.items() if isinstance(settings, ForeignSettings)}


def foreign_logins(foreign: Mapping[str, ForeignTopics]) -> list[str]:
    """The names under which they log in, each once; raises BadId and TopicsClash."""
    for (name, one), (other_name, other) in combinations(foreign.items(), 2):
        if one.login != other.login and any(meet(mine, theirs) for mine in one.says for theirs in other.says):
            raise TopicsClash(
                f"{name} and {other_name} would speak under the same topics: give each its own, or one login for both"
            )
    return list(dict.fromkeys(checked_id("login", one.login) for one in foreign.values()))


def box_lines(foreign: Mapping[str, ForeignTopics]) -> list[str]:
    """What the box may do with them, below its ``user`` line."""
    lines = []
    for one in foreign.values():
        lines += [f"topic read {filter_}" for filter_ in one.says]
        lines += [f"topic write {filter_}" for filter_ in one.asked or one.hears]
    return list(dict.fromkeys(lines))


def longest_bytes(foreign: Mapping[str, ForeignTopics]) -> int:
    """The longest message that the broker must let through."""
    return max((one.longest_bytes for one in foreign.values()), default=LONGEST_BYTES)


def device_lines(foreign: Mapping[str, ForeignTopics]) -> list[str]:
    """Each login with its own topics; the shop's own tree, which a pattern opens to every name, is closed to them."""
    lines: list[str] = []
    for login in foreign_logins(foreign):
        of_login = [one for one in foreign.values() if one.login == login]
        lines += ["", f"user {login}", "topic deny storebox/#"]
        lines += _once("write", [filter_ for one in of_login for filter_ in one.says])
        lines += _once("read", [filter_ for one in of_login for filter_ in one.hears])
    return lines


def _once(right: str, filters: Sequence[str]) -> list[str]:
    return [f"topic {right} {filter_}" for filter_ in dict.fromkeys(filters)]
