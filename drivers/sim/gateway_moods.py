"""Every way in which the answer of a simulated payment gateway can get lost, and the orders that choose among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from aiohttp import web

from drivers.sim.orders import Orders, tell

Mood = Literal[
    "well", "deaf", "mute", "cut", "server-error", "nonsense", "wrong-signature", "no-signature", "other-amount", "system-error"
]


def lost(request: web.Request) -> web.Response:
    """Cut the line; aiohttp wants an answer all the same."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def gateway_orders(calls: Sequence[str]) -> Orders:
    """What is typed to a simulated gateway that answers ``calls``."""

    def set_mood(sim: Any, call: str, mood: str) -> None:
        if call not in calls or mood not in get_args(Mood):
            raise ValueError(mood)
        sim.moods[call] = mood

    return {
        "mood": (f"{'|'.join(calls)} {'|'.join(get_args(Mood))}", set_mood),
        "refuse": ("CODE", lambda sim, code: setattr(sim.books, "refuses", code)),
        "accept": ("", lambda sim: setattr(sim.books, "refuses", "")),
        "password": ("QUERIES", lambda sim, queries: setattr(sim.books, "confirms", int(queries))),
        "no-password": ("", lambda sim: setattr(sim.books, "confirms", None)),
        "charged": ("", lambda sim: tell({"charged": sim.books.charged()})),
    }
