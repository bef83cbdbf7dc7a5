"""Says what is wrong with a text that is not TOML: ``tomllib`` speaks of statements, a technician of quotes and lines."""

from __future__ import annotations

import re

from config.mistakes import Mistake

_PLACE = re.compile(r"^(?P<problem>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)

_NEVER_CLOSED = (("Unterminated", '"'), ("Expected \"'", "'"), ("Unclosed array", "["), ("Unclosed inline", "{"))

# What tomllib says, what a technician needs to hear, and what to do about it.
_SYNTAX = (
    ("Invalid value", "no value that TOML knows", 'text stands in quotes: name = "shop 7"; true and false in small letters'),
    ("Invalid date", "no such day or time", "correct it, or put the text in quotes"),
    ("Cannot overwrite", "the same setting stands twice", "keep one of the two"),
    ("Cannot mutate", "the same setting stands twice", "keep one of the two"),
    ("twice", "the same [table] stands twice", "put its settings together under one heading"),
    ("'=' after a key", 'not a setting: no "=" after its name', 'write: name = "value"; a comment begins with #'),
    ("Invalid statement", "not a setting", 'write: name = "value"; a comment begins with #'),
    (
        "Expected newline",
        "something stands behind the value",
        "one setting a line; text stands in quotes; a comment begins with #",
    ),
    ("Unterminated string", "a text without its closing quote", "close the quotes where the text ends"),
    ("Expected \"'", "a text without its closing quote", "close the quotes where the text ends"),
    ("Illegal character '\\n'", "a text without its closing quote", "close the quotes where the text ends"),
    ("Illegal character", "a control character, which TOML does not allow", "delete it and type the line anew"),
    ("Unescaped", "a backslash that means nothing here", "write \\\\ for one backslash, or put the text in 'single quotes'"),
    ("hex value", "a backslash that means nothing here", "write \\\\ for one backslash, or put the text in 'single quotes'"),
    ("Unclosed array", "a list without its closing ]", "close the list"),
    ("Unclosed inline", "a { table } that is not closed on its line", "close it with } on the same line"),
    ("at the end of a table", "a [table] without its closing ]", "close the heading: [device.scale-1]"),
    ("key part", "no name where one is expected", "write a name of letters, digits and hyphens"),
)


def syntax_mistake(error: str, text: str) -> Mistake:
    """What ``tomllib`` said about ``text``, as a mistake with its line."""
    match = _PLACE.match(error)
    told, line = (match["problem"], match["line"]) if match else (error, None)
    at_line = int(line) if line else text.count("\n", 0, _opened_last(told, text)) + 1
    problem, hint = next(
        ((ours, hint) for sign, ours, hint in _SYNTAX if sign in told), (told, "see how TOML is written: toml.io")
    )
    return Mistake(key="", line=at_line, problem=problem, hint=hint)


def _opened_last(told: str, text: str) -> int:
    """Where the thing began that the end of the file cut off; what was never closed was opened last."""
    opening = next((opening for sign, opening in _NEVER_CLOSED if sign in told), "")
    return text.rfind(opening) if opening else len(text.rstrip())
