"""``storebox cloud``: the reference cloud, and what headquarters does on it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from edge.cli.exits import BAD_INPUT, FAILED, stop

T = TypeVar("T")

SinkUrl = Annotated[str, typer.Option("--sink", metavar="sqlite:///FILE", help="Where the cloud keeps what it is told.")]
SINK = "sqlite:///storebox-cloud.db"


def cloud(
    context: typer.Context,
    listen: Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Port 0 chooses a free one.")] = "127.0.0.1:8700",
    sink: SinkUrl = SINK,
) -> None:
    """Run the reference cloud until Ctrl-C.

    With a COMMAND, do what headquarters does on its sink.
    """
    if context.invoked_subcommand is not None:
        # A sink that is named before the command is the command's too: another one would be made, and nobody would hear of it.
        context.default_map = {context.invoked_subcommand: {"sink": sink}}
        return
    from edge.cli.until_ended import until_ended
    from sync.cloud.keys import KeyDamaged
    from sync.cloud.server import ListenRefused, serve
    from sync.cloud.sqlite_sink import SinkRefused
    from sync.cloud.tables import SinkNewer

    host, port = _address(listen)
    try:
        until_ended(serve(host, port, sink, ready=lambda address: typer.echo(f"the cloud listens on {address}")))
    except SinkRefused as error:
        stop(str(error), BAD_INPUT)
    except (KeyDamaged, ListenRefused, SinkNewer) as error:
        stop(str(error), FAILED)


def code(
    store: Annotated[str, typer.Argument(metavar="STORE", help="The store that the box shall belong to.")],
    sink: SinkUrl = SINK,
) -> None:
    """Print a one-time code for `storebox claim`."""
    from sync.cloud.publish import issue_code

    typer.echo(_done(issue_code(sink, store)))


def publish(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="The kind of document, such as catalogue.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Its body, a JSON object.")],
    *,
    sink: SinkUrl = SINK,
    store: Annotated[str | None, typer.Option("--store", help="For this store only.")] = None,
    box: Annotated[str | None, typer.Option("--box", help="For this box only.")] = None,
    to_file: Annotated[Path | None, typer.Option("--jws", metavar="FILE", help="Also write the signed document here.")] = None,
) -> None:
    """Sign a document and put it up for the boxes.

    It becomes the next version of its KIND.
    """
    from sync.cloud.publish import publish as put_up

    try:
        body = file.read_bytes()
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}", BAD_INPUT)
    published = _done(put_up(sink, kind, body, store=store, box=box))
    if to_file is not None:
        _write(to_file, published.jws)
    typer.echo(f"published {published.kind} version {published.version}")


def command(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="ask, restart-device or reprint.")],
    body: Annotated[str, typer.Argument(metavar="JSON", help='Such as {"device": "scale-1", "command": "tare"}.')],
    *,
    sink: SinkUrl = SINK,
    store: Annotated[str | None, typer.Option("--store", help="For the boxes of this store.")] = None,
    box: Annotated[str | None, typer.Option("--box", help="For this box.")] = None,
    minutes: Annotated[int, typer.Option("--minutes", help="How long it is valid.", min=1, max=1440)] = 10,
) -> None:
    """Sign a command and send it to a box or a store.

    The box carries it out once, and reports back with the id that is printed.
    """
    from datetime import timedelta

    from sync.cloud.publish import send_command

    typer.echo(_done(send_command(sink, kind, body.encode(), store=store, box=box, valid=timedelta(minutes=minutes))))


def _done(work: Coroutine[Any, Any, T]) -> T:
    from sync.cloud.keys import KeyDamaged
    from sync.cloud.publish import NotPublished
    from sync.cloud.sink import SinkDown, StaleDocument
    from sync.cloud.sqlite_sink import SinkRefused
    from sync.cloud.tables import SinkNewer

    try:
        return asyncio.run(work)
    except (SinkRefused, NotPublished, StaleDocument) as error:
        stop(str(error), BAD_INPUT)
    except (SinkDown, SinkNewer, KeyDamaged) as error:
        stop(str(error), FAILED)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="ascii")
    except OSError as error:
        stop(f"{file} cannot be written: {error.strerror}; the document is published all the same", FAILED)


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        stop(f'--listen "{listen}" is not HOST:PORT; for example 127.0.0.1:8700', BAD_INPUT)
    return host.strip("[]"), int(port)
