"""What a file of headquarters holds: the bare body of a document, its envelope, NDJSON for a large one, or the signed whole.

catalogue.json             {"currency": "CNY", "items": […]}                                  the kind by the name, or --kind
anything.json              {"kind": "catalogue", "version": 7, …, "body": {…}}
members-2026.ndjson        {…}                                        first the body without its list, then a line an element
anything.jws               eyJhbGciOiJFZERTQSJ9.eyJraW5k….…
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from sync.adopters import Adopter, DocumentRefused
from sync.documents import Document, check_form, read_document
from sync.large_bodies import one_body
from sync.signatures import KeyUnreadable, public_key

JWS = re.compile(rb"\s*[\w-]+\.([\w-]+)\.[\w-]+\s*\Z", re.ASCII)
UNSIGNED = "no signature: sign it before a box can adopt it"
UNVERIFIED = "its signature was not checked: name the public key with --key, or let the box do it"
VERIFIED = "its signature is right"


class NotADocument(ValueError):
    """The file holds no document that can be checked; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """``body`` is JSON of a document of ``kind``; ``note`` says what holds of its signature."""

    kind: str
    body: bytes
    note: str


def read_file(content: bytes, stem: str, kind: str, adopters: Mapping[str, Adopter], key: str = "") -> DocumentFile:
    """What ``content`` is; ``kind`` empty means by the content, then by ``stem`` (the file's name without its ending).

    Raises NotADocument.
    """
    jws = JWS.match(content)
    if jws is not None:
        return _of_document(_signed(content, jws[1], key), kind, VERIFIED if key else UNVERIFIED)
    if key:
        raise NotADocument("--key is for a signed document (JWS), and this file is not signed")
    lines = _lines(content)
    head = _head(lines[0])
    if head is not None and len(lines) > 1:
        found = _kind(kind, stem, adopters)
        return DocumentFile(kind=found, body=_joined(lines, head, adopters[found]), note=UNSIGNED)
    try:
        whole = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotADocument(f"it is neither JSON, NDJSON nor a signed document: {error}") from error
    if "kind" in whole and ("body" in whole or "manifest" in whole):
        return _of_envelope(whole, kind)
    return DocumentFile(kind=_kind(kind, stem, adopters), body=content, note=UNSIGNED)


def _signed(content: bytes, payload: bytes, key: str) -> Document:
    try:
        if key:
            return read_document(content.decode().strip(), public_key(key)).document
        return msgspec.json.decode(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)), type=Document)
    except (DocumentRefused, KeyUnreadable) as error:
        raise NotADocument(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise NotADocument(f"its payload is no document: {error}") from error


def _of_document(document: Document, kind: str, note: str) -> DocumentFile:
    try:
        check_form(document)
    except DocumentRefused as error:
        raise NotADocument(str(error)) from error
    if kind and kind != document.kind:
        raise NotADocument(f"it is a document of kind {document.kind}, not {kind}")
    if document.manifest is not msgspec.UNSET:
        raise NotADocument(
            f"its body is a file of its own ({document.manifest.url}): check that file with --kind {document.kind}"
        )
    body = b"" if document.body is msgspec.UNSET else bytes(document.body)
    return DocumentFile(kind=document.kind, body=body, note=note)


def _of_envelope(whole: Mapping[str, msgspec.Raw], kind: str) -> DocumentFile:
    """An envelope without dates is good enough to look at a body; one with all of it must be right."""
    try:
        named = msgspec.json.decode(whole["kind"], type=str)
    except msgspec.MsgspecError as error:
        raise NotADocument(f"its kind is no text: {error}") from error
    if kind and kind != named:
        raise NotADocument(f"it is a document of kind {named}, not {kind}")
    if "body" not in whole:
        raise NotADocument(f"its body is a file of its own: check that file with --kind {named}")
    return DocumentFile(kind=named, body=bytes(whole["body"]), note=UNSIGNED)


def _kind(kind: str, stem: str, adopters: Mapping[str, Adopter]) -> str:
    """``stock-2026`` is of kind ``stock``; raises NotADocument for a kind that no box adopts."""
    known = ", ".join(sorted(adopters))
    if kind and kind not in adopters:
        raise NotADocument(f"no document is of kind {kind!r}; there are: {known}")
    named = [each for each in adopters if re.match(rf"{re.escape(each)}(?![a-z])", stem)]
    if not kind and not named:
        raise NotADocument(f"of which kind is it? say --kind, one of: {known}")
    return kind or max(named, key=len)


def _lines(content: bytes) -> list[bytes]:
    return [line for line in content.split(b"\n") if line.strip()] or [b""]


def _head(first: bytes) -> dict[str, msgspec.Raw] | None:
    """The first line of NDJSON; None for a document that is written over several lines, or is none."""
    try:
        return msgspec.json.decode(first, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _joined(lines: list[bytes], head: Mapping[str, msgspec.Raw], adopter: Adopter) -> bytes:
    """The one body of NDJSON. Raises NotADocument with the line that is wrong."""
    for number, line in enumerate(lines[1:], start=2):
        try:
            msgspec.json.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise NotADocument(f"line {number} is no JSON: {error}") from error
    return one_body(b"\n".join(lines), _rows(head, adopter))


def _rows(head: Mapping[str, msgspec.Raw], adopter: Adopter) -> str:
    """The list that the lines are elements of: the one that the first line leaves out."""
    lists = [] if adopter.shape is None else _lists(adopter.shape)
    missing = [(name, required) for name, required in lists if name not in head]
    named = [name for name, required in missing if required] or [name for name, _ in missing]
    if len(named) != 1:
        raise NotADocument(
            f"the first line of NDJSON of kind {adopter.kind} has all but one list of the body; this one leaves out: "
            f"{', '.join(named) or 'none'}"
        )
    return named[0]


def _lists(shape: type[msgspec.Struct]) -> list[tuple[str, bool]]:
    """The lists of a body, and whether it must have them."""
    info = msgspec.inspect.type_info(shape)
    if not isinstance(info, msgspec.inspect.StructType):
        return []
    return [
        (field.encode_name, field.required)
        for field in info.fields
        if isinstance(field.type, msgspec.inspect.VarTupleType | msgspec.inspect.ListType)
    ]
