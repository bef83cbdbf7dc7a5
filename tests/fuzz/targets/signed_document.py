"""Documents as they come from anywhere."""

from __future__ import annotations

from contextlib import suppress

from joserfc.jwk import OKPKey

from sync.adopters import DocumentRefused
from sync.documents import read_document

KEY = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
"""The public key of RFC 8037, appendix A.2."""


def feed(data: bytes) -> None:
    """A text that nobody signed."""
    with suppress(DocumentRefused):
        read_document(data.decode("utf-8", "replace"), KEY)
