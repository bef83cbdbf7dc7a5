"""What is wrong is said in Chinese too: by what the box really says, and what nobody has translated stays as it was said."""

from __future__ import annotations

import ast
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.wires.mqtt_problems import broken, why
from edge.status import DeviceStatus, SyncStatus
from edge.web.problem_words import as_pattern, say_problem
from edge.web.shown import show_alarms, show_device, show_sync
from edge.web.words import PAGES, load_words

ROOT = Path(__file__).resolve().parents[2]
SAYINGS: dict[str, str] = tomllib.loads((PAGES / "problems.zh.toml").read_text("utf-8"))
PLACE = re.compile(r"\{(\w+)\}")
NO_PORT = "no port /dev/ttyUSB0: is the cable plugged in? ls /dev/serial/by-id shows the ports there are"
NO_PORT_ZH = "找不到端口 /dev/ttyUSB0：线缆插好了吗？用 ls /dev/serial/by-id 查看现有端口"


@pytest.fixture(scope="module")
def said_somewhere() -> str:
    """Every text in the sources that tell of problems, one after the other."""
    texts = []
    for pattern in (
        "drivers/*.py",
        "drivers/wires/*.py",
        "drivers/scales/*.py",
        "edge/*.py",
        "edge/shop/*/*.py",
        "edge/web/app.py",
        "sync/*.py",
    ):
        for path in ROOT.glob(pattern):
            tree = ast.parse(path.read_text("utf-8"))
            texts += [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return "\0".join(texts)


def test_everything_that_is_translated_is_really_said(said_somewhere: str):
    """A text that is worded anew in the code would be shown in English without anyone noticing."""
    for english in SAYINGS:
        for part in PLACE.split(english)[::2]:
            for piece in re.split(r"(?<=[:;] )", part):
                assert piece in said_somewhere, f"nobody says {piece!r} of {english!r}"


def test_a_translation_is_found_and_keeps_every_place():
    for english, chinese in SAYINGS.items():
        places = {place: f"<{place}>" for place in PLACE.findall(english)}
        assert say_problem(english.format(**places), "zh") == chinese.format(**places)
        assert set(PLACE.findall(chinese)) == set(places)


def test_what_the_code_says_is_said_in_chinese():
    assert say_problem(NO_PORT, "zh") == NO_PORT_ZH
    refused = f"no broker at 127.0.0.1:1883: {why(ConnectionRefusedError())}"
    assert say_problem(refused, "zh") == "127.0.0.1:1883 没有消息服务器：连接被拒绝；mosquitto 在运行吗？"
    assert say_problem(broken("b:1", "storebox"), "zh") == (
        "与消息服务器 b:1 的连接断了：mosquitto 在运行吗？storebox 是否被用了两次？"
    )


def test_a_problem_within_is_said_in_chinese_too():
    assert say_problem(f"scale-1 is not connected: {NO_PORT}", "zh") == f"scale-1 没有连接：{NO_PORT_ZH}"


def test_a_reader_of_english_is_told_as_it_was_said():
    assert say_problem(NO_PORT, "en") == NO_PORT


def test_what_nobody_translated_is_shown_as_it_was_said():
    assert say_problem("the flux capacitor is empty", "zh") == "the flux capacitor is empty"
    assert say_problem("", "zh") == ""


def test_a_place_that_comes_twice_is_the_same_twice():
    pattern = as_pattern("{path} is held: fuser {path}")
    assert pattern.fullmatch("a is held: fuser a")
    assert not pattern.fullmatch("a is held: fuser b")


def test_the_cards_say_it_in_the_readers_language():
    words = load_words()
    since = datetime(2026, 3, 1, tzinfo=UTC)
    status = DeviceStatus(device="scale-1", driver="scale/mt-sics", kind="scale", state="gone", since=since, problem=NO_PORT)
    assert show_device(status, words["zh"], "CNY").problem == NO_PORT_ZH
    assert show_device(status, words["en"], "CNY").problem == NO_PORT
    assert show_alarms({"scale-1": NO_PORT}, words["zh"]).alarms[0].text == NO_PORT_ZH
    claim = "this box belongs to no store yet: run `storebox claim CODE` with a code from headquarters"
    sync = show_sync(SyncStatus(state="stopped", problem=claim), words["zh"])
    assert sync.problem == "这台主机还不属于任何门店：请用总部发的代码运行 storebox claim CODE"
