"""What is typed becomes what the command's fields are; what cannot be meant is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.cli.typed_commands import Mistyped, typed_command
from edge.command_json import known_commands, read_command

TYPED: dict[str, list[str]] = {
    "tare": ["deadline_ms=500"],
    "zero": [],
    "clear-tare": [],
    "set-tare": ["grams=12"],
    "set-price": ["price_minor=798", "tare_grams=12", "text=Bananas"],
    "set-property": ["property=light", "value=5"],
    "print": ["line=Hello", "line.center.large.bold=Total=1", "qr=https://example.org/?a=b", "feed=2", "cut=false"],
    "open-drawer": ["reason=change for the till"],
    "show": ["upper=Total", "lower=12.50"],
    "show-amount": ["amount_minor=-1250", "meaning=change"],
    "pay": ["amount_minor=2350"],
    "reverse": ["receipt=0042"],
    "refund": ["amount_minor=100"],
    "abort": [],
    "end-of-day": [],
    "draw-label": ["label=0A1B", "jpeg=@{picture}"],
}


@pytest.mark.parametrize("name", sorted(known_commands()))
def test_every_command_can_be_typed(name: str, tmp_path: Path) -> None:
    picture = tmp_path / "price.jpg"
    picture.write_bytes(b"\xff\xd8\xff")
    typed = typed_command(name, [word.format(picture=picture) for word in TYPED[name]])
    assert isinstance(read_command(typed), known_commands()[name])


def test_blocks_keep_their_order_and_style() -> None:
    assert typed_command("print", TYPED["print"]) == {
        "command": "print",
        "blocks": [
            {"type": "line", "text": "Hello"},
            {"type": "line", "text": "Total=1", "align": "center", "large": True, "bold": True},
            {"type": "qr", "text": "https://example.org/?a=b"},
            {"type": "feed", "lines": 2},
        ],
        "cut": False,
    }


@pytest.mark.parametrize(
    ("name", "words", "problem"),
    [
        ("tare", ["now"], '"now" is not NAME=VALUE'),
        ("pay", ["amount_minor=12.50"], "amount_minor=12.50: type a whole number"),
        ("pay", ["amount_minor=1", "amount_minor=2"], "amount_minor is given twice"),
        ("print", ["line=a", "cut=maybe"], "cut=maybe: type cut=true or cut=false"),
        ("print", ["feed=two"], "feed=two: type a whole number"),
        (
            "print",
            ["line.huge=a"],
            "line.huge: a line may be line.left, line.center, line.right, line.large, line.bold; a qr or a feed has no style",
        ),
        ("draw-label", ["jpeg=price.jpg"], "jpeg is read from a file: type jpeg=@FILE"),
        ("draw-label", ["jpeg=@/nowhere/price.jpg"], "/nowhere/price.jpg cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_meant_is_told(name: str, words: list[str], problem: str) -> None:
    with pytest.raises(Mistyped) as refused:
        typed_command(name, words)
    assert str(refused.value) == problem


def test_what_only_the_box_knows_is_left_to_it() -> None:
    typed: dict[str, Any] = typed_command("fold", ["times=2"])
    assert typed == {"command": "fold", "times": "2"}
