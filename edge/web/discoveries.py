"""What is there and not used: for programs at ``GET /api/discoveries``, for people as a section of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from aiohttp import web

from edge.discovery.discovery import Discovery, settings_text
from edge.web.api import json_answer
from edge.web.view import View
from edge.web.words import Words


class DiscoveryRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``settings`` are the lines that would use it, empty when storebox cannot; ``probe``: what to type first."""

    what: str
    name: str
    address: str
    settings: str
    probe: str


class DiscoveryShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the section."""

    title: str
    name: str
    address: str
    settings: str
    probe: str


class DiscoveriesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The section; ``heading`` counts them."""

    heading: str
    discoveries: tuple[DiscoveryShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discoveries:
    """Answers with what is there now."""

    view: View

    async def listed(self, _request: web.Request) -> web.Response:
        """``GET /api/discoveries``."""
        taken = self.view.plugged().keys()
        return json_answer(
            [
                DiscoveryRecord(
                    what=each.what,
                    name=each.name,
                    address=each.address,
                    settings=settings_text(each, taken),
                    probe=probe_command(each),
                )
                for each in self.view.discoveries()
            ]
        )


def show_discoveries(found: Sequence[Discovery], taken: Sequence[str], words: Words) -> DiscoveriesShown:
    """The section for ``found``; ``taken`` are the names of the devices of the settings."""
    return DiscoveriesShown(
        heading=words.say("discovery.heading", count=len(found)),
        discoveries=tuple(
            DiscoveryShown(
                title=words.name("discovery", each.what),
                name=each.name,
                address=each.address,
                settings=settings_text(each, taken),
                probe=probe_command(each),
            )
            for each in found
        ),
    )


def probe_command(found: Discovery) -> str:
    """What to type first at a serial port: which scale is there cannot be seen from outside."""
    return f"storebox probe {found.address}" if found.what == "serial" else ""
