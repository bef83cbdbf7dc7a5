"""The box's password: made at first start, shown once, kept as argon2id in a file that the box alone can read.

argon2 takes 0.1 to 0.3 s and 19 MiB on purpose, so it runs in a thread, one at a time.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sync.durable_file import write_private

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another on a printed slip
GROUPS, GROUP_LETTERS = 4, 4  # 31^16: 79 bits
SHORTEST, LONGEST = 12, 128
ROUNDS, MEMORY_KIB = 2, 19_456  # what OWASP asks of argon2id on one lane


class PasswordUnfit(ValueError):
    """The new password is not taken; the text says why."""


class PasswordDamaged(Exception):
    """The password file cannot be used; the text says what to do."""


def fresh_password() -> str:
    """A random password that can be read out over the telephone: ``xxxx-xxxx-xxxx-xxxx``."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS))


@dataclass(slots=True)
class Password:
    """The one password of this box, in the file ``path``."""

    path: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def make_if_missing(self) -> str | None:
        """The new password, to be shown once, or None when there is one already. Raises OSError."""
        if await asyncio.to_thread(self.path.exists):
            return None
        password = fresh_password()
        await self.change(password)
        return password

    async def change(self, password: str) -> None:
        """Keep ``password`` from now on; durable on return. Raises PasswordUnfit, OSError."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise PasswordUnfit(f"a password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}")
        async with self._turn:
            await asyncio.to_thread(self._write, password)

    async def is_right(self, guess: str) -> bool:
        """Whether ``guess`` is the password. Raises PasswordDamaged."""
        if len(guess) > LONGEST:
            return False
        async with self._turn:
            return await asyncio.to_thread(self._verify, guess)

    def _write(self, password: str) -> None:
        write_private(self.path, _hasher().hash(password).encode())

    def _verify(self, guess: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        try:
            return _hasher().verify(self.path.read_text(), guess)
        except VerifyMismatchError:
            return False
        except (OSError, UnicodeDecodeError, InvalidHashError, VerificationError) as error:
            raise PasswordDamaged(
                f"{self.path} cannot be read as a password; remove it and restart the box to get a new one"
            ) from error


def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=1)
