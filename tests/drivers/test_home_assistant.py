"""What Home Assistant is told of a device: every field that it asks for, no way to command, nothing but plain text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drivers.home_assistant import Unclear, described, discovery

BASE = "storebox/1/box-1/shelf-1"


def told(properties: dict[str, Any], before: bytes = b"") -> dict[str, Any]:
    description = described(json.dumps({"kind": "shelf", "model": "LC-4", "firmware": "1.2", "properties": properties}).encode())
    return dict(json.loads(discovery("box-1", "shelf-1", description, version="1.0.0", before=before)))


def test_a_device_is_one_message_with_a_sensor_for_each_property() -> None:
    assert told({"level-a1": {"unit": "g"}, "door-open": {"datatype": "boolean"}, "note": {"unit": None, "more": [1]}}) == {
        "device": {"identifiers": ["storebox_box-1_shelf-1"], "name": "shelf-1", "model": "LC-4", "sw_version": "1.2"},
        "origin": {"name": "storebox", "sw_version": "1.0.0"},
        "availability": [
            {"topic": f"{BASE}/$state", "value_template": "{{ 'online' if value == 'ready' else 'offline' }}"},
        ],
        "components": {
            "device_state": {
                "platform": "binary_sensor",
                "name": "connected",
                "unique_id": "storebox_box-1_shelf-1_device_state",
                "device_class": "connectivity",
                "entity_category": "diagnostic",
                "state_topic": f"{BASE}/$state",
                "value_template": "{{ 'ON' if value == 'ready' else 'OFF' }}",
                "availability": [],
            },
            "level-a1": {
                "platform": "sensor",
                "name": "level-a1",
                "unique_id": "storebox_box-1_shelf-1_level-a1",
                "state_topic": f"{BASE}/state/level-a1",
                "unit_of_measurement": "g",
            },
            "door-open": {
                "platform": "binary_sensor",
                "name": "door-open",
                "unique_id": "storebox_box-1_shelf-1_door-open",
                "state_topic": f"{BASE}/state/door-open",
                "payload_on": "true",
                "payload_off": "false",
            },
            "note": {
                "platform": "sensor",
                "name": "note",
                "unique_id": "storebox_box-1_shelf-1_note",
                "state_topic": f"{BASE}/state/note",
            },
        },
    }


def test_nothing_in_it_is_a_topic_to_write_to() -> None:
    text = json.dumps(told({name: {"unit": "g"} for name in ("lamp", "set", "command")}))
    assert [word for word in ("command_topic", "/set/", "/ack", "/event") if word in text] == []


def test_a_device_that_says_little_is_still_shown_as_connected_or_not() -> None:
    bare = json.loads(discovery("box-1", "till-1", described(b"{}"), version="1"))
    assert bare["device"] == {"identifiers": ["storebox_box-1_till-1"], "name": "till-1"}
    assert list(bare["components"]) == ["device_state"]


def test_what_is_no_longer_there_is_taken_out_once() -> None:
    first = told({"level-a1": {"unit": "g"}, "door": {"datatype": "boolean"}})
    second = told({"level-a1": {"unit": "g"}}, before=json.dumps(first).encode())
    third = told({"level-a1": {"unit": "g"}}, before=json.dumps(second).encode())
    assert second["components"]["door"] == {"platform": "binary_sensor"}
    assert list(third["components"]) == ["device_state", "level-a1"]


@pytest.mark.parametrize("before", [b"x", b"[]", b'{"components": 1}', b'{"components": {"a": {"b": 1, "c": 2}}}', b"[" * 9999])
def test_what_somebody_else_wrote_there_is_replaced(before: bytes) -> None:
    assert list(told({"lamp": {}}, before=before)["components"]) == ["device_state", "lamp"]


GARBAGE = {
    b"": "it was taken back",
    b" " * 16385: "it is longer than 16 KiB",
    b"not json": "it is not as docs/mqtt.md wants it: JSON is malformed",
    b"\xff\xfe": "it is not as docs/mqtt.md wants it: ",
    b'{"model": "\xff"}': "it is not as docs/mqtt.md wants it: ",
    b"[" * 16000: "it is not as docs/mqtt.md wants it: ",
    b'{"x": ' + b"[" * 16000: "it is not as docs/mqtt.md wants it: ",
    b"[]": "Expected `object`, got `array`",
    b'{"properties": []}': "Expected `object`, got `array`",
    b'{"properties": {"a": 1}}': "Expected `object`, got `int`",
    b'{"properties": {"../set/door": {}}}': "Expected `str` matching regex",
    b'{"properties": {"a/b": {}}}': "Expected `str` matching regex",
    b'{"properties": {"device_state": {}}}': "Expected `str` matching regex",
    b'{"properties": {"a\\n": {}}}': "Expected `str` matching regex",
    b'{"properties": {"": {}}}': "Expected `str` matching regex",
    b'{"model": 7}': "Expected `str | null`, got `int`",
    b'{"model": "%s"}' % (b"m" * 65): "Expected `str` of length <= 64",
    b'{"properties": {"a": {"unit": "%s"}}}' % (b"g" * 17): "Expected `str` of length <= 16",
    json.dumps({"properties": {f"p-{n}": {} for n in range(65)}}).encode(): "Expected `object` of length <= 64",
    b'{"model": "<script>"}': "its model is no plain text: use letters that print, without < > { }",
    b'{"firmware": "{{ states }}"}': "its firmware is no plain text: use letters that print, without < > { }",
    b'{"properties": {"a": {"unit": "g\\u202e"}}}': "its unit of a is no plain text: use letters that print, without < > { }",
    b'{"model": "a\\nb"}': "its model is no plain text",
}


@pytest.mark.parametrize(("payload", "problem"), GARBAGE.items(), ids=[payload[:30].decode("latin-1") for payload in GARBAGE])
def test_what_is_not_a_plain_description_is_not_told(payload: bytes, problem: str) -> None:
    with pytest.raises(Unclear) as refusal:
        described(payload)
    assert problem in str(refusal.value)
    assert len(str(refusal.value)) < 300
