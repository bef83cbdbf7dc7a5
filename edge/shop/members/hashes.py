"""What becomes of a phone number, a card or a member code before anything keeps it, in three steps that cannot be walked back.

    concealed   SHA-256("storebox member phone\\0" + "8613800138000")     all that a decision is given; never written down
    salted      HMAC-SHA-256(salt, concealed)[:16]                       what headquarters puts into the document
    found by    HMAC-SHA-256(the box's own key, kind + salted)[:16]      what stands in the table

With the salt alone all phone numbers could be tried in an hour. Whoever takes the database away has neither the box's key
nor the salts: these, and the keys of dynamic codes, are sealed in it.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b, sha256
from typing import Literal

HASH_BYTES = 16  # 128 bits: two of a million members share one with a chance of 1 in 10^27
NONCE_BYTES = 12
MEMBERS = b"member_cache"

Kind = Literal["code", "phone", "card"]
"""What a member may show that does not change."""


def concealed(what: Literal[Kind, "otp"], text: str) -> bytes:
    """32 bytes in place of ``text``. A phone is the digits of its E.164 number, without the plus."""
    return sha256(f"storebox member {what}\0{text}".encode(errors="surrogatepass")).digest()


def salted(salt: bytes, hidden: bytes) -> bytes:
    """What the document says of a code of which ``hidden`` is the concealed form."""
    return hmac.digest(salt, hidden, "sha256")[:HASH_BYTES]


def found_by(kind: Kind, hash_: bytes, member_key: bytes) -> bytes:
    """The key of a row by the document's ``hash_``. blake2b: 200 000 members have three of them."""
    return blake2b(hash_, key=member_key, digest_size=HASH_BYTES, person=kind.encode()).digest()


def found_by_ref(ref: str) -> bytes:
    """The key of a row by the member's reference, which is no secret."""
    return blake2b(ref.encode(), digest_size=HASH_BYTES, person=b"ref").digest()


def seal(secret: bytes, member_key: bytes, purpose: bytes = MEMBERS) -> bytes:
    """``secret`` as it may stand in the database, for one ``purpose``. The nonce comes of it, so that the same gives the same."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = hmac.digest(member_key, b"storebox member nonce\0" + secret, "sha256")[:NONCE_BYTES]
    return nonce + AESGCM(_sealing_key(member_key)).encrypt(nonce, secret, purpose)


def unseal(sealed: bytes, member_key: bytes, purpose: bytes = MEMBERS) -> bytes | None:
    """What was sealed with the same key; None when the database came from another box, whose members this one cannot tell."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(_sealing_key(member_key)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose)
    except InvalidTag:
        return None


def _sealing_key(member_key: bytes) -> bytes:
    return hmac.digest(member_key, b"storebox member secrets", "sha256")
