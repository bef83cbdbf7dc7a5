"""What the box and the process that reads faces say to each other, MessagePack over a socket pair; no pixels, no vectors.

    box -> process   Open(camera="cam-kiosk", kind="kiosk") with the descriptor of the camera's ring; Close
                     Learn(templates=(Sealed(…), …)) after its start and as they are made; Forget(templates=("0197…",))
                     Identify(request="r-1", camera="cam-kiosk", within_ms=6000); Enrol; Cancel
    process -> box   Beat once a second      Stepped(request="r-1", step="turn-left") as it goes on
                     one of Matched, Unmatched, Enrolled, Unenrolled to end each request      Learnt, Forgotten

A template is a vector under AES-256-GCM that only this process can open: it alone reads the key, which the box does not have. It
leaves the process sealed, or not at all. Times are ``time.monotonic_ns()`` of this machine.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.channel import BoxEnd, ProcessEnd, Speech

Request = Annotated[str, Meta(min_length=1, max_length=64)]
Template = Annotated[str, Meta(min_length=1, max_length=64)]
"""The name of a template: a random number that says nothing of the member."""

Member = Annotated[str, Meta(min_length=1, max_length=64)]
"""A member's reference, as in ``storebox.member.identified``."""

MOST_AT_ONCE = 500
"""Templates in one Learn or Forget: half of what the channel takes."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A template as it stands in the table. It opens only under this name and for this member."""

    template: Template
    member: Member
    sealed: Annotated[bytes, Meta(max_length=2048)]

    def __repr__(self) -> str:
        """Nothing that a log must not show."""
        return f"Sealed(template={self.template!r})"


class Open(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Faces may be read from ``camera``, whose ring comes with this word; again for the same camera: it was opened anew.

    Nothing is looked at until a request wants it. A camera of any other kind cannot be said here.
    """

    camera: str
    kind: Literal["kiosk", "mirror"]


class Close(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The camera is gone; requests on it end as ``camera-gone``."""

    camera: str


class Learn(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Members to be recognised from now on; one of the same name takes the place of the former."""

    templates: Annotated[tuple[Sealed, ...], Meta(max_length=MOST_AT_ONCE)]


class Forget(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let go of these templates at once; a request that would name one of them ends without a name."""

    templates: Annotated[tuple[Template, ...], Meta(max_length=MOST_AT_ONCE)]


class Identify(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Who stands before ``camera``? Somebody has asked for it by touch."""

    request: Request
    camera: str
    within_ms: Annotated[int, Meta(ge=500, le=30_000)]


class Enrol(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make ``template`` of whoever stands before ``camera`` and passes the challenge, sealed for ``member``."""

    request: Request
    camera: str
    member: Member
    template: Template
    within_ms: Annotated[int, Meta(ge=5_000, le=120_000)]


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nobody waits for ``request`` any more: it ends as ``cancelled``, and what was seen is gone."""

    request: Request


Asked = Open | Close | Learn | Forget | Identify | Enrol | Cancel

Gate = Literal["no-face", "too-small", "turned", "blurred", "covered", "several-faces", "too-dark"]
Step = Literal["loading", "looking", "look-here", "turn-left", "turn-right", "blink", "done"] | Gate
"""What the shopper is asked to do now, or why nothing can be read at the moment; words for it are the page's."""

Why = Literal[
    "stranger",
    "unsure",
    "timeout",
    "cancelled",
    "camera-gone",
    "busy",
    "off",
    "too-slow",
    "other-turn",
    "face-lost",
    "several-faces",
    "changed",
    "another-member",
]
"""Why a request ended without a name or a template.

``stranger``: nobody known. ``unsure``: two members alike, or pictures that disagree. ``off``: no key or no model.
``changed``: the face that was learnt is not the one that passed. ``another-member``: it is known as another member already.
"""


class Stepped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The request goes on; said when ``step`` changes."""

    request: Request
    step: Step


class Matched(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It is ``member``, by ``template``; ``score_permille`` is the cosine of the best picture. ``picture_ns``: when the first
    picture of this look was taken."""

    request: Request
    member: Member
    template: Template
    score_permille: int
    picture_ns: int


class Unmatched(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nobody; nothing of what was seen is left."""

    request: Request
    why: Why


class Enrolled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The sealed template; the process does not know it until it is told so by Learn."""

    request: Request
    template: Sealed
    model: str


class Unenrolled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """No template; nothing of what was seen is left."""

    request: Request
    why: Why


class Learnt(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What became of a Learn: so many ``templates`` of it are known now. It comes when there is a key. ``refused``: these do not
    open: another key, another member's row, another model, or damaged."""

    templates: int
    refused: tuple[Template, ...] = ()


class Forgotten(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """These templates are in this process no more."""

    templates: tuple[Template, ...]


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The process lives: once a second. ``problem``: why no face is read, and what to do (no key, a model is missing or damaged).

    ``no_enrolment``: why nobody can be enrolled, though faces are read. ``templates`` are those that are known.
    ``loading``: the next one comes when a model is loaded, which takes seconds.
    """

    at_ns: int
    templates: int
    problem: str = ""
    no_enrolment: str = ""
    loading: bool = False
    rss_bytes: int = 0


Said = Beat | Stepped | Matched | Unmatched | Enrolled | Unenrolled | Learnt | Forgotten

SPEECH: Speech[Asked, Said] = Speech(asked=msgspec.msgpack.Decoder(Asked), said=msgspec.msgpack.Decoder(Said), with_ring=(Open,))
BoxLine = BoxEnd[Asked, Said]
ProcessLine = ProcessEnd[Asked, Said]
