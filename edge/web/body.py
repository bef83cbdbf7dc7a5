"""Reads what a caller sends: bounded in size and time, and of the form that the route expects."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qs

import msgspec
from aiohttp import web

from edge.web.problems import Problem

SMALL_BYTES = 16_384
DEADLINE_S = 10.0
MOST_DIGITS = 10

T = TypeVar("T")


async def read_bytes(request: web.Request, limit_bytes: int = SMALL_BYTES) -> bytes:
    """The whole body. Raises Problem when it is larger than ``limit_bytes`` or does not arrive in time."""
    content = bytearray()
    try:
        async with asyncio.timeout(DEADLINE_S):
            async for chunk in request.content.iter_chunked(65_536):
                content += chunk
                if len(content) > limit_bytes:
                    raise Problem(
                        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                        "too-large",
                        f"the body is larger than {limit_bytes} bytes; send less",
                    )
    except TimeoutError as error:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "too-slow", f"the body did not arrive within {DEADLINE_S:.0f} s") from error
    return bytes(content)


async def read_json(request: web.Request, shape: type[T], limit_bytes: int = SMALL_BYTES) -> T:
    """The JSON body as ``shape``. Raises Problem naming the place of a mistake."""
    return (await read_both(request, shape, limit_bytes))[1]


async def read_both(request: web.Request, shape: type[T], limit_bytes: int = SMALL_BYTES) -> tuple[bytes, T]:
    """The body as it came, and as ``shape``: for a wish that is known again by its bytes. Raises Problem."""
    body = await read_bytes(request, limit_bytes)
    return body, json_as(shape, body)


def json_as(shape: type[T], body: bytes) -> T:
    """A body that was read, as ``shape``. Raises Problem naming the place of a mistake."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-body", f"the body is not what this address takes: {error}") from error


def read_count(request: web.Request, name: str, *, usual: int, most: int) -> int:
    """The number ``?name=`` of the address, from 1 to ``most``. Raises Problem."""
    asked = request.query.get(name, str(usual))
    if not (asked.isascii() and asked.isdigit() and len(asked) < MOST_DIGITS and 1 <= int(asked) <= most):
        raise Problem(HTTPStatus.BAD_REQUEST, f"bad-{name}", f"{name} is a number from 1 to {most}")
    return int(asked)


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of an HTML form, the last of each name. Raises Problem."""
    content = await read_bytes(request)
    try:
        fields = parse_qs(content.decode(), max_num_fields=16, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-form", f"the form cannot be read: {error}") from error
    return {name: values[-1] for name, values in fields.items()}
