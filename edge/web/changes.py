"""What programs can change: ask a device for something, adopt a document, join a store, pair a screen."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, assert_never

import msgspec
import structlog
from aiohttp import web

from drivers.commands import Accepted, Answer, AnyCommand, Charged, Done, Refused, Unknown
from edge.asking import detail_of
from edge.command_json import NotACommand, read_command
from edge.web.api import json_answer
from edge.web.body import read_bytes, read_json
from edge.web.callers import CALLER, asker_of
from edge.web.pages import offer_code, revoke_pairing
from edge.web.pairing import CODE_LIFETIME_S, PairedRole, Pairings
from edge.web.problems import Problem
from edge.web.view import View
from edge.web.waiting import settling
from sync.adopters import DocumentRefused
from sync.claims import ClaimRefused
from sync.cloud_errors import CloudError
from sync.disk import JournalUnavailable
from sync.identity import SettingUnreadable

log = structlog.get_logger()

DOCUMENT_LIMIT_BYTES = 8 * 1024 * 1024
COMMAND_LIMIT_BYTES = 512 * 1024
"""The picture of a large price label, in base64."""


class CommandDone(msgspec.Struct, frozen=True, kw_only=True):
    """``done``: the device says so; else it took the command and has not reported. ``detail`` is what it answered."""

    done: bool
    detail: str


class MoneyTaken(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal took (or gave back) the amount; ``card`` is at most its first six and last four digits."""

    done: bool
    detail: str
    amount_minor: int
    receipt: str
    card: str
    scheme: str


class JobLeft(msgspec.Struct, frozen=True, kw_only=True):
    """The job will be done; ``GET /api/jobs`` says what became of it."""

    job: str


class DocumentAdopted(msgspec.Struct, frozen=True, kw_only=True):
    """The document works now; ``detail`` says which it is."""

    adopted: bool
    detail: str


class ClaimAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/claims``: a one-time code from headquarters."""

    code: str


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """The store that the box belongs to now."""

    store: str


class PairingAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/pairings``."""

    name: str
    role: PairedRole = "screen"


class PairingOffered(msgspec.Struct, frozen=True, kw_only=True):
    """A code to type in on the screen within ``expires_in_s`` seconds."""

    code: str
    name: str
    role: str
    expires_in_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Does what was asked; who asked is logged, and of devices and jobs recorded."""

    view: View
    pairings: Pairings

    async def command(self, request: web.Request) -> web.Response:
        """``POST /api/devices/{id}/commands``: done, 202 accepted, 409 with the device's reason, 504 when nobody can tell."""
        device = self._known(request)
        command = await _command(request)
        return answered(await self.view.ask(device, command, asker_of(request)))

    async def restart(self, request: web.Request) -> web.Response:
        """``POST /api/devices/{id}/restart``: close it and open it anew, also one that was given up."""
        return answered(await self.view.restart(self._known(request), asker_of(request)))

    async def leave(self, request: web.Request) -> web.Response:
        """``POST /api/devices/{id}/jobs``: leave a command as a job; 202 with its id."""
        device = self._known(request)
        command = await _command(request)
        async with settling():
            job = await self.view.jobs.leave(device, command, asker_of(request))
        return json_answer(JobLeft(job=job), HTTPStatus.ACCEPTED)

    async def again(self, request: web.Request) -> web.Response:
        """``POST /api/jobs/{job}/again``: have a job that is unknown or failed done once more; 202 with the new one's id."""
        async with settling():
            job = await self.view.jobs.again(request.match_info["job"], asker_of(request))
        return json_answer(JobLeft(job=job), HTTPStatus.ACCEPTED)

    async def dismiss(self, request: web.Request) -> web.Response:
        """``POST /api/jobs/{job}/dismiss``: nobody is asked about it any more."""
        async with settling():
            await self.view.jobs.dismiss(request.match_info["job"], asker_of(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def adopt(self, request: web.Request) -> web.Response:
        """``POST /api/documents``: the body is a signed document (compact JWS)."""
        content = await read_bytes(request, DOCUMENT_LIMIT_BYTES)
        try:
            detail = await self.view.adopt(content.decode("ascii").strip())
        except UnicodeDecodeError as error:
            raise Problem(
                HTTPStatus.BAD_REQUEST, "not-a-document", "a signed document is ASCII: three parts joined by dots"
            ) from error
        except DocumentRefused as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "document-refused", str(error)) from error
        except (JournalUnavailable, CloudError, SettingUnreadable) as error:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-adopted", f"not adopted yet, try again: {error}") from error
        log.info("a document was adopted", document=detail, by=request[CALLER].name)
        return json_answer(DocumentAdopted(adopted=True, detail=detail))

    async def claim(self, request: web.Request) -> web.Response:
        """``POST /api/claims``: the box joins the store that the code was issued for."""
        code = (await read_json(request, ClaimAsked)).code
        try:
            store = await self.view.join(code)
        except ClaimRefused as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "claim-refused", str(error)) from error
        except OSError as error:
            problem = f"the claim cannot be written down ({error}); mend the disk and claim again with the same code"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "claim-not-kept", problem) from error
        log.info("the box was claimed", store=store, by=request[CALLER].name)
        return json_answer(Claimed(store=store))

    async def offer(self, request: web.Request) -> web.Response:
        """``POST /api/pairings``: a code for a screen or till."""
        asked = await read_json(request, PairingAsked)
        offer = offer_code(self.pairings, asked.name, asked.role)
        offered = PairingOffered(code=offer.code, name=offer.name, role=offer.role, expires_in_s=CODE_LIFETIME_S)
        return json_answer(offered, HTTPStatus.CREATED)

    async def revoke(self, request: web.Request) -> web.Response:
        """``DELETE /api/pairings/{id}``: the token stops working now."""
        await revoke_pairing(self.pairings, request.match_info["id"])
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _known(self, request: web.Request) -> str:
        device = request.match_info["id"]
        if device not in self.view.board.devices:
            known = ", ".join(self.view.board.devices) or "none yet"
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-device", f"no device is called {device[:40]!r}; there are: {known}")
        return device


def answered(answer: Answer) -> web.Response:
    """``answer`` over HTTP. Raises Problem for a refusal, and when nobody can tell."""
    match answer:
        case Refused(reason=reason):
            raise Problem(HTTPStatus.CONFLICT, "refused", reason)
        case Unknown(reason=reason):
            raise Problem(HTTPStatus.GATEWAY_TIMEOUT, "outcome-unknown", reason)
        case Accepted(detail=detail):
            return json_answer(CommandDone(done=False, detail=detail), HTTPStatus.ACCEPTED)
        case Done(detail=detail):
            return json_answer(CommandDone(done=True, detail=detail))
        case Charged():
            return json_answer(
                MoneyTaken(
                    done=True,
                    detail=detail_of(answer),
                    amount_minor=answer.amount_minor,
                    receipt=answer.receipt,
                    card=answer.card,
                    scheme=answer.scheme,
                )
            )
    assert_never(answer)


async def _command(request: web.Request) -> AnyCommand:
    asked = await read_json(request, dict[str, Any], COMMAND_LIMIT_BYTES)
    try:
        return read_command(asked)
    except NotACommand as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-command", str(error)) from error
