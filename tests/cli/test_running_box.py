"""The commands that ask the running box: a real one, with a real cloud and a scale on a real pty."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edge.cli.tables import alarm_lines, faces_lines, journal_lines, reading, vision_lines
from edge.command_json import known_commands
from tests.cli.conftest import scale_is_up, wait_until

BODY = {
    "currency": "CNY",
    "items": [
        {
            "sku": "4011",
            "names": {"zh": "香蕉", "en": "Bananas"},
            "codes": ["2004011000007"],
            "unit": "kg",
            "price_minor": 990,
        }
    ],
}


@pytest.fixture(scope="session")
def claimed(box: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box that belongs to store-7, and a catalogue that headquarters signed for it."""
    folder = tmp_path_factory.mktemp("headquarters")
    run = box.here
    code = run("cloud", "code", "store-7", "--sink", box.sink).out.strip()
    joined = box("claim", code)
    assert (joined.code, joined.out) == (0, "this box belongs to store-7 now\n"), joined.err
    (folder / "catalogue.json").write_text(json.dumps(BODY))
    words = ("cloud", "publish", "catalogue", str(folder / "catalogue.json"), "--sink", box.sink)
    published = run(*words, "--store", "another-store", "--jws", str(folder / "foreign.jws"))
    assert published.out == "published catalogue version 1\n", published.err
    published = run(*words, "--store", "store-7", "--jws", str(folder / "catalogue.jws"))
    assert published.code == 0
    return folder


def test_status_shows_devices_journal_and_cloud(box: Any) -> None:
    shown = box("status").out
    assert "storebox, box box: ready, storebox " in shown
    assert re.search(r"scale-1 +scale/mt-sics +up +\d+ s ago +-?\d+ g, (stable|moving), \d+ s ago", shown)
    assert re.search(r"journal: ok, \d+ waiting.*, 0 refused by the cloud, 0 dead letters, \d+ of 16 MiB", shown)
    assert re.search(r"^cloud: \w+, \d+ sent", shown, re.MULTILINE)


def test_status_and_devices_come_as_json_for_programs(box: Any) -> None:
    assert json.loads(box("status", "--json").out)["ready"] is True
    assert [device["id"] for device in json.loads(box("devices", "--json").out)] == ["scale-1"]


def test_devices_are_listed_with_their_reading(box: Any) -> None:
    assert re.search(r"scale-1 +scale/mt-sics +up", box("devices").out)


def test_events_are_listed_newest_first(box: Any) -> None:
    assert "storebox.box.started" in box("events").out
    assert len(json.loads(box("events", "--limit", "1", "--json").out)) == 1


def test_dead_letters_are_listed(box: Any) -> None:
    assert box("dead-letters").out.split() == ["id", "last", "at", "times", "kind", "device", "reason"]
    assert json.loads(box("dead-letters", "--json").out) == []


def test_a_scale_can_be_asked_to_tare(box: Any) -> None:
    done = box("ask", "scale-1", "tare")
    assert (done.code, done.out.startswith("done")) == (0, True), done.err


LEFT = "draw-label, print, set-price, set-property, show, show-amount"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("scale-9", "tare"), "no device is called 'scale-9'; there are: scale-1"),
        (("scale-1", "fly"), f"command is one of: {', '.join(sorted(known_commands()))}"),
        (("scale-1", "tare", "now"), '"now" is not NAME=VALUE'),
        (("scale-1", "print", "line=Hello"), "scale-1 cannot print; it can: tare, zero, clear-tare"),
        (
            ("scale-1", "tare", "--job"),
            f"tare is about this moment and cannot wait as a job; jobs are: {LEFT}",
        ),
        (("scale-1", "print", "line=Hello", "--job"), "scale-1 cannot print; it can: tare, zero, clear-tare"),
        (("scale-1", "tare", "how=fast"), "tare takes no how; it takes: deadline_ms"),
    ],
)
def test_what_cannot_be_asked_is_told(words: tuple[str, ...], problem: str, box: Any) -> None:
    ended = box("ask", *words)
    assert (ended.code, ended.err) == (2, f"{problem}\n")


def test_a_device_is_opened_anew(box: Any) -> None:
    done = box("restart-device", "scale-1")
    assert (done.code, done.out) == (0, "done: closed, and is opened again\n")
    assert box("restart-device", "scale-9").code == 2
    wait_until(lambda: scale_is_up(box), "the scale speaks again")


def test_jobs_are_listed_and_one_that_is_not_there_is_told(box: Any) -> None:
    assert box("jobs").out.split() == ["id", "device", "command", "state", "by", "asked", "detail"]
    assert json.loads(box("jobs", "--json").out) == []
    for choice in ("again", "dismiss"):
        ended = box("jobs", choice, "job-9")
        assert (ended.code, ended.err) == (2, "no job is called job-9; list them: storebox jobs\n")


@pytest.mark.usefixtures("claimed")
def test_headquarters_tares_the_scale_and_hears_of_it(box: Any) -> None:
    asked = '{"device": "scale-1", "command": "tare"}'
    sent = box.here("cloud", "command", "ask", asked, "--store", "store-7", "--sink", box.sink)
    assert sent.code == 0, sent.err

    def finished() -> bool:
        events = json.loads(box("events", "--limit", "50", "--json").out)
        told = [event["data"] for event in events if event["type"] == "storebox.command.finished"]
        return [(each["id"], each["outcome"]) for each in told] == [(sent.out.strip(), "confirmed")]

    wait_until(finished, "the command is reported back")


def test_a_wrong_code_does_not_claim_the_box(box: Any) -> None:
    ended = box("claim", "AAAA-BBBB")
    assert ended.code == 2
    assert "this code was never issued; check it letter by letter" in ended.err


@pytest.mark.usefixtures("claimed")
def test_a_document_from_a_file_is_adopted(box: Any, claimed: Path) -> None:
    ended = box("document", "adopt", str(claimed / "catalogue.jws"))
    assert (ended.code, ended.out) == (0, "catalogue version 1\n"), ended.err
    assert re.search(r"catalogue +1 +20", box("document", "list").out)
    assert [document["kind"] for document in json.loads(box("document", "list", "--json").out)] == ["catalogue"]


def test_a_document_for_another_store_is_refused(box: Any, claimed: Path) -> None:
    ended = box("document", "adopt", str(claimed / "foreign.jws"))
    assert ended.code == 2
    assert "another-store" in ended.err


def test_a_file_that_is_no_document_is_refused(box: Any, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("你好")
    ended = box("document", "adopt", str(tmp_path / "note"))
    assert (ended.code, ended.err) == (2, "a signed document is ASCII: three parts joined by dots\n")
    ended = box("document", "adopt", str(tmp_path / "gone"))
    assert (ended.code, ended.err) == (2, f"{tmp_path}/gone cannot be read: No such file or directory\n")


def test_a_screen_is_paired_and_unpaired(box: Any) -> None:
    offered = box("pair", "lane-1")
    assert re.fullmatch(r"[0-9A-Z]{8}  \(type it at lane-1; it works once, for 10 minutes\)\n", offered.out)
    assert box("pairings").out.split() == ["id", "name", "role", "paired", "at"]
    token = pairing_of(box, offered.out.split()[0])
    assert [pairing["id"] for pairing in json.loads(box("pairings", "--json").out)] == [token["id"]]
    assert box("unpair", token["id"]).out == f"{token['id']} is no longer paired\n"
    assert json.loads(box("pairings", "--json").out) == []


def pairing_of(box: Any, code: str) -> dict[str, str]:
    """What a screen does with its code."""
    from edge.cli.daemon import ask_json

    token: dict[str, str] = ask_json(box.socket, "POST", "/api/tokens", {"code": code})
    return token


def test_a_screen_needs_a_name_that_can_be_one(box: Any) -> None:
    ended = box("pair", "Lane 1")
    assert (ended.code, ended.err) == (2, "a name has 1 to 32 small letters, digits and hyphens, for example lane-1\n")


def test_who_is_not_paired_cannot_be_unpaired(box: Any) -> None:
    ended = box("unpair", "a/b")
    assert ended.code == 2
    assert "no screen or till is paired under this id" in ended.err


def test_the_password_is_set_from_standard_input(box: Any) -> None:
    ended = box("set-password", typed="correct-horse-battery\n")
    assert (ended.code, ended.out) == (0, "the password is set; everyone must log in again\n")


def test_the_password_is_asked_for_twice_at_a_terminal(box: Any) -> None:
    ours, theirs = pty.openpty()
    words = ["setsid", "--ctty", "--wait", sys.executable, "-m", "edge", "set-password", "--socket", str(box.socket)]
    with subprocess.Popen(words, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs) as command:
        try:
            read_until(ours, b"New password: ")  # the space comes when the terminal's echo is off
            os.write(ours, b"correct-horse-battery\n")
            shown = read_until(ours, b"Repeat for confirmation: ")
            os.write(ours, b"correct-horse-battery\n")
            out, _ = command.communicate(timeout=60)
        finally:
            command.kill()
    os.close(ours)
    os.close(theirs)
    assert (command.returncode, out) == (0, b"the password is set; everyone must log in again\n")
    assert b"horse" not in shown


def read_until(terminal: int, wanted: bytes) -> bytes:
    """What the command has written to its terminal, up to ``wanted``."""
    shown = b""
    while wanted not in shown:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, shown
        shown += os.read(terminal, 4096)
    return shown


def test_a_password_that_is_too_short_is_refused(box: Any) -> None:
    ended = box("set-password", typed="short\n")
    assert (ended.code, ended.err) == (2, "a password has 12 to 128 characters; this one has 5\n")


def test_a_second_box_on_one_disk_does_not_start(box: Any) -> None:
    ended = box.here("run", "--settings", str(box.settings))
    assert ended.code == 1
    assert "another storebox runs on" in ended.err


def test_readings_are_told_in_a_few_words() -> None:
    at = "2020-01-01T00:00:00Z"
    assert reading(None, None) == ""
    assert reading({"type": "weight", "grams": None, "state": "over"}, at).startswith("no weight, over, ")
    assert reading({"type": "shelf-level", "slot": "a1", "grams": 5, "note": None}, at).startswith(
        "shelf-level, slot a1, grams 5, "
    )


def test_cameras_that_count_are_told() -> None:
    assert vision_lines(None) == []
    figures = {"starved": 1, "people": 2}
    rates = {"fps_in": 10.0, "fps_processed": 5.0, "fps_skipped": 4.9}
    vision = {
        "state": "on",
        "problem": "",
        "restarts": 3,
        "rss_bytes": 200 << 20,
        "inferences": {
            "people": {"model": "yolox-nano", "state": "on", "problem": "", "ms": 24.5},
            "hands": {"model": "poses", "state": "off", "problem": "fetch it", "ms": 0.0},
        },
        "cameras": {
            "cam-door": {"state": "watched", "problem": "", "figures": figures, **rates},
            "cam-till": {"state": "waiting", "problem": "it is not open", "figures": figures, **rates},
        },
    }
    assert vision_lines(vision) == [
        "vision: on, 200 MiB, started again 3 times",
        "vision: people: yolox-nano on, 24.5 ms a picture",
        "vision: hands: poses off, fetch it",
        "vision: cam-door: watched, 10 pictures a second, 5 seen, 4.9 not, 1 starved, 2 people",
        "vision: cam-till: waiting, 10 pictures a second, 5 seen, 4.9 not, 1 starved, 2 people: it is not open",
    ]
    down = {"state": "down", "problem": "it has ended", "restarts": 0, "rss_bytes": 0, "inferences": {}, "cameras": {}}
    assert vision_lines(down) == ["vision: down: it has ended"]


def test_a_box_without_cameras_that_count_says_how_to_have_some(box: Any) -> None:
    assert box("vision", "status").out == "no camera counts: name some in [vision] cameras\n"
    assert box("vision", "status", "--json").out == "null\n"


def test_a_journal_in_trouble_is_told() -> None:
    assert journal_lines(None) == ["journal: cannot be read now"]
    figures = {
        "state": "full",
        "problem": "the quota is used up",
        "queued": {"order": 2},
        "rejected": {},
        "oldest_queued_time": None,
        "dead_letters": 0,
        "bytes_on_disk": 1 << 24,
        "quota_bytes": 1 << 24,
    }
    assert journal_lines(figures) == [
        "journal: full, 2 waiting, 0 refused by the cloud, 0 dead letters, 16 of 16 MiB",
        "journal: the quota is used up",
    ]


def test_a_cause_that_stops_several_parts_is_one_alarm():
    assert alarm_lines({"journal": "the disk is full", "mqtt": "no broker", "insight": "the disk is full"}) == [
        "ALARM  the disk is full",
        "ALARM  no broker",
    ]


def test_recognition_by_face_is_a_line():
    assert faces_lines(None) == []
    faces = {"state": "on", "problem": "", "templates": 312, "restarts": 0, "rss_bytes": 209_715_200, "no_enrolment": ""}
    assert faces_lines(faces) == ["faces: on, 312 templates, 200 MiB"]
    down = faces | {"state": "down", "problem": "put the key back", "rss_bytes": 0, "restarts": 2}
    assert faces_lines(down) == ["faces: down, 312 templates, started again 2 times: put the key back"]
    assert faces_lines(faces | {"no_enrolment": "fetch it"}) == ["faces: on, 312 templates, 200 MiB: fetch it"]
