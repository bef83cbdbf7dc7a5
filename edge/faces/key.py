"""The key that seals the templates: 32 random bytes in a file, which only the process that reads faces looks into.

    storebox faces key /etc/storebox/credentials/face-key        makes one; keep a copy where the box is not

Another key opens no template: who loses it has to enrol every member anew.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

KEY_BYTES = 32
FEWEST_KINDS = 8
"""Different bytes among 32 that were drawn by chance: fewer come about once in 10^33 draws."""


class KeyUnusable(Exception):
    """No template can be opened or made with this file; the text says why and what to do, and nothing of the key."""


def read_key(path: Path) -> bytes:
    """The key. Raises KeyUnusable."""
    key = _content(path)
    if len(key) != KEY_BYTES:
        held = f"{len(key)} bytes" if len(key) < KEY_BYTES else f"more than {KEY_BYTES} bytes"
        raise KeyUnusable(
            f"the face key {path} is damaged: it holds {held}, a key is {KEY_BYTES} raw ones; bring back the copy that you kept"
        )
    if len(set(key)) < FEWEST_KINDS:
        raise KeyUnusable(
            f"the face key {path} is no random key, as after a power cut; bring back the copy, or: storebox faces key {path}"
        )
    return key


def _content(path: Path) -> bytes:
    """At most one byte more than a key has."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise KeyUnusable(
            f"the face key {path} is not there; bring back the copy that you kept, or make one: storebox faces key {path}"
        ) from error
    except OSError as error:
        raise KeyUnusable(f"the face key {path} cannot be read: {error.strerror}; give it to the user of storebox") from error
    try:
        return _of(descriptor, path)
    finally:
        os.close(descriptor)


def _of(descriptor: int, path: Path) -> bytes:
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        raise KeyUnusable(f"the face key {path} is no file; name the file that holds the key")
    # systemd hands a credential over with an access list, whose mask stands where the group's rights are.
    if mode & stat.S_IRWXO:
        raise KeyUnusable(f"the face key {path} may be read or written by everybody on this machine; chmod 600 {path}")
    try:
        return os.read(descriptor, KEY_BYTES + 1)
    except OSError as error:
        raise KeyUnusable(f"the face key {path} cannot be read: {error.strerror}; is the disk damaged?") from error
