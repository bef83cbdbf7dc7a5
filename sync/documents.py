"""What headquarters told the store: a signed, versioned, dated document, read and checked before anything of it is believed.

    header   {"alg":"EdDSA","typ":"storebox-document+jws","kid":"..."}
    payload  {"kind":"catalogue","version":7,"issued_at":"2026-03-01T02:00:00Z","not_before":"2026-03-01T02:00:00Z",
              "expires":null,"store":"s-1","body":{...}}

``store`` and ``box`` name the audience; left out they mean all of them. Instead of ``body`` a large document has a ``manifest``
(``sync/large_bodies.py``). Dates are judged when the document is adopted, not later: what works keeps working when the line is
cut. On a box whose clock is not synced no date is judged at all, or a dead clock battery would refuse everything; signature,
audience and version still hold.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec
from joserfc.jwk import OKPKey

from sync.adopters import DocumentRefused
from sync.signatures import FormRefused, SignatureRefused, read_signed

DOCUMENT_TYP = "storebox-document+jws"
CLOCK_SLACK_S = 60.0  # two synced clocks may still differ; a document published now is valid now

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Where a large body is: NDJSON of ``size`` bytes at ``url``; its first line is the body without the list ``rows``."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, msgspec.Meta(ge=1)]
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
    rows: Name


class Addressed(Protocol):
    """Whatever headquarters sends to an audience."""

    @property
    def store(self) -> str | None: ...

    @property
    def box(self) -> str | None: ...


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of a document. Exactly one of ``body`` and ``manifest`` is there."""

    kind: Name
    version: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    issued_at: Moment
    not_before: Moment
    expires: Moment | None = None
    store: Name | None = None
    box: Name | None = None
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    manifest: Manifest | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A document whose signature holds; ``digest`` is the SHA-256 of the signed payload."""

    document: Document
    digest: bytes


def read_document(jws: str, key: OKPKey) -> Signed:
    """Check the signature and the form. Raises DocumentRefused."""
    try:
        vouched = read_signed(jws, key, typ=DOCUMENT_TYP, form=Document)
    except SignatureRefused as error:
        raise DocumentRefused(str(error)) from error
    except FormRefused as error:
        raise DocumentRefused(f"its payload is no document: {error}") from error
    return Signed(document=vouched.content, digest=vouched.digest)


def check_audience(document: Addressed, *, box: str, store: str | None) -> None:
    """Raises DocumentRefused for what is meant for someone else."""
    if document.store is not None and document.store != store:
        belongs = f"belongs to {store}" if store else "belongs to no store"
        raise DocumentRefused(f"it is for store {document.store}; this box {belongs}")
    if document.box is not None and document.box != box:
        raise DocumentRefused(f"it is for box {document.box}; this one is {box}")


def check_form(document: Document) -> None:
    """Raises DocumentRefused where the schema alone cannot tell."""
    if (document.body is msgspec.UNSET) is (document.manifest is msgspec.UNSET):
        raise DocumentRefused("it must have either a body or a manifest")
    if document.expires is not None and document.expires <= document.not_before:
        raise DocumentRefused("it expires before it begins to hold; look at not_before and expires")


def check_dates(document: Document, *, now: datetime, clock: Literal["synced", "unsynced"]) -> None:
    """Raises DocumentRefused for a document that does not hold yet, or no longer."""
    if clock == "unsynced":
        return
    if (document.not_before - now).total_seconds() > CLOCK_SLACK_S:
        raise DocumentRefused(f"it holds from {document.not_before.isoformat()} on; publish it again then")
    if document.expires is not None and document.expires <= now:
        raise DocumentRefused(f"it expired at {document.expires.isoformat()}; publish a new version")


def is_adopted(db: sqlite3.Connection, signed: Signed) -> bool:
    """Is this very document at work? Raises DocumentRefused when the box has a newer one, or another of the same version."""
    document = signed.document
    row = db.execute("SELECT version, digest FROM documents WHERE kind = ?", (document.kind,)).fetchone()
    if row is None or row[0] < document.version:
        return False
    version, digest = row
    if version > document.version:
        raise DocumentRefused(f"version {version} is at work; an older one is never adopted, publish version {version + 1}")
    if digest != signed.digest:
        raise DocumentRefused(f"version {version} is at work with other content; publish the change as version {version + 1}")
    return True
