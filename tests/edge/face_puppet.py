"""In place of the process that reads faces: the real channel, real sealing, and a file that says who stands there.

    python face_puppet.py LINE FOLDER KEY_FILE THREADS        as edge.faces is started

``FOLDER/face`` is who stands before every camera, read anew for each look; empty or missing: nobody.

    anna        a face, known as soon as it was enrolled      !unsure     the process cannot tell
    !wait       nothing can be read, for as long as it says so !die        the process dies of the picture
    !deaf       it reads nothing any more, and beats on        !rave       it says what is no word
    !ghost t m  it names m by t, whom it was told to forget    !other      it enrols somebody else than it was asked for

``FOLDER/opened`` gets a line for each camera that the process was given; ``FOLDER/deaf`` is there when it has become deaf.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from drivers.wires.picture_ring import RingReader
from edge.channel import ChannelBroken, ProcessEnd
from edge.childhood import die_with_the_box, go_offline, resident_bytes
from edge.faces.words import (
    SPEECH,
    Asked,
    Beat,
    Cancel,
    Close,
    Enrol,
    Enrolled,
    Forget,
    Forgotten,
    Identify,
    Learn,
    Learnt,
    Matched,
    Open,
    ProcessLine,
    Sealed,
    Stepped,
    Unenrolled,
    Unmatched,
)

MODEL = "puppet"
BEAT_S = 0.1
LOOK_S = 0.02


@dataclass
class Looking:
    """A request that goes on."""

    asked: Identify | Enrol
    ends_s: float

    def end(self, why: str) -> Unmatched | Unenrolled:
        if isinstance(self.asked, Identify):
            return Unmatched(request=self.asked.request, why=why)  # type: ignore[arg-type]
        return Unenrolled(request=self.asked.request, why=why)  # type: ignore[arg-type]


class Puppet:
    """One life."""

    def __init__(self, line: ProcessLine, folder: Path, key_file: Path) -> None:
        self.line, self.folder = line, folder
        self.rings: dict[str, RingReader] = {}
        self.known: dict[str, tuple[str, bytes]] = {}
        self.looks: dict[str, Looking] = {}
        self.problem, self.cipher, self.key = "", None, b""
        try:
            self.key = key_file.read_bytes()  # kept, so that a test finds it where it may be
            self.cipher = AESGCM(self.key)
        except (OSError, ValueError) as error:
            self.problem = f"the face key {key_file} is no key: {error}"

    def run(self) -> None:
        beat_s = 0.0
        while True:
            if self.face() == "!deaf":
                (self.folder / "deaf").touch()
                time.sleep(BEAT_S)
            else:
                for asked, ring in self.line.hear(LOOK_S if self.looks else BEAT_S):
                    self.obey(asked, ring)
            for looking in list(self.looks.values()):
                self.look(looking)
            if time.monotonic() - beat_s >= BEAT_S:
                beat_s = time.monotonic()
                self.beat()

    def beat(self) -> None:
        beat = Beat(at_ns=time.monotonic_ns(), templates=len(self.known), problem=self.problem, rss_bytes=resident_bytes())
        self.line.say(beat)

    def face(self) -> str:
        with suppress(OSError):
            return (self.folder / "face").read_text().strip()
        return ""

    def obey(self, asked: Asked, ring: int | None) -> None:
        match asked:
            case Open():
                self.open(asked, ring)
            case Close(camera=camera):
                self.rings.pop(camera)
            case Identify() | Enrol():
                self.looks[asked.request] = Looking(asked, time.monotonic() + asked.within_ms / 1000)
                self.line.say(Stepped(request=asked.request, step="looking"))
            case Cancel(request=request):
                if request in self.looks:
                    self.end(self.looks[request], self.looks[request].end("cancelled"))
            case _:
                self.mind(asked)

    def open(self, asked: Open, ring: int | None) -> None:
        assert ring is not None
        self.rings[asked.camera] = RingReader(ring)
        os.close(ring)
        with (self.folder / "opened").open("a") as opened:
            opened.write(f"{asked.camera} {asked.kind}\n")

    def mind(self, asked: Learn | Forget) -> None:
        match asked:
            case Learn(templates=templates):
                refused = tuple(each.template for each in templates if not self.learn(each))
                self.line.say(Learnt(templates=len(templates) - len(refused), refused=refused))
            case Forget(templates=templates):
                for template in templates:
                    self.known.pop(template, None)
                self.line.say(Forgotten(templates=templates))

    def learn(self, sealed: Sealed) -> bool:
        assert self.cipher is not None
        try:
            face = self.cipher.decrypt(sealed.sealed[:12], sealed.sealed[12:], bound(sealed.template, sealed.member))
        except InvalidTag:
            return False
        self.known[sealed.template] = (sealed.member, face)
        return True

    def look(self, looking: Looking) -> None:
        asked, face = looking.asked, self.face()
        if time.monotonic() > looking.ends_s:
            self.end(looking, looking.end("timeout"))
        elif asked.camera not in self.rings:
            self.end(looking, looking.end("camera-gone"))
        elif face.startswith("!"):
            self.misbehave(looking, face)
        elif face and self.rings[asked.camera].newest() is not None:
            self.end(looking, self.found(asked, face.encode()))

    def misbehave(self, looking: Looking, face: str) -> None:
        match face.split():
            case ["!die"]:
                os.kill(os.getpid(), signal.SIGKILL)
            case ["!rave"]:
                self.line._line.send(b"\xff" * 64)
                time.sleep(60)
            case ["!unsure"]:
                self.end(looking, looking.end("unsure"))
            case ["!ghost", ghost, member]:
                self.end(looking, matched(looking.asked.request, ghost, member))
            case ["!other"]:
                template = Sealed(template="another", member="another", sealed=b"sealed")
                self.end(looking, Enrolled(request=looking.asked.request, template=template, model=MODEL))

    def found(self, asked: Identify | Enrol, face: bytes) -> Matched | Unmatched | Enrolled:
        if isinstance(asked, Enrol):
            assert self.cipher is not None
            nonce = os.urandom(12)
            sealed = nonce + self.cipher.encrypt(nonce, face, bound(asked.template, asked.member))
            template = Sealed(template=asked.template, member=asked.member, sealed=sealed)
            return Enrolled(request=asked.request, template=template, model=MODEL)
        for template_name, (member, known) in self.known.items():
            if known == face:
                return matched(asked.request, template_name, member)
        return Unmatched(request=asked.request, why="stranger")

    def end(self, looking: Looking, said: Matched | Unmatched | Enrolled | Unenrolled) -> None:
        del self.looks[looking.asked.request]
        self.line.say(said)


def matched(request: str, template: str, member: str) -> Matched:
    """It is ``member``."""
    return Matched(request=request, member=member, template=template, score_permille=999, picture_ns=time.monotonic_ns())


def bound(template: str, member: str) -> bytes:
    """What a sealed template is bound to."""
    return f"{template}\0{member}\0{MODEL}".encode()


def sealed_by(key: bytes, face: str) -> Callable[[str, str], bytes]:
    """Seals ``face`` for a template and a member as this process does."""

    def seal(template: str, member: str) -> bytes:
        return b"n" * 12 + AESGCM(key).encrypt(b"n" * 12, face.encode(), bound(template, member))

    return seal


def main() -> None:
    """As ``edge.faces.__main__``."""
    die_with_the_box()
    go_offline()
    line, folder, key_file, _threads = sys.argv[1:]
    with closing(ProcessEnd(socket.socket(fileno=int(line)), SPEECH)) as channel, suppress(ChannelBroken):
        Puppet(channel, Path(folder), Path(key_file)).run()


if __name__ == "__main__":
    main()
