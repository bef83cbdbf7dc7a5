"""Who may do what: the roles of DESIGN §10, and which of them a caller covers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


class Role(StrEnum):
    """What a route asks of its caller. ``public`` asks nothing."""

    PUBLIC = "public"
    DEVICE = "device"
    SCREEN = "screen"
    STAFF = "staff"
    TECHNICIAN = "technician"
    MANAGER = "manager"


def covers(held: Role) -> frozenset[Role]:
    """Every role that a holder of ``held`` may act as. Devices cover no screen and people no device."""
    match held:
        case Role.PUBLIC:
            return frozenset({Role.PUBLIC})
        case Role.DEVICE | Role.SCREEN:
            return frozenset({Role.PUBLIC, held})
        case Role.STAFF:
            return frozenset({Role.PUBLIC, Role.SCREEN, Role.STAFF})
        case Role.TECHNICIAN:
            return frozenset({Role.PUBLIC, Role.SCREEN, Role.STAFF, Role.TECHNICIAN})
        case Role.MANAGER:
            return frozenset({Role.PUBLIC, Role.SCREEN, Role.STAFF, Role.TECHNICIAN, Role.MANAGER})
    assert_never(held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. ``name`` is for the log; ``session`` is the cookie's value when a person logged in.

    ``ambient``: the browser adds the credential by itself (a cookie, being on this machine), so a foreign page could use it.
    """

    role: Role
    name: str
    session: str = ""
    ambient: bool = False

    def may(self, needed: Role) -> bool:
        """Whether a route of role ``needed`` is open to this caller."""
        return needed in covers(self.role)
