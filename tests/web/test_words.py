"""Both languages say everything, and nothing is said outside the table of words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from edge.faces.words import Step, Why
from edge.shop.registry import EVENTS
from edge.status import DeviceState
from edge.web.words import LANGUAGES, PAGES, Language, load_words
from sync.box_events import BOX_EVENTS
from sync.document_events import SYNC_EVENTS

WORDS = load_words()
TEMPLATES = sorted(PAGES.glob("*.html"))
SOURCES = [*TEMPLATES, *sorted(PAGES.parent.glob("*.py"))]
EDGE = PAGES.parent.parent
NOTICES = ("not-charged", "code-not-charged", "code-offline")
"""What a lane's screen says that no refusal says."""

CODE = re.compile(r"data-[a-z-]+=\"[^\"]*\"|{%.*?%}|{{.*?}}|<[^>]*>", re.DOTALL)


def places(text: str) -> set[str]:
    """The ``{places}`` in a string."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_strings() -> None:
    assert WORDS["zh"].strings.keys() == WORDS["en"].strings.keys()


def test_both_languages_fill_the_same_places() -> None:
    for key, en in WORDS["en"].strings.items():
        zh = WORDS["zh"].strings[key]
        assert zh.strip(), key
        assert en.strip(), key
        assert places(zh) == places(en), key


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_speaks_for_itself(template: Path) -> None:
    left = CODE.sub(" ", template.read_text())
    assert re.findall(r"[^\W\d_]{2,}", left.replace("DOCTYPE", "")) == []


def test_the_script_speaks_no_language() -> None:
    script = (PAGES.parent / "static" / "page.js").read_text()
    assert script.isascii()
    assert "innerHTML" not in script
    assert "insertAdjacentHTML" not in script


def test_every_string_is_used_and_every_used_one_exists() -> None:
    text = "\n".join(path.read_text() for path in SOURCES)
    asked = set(re.findall(r"say\(\s*f?[\"']([a-z_]+\.[a-z_]+)[\"']", text))
    assert asked <= WORDS["en"].strings.keys()
    named = set(re.findall(r"[\"']([a-z_]+)\.(?:[\"'{]|[a-z_]+[\"'])", text)) | {"kind", "event"}
    assert {key.partition(".")[0] for key in WORDS["en"].strings} <= named


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_of_the_box_has_a_name(language: Language) -> None:
    for event in (*EVENTS, *SYNC_EVENTS, *BOX_EVENTS):
        assert WORDS[language].name("event", event.type) != event.type, event.type


def refusals() -> Iterator[str]:
    """The key of every ``Declined`` of the box; of one that is put together, a pattern."""
    for path in sorted(EDGE.rglob("*.py")):
        source = path.read_text()
        for call in ast.walk(ast.parse(source)) if "Declined(" in source else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Declined":
                match call.args[0]:
                    case ast.Constant(value=str(key)):
                        yield re.escape(key)
                    case ast.JoinedStr(values=parts):
                        yield "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts)
                    case other:
                        raise AssertionError(f"{path}:{other.lineno}: name the kind of refusal in place")


def test_every_refusal_of_the_shop_is_said_and_every_word_of_one_is_used() -> None:
    keys = {key.removeprefix("declined.") for key in WORDS["zh"].strings if key.startswith("declined.")}
    patterns = [*refusals(), *NOTICES]
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, key) for key in keys)] == []
    assert [key for key in sorted(keys) if not any(re.fullmatch(pattern, key) for pattern in patterns)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_a_device_has_a_name(language: Language) -> None:
    for state in get_args(DeviceState):
        assert WORDS[language].say(f"device.{state}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_of_a_look_and_every_way_it_ends_is_said(language: Language) -> None:
    steps = {word for each in get_args(Step) for word in (get_args(each) or (each,))}
    assert {"look-here", "too-dark"} < steps
    assert all(WORDS[language].say(f"face_step.{step}") for step in steps)
    assert all(WORDS[language].say(f"face_why.{why}") for why in (*get_args(Why), "not-recorded"))


def test_what_a_foreign_driver_brings_is_shown_as_it_is() -> None:
    assert WORDS["zh"].name("kind", "espresso-machine") == "espresso-machine"


def test_a_string_that_is_missing_is_a_bug() -> None:
    with pytest.raises(KeyError):
        WORDS["en"].say("no.such")
