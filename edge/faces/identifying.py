"""Who stands there: several pictures of one look are compared with all members, until enough agree or it is over."""

from __future__ import annotations

from collections.abc import Collection

from edge.faces.camera import Taken
from edge.faces.request import Reads, Steps
from edge.faces.words import Identify, Matched, Said, Unmatched, Why
from models.face_gallery import Gallery
from models.face_match import Look, Match
from models.face_quality import Gated

APART_NS = 90_000_000
"""Between two pictures that are compared: every one of a camera that takes ten a second; a faster one says the same twice."""


class Identifying:
    """One Identify. It is heard at ``now_ns``; what was taken before shows somebody else."""

    def __init__(self, asked: Identify, gallery: Gallery, now_ns: int) -> None:
        self.name, self.camera, self.over = asked.request, asked.camera, False
        self._gallery, self._look, self._steps = gallery, Look(), Steps(asked.request)
        self._due_ns, self._end_ns = now_ns, now_ns + asked.within_ms * 1_000_000
        self._first_ns = -1

    def due_ns(self) -> int:
        """As ``Request`` says."""
        return self._due_ns

    def late(self, now_ns: int) -> bool:
        """As ``Request`` says."""
        return now_ns >= self._end_ns

    def see(self, taken: Taken, reader: Reads) -> list[Said]:
        """As ``Request`` says."""
        self._first_ns = taken.at_ns if self._first_ns < 0 else self._first_ns
        self._due_ns = taken.at_ns + APART_NS
        read = reader.read(taken.pixels)
        if isinstance(read, Gated):
            return self._steps.at(read)
        self._look.take(self._gallery.best(read))
        read.wipe()
        match = self._look.match
        if match is not None:
            return [self._matched(match)]
        return [self.end(self._nobody())] if self._look.over else self._steps.at("looking")

    def forget(self, templates: Collection[str]) -> None:
        """As ``Request`` says: a look that has named one of them begins anew, and so cannot name it any more."""
        if self._look.names(templates):
            self._look = Look()

    def end(self, why: Why) -> Said:
        """As ``Request`` says."""
        self.over, self._look = True, Look()
        return Unmatched(request=self.name, why=why)

    def _nobody(self) -> Why:
        return self._look.nobody.value

    def _matched(self, match: Match) -> Said:
        self.over = True
        return Matched(
            request=self.name,
            member=match.member,
            template=match.template,
            score_permille=round(1000 * match.score),
            picture_ns=self._first_ns,
        )
