"""Signs documents as headquarters does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from joserfc.jwk import OKPKey

from sync.documents import DOCUMENT_TYP, Document, Manifest
from sync.signatures import sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a document says of itself beside its body. ``store`` and ``box``: the audience, None is everyone."""

    kind: str
    version: int
    issued_at: datetime
    not_before: datetime | None = None
    expires: datetime | None = None
    store: str | None = None
    box: str | None = None


def sign_document(key: OKPKey, terms: Terms, *, body: bytes) -> str:
    """A document with its body (JSON) inside, as compact JWS."""
    return _signed(key, terms, body=msgspec.Raw(body))


def sign_manifest(key: OKPKey, terms: Terms, manifest: Manifest) -> str:
    """A document whose body is fetched apart."""
    return _signed(key, terms, manifest=manifest)


def _signed(
    key: OKPKey,
    terms: Terms,
    *,
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET,
    manifest: Manifest | msgspec.UnsetType = msgspec.UNSET,
) -> str:
    document = Document(
        kind=terms.kind,
        version=terms.version,
        issued_at=terms.issued_at,
        not_before=terms.not_before or terms.issued_at,
        expires=terms.expires,
        store=terms.store,
        box=terms.box,
        body=body,
        manifest=manifest,
    )
    return sign(msgspec.json.encode(document), key, typ=DOCUMENT_TYP)
