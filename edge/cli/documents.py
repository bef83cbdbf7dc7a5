"""``storebox document``: what headquarters tells the store, brought by hand when there is no line, and checked before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.daemon import ask, ask_json
from edge.cli.exits import BAD_INPUT, stop
from edge.cli.options import CONTROL_SOCKET, SETTINGS_FILE, ControlSocket, Json, SettingsFile

if TYPE_CHECKING:
    from sync.adopters import Adopter


def adopt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A signed document (JWS) from headquarters.")],
    socket: ControlSocket = CONTROL_SOCKET,
) -> None:
    """Adopt a signed document from a file.

    A bad one is refused, and the last good one keeps working.
    """
    signed = _read(file).strip()
    if signed.startswith(b"{"):
        stop(
            f"{file} is not signed; adopt what headquarters signed: `storebox cloud publish KIND {file} --jws SIGNED`", BAD_INPUT
        )
    answer = json.loads(ask(socket, "POST", "/api/documents", signed, kind="application/jose"))
    typer.echo(answer["detail"])


def listed(socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """List the documents that the store works with."""
    if as_json:
        typer.echo(ask(socket, "GET", "/api/documents"))
        return
    from edge.cli.tables import row_table, show

    show(row_table(("kind", "version", "adopted_at", "digest"), ask_json(socket, "GET", "/api/documents")))


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A document: JSON, NDJSON of a large one, or signed (JWS).")],
    kind: Annotated[str, typer.Option(metavar="KIND", help="Of which kind it is, where neither file nor name says so.")] = "",
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="The public key that it must be signed with.")] = None,
    settings: SettingsFile = SETTINGS_FILE,
    as_json: Json = False,
) -> None:
    """Check a document as a box would before it adopts it.

    Every mistake is named with its place. The currency and the time zone are those of the settings, or the defaults.
    """
    from edge.cli.document_file import NotADocument, read_file
    from edge.cli.document_mistakes import find_mistakes

    known = _adopters(settings)
    key_text = "" if key is None else _read(key).decode(errors="replace")
    try:
        document = read_file(_read(file), file.stem, kind, known, key_text)
    except NotADocument as error:
        stop(f"{file}: {error}", BAD_INPUT)
    adopter = known.get(document.kind)
    if adopter is None:
        stop(f"{file}: no document is of kind {document.kind!r}; there are: {', '.join(sorted(known))}", BAD_INPUT)
    found = find_mistakes(partial(_read_all, adopter), document.body)
    if as_json:
        typer.echo(json.dumps({"kind": document.kind, "mistakes": found.mistakes, "more": found.more}, ensure_ascii=False))
        raise typer.Exit(BAD_INPUT if found.mistakes else 0)
    if found.mistakes:
        more = "\nthere may be more: mend these and check again" if found.more else ""
        stop("\n".join(f"{file}: {mistake}" for mistake in found.mistakes) + more, BAD_INPUT)
    typer.echo(f"{file}: OK, {document.kind}: {_contents(document.body)}; {document.note}")


def _read_all(adopter: Adopter, body: bytes) -> None:
    """As the desk of documents does before the adoption: a large one is read row by row as it is laid out."""
    for _step in adopter.stage(adopter.parse(body), 1):
        pass


def _adopters(settings: Path) -> Mapping[str, Adopter]:
    """By their kinds, for the store of ``settings``; of the defaults where there is no such file and none was asked for."""
    from config.schema import Settings
    from edge.cli.settings import load_or_stop
    from edge.shop.registry import adopters
    from edge.shop.shop import Shop

    known = Settings() if settings == SETTINGS_FILE and not settings.exists() else load_or_stop(settings)
    return {adopter.kind: adopter for adopter in adopters(Shop.from_settings(known, b"\0" * 32))}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}", BAD_INPUT)


def _contents(body: bytes) -> str:
    """How much it is: ``5 scenes, 1 bounds``; of a document without lists what it has by name: ``2 cameras``."""
    members = json.loads(body)
    many = {name: value for name, value in members.items() if isinstance(value, list)}
    named = {name: value for name, value in members.items() if isinstance(value, dict) and _are_things(value)}
    return ", ".join(f"{len(value)} {name}" for name, value in (many or named).items()) or "no lists"


def _are_things(named: dict[str, object]) -> bool:
    return all(isinstance(each, dict) for each in named.values())
