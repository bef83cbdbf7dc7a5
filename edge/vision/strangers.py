"""Tracks of which is not known yet whom they show: without it who came in was first seen a step behind the door.

The tracker gives up quickly whom it has found only once or twice; when they are found again a moment later, they came from there.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from edge.vision.walker import BACK_NS, Found, Walker, begin, nearest
from models.findings import Track

FLICKER = 2
"""What was in so many pictures or fewer was found once and expected once: that may have been a reflection."""

MOST_PLACES = 600
"""Two minutes at five pictures a second. A poster is found in every picture for months; where somebody began stays known."""


@dataclass(slots=True)
class _Stranger:
    """Somebody as far as is known: where they were found, and as a walker of their own."""

    walker: Walker
    places: list[Found] = field(default_factory=list)
    confirmed: bool = False


class Strangers:
    """Those of one camera."""

    def __init__(self) -> None:
        self._by_number: dict[int, _Stranger] = {}
        self._given_up: list[_Stranger] = []

    def add(self, track: Track, at_ns: int) -> None:
        """A track that shows nobody known was found."""
        place = (at_ns, track.box)
        stranger = self._by_number.get(track.number)
        if stranger is None:
            stranger = self._by_number[track.number] = self._back(place) or _Stranger(begin(track.number, place))
        stranger.walker.step(*place)
        stranger.places.append(place)
        if len(stranger.places) > MOST_PLACES:
            del stranger.places[1]
        stranger.confirmed = track.state == "confirmed"

    def confirmed(self, listed: Container[int], at_ns: int) -> Iterator[tuple[int, Found]]:
        """Those who are confirmed and where they began; the unconfirmed among them that are not ``listed`` are given up."""
        for number, stranger in list(self._by_number.items()):
            if stranger.confirmed:
                yield number, stranger.places[0]
            elif number not in listed:
                del self._by_number[number]
                self._give_up(stranger, at_ns)

    def known(self, number: int) -> list[Found]:
        """It is known who this was; every place where they were found."""
        return self._by_number.pop(number).places

    def _give_up(self, stranger: _Stranger, at_ns: int) -> None:
        self._given_up = [each for each in self._given_up if each.walker.last.at_ns > at_ns - BACK_NS]
        if len(stranger.places) > FLICKER:
            self._given_up.append(stranger)

    def _back(self, place: Found) -> _Stranger | None:
        walker = nearest((each.walker for each in self._given_up), place)
        back = next((each for each in self._given_up if each.walker is walker), None)
        if back is not None:
            self._given_up.remove(back)
        return back
