"""The document for device makers says what the code does: checked against the topics, the decoders and the file in docs/."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.asyncapi import EVENTS, document
from drivers.mirrors import kiosk
from drivers.pos import till
from drivers.readings import Unreadable
from drivers.shelves import load_cell
from drivers.topics import BRANCHES
from drivers.wires.mqtt_inbox import Message

DOCS = Path(__file__).parents[2] / "docs"
DECODE: dict[str, Callable[[Message], object]] = {
    **dict.fromkeys(("pick", "put", "adjust"), load_cell.decode),
    **dict.fromkeys(("began", "tried", "ended"), kiosk.decode),
}


def refused(kind: str, payload: bytes) -> str:
    decode = DECODE.get(kind, till.decode)
    message = Message(device="d", branch="event", name=kind, payload=payload, at=datetime.now(UTC), monotonic_ms=1, number=1)
    reading = decode(message)
    return reading.problem if isinstance(reading, Unreadable) else ""


def examples() -> list[tuple[str, str]]:
    """Every event that docs/mqtt.md shows."""
    found = re.findall(r"^event/(\w+)\s+(\{.*\})", (DOCS / "mqtt.md").read_text(encoding="utf-8"), re.MULTILINE)
    return [(kind, payload.replace("…", "e-1")) for kind, payload in found]


def test_the_document_in_docs_is_current() -> None:
    assert (DOCS / "asyncapi.json").read_text(encoding="utf-8") == document(), (
        "write it again: python -c 'from drivers.asyncapi import document; print(document(), end=\"\")' > docs/asyncapi.json"
    )


def test_every_topic_is_described_with_its_direction() -> None:
    told = json.loads(document())
    assert [channel["address"] for channel in told["channels"].values()] == [
        f"storebox/1/{{box}}/{{device}}/{branch.address}" for branch in BRANCHES
    ]
    actions = {key: operation["action"] for key, operation in told["operations"].items()}
    assert actions["tell-ack"] == actions["tell-set"] == "send"
    assert list(actions.values()).count("receive") == 4
    for channel in told["channels"].values():
        for message in channel["messages"].values():
            assert message["$ref"].removeprefix("#/components/messages/") in told["components"]["messages"]


def test_docs_show_every_kind_of_event() -> None:
    assert {kind for kind, _ in examples()} == set(EVENTS)


@pytest.mark.parametrize(("kind", "payload"), examples())
def test_every_example_is_understood(kind: str, payload: str) -> None:
    assert refused(kind, payload.encode()) == ""


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, (_, required) in EVENTS.items() for field in ("id", *required)]
)
def test_a_required_field_is_required_by_the_decoder_too(kind: str, field: str) -> None:
    example = json.loads(next(payload for name, payload in examples() if name == kind))
    del example[field]
    assert f"missing required field `{field}`" in refused(kind, json.dumps(example).encode())


@pytest.mark.parametrize("kind", EVENTS)
def test_an_optional_field_is_optional_for_the_decoder_too(kind: str) -> None:
    example = json.loads(next(payload for name, payload in examples() if name == kind))
    bare = {key: value for key, value in example.items() if key in ("id", *EVENTS[kind][1])}
    assert refused(kind, json.dumps(bare).encode()) == ""
