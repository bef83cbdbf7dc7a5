"""The topics of drivers/topics.py as an AsyncAPI 3 document: what a maker of devices feeds to tools and generators."""

from __future__ import annotations

import json
import re
from typing import Any

from drivers.home_assistant import LONGEST_TEXT, LONGEST_UNIT, MOST_PROPERTIES
from drivers.topics import BRANCHES, ID, ROOT, Branch

_ID = {"type": "string", "pattern": f"^{ID}$"}
_NAME = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_GRAMS = {"type": "integer", "minimum": -1_000_000, "maximum": 1_000_000}
_HEAD = {"id": _NAME, "seq": {"type": "integer", "minimum": 0}, "at": {"type": "string", "maxLength": 40}}
_CODE = {"type": "string", "minLength": 1, "maxLength": 128}
_COUNT = {"type": "integer", "minimum": 1, "maximum": 9999}
_CANDIDATE = {
    "type": "object",
    "required": ["sku", "qty", "p"],
    "properties": {
        "sku": {"type": "string", "minLength": 1, "maxLength": 200},
        "qty": {"type": "integer", "minimum": 1, "maximum": 1000},
        "p": {"type": "number", "minimum": 0, "maximum": 1},
    },
}
_MOVED = {
    "slot": {"type": "string", "pattern": "^[a-z0-9-]{1,24}$"},
    "delta_g": _GRAMS,
    "before_g": _GRAMS,
    "after_g": _GRAMS,
    "candidates": {"type": "array", "maxItems": 16, "items": _CANDIDATE},
}
_ORDER = {"order": _NAME}
_LINE = {"type": ["string", "null"], "maxLength": LONGEST_TEXT}
_PROPERTY = {
    "type": "object",
    "properties": {"unit": {"type": ["string", "null"], "maxLength": LONGEST_UNIT}, "datatype": _LINE},
}
_DESCRIPTION = {
    "kind": _ID,
    "model": _LINE,
    "firmware": _LINE,
    "properties": {"type": "object", "maxProperties": MOST_PROPERTIES, "propertyNames": _ID, "additionalProperties": _PROPERTY},
}

EVENTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "pick": (_MOVED, ("slot", "delta_g", "before_g", "after_g")),
    "put": (_MOVED, ("slot", "delta_g", "before_g", "after_g")),
    "adjust": (_MOVED, ("slot", "delta_g", "before_g", "after_g")),
    "opened": ({**_ORDER, "business_day": {"type": ["string", "null"], "format": "date"}}, ("order",)),
    "item": ({**_ORDER, "code": _CODE, "qty": {**_COUNT, "type": ["integer", "null"]}}, ("order", "code")),
    "removed": ({**_ORDER, "line": _COUNT}, ("order", "line")),
    "paid": (
        {
            **_ORDER,
            "amount_minor": {"type": "integer", "minimum": 0, "maximum": 10_000_000_000},
            "tender": {"type": "string", "pattern": "^[a-z0-9_-]{1,32}$"},
        },
        ("order", "amount_minor", "tender"),
    ),
    "voided": ({**_ORDER, "reason": {"type": "string", "minLength": 1, "maxLength": 200}}, ("order", "reason")),
    "refunded": (
        {
            **_ORDER,
            "reason": {"type": "string", "minLength": 1, "maxLength": 200},
            "line": {**_COUNT, "type": ["integer", "null"]},
            "qty": {**_COUNT, "type": ["integer", "null"]},
            "grams": {"type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000},
        },
        ("order", "reason"),
    ),
    "member": ({"code": _CODE, "order": {**_NAME, "type": ["string", "null"]}}, ("code",)),
    "began": ({"session": _NAME}, ("session",)),
    "tried": (
        {
            "session": _NAME,
            "sku": {"type": "string", "minLength": 1, "maxLength": 200},
            "ms": {"type": "integer", "minimum": 0, "maximum": 86_400_000},
            "intensity": {"type": "integer", "minimum": 0, "maximum": 100},
        },
        ("session", "sku", "ms", "intensity"),
    ),
    "ended": ({"session": _NAME}, ("session",)),
}
"""The fields of each kind of event beside id, seq and at, and which of them it must have."""


def document() -> str:
    """The AsyncAPI document as JSON text; the same topics always give the same text."""
    told = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "storebox devices",
            "version": "1",
            "description": "MQTT 5 or 3.1.1. A device repeats an event, byte for byte, until the box's ack.",
        },
        "defaultContentType": "application/json",
        "channels": {_key(branch): _channel(branch) for branch in BRANCHES},
        "operations": {
            f"{'hear' if branch.sender == 'device' else 'tell'}-{_key(branch)}": {
                "action": "receive" if branch.sender == "device" else "send",
                "channel": {"$ref": f"#/channels/{_key(branch)}"},
                "bindings": {"mqtt": {"qos": branch.qos, "retain": branch.retained}},
            }
            for branch in BRANCHES
        },
        "components": {"messages": _messages()},
    }
    return json.dumps(told, indent=2) + "\n"


def _key(branch: Branch) -> str:
    """``event`` for ``event/{kind}``, ``device-state`` for ``$state``."""
    return branch.address.split("/")[0].replace("$", "device-")


def _channel(branch: Branch) -> dict[str, Any]:
    address = f"{ROOT}/{{box}}/{{device}}/{branch.address}"
    kinds = list(EVENTS) if _key(branch) == "event" else [_key(branch)]
    return {
        "address": address,
        "description": branch.says,
        "parameters": {name: {"description": "1 to 32 of a-z, 0-9 and -"} for name in re.findall(r"\{(\w+)\}", address)},
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in kinds},
    }


def _messages() -> dict[str, Any]:
    text = {"contentType": "text/plain", "payload": {"type": "string"}}
    plain = {
        "device-state": {"contentType": "text/plain", "payload": {"enum": ["init", "ready", "sleeping", "lost"]}},
        "state": {"summary": "The value of a property; of level-<slot> whole grams.", **text},
        "set": {"summary": "The value that the property shall have.", **text},
        "device-description": {
            "summary": "Read for Home Assistant, when the shop wants that; otherwise for people and tools.",
            "payload": {"type": "object", "properties": _DESCRIPTION},
        },
        "ack": {
            "payload": {
                "type": "object",
                "required": ["id", "ok"],
                "properties": {
                    "id": _NAME,
                    "ok": {"type": "boolean"},
                    "retry": {"type": "boolean"},
                    "problem": {"type": "string", "maxLength": 300},
                    "key": {"type": "string", "description": "which kind of refusal it is, where it has a name"},
                    "title": {"type": "string", "maxLength": 300, "description": "the same in the language of the store"},
                },
            }
        },
    }
    events = {
        kind: {"payload": {"type": "object", "required": ["id", *required], "properties": {**_HEAD, **fields}}}
        for kind, (fields, required) in EVENTS.items()
    }
    return {**plain, **events}
