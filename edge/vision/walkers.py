"""Who is who: the tracker's tracks as people who walk. Without it a person whom the tracker lost for a moment is two visitors.

A track that begins is a stranger until it is confirmed and it is known whom it shows: somebody who was lost a moment ago, for
people go on as they went, or stop; or somebody new. While the tracker still waits for the lost one that is not known; the
stranger's steps are kept until it is, a second or so, and told then.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from edge.vision.strangers import Strangers
from edge.vision.walker import BACK_NS, Found, Walker, begin, nearest
from models.findings import Track

GONE_NS = BACK_NS + 1_000_000_000
"""A track is confirmed within a second, and only then asked whose it is."""


class Walkers:
    """Everybody in the picture of one camera."""

    def __init__(self) -> None:
        self._by_number: dict[int, Walker] = {}
        self._strangers = Strangers()

    def __iter__(self) -> Iterator[Walker]:
        return iter(self._by_number.values())

    def get(self, number: int) -> Walker | None:
        """Whom the track ``number`` shows; nobody while that is not known."""
        return self._by_number.get(number)

    def take(self, tracks: Sequence[Track], at_ns: int) -> Iterator[tuple[Walker, Sequence[Found]]]:
        """Everybody who was found in this picture, and where; of somebody new every place since they were first seen."""
        listed = {track.number for track in tracks}
        for track in tracks:
            walker = self._by_number.get(track.number)
            if walker is not None:
                walker.listed_ns = at_ns
            if track.state == "lost":
                continue
            if walker is not None:
                yield walker, ((at_ns, track.box),)
            else:
                self._strangers.add(track, at_ns)
        yield from self._known_now(listed, at_ns)

    def settle(self, at_ns: int) -> Iterator[tuple[Walker, Sequence[Found]]]:
        """No more pictures: every stranger is somebody now."""
        yield from self._known_now((), at_ns)

    def gone(self, at_ns: int) -> list[Walker]:
        """Those whom no track shows any more and who have not been seen for so long that they will not be back."""
        gone = [each for each in self if each.listed_ns < at_ns and each.last.at_ns < at_ns - GONE_NS]
        for walker in gone:
            del self._by_number[walker.number]
        return gone

    def clear(self) -> list[Walker]:
        """All of them; nobody is left."""
        everybody = list(self)
        self._by_number.clear()
        return everybody

    def _known_now(self, listed: Container[int], at_ns: int) -> Iterator[tuple[Walker, Sequence[Found]]]:
        for number, first in self._strangers.confirmed(listed, at_ns):
            walker = nearest(self, first)
            if number in listed and walker is not None and walker.listed_ns == at_ns:
                continue
            places = self._strangers.known(number)
            if walker is None or walker.last.at_ns == at_ns:  # who is found in the same picture is somebody else
                walker = begin(number, first)
            else:
                seen_ns = self._by_number.pop(walker.number).last.at_ns
                places = [place for place in places if place[0] > seen_ns]
            walker.number, walker.listed_ns = number, at_ns
            self._by_number[number] = walker
            yield walker, places
