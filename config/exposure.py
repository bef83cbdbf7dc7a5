"""Finds secrets that other users of the box can read: without this a password in a world-readable file would go unnoticed."""

from __future__ import annotations

import grp
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from config.lines import Key
from config.mistakes import Mistake
from config.schema import Plugged, Settings
from config.source import read

URL_PASSWORD = re.compile(r"(?<=://)(?P<user>[^:/@\s]*):(?P<password>[^/\s]*)@")
"""The ``user:password@`` of an address."""


def exposed_secrets(path: Path, settings: Settings) -> tuple[Mistake, ...]:
    """What the owner of the settings in ``path`` should mend; the box runs all the same."""
    source = read(path)
    found = []
    if _is_open(path.stat()):
        found = [
            source.mistake(key, "is a secret in a file that others can read", _chmod(path)) for key in _secrets(settings, ())
        ]
    for key, file in _secret_files(settings, ()):
        found += [source.mistake(key, problem, hint) for problem, hint in _faults(file)]
    return tuple(found)


def _faults(file: Path) -> Iterator[tuple[str, str]]:
    """What is wrong with a file that is named as holding a secret, and what to do."""
    try:
        status = file.stat()
    except FileNotFoundError:
        yield f"{file} does not exist", "create it, or take this setting out"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        yield f"{file} cannot be looked at ({error})", "check the path; run as root"
    else:
        if _is_open(status):
            yield f"{file} holds a secret and others can read it", _chmod(file)


def _secrets(value: Any, key: Key) -> Iterator[Key]:
    """Where a secret stands in the settings themselves."""
    match value:
        case SecretStr():
            yield key
        case str() if URL_PASSWORD.search(value):
            yield key
        case _:
            for name, item in parts(value):
                yield from _secrets(item, (*key, *name))


def _secret_files(value: Any, key: Key) -> Iterator[tuple[Key, Path]]:
    """Which files are named as holding a secret."""
    if isinstance(value, Path):
        if str(key[-1]).endswith(("password_file", "token_file")) or key == ("faces", "key_file"):
            yield key, value
        return
    for name, item in parts(value):
        yield from _secret_files(item, (*key, *name))


def parts(value: Any) -> Iterator[tuple[Key, Any]]:
    """What a value of the settings is made of, each with its key in the file; a device's own settings stand beside ``driver``."""
    match value:
        case Plugged():
            yield ("driver",), value.driver
            yield (), value.settings
        case BaseModel():
            yield from (((name,), getattr(value, name)) for name in type(value).model_fields)
        case dict():
            yield from (((str(name),), item) for name, item in value.items())
        case list() | tuple():
            yield from (((index,), item) for index, item in enumerate(value))
        case _:
            return


def _is_open(status: os.stat_result) -> bool:
    """Others can read it; root's group and the box's own are not others."""
    by_group = status.st_mode & stat.S_IRGRP and _group(status.st_gid) not in {"root", "storebox"}
    return bool(status.st_mode & stat.S_IROTH or by_group)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:  # a group that was deleted
        return ""


def _chmod(file: Path) -> str:
    return f"do: chmod 600 {file}"
