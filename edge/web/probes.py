"""``POST /api/probe``: which driver speaks at a serial port of this box."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import structlog
from aiohttp import web

from drivers.contract import DeviceError
from drivers.probe import Found, NothingFound, Setting
from edge.probing import PortInUse
from edge.web.api import json_answer
from edge.web.body import read_json
from edge.web.callers import CALLER
from edge.web.problems import Problem
from edge.web.view import View

log = structlog.get_logger()


class ProbeAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body: the whole path of a serial port."""

    port: str


class ProbeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``settings`` are the lines of the device's table, None when no driver knew what it ``heard`` (by rate)."""

    settings: dict[str, Setting] | None
    heard: dict[str, str]
    refused: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Asks the box to look."""

    view: View

    async def probe(self, request: web.Request) -> web.Response:
        """409 when a device works there, 422 when the port cannot be used."""
        port = (await read_json(request, ProbeAsked)).port
        if not port.startswith("/"):
            raise Problem(HTTPStatus.BAD_REQUEST, "bad-port", "port is the whole path of a serial port, such as /dev/ttyUSB0")
        log.info("a port is probed", port=port, by=request[CALLER].name)
        try:
            outcome = await self.view.probe(port)
        except PortInUse as error:
            raise Problem(HTTPStatus.CONFLICT, "port-in-use", str(error)) from error
        except DeviceError as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "port-unusable", str(error)) from error
        return json_answer(probe_record(outcome))


def probe_record(outcome: Found | NothingFound) -> ProbeRecord:
    """The outcome for programs; bytes as Python writes them."""
    match outcome:
        case Found(settings=settings, heard=heard):
            return ProbeRecord(settings=dict(settings), heard={"": repr(heard)}, refused=[])
        case NothingFound(heard=all_heard, refused=refused):
            return ProbeRecord(
                settings=None, heard={str(baud): repr(heard) for baud, heard in all_heard.items()}, refused=list(refused)
            )
