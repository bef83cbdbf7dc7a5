"""``storebox record`` and ``replay``: the wire of a running box's scale into a file, and out of it again."""

from __future__ import annotations

import json
import signal
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.cli.tables import discovery_lines
from tests.cli.conftest import process, storebox_here, wait_until

if TYPE_CHECKING:
    from tests.cli.conftest import Storebox


def test_what_passes_the_wire_of_a_scale_goes_into_a_new_file(box: Any, folder: Path) -> None:
    file = folder / "scale.ndjson"
    ended = box("record", "scale-1", "--seconds", "1", "-o", str(file))
    assert ended.code == 0, ended.err
    header, *passed = [json.loads(line) for line in file.read_text().splitlines()]
    assert (header["driver"], header["source"]) == ("scale/mt-sics", f"storebox {version('storebox')}")
    assert {"SI\r\n"} == {each["text"] for each in passed if each["way"] == "said"}
    assert all(each["text"].startswith("S ") for each in passed if each["way"] == "heard")
    assert f"{len(passed) + 1} lines in {file}; storebox replay {file} --link /tmp/scale-1 plays them" in ended.err
    again = box("record", "scale-1", "--seconds", "1", "-o", str(file))
    assert (again.code, again.err) == (2, f"{file} is there already; name a new file\n")


def test_an_end_by_hand_keeps_what_was_recorded(box: Any, folder: Path) -> None:
    file = folder / "scale.ndjson"
    words = ("record", "scale-1", "--seconds", "600", "-o", str(file), "--socket", str(box.socket))
    with process(*words, log=folder / "log") as recording:
        wait_until(lambda: file.exists() and file.read_text().count("\n") > 3, "something has passed")
        recording.send_signal(signal.SIGINT)
        wait_until(lambda: recording.poll() is not None, "the command ends")
    assert recording.returncode == 0
    assert all(json.loads(line) for line in file.read_text().splitlines())
    assert f"lines in {file}" in (folder / "log").read_text()


def test_without_a_file_it_goes_to_standard_output(box: Any) -> None:
    recorded: list[str] = []

    def is_recorded() -> bool:
        # The recording before ends when the box notices that its reader has gone.
        recorded.extend(box("record", "scale-1", "--seconds", "1").out.splitlines()[:1])
        return bool(recorded)

    wait_until(is_recorded, "nobody else records")
    assert json.loads(recorded[0])["device"] == "scale-1"


def test_a_device_that_is_not_there_is_told_and_no_file_is_made(box: Any, folder: Path) -> None:
    ended = box("record", "scale-9", "-o", str(folder / "none"))
    assert (ended.code, ended.err) == (2, "no device is called 'scale-9'\n")
    assert not (folder / "none").exists()


def test_a_disk_that_does_not_take_the_file_is_told(box: Any, folder: Path) -> None:
    ended = box("record", "scale-1", "--seconds", "1", "-o", str(folder / "missing" / "file"))
    assert (ended.code, ended.err) == (1, f"cannot write {folder}/missing/file: No such file or directory\n")


def test_a_box_plays_on_what_another_recorded(folder: Path) -> None:
    """The recording is the device of a second box: it is up, and weighs what was weighed."""
    recording = Path(__file__).parents[1] / "recordings" / "mt-sics" / "simulator.ndjson"
    settings = folder / "storebox.toml"
    settings.write_text(
        f'[box]\ndata_dir = "{folder}/data"\nrun_dir = "{folder}"\n[web]\nlisten = "127.0.0.1:0"\n'
        "[journal]\nballast_mib = 1\n"
        f'[device.scale-1]\ndriver = "scale/mt-sics"\nport = "{folder}/scale"\npoll_ms = 500\n'
    )
    with (
        process("run", "--settings", str(settings), log=folder / "log"),
        process("replay", str(recording), "--link", str(folder / "scale"), log=folder / "replay.log") as replay,
    ):
        wait_until(lambda: replay.poll() is not None, "the recording is played to its end")
        assert (replay.returncode, replay.stdout.read() if replay.stdout else "") == (0, "played to its end\n")
        shown = json.loads(storebox_here("devices", "--json", "--socket", str(folder / "control.sock")).out)
        assert (shown[0]["reading"] or {}).get("type") == "weight"


def test_a_recording_is_played_at_one_place(storebox: Storebox, folder: Path) -> None:
    for places in ((), ("--link", "/tmp/x", "--listen", "127.0.0.1:0")):
        ended = storebox("replay", str(folder / "none"), *places)
        assert (ended.code, ended.err) == (2, "name one place: --link PATH for a serial port, or --listen HOST:PORT for TCP\n")


def test_what_is_no_recording_is_told(storebox: Storebox, folder: Path) -> None:
    (folder / "file").write_text("{}")
    ended = storebox("replay", str(folder / "file"), "--link", str(folder / "port"))
    assert (ended.code, ended.err) == (2, f"{folder}/file is no recording of storebox: its first line has no recording = 1\n")


def test_a_recording_that_nobody_answers_has_failed(storebox: Storebox, folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("drivers.sim.replay.PATIENCE_S", 0.1)
    recording = Path(__file__).parents[1] / "recordings" / "mt-sics" / "simulator.ndjson"
    ended = storebox("replay", str(recording), "--listen", "127.0.0.1:0", "--fast")
    assert (ended.code, ended.err) == (1, "nobody said b'SI\\r\\n' within 0.1 s; told was b''\n")


def test_what_is_there_and_not_used_is_listed_below_the_devices() -> None:
    found = [
        {
            "what": "serial",
            "name": "FTDI",
            "address": "/dev/ttyUSB0",
            "settings": "[device.scale-1]",
            "probe": "storebox probe /dev/ttyUSB0",
        },
        {"what": "web", "name": "NAS", "address": "192.0.2.8:80", "settings": "", "probe": ""},
    ]
    assert discovery_lines(found) == [
        "",
        "seen but not configured:",
        "\n# serial: FTDI, /dev/ttyUSB0",
        "# first: storebox probe /dev/ttyUSB0",
        "[device.scale-1]",
        "\n# web: NAS, 192.0.2.8:80",
    ]
    assert discovery_lines([]) == []
