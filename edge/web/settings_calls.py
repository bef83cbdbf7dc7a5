"""The settings as they work now: what the file says, below it headquarters, below that the defaults; secrets masked.

GET /api/settings    {"settings": {…}, "version": 3, "said": {"pickup": {"sla_minutes": 20}}, "overruled": ["pickup.accept"]}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from config.effective import as_tables
from config.remote import over, overruled
from edge.shop.settings.document import said_now
from edge.web.api import json_answer
from edge.web.deciding import asked_of
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.view import View


class SettingsShown(msgspec.Struct, frozen=True, kw_only=True):
    """``settings`` as they work; headquarters ``said`` so in ``version`` (0: nothing yet); ``overruled`` by the file."""

    settings: dict[str, Any]
    version: int
    said: dict[str, Any]
    overruled: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsCalls:
    """Answers whoever may see how the box is set up."""

    view: View

    def routes(self) -> tuple[Route, ...]:
        """Addresses of devices are for technicians."""
        return (Route(method="GET", path="/api/settings", role=Role.TECHNICIAN, handler=self.settings),)

    async def settings(self, _request: web.Request) -> web.Response:
        """``GET /api/settings``."""
        said, written = await asked_of(self.view, said_now), self.view.written()
        return json_answer(
            SettingsShown(
                settings=as_tables(over(written, said.settings)),
                version=said.version,
                said=said.settings.model_dump(mode="json", exclude_unset=True),
                overruled=overruled(written, said.settings),
            )
        )
