"""A headquarters that knows members: it hashes as the manual says (docs/members.md), not with the box's own code."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.members.cache import members_adopter

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

SALT = b"salt of year 2026"
OLD_SALT = b"salt of year 2025"
CHAIN_SECRET = b"the secret of the whole chain..."
BOX = "b" * 32


def hashed(kind: str, text: str, salt: bytes = SALT) -> bytes:
    """16 bytes, as the document has them."""
    return hmac.digest(salt, sha256(f"storebox member {kind}\0{text}".encode()).digest(), "sha256")[:16]


def one_time(ref: str, at: datetime, *, steps: int = 0, step_s: int = 30, digits: int = 8) -> str:
    """What the member's phone shows at ``at``: RFC 6238 with SHA-256."""
    secret = hmac.digest(CHAIN_SECRET, b"storebox member code key\0" + ref.encode(), "sha256")
    step = int(at.timestamp()) // step_s + steps
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha256")
    number = int.from_bytes(mac[mac[-1] % 16 :][:4], "big") % 2**31
    return f"{number % 10**digits:0{digits}}"


def member(number: int, **told: Any) -> dict[str, Any]:
    """Member ``m-<number>``, with code 7700<number>, phone 1380000000<number> and card 622202020011223344<number>."""
    return {
        "ref": f"m-{number}",
        "code": hashed("code", f"7700{number}"),
        "phone": hashed("phone", f"861380000000{number}"),
        "card": hashed("card", f"622202020011223344{number}"),
        **told,
    }


@dataclass
class Headquarters:
    """Publishes members to one floor. ``rules`` stand in the head of the document."""

    floor: Floor
    rules: dict[str, Any] = field(default_factory=dict)
    version: int = 0

    def body(self, *members: dict[str, Any], **head: Any) -> dict[str, Any]:
        """A document in one piece."""
        return {"salts": [SALT], "keys": [{"id": 1, "secret": CHAIN_SECRET}], **self.rules, **head, "members": list(members)}

    def publish(self, *members: dict[str, Any], **head: Any) -> None:
        """Have it adopted as the desk does."""
        self.adopt(msgspec.json.encode(self.body(*members, **head)))

    def adopt(self, content: bytes, *, lines: bool = False) -> None:
        """Sweep, stage, adopt, sweep."""
        self.version += 1
        adopter = members_adopter(self.floor.shop)
        assert adopter.parse_lines is not None
        parsed = adopter.parse_lines(BytesIO(content)) if lines else adopter.parse(content)
        while adopter.sweep(self.floor.db):
            pass
        for step in adopter.stage(parsed, self.version):
            step(self.floor.db)
        assert tuple(adopter.adopt(parsed, self.version, self.floor.db)) == ()
        while adopter.sweep(self.floor.db):
            pass


def text(content: bytes) -> str:
    """As JSON has bytes."""
    return b64encode(content).decode()


@pytest.fixture
def floor(floor: Floor) -> Floor:
    """A floor of a claimed box."""
    floor.shop = replace(floor.shop, box=BOX, store="s-1")
    return floor


@pytest.fixture
def hq(floor: Floor) -> Headquarters:
    return Headquarters(floor)
