"""A file that cannot be read is told plainly: what is wrong with it, on which line, and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.mistakes import SettingsError
from config.source import read


def told(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        read(path)
    return str(caught.value).replace(str(path), "storebox.toml")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "storebox.toml"
    assert told(path) == "storebox.toml: no such file; give the path of the settings file with --settings"


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    assert told(tmp_path) == "storebox.toml: is a directory, not a file; did you mean storebox.toml/storebox.toml?"


def test_a_file_of_another_user_is_told(tmp_path: Path) -> None:
    path = tmp_path / "storebox.toml"
    path.touch(mode=0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read everything
    try:
        report = told(path)
    finally:
        os.seteuid(user)
    assert report == "storebox.toml: may not be read by this user; run as root or as the user storebox, or chmod the file"


def test_a_path_that_cannot_be_is_told() -> None:
    assert "cannot be read: embedded null byte; check the path and the disk" in told(Path("a\0b"))


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "storebox.toml"
    path.write_bytes(b"#" * ((1 << 20) + 1))
    assert told(path) == "storebox.toml: larger than 1 MiB, so not a settings file; check the path"


def test_text_that_is_not_utf_8_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "storebox.toml"
    path.write_bytes('[store]\nname = "店"\n'.encode("gbk"))
    assert told(path) == "storebox.toml:2: not UTF-8 text: byte 0xb5; save the file as UTF-8"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "storebox.toml"
    path.write_bytes(b"\xef\xbb\xbf[store]\n")
    assert read(path).tables == {"store": {}}


def test_endless_nesting_is_told(tmp_path: Path) -> None:
    path = tmp_path / "storebox.toml"
    path.write_text("a = " + "[" * 5000)
    assert told(path) == "storebox.toml: lists or tables inside each other too deeply; no setting needs more than three levels"


@pytest.mark.parametrize(
    ("text", "line", "report"),
    [
        ("a = shop", 1, 'no value that TOML knows; text stands in quotes: name = "shop 7"; true and false in small letters'),
        ("a = 1\na = 2\n", 2, "the same setting stands twice; keep one of the two"),
        ("a = {b=1}\na.c=1\n", 2, "the same setting stands twice; keep one of the two"),
        ("[a]\n[b]\n[a]\n", 3, "the same [table] stands twice; put its settings together under one heading"),
        ("x = 1\na b = 1", 2, 'not a setting: no "=" after its name; write: name = "value"; a comment begins with #'),
        ("\n\n= 1", 3, 'not a setting; write: name = "value"; a comment begins with #'),
        ("a = 1 b", 1, "something stands behind the value; one setting a line; text stands in quotes; a comment begins with #"),
        ("a = 'x\nb = 1", 1, "a text without its closing quote; close the quotes where the text ends"),
        ('a = "x\nb = 1', 1, "a text without its closing quote; close the quotes where the text ends"),
        ("a = 'x", 1, "a text without its closing quote; close the quotes where the text ends"),
        ('a = "x', 1, "a text without its closing quote; close the quotes where the text ends"),
        ('a = "\x01"', 1, "a control character, which TOML does not allow; delete it and type the line anew"),
        ('a = "\\d"', 1, "a backslash that means nothing here; write \\\\ for one backslash, or put the text in 'single quotes'"),
        (
            'a = "\\uZ"',
            1,
            "a backslash that means nothing here; write \\\\ for one backslash, or put the text in 'single quotes'",
        ),
        ("a = [1\n", 1, "a list without its closing ]; close the list"),
        ("a = {b = 1\n}", 1, "a { table } that is not closed on its line; close it with } on the same line"),
        ("[a\n", 1, "a [table] without its closing ]; close the heading: [device.scale-1]"),
        ("[]\n", 1, "no name where one is expected; write a name of letters, digits and hyphens"),
        ("a = 1979-02-30", 1, "no such day or time; correct it, or put the text in quotes"),
        ("a = [\n1\n\n", 1, "a list without its closing ]; close the list"),
        ('a = 1\n\nb = """\nx\n\n', 3, "a text without its closing quote; close the quotes where the text ends"),
    ],
)
def test_text_that_is_not_toml_is_told_in_plain_words(text: str, line: int, report: str, tmp_path: Path) -> None:
    path = tmp_path / "storebox.toml"
    path.write_text(text)
    assert told(path) == f"storebox.toml:{line}: {report}"
