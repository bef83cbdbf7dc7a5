"""What is logged is readable, in UTC, and never a secret."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from config.schema import Log
from edge.host.logs import set_up_logs


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def decode(token: str) -> None:
    raise ValueError(f"{len(token)} bytes are no weight")


def logged(settings: Log) -> tuple[io.StringIO, structlog.stdlib.BoundLogger]:
    stream = io.StringIO()
    set_up_logs(settings, stream)
    return stream, structlog.get_logger("test")


def test_a_line_of_text_has_the_time_in_utc_the_level_and_the_device():
    stream, log = logged(Log())
    log.warning("no broker at 127.0.0.1:1883: refused", device="shelf-1")
    line = stream.getvalue()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[warning +\] no broker at 127\.0\.0\.1:1883: refused +device=shelf-1\n", line)


def test_a_line_of_json_keeps_chinese_readable():
    stream, log = logged(Log(format="json"))
    log.error("秤没有回应", device="scale-1")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["device"]) == ("秤没有回应", "error", "scale-1")
    assert line["timestamp"].endswith("Z")
    assert "秤没有回应" in stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_less_than_the_asked_level_is_not_written(form: str):
    stream, log = logged(Log(level="warning", format=form))
    log.info("hidden")
    log.warning("shown")
    assert "hidden" not in stream.getvalue()
    assert "shown" in stream.getvalue()


@pytest.mark.parametrize(
    "key", ["token", "password", "member_code", "card", "X-Token", "api_key", "payment_code", "Authorization", "face_template"]
)
def test_a_key_that_looks_secret_is_masked(key: str):
    stream, log = logged(Log(format="json"))
    log.info("paired", **{key: "canary", "screen": {key: "canary", "name": "lane-1"}})
    assert "canary" not in stream.getvalue()
    line = json.loads(stream.getvalue())
    assert line[key] == "***"
    assert line["screen"] == {key: "***", "name": "lane-1"}


@pytest.mark.parametrize("key", ["exit_code", "status_code", "keyboard", "encoder", "barcode"])
def test_a_harmless_key_is_not_masked(key: str):
    stream, log = logged(Log(format="json"))
    log.info("ended", **{key: "seen"})
    assert json.loads(stream.getvalue())[key] == "seen"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_is_written_without_local_variables(form: str):
    stream, log = logged(Log(format=form))
    try:
        decode("".join(["can", "ary"]))
    except ValueError:
        log.exception("a bug")
    assert "ValueError: 6 bytes are no weight" in stream.getvalue()
    assert "canary" not in stream.getvalue()


def test_a_librarys_line_has_the_same_format():
    stream, _log = logged(Log(format="json"))
    logging.getLogger("aiohttp.server").error("Error handling request from %s", "127.0.0.1")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"]) == ("Error handling request from 127.0.0.1", "error")


def test_logs_go_to_stderr_unless_told_otherwise(capsys: pytest.CaptureFixture[str]):
    set_up_logs(Log())
    structlog.get_logger().info("ready")
    heard = capsys.readouterr()
    assert "ready" in heard.err
    assert heard.out == ""
