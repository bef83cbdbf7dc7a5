"""The files that mosquitto runs from: without them the shop's broker would let anyone say anything.

    <directory>/mosquitto.conf     the template of config/mosquitto/, filled in
    <directory>/acl                who may publish and hear what (drivers/topics.py)
    <directory>/passwords          one PBKDF2 hash a line, never a password
    <directory>/secrets/<name>     the password of a device or of the box, made once and kept

Writing them again changes only what the settings changed.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from drivers.foreign_access import ForeignTopics, TopicsClash, box_lines, device_lines, foreign_logins, longest_bytes
from drivers.topics import access_list, checked_id, onlooker_lines

HASH_ROUNDS = 20_000
"""About 15 ms for each login: the broker checks it on its only thread."""

NO_FOREIGN: Mapping[str, ForeignTopics] = MappingProxyType({})


class BrokerFilesError(Exception):
    """The files cannot be written or a password cannot be used; the text says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerFiles:
    """Where the written files are; ``secrets`` maps each login name to its password file."""

    conf: Path
    acl: Path
    passwords: Path
    secrets: dict[str, Path]


def hashed(password: str, salt: bytes, rounds: int) -> str:
    """``$7$rounds$salt$hash`` as ``mosquitto_passwd`` of mosquitto 2 writes it (PBKDF2-HMAC-SHA512, 64 bytes)."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, 64)
    return f"$7${rounds}${b64encode(salt).decode()}${b64encode(digest).decode()}"


def write_broker_files(
    directory: Path,
    *,
    box: str,
    host: str,
    port: int,
    devices: Sequence[str],
    foreign: Mapping[str, ForeignTopics] = NO_FOREIGN,
    username: str = "storebox",
    onlooker: str | None = None,
    run_as: str | None = None,
    rounds: int = HASH_ROUNDS,
) -> BrokerFiles:
    """Write everything mosquitto needs for ``box`` and these devices, keeping every password that is already there.

    ``foreign``: what devices of other makers say and hear, by name; they are not among ``devices``.
    ``username`` is the box's own login, ``onlooker`` Home Assistant's, who may write nothing;
    ``run_as`` the account that mosquitto runs under (by default this process's); ``rounds`` of hashing make a stolen hash
    dear to try passwords on.
    Raises BadId for a name that cannot stand in a topic and BrokerFilesError for the rest.
    """
    names = [checked_id("user", username), *(checked_id("device", device) for device in devices)]
    names += [] if onlooker is None else [checked_id("user", onlooker)]
    try:
        names += foreign_logins(foreign)
    except TopicsClash as error:
        raise BrokerFilesError(str(error)) from error
    if len(set(names)) != len(names):
        raise BrokerFilesError(f"a login name occurs twice among {', '.join(sorted(names))}; every device needs its own")
    directory, account = directory.resolve(), _account(run_as)
    kept = {name: directory / "secrets" / name for name in names}
    written = BrokerFiles(
        conf=directory / "mosquitto.conf", acl=directory / "acl", passwords=directory / "passwords", secrets=kept
    )
    longest = longest_bytes(foreign)
    filled = {"port": str(port), "host": host, "directory": str(directory), "run_as": account.pw_name}
    filled |= {"longest_bytes": str(longest), "longest_packet_bytes": str(2 * longest)}
    onlookers = [] if onlooker is None else onlooker_lines(box, onlooker)
    acl = access_list(box, username, foreign=box_lines(foreign), others=[*device_lines(foreign), *onlookers])
    try:
        _write_all(written, names=names, account=account, acl=acl, filled=filled, rounds=rounds)
    except OSError as error:
        raise BrokerFilesError(f"cannot write {error.filename}: {error.strerror}; is {directory} yours to write?") from error
    return written


def _account(run_as: str | None) -> pwd.struct_passwd:
    if run_as is None:
        return pwd.getpwuid(os.getuid())
    try:
        return pwd.getpwnam(run_as)
    except KeyError as error:
        raise BrokerFilesError(f"there is no account {run_as!r} for mosquitto to run under; is mosquitto installed?") from error


def _write_all(
    to: BrokerFiles, *, names: Sequence[str], account: pwd.struct_passwd, acl: str, filled: Mapping[str, str], rounds: int
) -> None:
    directory = to.conf.parent
    (directory / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    known = _known_hashes(to.passwords)
    lines = [f"{name}:{_hash_of(_password(to.secrets[name]), known.get(name), rounds)}" for name in names]
    template = files("config").joinpath("mosquitto/mosquitto.conf").read_text(encoding="utf-8")
    for key, value in filled.items():
        template = template.replace(f"{{{key}}}", value)
    for path, text in ((to.passwords, "\n".join(lines) + "\n"), (to.acl, acl), (to.conf, template)):
        _replace(path, text)
    if os.getuid() == 0 and account.pw_uid != 0:
        for path in (directory, to.passwords, to.acl, to.conf):
            shutil.chown(path, account.pw_uid, account.pw_gid)


def _password(path: Path) -> str:
    """The password in ``path``; a new one of 192 random bits when there is no file."""
    try:
        password = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        password = secrets.token_urlsafe(24)
        _replace(path, password + "\n")
    if not password:
        raise BrokerFilesError(f"the password file {path} is empty; delete it and a new password is made")
    return password


def _known_hashes(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return dict(line.split(":", 1) for line in path.read_text(encoding="utf-8").splitlines() if ":" in line)


def _hash_of(password: str, known: str | None, rounds: int) -> str:
    """``known`` while it is right, so that writing the files again changes nothing."""
    if (
        known is not None
        and known.startswith(f"$7${rounds}$")
        and hashed(password, b64decode(known.split("$")[3]), rounds) == known
    ):
        return known
    return hashed(password, secrets.token_bytes(12), rounds)


def _replace(path: Path, text: str) -> None:
    """Write ``path`` whole or not at all, readable by its owner only."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
