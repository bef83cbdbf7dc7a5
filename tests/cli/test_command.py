"""The command itself: it starts fast, explains itself, and ends with the exit codes that it promises."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from config.mistakes import choices
from edge.__main__ import app, only
from edge.cli.sim import KINDS

Storebox = Callable[..., Any]


def test_help_names_every_command_and_the_exit_codes(storebox: Storebox) -> None:
    ended = storebox("--help")
    assert ended.code == 0
    assert "Exit codes: 0 done, 1 failed, 2 bad input, 3 the box does not answer." in ended.out
    for command in ("run", "check-settings", "status", "claim", "document", "cloud", "sim", "mosquitto", "demo"):
        assert f"\n  {command} " in ended.out


def test_help_imports_nothing_heavy() -> None:
    script = """
import sys
from typer.testing import CliRunner
from edge.__main__ import app
CliRunner().invoke(app(), ["--help"])
print(*{"aiohttp", "pydantic", "msgspec", "paho", "serial", "cryptography", "structlog"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "\n"


def test_the_version_is_that_of_the_package(storebox_process: Storebox) -> None:
    ended = storebox_process("version")
    assert (ended.code, ended.out) == (0, f"{version('storebox')}\n")


@pytest.mark.parametrize("words", [["nonsense"], ["check-settings"], ["events", "--limit", "0"], ["status", "--nonsense"]])
def test_a_mistyped_command_is_bad_input(words: list[str], storebox: Storebox) -> None:
    assert storebox(*words).code == 2


def test_only_what_is_typed_is_made_ready() -> None:
    typed = only(app(), ["status", "--json"])
    assert [command.name for command in typed.registered_commands] == ["status"]
    assert typed.registered_groups == []
    assert [group.name for group in only(app(), ["cloud", "code"]).registered_groups] == ["cloud"]


@pytest.mark.parametrize("words", [[], ["--help"], ["nonsense"]])
def test_without_a_command_all_are_offered(words: list[str]) -> None:
    offered, all_of_them = only(app(), words), app()
    assert len(offered.registered_commands) == len(all_of_them.registered_commands)
    assert len(offered.registered_groups) == len(all_of_them.registered_groups)


def test_installed_drivers_are_listed(storebox: Storebox) -> None:
    ended = storebox("drivers")
    assert ended.code == 0
    assert ["scale/toledo-8217", "scale"] in [line.split() for line in ended.out.splitlines()]


def test_a_driver_that_does_not_load_is_told(tmp_path: Path) -> None:
    (tmp_path / "acme-1.0.dist-info").mkdir()
    (tmp_path / "acme-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (tmp_path / "acme-1.0.dist-info" / "entry_points.txt").write_text("[storebox.drivers]\nscale/acme = acme_gone:DRIVER\n")
    script = f"import sys; sys.path.append({str(tmp_path)!r}); from edge.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", script, "drivers"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith('the driver "scale/acme" of acme 1.0 does not load (ModuleNotFoundError')
    assert "scale/mt-sics" in done.stdout


def test_simulators_are_listed(storebox: Storebox) -> None:
    shown = storebox("sim").out
    assert [line.split()[0] for line in shown.splitlines()[2:]] == [*KINDS, "day"]
    assert all("  " in line.strip() for line in shown.splitlines()[2:]), "every kind says what it is"
    assert storebox("sim", "--help").out == shown


def test_an_unknown_simulator_is_told(storebox: Storebox) -> None:
    ended = storebox("sim", "scale/mtsics")
    assert (ended.code, ended.err) == (2, 'no simulator is called "scale/mtsics"; did you mean "scale/mt-sics"?\n')
    assert storebox("sim", "robot").err == f'no simulator is called "robot"; there are {choices(KINDS)}\n'


@pytest.mark.parametrize("kind", KINDS)
def test_each_simulator_explains_itself(kind: str, storebox: Storebox) -> None:
    ended = storebox("sim", kind, "--help")
    assert ended.code == 0
    assert f"storebox sim {kind}" in ended.out


def test_a_simulator_refuses_options_that_it_does_not_know(storebox: Storebox) -> None:
    assert storebox("sim", "scale/mt-sics", "--nonsense").code == 2


@pytest.mark.parametrize("listen", ["8700", ":8700", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http"])
def test_the_cloud_needs_an_address_to_listen_on(listen: str, storebox: Storebox) -> None:
    ended = storebox("cloud", "--listen", listen)
    assert (ended.code, ended.err) == (2, f'--listen "{listen}" is not HOST:PORT; for example 127.0.0.1:8700\n')


def test_the_cloud_needs_a_sink_that_it_knows(storebox: Storebox) -> None:
    ended = storebox("cloud", "--listen", "127.0.0.1:0", "--sink", "mysql://x")
    assert (ended.code, ended.err) == (2, "no sink is called 'mysql://x'; write sqlite:///FILE\n")
    assert storebox("cloud", "code", "store-7", "--sink", "mysql://x").code == 2


def test_a_sink_named_before_what_headquarters_does_is_the_one_that_is_used(storebox: Storebox) -> None:
    ended = storebox("cloud", "--sink", "mysql://x", "code", "store-7")
    assert (ended.code, ended.err) == (2, "no sink is called 'mysql://x'; write sqlite:///FILE\n")


def test_an_address_that_is_taken_is_told(tmp_path: Path, storebox: Storebox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = storebox("cloud", "--listen", listen, "--sink", f"sqlite:///{tmp_path}/cloud.db")
    assert ended.code == 1
    assert ended.err.startswith(f"cannot listen on {listen}: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_cloud_ends_well_when_it_is_told_to(number: signal.Signals, tmp_path: Path) -> None:
    words = ["cloud", "--listen", "127.0.0.1:0", "--sink", f"sqlite:///{tmp_path}/cloud.db"]
    cloud = subprocess.Popen(
        [sys.executable, "-m", "edge", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert cloud.stdout is not None
    assert cloud.stdout.readline().startswith("the cloud listens on http://127.0.0.1:")
    cloud.send_signal(number)
    _, told = cloud.communicate(timeout=60)
    assert (cloud.returncode, told) == (0, "")


def test_a_document_that_cannot_be_published_is_told(tmp_path: Path, storebox: Storebox) -> None:
    sink = f"sqlite:///{tmp_path}/cloud.db"
    body = tmp_path / "body.json"
    ended = storebox("cloud", "publish", "catalogue", str(body), "--sink", sink)
    assert (ended.code, ended.err) == (2, f"{body} cannot be read: No such file or directory\n")
    body.write_text("[]")
    ended = storebox("cloud", "publish", "catalogue", str(body), "--sink", sink)
    assert (ended.code, ended.err.startswith("the body is not a JSON object")) == (2, True)
    body.write_text(json.dumps({"items": []}))
    ended = storebox("cloud", "publish", "catalogue", str(body), "--sink", sink, "--jws", str(tmp_path))
    assert ended.code == 1
    assert ended.err == f"{tmp_path} cannot be written: Is a directory; the document is published all the same\n"


def test_damaged_keys_of_the_cloud_are_told(tmp_path: Path, storebox: Storebox) -> None:
    (tmp_path / "cloud.db.signing-key").write_text("{")
    (tmp_path / "body.json").write_text("{}")
    sink = f"sqlite:///{tmp_path}/cloud.db"
    ended = storebox("cloud", "publish", "catalogue", str(tmp_path / "body.json"), "--sink", sink)
    assert ended.code == 1
    assert (
        ended.err
        == f"{tmp_path}/cloud.db.signing-key is no private Ed25519 key as JWK; restore it, the boxes trust no other key\n"
    )


def test_a_box_that_cannot_have_its_folder_is_told(tmp_path: Path, storebox: Storebox) -> None:
    (tmp_path / "file").touch()
    settings = tmp_path / "storebox.toml"
    settings.write_text(f'[box]\ndata_dir = "{tmp_path}/file/below"\n')
    ended = storebox("run", "--settings", str(settings))
    assert (ended.code, f"cannot make {tmp_path}/file/below" in ended.err) == (1, True)


def test_the_demo_needs_a_number_of_seconds(storebox: Storebox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_SECONDS", "soon")
    ended = storebox("demo")
    assert ended.code == 2
    assert "DEMO_SECONDS='soon' is not a number of seconds" in ended.out
