"""The scanner names the right line for every key, whatever stands between the keys."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.lines import Key, key_lines


def test_a_key_stands_on_its_own_line() -> None:
    text = '# top\na = 1\n\n[b.c]   # x = 1\nd = "#"\n'
    assert key_lines(text) == {("a",): 2, ("b",): 4, ("b", "c"): 4, ("b", "c", "d"): 5}


def test_a_table_of_its_own_is_placed_at_its_header_not_where_it_was_passed_through() -> None:
    assert key_lines("[device.scale]\n[device]\n")[("device",)] == 2


def test_every_table_of_an_array_has_its_own_place() -> None:
    lines = key_lines("[[goods]]\nname = 1\n[goods.tare]\ngrams = 2\n[[goods]]\nname = 3\n[goods.tare]\ngrams = 4\n")
    assert lines[("goods", 0, "tare", "grams")] == 4
    assert lines[("goods", 1)] == 5
    assert lines[("goods", 1, "tare", "grams")] == 8


def test_text_inside_a_string_is_not_a_key() -> None:
    text = 'a = """\nb = 1\n[c]\n\\""" d = 2 """""\ne = \'\'\'\n[f]\\\'\'\'\'\'\ng = 1\n'
    tomllib.loads(text)
    assert key_lines(text) == {("a",): 1, ("e",): 5, ("g",): 7}


def test_keys_inside_lists_and_inline_tables_have_places() -> None:
    lines = key_lines('list = [ # [x]\n  1,\n  {a.b = 2, "c d" = [\n 3 ] },\n]\n')
    assert lines == {
        ("list",): 1,
        ("list", 0): 2,
        ("list", 1): 3,
        ("list", 1, "a"): 3,
        ("list", 1, "a", "b"): 3,
        ("list", 1, "c d"): 3,
        ("list", 1, "c d", 0): 4,
    }


def test_windows_line_ends_are_counted_once() -> None:
    assert key_lines("a = 1\r\nb = 2\r\n")[("b",)] == 2


def test_quotes_around_a_key_are_not_part_of_it() -> None:
    assert key_lines('"a.b".\'c"\' . "\\u0041" = 1') == {("a.b",): 1, ("a.b", 'c"'): 1, ("a.b", 'c"', "A"): 1}


def test_text_that_is_not_toml_is_a_bug_of_the_caller() -> None:
    with pytest.raises(AssertionError, match="not the TOML that tomllib accepted, at character 0"):
        key_lines("= 1")


# What follows writes TOML line by line and notes itself where each key went.

NASTY = st.text(st.sampled_from(list("=[]{}#,.'\" \\\t\nxé键")), max_size=12)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=("Cs", "Cc")), max_size=6)
NAMES = st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True), WORDS)
NOISE = st.sampled_from(["", "# a = 1", "   # [x]", "\t", '# """', "# '''"])


@dataclass
class Written:
    """The text so far and where its keys are."""

    text: str = ""
    lines: dict[Key, int] = field(default_factory=dict)

    def note(self, key: Key) -> None:
        self.lines[key] = self.text.count("\n") + 1


def quoted(name: str, draw: st.DrawFn) -> str:
    bare = name.isascii() and name.replace("-", "a").replace("_", "a").isalnum()
    return name if bare and draw(st.booleans()) else json.dumps(name, ensure_ascii=False)


def write_string(value: str, draw: st.DrawFn) -> str:
    style = draw(st.sampled_from(["basic", "multi-line basic", "multi-line literal"]))
    if style == "multi-line basic":
        return '"""' + value.replace("\\", "\\\\").replace('"""', '""\\"') + draw(st.sampled_from(["", " "])) + '"""'
    if style == "multi-line literal" and "'" not in value:
        return f"'''{value}'''"
    return json.dumps(value, ensure_ascii=False)


def write_value(written: Written, path: Key, depth: int, draw: st.DrawFn) -> None:
    kind = draw(st.sampled_from(["number", "string", "date", "list", "table"] if depth else ["number", "string", "date"]))
    match kind:
        case "number":
            written.text += draw(st.sampled_from(["1", "-1.5e3", "0xFF", "true", "inf"]))
        case "date":
            written.text += draw(st.sampled_from(["1979-05-27 07:32:00Z", "07:32:00"]))
        case "string":
            written.text += write_string(draw(NASTY), draw)
        case "list":
            written.text += "["
            for index in range(draw(st.integers(0, 3))):
                written.text += draw(st.sampled_from([" ", "\n", " # ], }\n", "\n\n  "]))
                written.note((*path, index))
                write_value(written, (*path, index), depth - 1, draw)
                written.text += draw(st.sampled_from([",", " ,", "\n,"]))
            written.text += draw(st.sampled_from(["]", "\n]", "# ]\n]"]))
        case _:
            names = draw(st.lists(NAMES, max_size=3, unique=True))
            written.text += "{"
            for count, name in enumerate(names):
                written.text += ", " if count else " "
                write_pair(written, (*path, name), depth - 1, draw)
            written.text += "}"


def write_pair(written: Written, key: Key, depth: int, draw: st.DrawFn) -> None:
    written.note(key)
    written.text += quoted(str(key[-1]), draw) + draw(st.sampled_from(["=", " = ", "\t="]))
    write_value(written, key, depth, draw)


@st.composite
def documents(draw: st.DrawFn) -> Written:
    written = Written()
    tables: list[Key] = [(), *((name,) for name in draw(st.lists(NAMES, max_size=3, unique=True)))]
    for table in tables:
        repeats = draw(st.integers(0, 2)) if table else 0  # 0: a plain table
        for index in range(max(repeats, 1)):
            path: Key = (*table, index) if repeats else table
            if table:
                written.text += "  "
                if index == 0:
                    written.note(table)
                written.note(path)
                name = quoted(str(table[0]), draw)
                written.text += f"[[ {name} ]]" if repeats else f"[{name} ]"
                written.text += " # = [[y]]\n"
            taken = {str(other[0]) for other in tables[1:]} if not table else set()
            for name in draw(st.lists(NAMES, max_size=3, unique=True)):
                if name in taken:
                    continue
                written.text += draw(NOISE) + "\n"
                write_pair(written, (*path, name), 2, draw)
                written.text += "\n"
    return written


def every_key(value: object, path: Key = ()) -> set[Key]:
    """All paths of a parsed document."""
    if isinstance(value, dict):
        return {path} - {()} | {key for name, item in value.items() for key in every_key(item, (*path, name))}
    if isinstance(value, list):
        return {path} | {key for index, item in enumerate(value) for key in every_key(item, (*path, index))}
    return {path}


@given(documents())
def test_every_key_of_any_file_is_found_on_its_line(written: Written) -> None:
    parsed = tomllib.loads(written.text)
    found = key_lines(written.text)
    assert found == written.lines
    assert set(found) == every_key(parsed)
