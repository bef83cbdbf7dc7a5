"""The broker's files: passwords made once and kept, hashes that mosquitto itself accepts, modes that keep others out."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from drivers.broker_files import BrokerFiles, BrokerFilesError, hashed, write_broker_files


def written(directory: Path, *devices: str) -> BrokerFiles:
    return write_broker_files(directory, box="box-1", host="127.0.0.1", port=1883, devices=devices)


def test_our_hash_is_the_one_of_mosquitto_passwd(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    program = shutil.which("mosquitto_passwd")
    assert program is not None
    subprocess.run([program, "-c", "-b", str(file), "till-1", "päss word"], check=True, capture_output=True)
    name, theirs = file.read_text().strip().split(":", 1)
    _, version, rounds, salt, _ = theirs.split("$")
    assert (name, version) == ("till-1", "7")
    assert hashed("päss word", b64decode(salt), int(rounds)) == theirs


def test_passwords_are_made_once_and_kept(tmp_path: Path) -> None:
    first = written(tmp_path, "till-1")
    password, everything = first.secrets["till-1"].read_text(), first.passwords.read_text()
    assert len(password.strip()) >= 32
    again = written(tmp_path, "till-1", "shelf-1")
    assert again.secrets["till-1"].read_text() == password
    assert again.passwords.read_text().startswith(everything)
    assert again.secrets["shelf-1"].read_text() != password


def test_a_changed_password_is_hashed_anew_and_no_password_stands_in_the_clear(tmp_path: Path) -> None:
    first = written(tmp_path, "till-1")
    before = first.passwords.read_text()
    first.secrets["till-1"].write_text("chosen by a person\n")
    after = written(tmp_path, "till-1").passwords.read_text()
    assert after.splitlines()[0] == before.splitlines()[0]
    assert after.splitlines()[1] != before.splitlines()[1]
    assert "chosen" not in after


def test_a_stolen_hash_is_dear_to_try_passwords_on(tmp_path: Path) -> None:
    lines = written(tmp_path, "till-1").passwords.read_text().splitlines()
    assert [int(line.split("$")[2]) for line in lines] == [20_000, 20_000]


def test_nobody_else_can_read_the_files(tmp_path: Path) -> None:
    files = written(tmp_path / "new", "till-1")
    for path in (files.passwords, files.acl, files.conf, *files.secrets.values()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((tmp_path / "new" / "secrets").stat().st_mode) == 0o700


def test_the_configuration_is_filled_in_and_lets_nobody_in_without_a_name(tmp_path: Path) -> None:
    conf = written(tmp_path, "till-1").conf.read_text()
    for line in (
        "listener 1883 127.0.0.1",
        "allow_anonymous false",
        "per_listener_settings true",
        "use_username_as_clientid true",
        "set_tcp_nodelay true",
        f"acl_file {tmp_path}/acl",
    ):
        assert line in conf.splitlines()
    assert "{" not in conf.split("\n", 3)[3]


def test_an_empty_password_file_is_a_mistake(tmp_path: Path) -> None:
    written(tmp_path, "till-1").secrets["till-1"].write_text("\n")
    with pytest.raises(BrokerFilesError, match=r"the password file .*till-1 is empty; delete it and a new password is made"):
        written(tmp_path, "till-1")


def test_one_login_name_for_two_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(
        BrokerFilesError, match="a login name occurs twice among storebox, till-1, till-1; every device needs its own"
    ):
        written(tmp_path, "till-1", "till-1")


def test_an_account_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(
        BrokerFilesError, match="there is no account 'nobody-here' for mosquitto to run under; is mosquitto installed"
    ):
        write_broker_files(tmp_path, box="box-1", host="127.0.0.1", port=1883, devices=[], run_as="nobody-here")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_the_files_belong_to_the_account_that_mosquitto_runs_under(tmp_path: Path) -> None:
    files = write_broker_files(tmp_path, box="box-1", host="127.0.0.1", port=1883, devices=["till-1"], run_as="nobody")
    assert {path.owner() for path in (files.passwords, files.acl, files.conf)} == {"nobody"}
    assert files.secrets["till-1"].owner() == "root"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokerFilesError, match=r"cannot write .*file.*: Not a directory; is .*file/mosquitto yours to write"):
        written(tmp_path / "file" / "mosquitto", "till-1")
