"""Commands as JSON: read with errors that name the place, and written as they are read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drivers.commands import (
    AnyCommand,
    DrawLabel,
    Feed,
    Line,
    OpenDrawer,
    Pay,
    Print,
    Qr,
    SetPrice,
    SetProperty,
    Show,
    ShowAmount,
    Tare,
)
from edge.command_json import NotACommand, command_json, known_commands, longest_ms, read_command

COMMANDS = "command is one of: " + ", ".join(sorted(known_commands()))


def test_every_command_has_a_name() -> None:
    assert set(known_commands()) == {
        *("tare", "zero", "clear-tare", "set-tare", "set-price", "set-property", "print", "open-drawer"),
        *("show", "show-amount", "draw-label", "pay", "reverse", "refund", "abort", "end-of-day"),
    }


@pytest.mark.parametrize(
    "command",
    [
        Tare(deadline_ms=500),
        SetPrice(price_minor=798, tare_grams=12, text="香蕉"),
        SetProperty(property="light", value="on"),
        Print(blocks=(Line(text="Hello", align="center", large=True), Qr(text="https://example.org"), Feed(lines=2)), cut=False),
        OpenDrawer(reason="change"),
        Show(upper="Total", lower="12.50"),
        ShowAmount(amount_minor=1250),
        DrawLabel(label="0A1B", jpeg=b"\xff\xd8\xff\x00"),
        Pay(amount_minor=2350),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_is_written_is_read_again(command: AnyCommand) -> None:
    assert read_command(json.loads(command_json(command))) == command


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({}, COMMANDS),
        ({"command": ["tare"]}, COMMANDS),
        ({"command": "explode"}, COMMANDS),
        ({"command": "pay-by-code", "amount_minor": 1, "payment": "a", "code": "134567890123456789"}, COMMANDS),
        ({"command": "settle-payment", "amount_minor": 1, "payment": "a"}, COMMANDS),
        ({"command": "set-property", "property": "light"}, "set-property: Object missing required field `value`"),
        ({"command": "tare", "grams": 5}, "tare takes no grams; it takes: deadline_ms"),
        ({"command": "tare", "deadline_ms": "1"}, "tare: Expected `int`, got `str` - at `$.deadline_ms`"),
        ({"command": "tare", "deadline_ms": 0}, "tare: deadline_ms is from 1 to 30000"),
        ({"command": "tare", "deadline_ms": 30_001}, "tare: deadline_ms is from 1 to 30000"),
        ({"command": "pay", "amount_minor": 1, "deadline_ms": 180_001}, "pay: deadline_ms is from 1 to 180000"),
        ({"command": "print", "blocks": [{"type": "lin"}]}, "print: Invalid value 'lin' - at `$.blocks[0].type`"),
        (
            {"command": "print", "blocks": [{"type": "line", "text": "a", "algin": "left"}]},
            "print: Object contains unknown field `algin` - at `$.blocks[0]`",
        ),
        ({"command": "draw-label", "label": "a", "jpeg": "!!"}, "draw-label: Invalid base64 encoded string - at `$.jpeg`"),
    ],
)
def test_what_is_no_command_is_told_where(asked: dict[str, Any], problem: str) -> None:
    with pytest.raises(NotACommand) as refused:
        read_command(asked)
    assert str(refused.value) == problem


@pytest.mark.parametrize(
    "block", [{"type": "line", "text": "VISA 4929 1078 5346 1286 12.50"}, {"type": "qr", "text": "card=6222021234567894"}]
)
def test_no_card_number_is_printed(block: dict[str, str]) -> None:
    with pytest.raises(NotACommand) as caught:
        read_command({"command": "print", "blocks": [{"type": "feed"}, block]})
    assert str(caught.value) == "print: blocks[1] may hold a card number; print its first six and last four digits at most"


@pytest.mark.parametrize(
    "text",
    ["4901234567894 2", "VISA 492910******1286", "2026-11-21 15-30-07", "25317000001234567890", "400-820-8820", "6.50 13.00"],
)
def test_what_a_receipt_has_to_say_is_printed(text: str) -> None:
    assert read_command({"command": "print", "blocks": [{"type": "line", "text": text}]}) == Print(blocks=(Line(text=text),))


def test_a_payment_may_take_minutes_and_a_tare_may_not() -> None:
    assert {name for name, command in known_commands().items() if longest_ms(command) == 180_000} == {
        *("pay", "reverse", "refund", "end-of-day", "draw-label"),
    }
