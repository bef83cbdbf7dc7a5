"""Speaks with the running box over its control socket: HTTP on a UNIX socket that the file system guards."""

from __future__ import annotations

import asyncio
import getpass
import grp
import json
import socket as sockets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from edge.cli.exits import BAD_INPUT, FAILED, UNREACHABLE, stop
from edge.cli.until_ended import until_ended

DEADLINE_S = 30.0
"""An adopted catalogue of 50 000 products takes seconds; nothing honest takes longer."""


def is_running(socket: Path) -> bool:
    """Whether a box listens there; one that may not be spoken with counts, so that the command says why."""
    with sockets.socket(sockets.AF_UNIX) as door:
        try:
            door.connect(str(socket))
        except PermissionError:
            return True
        except OSError:
            return False
    return True


def ask(
    socket: Path,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    kind: str = "application/json",
    deadline_s: float | None = None,
) -> bytes:
    """What the box answers to one request. Ends the command when it cannot be reached or refuses."""
    status, content = asyncio.run(_exchange(socket, method, path, body, kind=kind, deadline_s=deadline_s or DEADLINE_S))
    if status >= 400:
        stop(_refusal(status, content), FAILED if status >= 500 else BAD_INPUT)
    return content


def ask_json(socket: Path, method: str, path: str, body: Any = None, *, deadline_s: float | None = None) -> Any:
    """As ``ask``, with JSON both ways."""
    answer = ask(socket, method, path, None if body is None else json.dumps(body).encode(), deadline_s=deadline_s)
    return json.loads(answer) if answer else None


def stream(socket: Path, path: str, take: Callable[[bytes], None], *, deadline_s: float) -> None:
    """Give ``take`` what the box answers, piece by piece, until it ends or Ctrl-C. Ends the command when the box refuses."""
    refused: list[tuple[int, bytes]] = []
    until_ended(_stream(socket, path, take, refused, deadline_s))
    for status, content in refused:
        stop(_refusal(status, content), FAILED if status >= 500 else BAD_INPUT)


async def _stream(
    socket: Path, path: str, take: Callable[[bytes], None], refused: list[tuple[int, bytes]], deadline_s: float
) -> None:
    import aiohttp

    with _told(socket, deadline_s):
        async with (
            asyncio.timeout(deadline_s),
            aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(str(socket)), timeout=aiohttp.ClientTimeout(total=None)
            ) as session,
            session.get(f"http://storebox{path}") as response,
        ):
            if response.status >= 400:
                refused.append((response.status, await response.read()))
                return
            async for piece in response.content.iter_any():
                take(piece)


async def _exchange(
    socket: Path, method: str, path: str, body: bytes | None, *, kind: str, deadline_s: float
) -> tuple[int, bytes]:
    import aiohttp

    headers = {"Content-Type": kind} if body is not None else {}
    with _told(socket, deadline_s):
        async with (
            asyncio.timeout(deadline_s),
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session,
            session.request(method, f"http://storebox{path}", data=body, headers=headers) as response,
        ):
            return response.status, await response.read()


@contextmanager
def _told(socket: Path, deadline_s: float) -> Iterator[None]:
    """End the command with what to do when the box cannot be reached."""
    import aiohttp

    try:
        yield
    except TimeoutError:
        stop(f"storebox did not answer on {socket} within {deadline_s:.0f} s; see journalctl -u storebox", UNREACHABLE)
    except aiohttp.ClientConnectorError as error:
        _unreachable(socket, error.os_error)
    except aiohttp.ClientError as error:
        stop(f"storebox hung up on {socket} ({error}); see journalctl -u storebox", UNREACHABLE)


def _unreachable(socket: Path, error: OSError) -> NoReturn:
    if isinstance(error, PermissionError):
        user, group = getpass.getuser(), _group_of(socket)
        stop(f"{user} may not use {socket}: join its group (sudo usermod -aG {group} {user}) and log in again", UNREACHABLE)
    stop(f"storebox does not answer on {socket}: is it running? try systemctl status storebox", UNREACHABLE)


def _group_of(socket: Path) -> str:
    try:
        return grp.getgrgid(socket.stat().st_gid).gr_name
    except (OSError, KeyError):  # in a folder that may not be entered, or of a deleted group
        return "storebox"


def _refusal(status: int, content: bytes) -> str:
    """The ``detail`` of problem details (RFC 9457)."""
    try:
        return str(json.loads(content)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the box answered {status}: {content[:200].decode(errors='replace')}"
