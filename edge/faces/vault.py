"""Seals templates and opens them: without it a copy of the database would be a list of faces.

    nonce (12 random bytes)     AES-256-GCM of 192 float32, little endian, with its tag (784 bytes)
    associated data             MessagePack of [format, member, template, model]: none can run into the next

A row that was moved to another member or name, another key and a flipped bit all fail the tag. (NIST SP 800-38D: with random
nonces a key seals 2^32 times.)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from edge.faces.words import Sealed
from models.face_vectors import LENGTH, FaceVector

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
NONCE_BYTES, TAG_BYTES = 12, 16
UNIT_WITHIN = 1e-3
STORED = np.dtype("<f4")
BLOCK = 16 // STORED.itemsize
"""Of AES; ``update_into`` wants room for one more than it writes."""
SEALED_BYTES = NONCE_BYTES + LENGTH * STORED.itemsize + TAG_BYTES


class NotOurs(Exception):
    """The template does not open: another key, another member's or name's row, another model, or damaged. No more is known."""


class Vault:
    """One key at work, for the vectors of one model; the key is not seen again."""

    def __init__(self, key: bytes, model: str) -> None:
        self.model = model
        self._seals, self._key = AESGCM(key), AES(key)

    def seal(self, face: FaceVector, *, template: str, member: str) -> Sealed:
        """The template as it may stand in a table."""
        nonce = os.urandom(NONCE_BYTES)
        plain = face.values.astype(STORED)
        content = self._seals.encrypt(nonce, plain.data.cast("B"), self._bound_to(template, member))
        plain.fill(0)
        return Sealed(template=template, member=member, sealed=nonce + content)

    def opened(self, sealed: Sealed) -> FaceVector:
        """The face of a template, of which nothing else is left here. Raises NotOurs."""
        if len(sealed.sealed) != SEALED_BYTES:
            raise NotOurs("the template has another length")
        plain = np.zeros(LENGTH + BLOCK, STORED)
        try:
            self._open_into(plain, sealed)
        except InvalidTag as error:
            raise NotOurs("the template is sealed by another key, or for another row or model, or damaged") from error
        values: NDArray[np.float32] = plain[:LENGTH].astype(np.float32)
        plain.fill(0)
        # So written, what is no number is refused too.
        if not abs(float(values @ values) - 1) <= UNIT_WITHIN:
            raise NotOurs("the template holds no face")
        return FaceVector(values=values)

    def _open_into(self, plain: NDArray[np.float32], sealed: Sealed) -> None:
        """Not ``AESGCM.decrypt``: the bytes that it gives cannot be overwritten. Raises InvalidTag."""
        nonce, content, tag = np.split(np.frombuffer(sealed.sealed, np.uint8), (NONCE_BYTES, -TAG_BYTES))
        opening = Cipher(self._key, GCM(nonce.tobytes(), tag.tobytes())).decryptor()
        opening.authenticate_additional_data(self._bound_to(sealed.template, sealed.member))
        opening.update_into(content.data, plain.data.cast("B"))
        opening.finalize()

    def _bound_to(self, template: str, member: str) -> bytes:
        return msgspec.msgpack.encode((FORMAT, member, template, self.model))
