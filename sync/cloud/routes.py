"""The calls of the sync API as the cloud answers them; each names who may make it."""

from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from pathlib import Path

import msgspec
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.jwk import OKPKey

from sync.claims import ClaimAnswer, ClaimRequest, proof_text
from sync.cloud.batches import read_batch
from sync.cloud.bodies import read_body
from sync.cloud.news import News
from sync.cloud.problems import Problem, as_problems
from sync.cloud.sink import CodeRefused, Registered, Sink
from sync.cloudevents import BATCH_TYPE, MAX_BATCH_BYTES, source
from sync.signatures import public_text

MAX_WAIT_S = 60.0
MAX_CLAIM_BYTES = 16 * 1024


class Page(msgspec.Struct, frozen=True):
    """The answer of the long poll."""

    cursor: str
    documents: list[str]
    commands: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """The routes over one sink. ``large_bodies`` is the folder of documents that are fetched apart."""

    sink: Sink
    news: News
    signing_key: OKPKey
    admin_token: str
    large_bodies: Path

    def application(self) -> web.Application:
        """Ready to serve; bodies are limited before they are read."""
        app = web.Application(middlewares=[as_problems], client_max_size=MAX_BATCH_BYTES)
        app.router.add_get("/healthz", self.health)
        app.router.add_post("/v1/claims", self.claims)
        app.router.add_post("/v1/events", self.events)
        app.router.add_get("/v1/documents", self.documents)
        app.router.add_get("/v1/bodies/{digest:[0-9a-f]{64}}", self.body)
        app.router.add_get("/v1/boxes", self.boxes)
        app.router.add_get("/v1/boxes/{box}", self.box)
        return app

    async def health(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Anyone: does the sink answer?"""
        await self.sink.last_cursor()
        return _json({"ok": True})

    async def claims(self, request: web.Request) -> web.Response:
        """Whoever holds a one-time code."""
        content = await read_body(request, media_type="application/json", max_bytes=MAX_CLAIM_BYTES)
        try:
            asked = msgspec.json.decode(content, type=ClaimRequest)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Problem(400, "claim-unreadable", f"the body is no claim: {error}") from error
        _check_proof(asked)
        try:
            registered, token = await self.sink.redeem(asked.code, box=asked.box, public_key=asked.public_key)
        except CodeRefused as refusal:
            raise Problem(422, "claim-refused", str(refusal)) from refusal
        key = public_text(self.signing_key)
        return _json(ClaimAnswer(box=registered.box, store=registered.store, token=token, signing_key=key))

    async def events(self, request: web.Request) -> web.Response:
        """A claimed box."""
        registered = await self._box(request)
        content = await read_body(request, media_type=BATCH_TYPE, max_bytes=MAX_BATCH_BYTES)
        events, refused = read_batch(content, source(registered.store, registered.box))
        return _json(await self.sink.accept(registered.box, events, refused))

    async def documents(self, request: web.Request) -> web.Response:
        """A claimed box; answers at once when there is something, else after ``wait`` seconds at the latest."""
        registered = await self._box(request)
        after = _number(request, "after", 2**63 - 1)
        wait_s = min(float(_number(request, "wait", 2**31)), MAX_WAIT_S)
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while True:
            seen = self.news.version
            behind = await self.sink.notices_after(after, registered)
            if behind.documents or behind.commands or loop.time() >= until:
                return _json(Page(str(behind.cursor), behind.documents, behind.commands))
            await self.news.newer(seen, timeout_s=until - loop.time())

    async def body(self, request: web.Request) -> web.StreamResponse:
        """A claimed box: the body of a large document, also in parts (Range)."""
        await self._box(request)
        path = self.large_bodies / request.match_info["digest"]
        if not path.is_file():
            raise Problem(404, "not-found", "no document has a body of this digest")
        return web.FileResponse(path, headers={"Content-Type": "application/x-ndjson"})

    async def boxes(self, request: web.Request) -> web.Response:
        """Headquarters: the fleet."""
        self._admit_headquarters(request)
        return _json({"boxes": await self.sink.fleet()})

    async def box(self, request: web.Request) -> web.Response:
        """Headquarters: one box and its gaps."""
        self._admit_headquarters(request)
        detail = await self.sink.box(request.match_info["box"])
        if detail is None:
            raise Problem(404, "not-found", "no box of this id is registered")
        return _json(detail)

    async def _box(self, request: web.Request) -> Registered:
        registered = await self.sink.box_of(_token(request))
        if registered is None:
            raise _unauthorized("this token is not known; claim the box again")
        return registered

    def _admit_headquarters(self, request: web.Request) -> None:
        if not hmac.compare_digest(_token(request).encode(), self.admin_token.encode()):
            raise _unauthorized("this is for headquarters; send the token in the file beside the sink")


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("send Authorization: Bearer and the token")
    return token.strip()


def _unauthorized(detail: str) -> Problem:
    return Problem(401, "unauthorized", detail, {"WWW-Authenticate": "Bearer"})


def _number(request: web.Request, name: str, most: int) -> int:
    text = request.query.get(name, "0") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most):
        raise Problem(400, "parameter-unreadable", f"{name} is {text[:40]!r}; send a whole number from 0 to {most}")
    return int(text)


def _check_proof(asked: ClaimRequest) -> None:
    """Whoever claims for a box must hold the box's private key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(asked.public_key + "="))
        proof = urlsafe_b64decode(asked.proof + "==")
    except ValueError as error:
        raise Problem(400, "claim-unreadable", f"public_key or proof cannot be read: {error}") from error
    try:
        key.verify(proof, proof_text(asked.code, asked.box))
    except InvalidSignature as error:
        raise Problem(422, "claim-refused", "proof was not signed with the box's private key") from error


def _json(content: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")
