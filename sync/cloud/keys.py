"""The cloud's own secrets, kept beside the sink with mode 0600: the key that signs documents, the token of headquarters."""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from sync.durable_file import create_private


class KeyDamaged(ValueError):
    """A key file that cannot be used; the text says what to do."""


def signing_key(sink: Path) -> OKPKey:
    """The Ed25519 key pair in ``<sink>.signing-key`` (a JWK), made at the first call. Raises KeyDamaged, OSError."""
    path = sink.with_name(f"{sink.name}.signing-key")
    if not path.exists():
        made = OKPKey.generate_key("Ed25519", private=True)
        create_private(path, msgspec.json.encode(made.as_dict(private=True)))
    problem = f"{path} is no private Ed25519 key as JWK; restore it, the boxes trust no other key"
    try:
        key = OKPKey.import_key(msgspec.json.decode(path.read_bytes(), type=dict[str, str | list[str]]))
    except (JoseError, ValueError, KeyError) as error:
        raise KeyDamaged(problem) from error
    if not key.is_private or key.curve_name != "Ed25519":
        raise KeyDamaged(problem)
    return key


def admin_token(sink: Path) -> str:
    """The bearer token for the fleet view in ``<sink>.admin-token``, made at the first call. Raises OSError."""
    path = sink.with_name(f"{sink.name}.admin-token")
    if not path.exists():
        create_private(path, secrets.token_urlsafe(32).encode())
    return path.read_text("ascii").strip()
