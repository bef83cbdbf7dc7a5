"""Signed text (JWS, RFC 7515) under one algorithm: Ed25519. Without it a document could choose how it is checked.

The header may call the algorithm ``EdDSA`` (RFC 8037) or ``Ed25519`` (RFC 9864); ``none``, ``HS256`` and all others are
unknown here, so a public key can never be taken for a shared secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

if TYPE_CHECKING:
    from joserfc.jws import CompactSignature

F = TypeVar("F")
MAX_SIGNED_BYTES = 8 * 1024 * 1024


class SignatureRefused(ValueError):
    """The text was not signed by the expected key, or is no JWS at all."""


class FormRefused(ValueError):
    """The signature holds, but what it vouches for is not of the expected form; ``payload`` is that."""

    def __init__(self, reason: str, payload: bytes) -> None:
        super().__init__(reason)
        self.payload = payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched(Generic[F]):
    """What a signature vouches for; ``digest`` is the SHA-256 of the signed payload."""

    content: F
    digest: bytes


class KeyUnreadable(ValueError):
    """The text is no Ed25519 public key."""


def _one_algorithm() -> JWSRegistry:
    registry = JWSRegistry(algorithms=["EdDSA", "Ed25519"])
    ed25519 = JWSRegistry.algorithms["Ed25519"]
    registry.algorithms = {"EdDSA": ed25519, "Ed25519": ed25519}
    registry.max_payload_length = MAX_SIGNED_BYTES
    return registry


def sign(payload: bytes, key: OKPKey, *, typ: str) -> str:
    """``payload`` as compact JWS; ``typ`` keeps a command from being read as a document."""
    header = {"alg": "EdDSA", "typ": typ, "kid": key.thumbprint()}
    return jws.serialize_compact(header, payload, key, registry=_one_algorithm())


def verified(text: str, key: OKPKey, *, typ: str) -> bytes:
    """The payload of ``text`` if ``key`` signed it as ``typ``. Raises SignatureRefused."""
    try:
        signed: CompactSignature = jws.deserialize_compact(text, key, registry=_one_algorithm())
    except BadSignatureError as error:
        raise SignatureRefused("the signature is not from this box's signing key; was it signed for another cloud?") from error
    except (JoseError, ValueError, TypeError) as error:
        raise SignatureRefused(f"not a JWS signed with Ed25519: {error}") from error
    if signed.headers().get("typ") != typ:
        raise SignatureRefused(f"its header says typ {signed.headers().get('typ')!r}; this needs {typ!r}")
    return signed.payload or b""


def read_signed(text: str, key: OKPKey, *, typ: str, form: type[F]) -> Vouched[F]:
    """The payload of ``text``, signed by ``key`` as ``typ``, read as ``form``. Raises SignatureRefused, FormRefused."""
    payload = verified(text, key, typ=typ)
    try:
        content = msgspec.json.decode(payload, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FormRefused(str(error), payload) from error
    return Vouched(content=content, digest=sha256(payload).digest())


def public_key(text: str) -> OKPKey:
    """The Ed25519 public key in ``text``: the bare JWK ``x`` (43 characters), a JWK or a PEM. Raises KeyUnreadable."""
    content = text.strip()
    try:
        key = OKPKey.import_key(content if content.startswith("-----") else _jwk(content))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise KeyUnreadable("not an Ed25519 public key; give the key as JWK, PEM, or the 43 characters of its x") from error
    if key.curve_name != "Ed25519":
        raise KeyUnreadable(f"the key is on the curve {key.curve_name}; documents are signed with Ed25519")
    return key


def public_text(key: OKPKey) -> str:
    """The public half as the 43 characters of a JWK's ``x``."""
    return str(key.as_dict(private=False)["x"])


def _jwk(text: str) -> dict[str, str | list[str]]:
    if not text.startswith("{"):
        return {"kty": "OKP", "crv": "Ed25519", "x": text}
    return msgspec.json.decode(text, type=dict[str, str | list[str]])
