"""Who this box is: made once at its first start, kept in ``identity.json``. Without it the cloud could not number its events.

IdentityDamaged    the file is there but cannot be read: restore it, never make a second identity over it
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.durable_file import write_private
from sync.signatures import KeyUnreadable, public_key, public_text

FILE_NAME = "identity.json"


class IdentityDamaged(ValueError):
    """``identity.json`` cannot be used; the text says why and what to do."""


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the cloud gave this box: its store, the bearer token, the public key (JWK ``x``) that signs documents."""

    store: str
    token: str
    signing_key: str

    def __repr__(self) -> str:
        return f"Claim(store={self.store!r}, token=***)"


class Identity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The box's id (UUIDv7, 32 hex digits), its private key (JWK ``d``), and its claim once it has one."""

    box: str
    private_key: str
    claim: Claim | None = None

    def __repr__(self) -> str:
        return f"Identity(box={self.box!r}, private_key=***, claim={self.claim!r})"

    def key(self) -> Ed25519PrivateKey:
        """The Ed25519 key pair. Raises ValueError for a seed that is not 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(self.private_key + "="))

    def public_key(self) -> str:
        """The public half (JWK ``x``), as the cloud gets it."""
        return _text(self.key().public_key().public_bytes_raw())

    def sign(self, content: bytes) -> str:
        """The signature of ``content``, base64url without padding."""
        return _text(self.key().sign(content))


class IdentityFile:
    """``data_dir/identity.json``, mode 0600, replaced as a whole and durably."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME
        self.identity = self._read() if self._path.exists() else self._make()

    def keep_claim(self, claim: Claim) -> None:
        """Write ``claim`` down; durable on return. Raises OSError."""
        self._write(msgspec.structs.replace(self.identity, claim=claim))

    def _make(self) -> Identity:
        from uuid_utils import uuid7

        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        return self._write(Identity(box=uuid7().hex, private_key=_text(seed)))

    def _write(self, identity: Identity) -> Identity:
        write_private(self._path, msgspec.json.format(msgspec.json.encode(identity)))
        self.identity = identity
        return identity

    def _read(self) -> Identity:
        advice = f"restore {self._path} from a backup; move it away only if this box shall become a new one"
        try:
            identity = msgspec.json.decode(self._path.read_bytes(), type=Identity)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise IdentityDamaged(f"the box's identity is damaged ({error}); {advice}") from error
        if len(identity.box) != 32 or not set(identity.box) <= set("0123456789abcdef"):
            raise IdentityDamaged(f"the box's identity is damaged (box is not 32 hex digits); {advice}")
        try:
            identity.key()
        except ValueError as error:
            raise IdentityDamaged(f"the box's identity is damaged (private_key is no Ed25519 key); {advice}") from error
        return identity


class SettingUnreadable(ValueError):
    """A file named in ``[cloud]`` cannot be used; the text names the setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose documents the box adopts: those signed by ``signing_key`` (JWK ``x``) for its ``store``."""

    signing_key: str
    store: str | None


def with_token_file(claim: Claim | None, token_file: Path | None) -> Claim | None:
    """``claim`` with the token of ``[cloud] token_file`` in place of its own, read anew each time. Raises SettingUnreadable."""
    if claim is None or token_file is None:
        return claim
    return msgspec.structs.replace(claim, token=_setting(token_file, "token_file"))


def trust(claim: Claim | None, signing_key_file: Path | None) -> Trust | None:
    """The key of ``[cloud] signing_key_file``, or else the claim's; a box without a claim may have the file alone.

    Raises SettingUnreadable.
    """
    store = None if claim is None else claim.store
    if signing_key_file is None:
        return None if claim is None else Trust(signing_key=claim.signing_key, store=store)
    text = _setting(signing_key_file, "signing_key_file")
    try:
        return Trust(signing_key=public_text(public_key(text)), store=store)
    except KeyUnreadable as error:
        raise SettingUnreadable(f"[cloud] signing_key_file {signing_key_file}: {error}") from error


def _setting(path: Path, name: str) -> str:
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingUnreadable(f"[cloud] {name} {path} cannot be read: {error}") from error
    if not text:
        raise SettingUnreadable(f"[cloud] {name} {path} is empty")
    return text


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
