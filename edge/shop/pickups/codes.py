"""The code that a customer shows for the goods, of which the box only ever knows a hash.

    code_hash = PBKDF2-HMAC-SHA256(code, salt = "storebox-pickup:" + order, 10 000 rounds), 64 hex digits

The code is taken without spaces and in capital letters. Six digits can be tried out by whoever has the database and some time:
so a code is good for one order, and for a few tries at the counter.
"""

from __future__ import annotations

import hashlib

ROUNDS = 10_000
"""About 5 ms: computed by the page before the decision, never inside it."""

MOST_TRIES = 5


def code_hash(order: str, code: str) -> str:
    """The hash of ``code`` as headquarters sends it for ``order``."""
    plain = "".join(code.split()).upper()
    return hashlib.pbkdf2_hmac("sha256", plain.encode(errors="replace"), f"storebox-pickup:{order}".encode(), ROUNDS).hex()
