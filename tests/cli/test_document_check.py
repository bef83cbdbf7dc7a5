"""``storebox document check FILE``: what a box would say to a document, with every mistake and its place, before it is signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from edge.cli.document_mistakes import MOST, find_mistakes
from edge.shop.scenes.document import parse_scenes
from sync.documents import DOCUMENT_TYP
from sync.signatures import public_text, sign

Storebox = Callable[..., Any]
KEY = OKPKey.generate_key("Ed25519", private=True)
NIGHT = {"name": "night", "names": {"zh": "夜间"}, "wants": []}
SCENES: dict[str, Any] = {"fallback": "night", "scenes": [NIGHT]}
WRONG: dict[str, Any] = {
    "fallback": "night",
    "scenes": [
        NIGHT,
        {"name": "Bad Name", "names": {"en": "Bad"}, "wants": []},
        {"name": "a", "names": {}, "wants": []},
        {"name": "b", "names": {"en": "B"}, "wants": [{"device": "lamp-1", "property": "", "value": "1"}]},
    ],
    "samples": [{"device": "lamp-1"}],
}
EXPECTED = [
    r"the scenes cannot be read: Expected `str` matching regex '^[a-z0-9-]{1,32}\\Z' - at `$.scenes[1].name`",
    "the scenes cannot be read: Expected `str` of length >= 1 - at `$.scenes[3].wants[0].property`",
    "the scenes cannot be read: Object missing required field `property` - at `$.samples[0]`",
    "a has no name in any language at `$.scenes[2].names`",
]
ENVELOPE = {"version": 3, "issued_at": "2026-03-01T00:00:00Z", "not_before": "2026-03-01T00:00:00Z"}


@pytest.fixture
def check(storebox: Storebox, tmp_path: Path) -> Callable[..., Any]:
    """``check("scenes.json", content, *options)``; relative to a folder of its own."""

    def run(name: str, content: Any, *options: str) -> Any:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        ended = storebox("document", "check", str(file), *options)
        return type(ended)(ended.code, ended.out.replace(f"{tmp_path}/", ""), ended.err.replace(f"{tmp_path}/", ""))

    return run


def test_a_good_body_is_good(check: Callable[..., Any]) -> None:
    ended = check("scenes.json", SCENES)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "scenes.json: OK, scenes: 1 scenes; no signature: sign it before a box can adopt it\n"


def test_what_a_document_has_by_name_is_counted_too(check: Callable[..., Any]) -> None:
    ended = check("zones.json", {"cameras": {"cam-1": {}, "cam-2": {}}, "floor": {"width_mm": 9_000, "height_mm": 5_000}})
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "zones.json: OK, zones: 2 cameras; no signature: sign it before a box can adopt it\n"


def test_mistakes_that_the_parser_finds_at_once_are_told_one_to_a_line(check: Callable[..., Any]) -> None:
    flat = {"name": "door", "a": [0.1, 0.1], "b": [0.1, 0.1], "inside": [0.5, 0.5]}
    ended = check("zones.json", {"cameras": {"cam-1": {"lines": [flat, flat | {"name": "back"}]}}})
    assert (ended.code, ended.out) == (2, "")
    what_to_do = "has no length: draw it from one side of the way to the other"
    assert ended.err.splitlines() == [
        f"zones.json: line {name} {what_to_do} at `$.cameras.cam-1.lines[{place}]`" for place, name in enumerate(("door", "back"))
    ]


@pytest.mark.parametrize("name", ["scenes-2026.json", "scenes.draft.json"])
def test_the_name_of_the_file_says_the_kind(name: str, check: Callable[..., Any]) -> None:
    assert check(name, SCENES).code == 0


def test_an_option_or_the_envelope_says_the_kind(check: Callable[..., Any]) -> None:
    assert check("x.json", SCENES, "--kind", "scenes").code == 0
    assert check("x.json", {"kind": "scenes", "body": SCENES}).code == 0


def test_every_mistake_is_told_with_its_place_in_the_file(check: Callable[..., Any]) -> None:
    ended = check("scenes.json", WRONG)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [f"scenes.json: {mistake}" for mistake in EXPECTED]


def test_mistakes_as_json(check: Callable[..., Any]) -> None:
    ended = check("scenes.json", WRONG, "--json")
    assert ended.code == 2
    assert json.loads(ended.out) == {"kind": "scenes", "mistakes": EXPECTED, "more": False}
    assert json.loads(check("scenes.json", SCENES, "--json").out)["mistakes"] == []


def test_a_mistake_that_is_only_there_because_another_was_taken_out_is_not_told(check: Callable[..., Any]) -> None:
    day = {"name": "day", "names": {"en": "Day"}, "wants": [], "later": 1}
    ended = check("scenes.json", {"fallback": "day", "scenes": [day | {"names": {}}, NIGHT]})
    assert ended.err.splitlines() == [
        "scenes.json: day has no name in any language at `$.scenes[0].names`",
        "there may be more: mend these and check again",
    ]


def test_a_mistake_in_no_list_ends_the_search(check: Callable[..., Any]) -> None:
    ended = check("scenes.json", {"fallback": 1, "scenes": 2})
    assert "Expected `str`, got `int` - at `$.fallback`" in ended.err
    assert ended.err.splitlines()[1:] == ["there may be more: mend these and check again"]


def test_not_more_mistakes_are_told_than_somebody_reads() -> None:
    body = {"fallback": "night", "scenes": [{"name": "?"}] * (MOST + 5)}
    found = find_mistakes(parse_scenes, json.dumps(body).encode())
    assert (len(found.mistakes), found.more) == (MOST, True)


def test_a_large_document_is_read_line_by_line(check: Callable[..., Any]) -> None:
    lines = [{"currency": "CNY"}, {"sku": "milk", "names": {"en": "Milk"}, "price_minor": 650, "unit": "piece"}]
    content = b"\n".join(json.dumps(line).encode() for line in lines)
    ended = check("catalogue.ndjson", content)
    assert (ended.code, ended.out.partition(";")[0]) == (0, "catalogue.ndjson: OK, catalogue: 1 items")
    ended = check("catalogue.ndjson", content + b'\n{"sku": 1}')
    assert "at `$.items[1].sku`" in ended.err
    ended = check("catalogue.ndjson", content + b"\n{")
    assert (ended.code, ended.err) == (2, "catalogue.ndjson: line 3 is no JSON: Input data was truncated\n")
    ended = check("scenes.ndjson", b'{"fallback": "night", "scenes": []}\n{}')
    told = (
        "the first line of NDJSON of kind scenes has all but one list of the body; this one leaves out: bounds, safety, samples"
    )
    assert ended.err == f"scenes.ndjson: {told}\n"


def signed(body: Any, key: OKPKey = KEY, **changes: Any) -> bytes:
    payload = {"kind": "scenes", **ENVELOPE, "body": body} | changes
    return sign(
        json.dumps({name: value for name, value in payload.items() if value is not None}).encode(), key, typ=DOCUMENT_TYP
    ).encode()


def test_a_signed_document_is_opened_and_with_a_key_its_signature_is_checked(check: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "key").write_text(public_text(KEY))
    told = "its signature was not checked: name the public key with --key, or let the box do it"
    assert check("x.jws", signed(SCENES)).out == f"x.jws: OK, scenes: 1 scenes; {told}\n"
    assert check("x.jws", signed(SCENES), "--key", str(tmp_path / "key")).out.endswith("; its signature is right\n")
    foreign = signed(SCENES, OKPKey.generate_key("Ed25519", private=True))
    ended = check("x.jws", foreign, "--key", str(tmp_path / "key"))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("x.jws: ")
    assert "at `$.scenes[1].name`" in check("x.jws", signed(WRONG)).err


MANIFEST = {"sha256": "0" * 64, "size": 1, "url": "https://cloud.example.com/x", "rows": "items"}


@pytest.mark.parametrize(
    ("name", "content", "options", "problem"),
    [
        ("scenes.json", b"{", (), "it is neither JSON, NDJSON nor a signed document: Input data was truncated"),
        ("scenes.json", b"[]", (), "it is neither JSON, NDJSON nor a signed document: Expected `object`, got `array`"),
        ("a.json", b"{}", (), "of which kind is it? say --kind, one of: "),
        ("scenery.json", b"{}", (), "of which kind is it? say --kind, one of: "),
        ("a.json", b"{}", ("--kind", "weather"), "no document is of kind 'weather'; there are: "),
        ("a.json", b'{"kind": "weather", "body": {}}', (), "no document is of kind 'weather'; there are: "),
        ("a.json", b'{"kind": 1, "body": {}}', (), "its kind is no text: Expected `str`, got `int`"),
        ("a.json", b'{"kind": "scenes", "body": {}}', ("--kind", "calendar"), "it is a document of kind scenes, not calendar"),
        (
            "a.json",
            b'{"kind": "scenes", "manifest": {}}',
            (),
            "its body is a file of its own: check that file with --kind scenes",
        ),
        ("a.jws", b"e30.e30.e30", (), "its payload is no document: Object missing required field `kind`"),
        ("a.jws", signed(SCENES), ("--kind", "calendar"), "it is a document of kind scenes, not calendar"),
        ("a.jws", signed(None), (), "it must have either a body or a manifest"),
        (
            "a.jws",
            signed(None, manifest=MANIFEST),
            (),
            "its body is a file of its own (https://cloud.example.com/x): check that file with --kind scenes",
        ),
    ],
)
def test_what_cannot_be_checked_is_told(
    name: str, content: bytes, options: tuple[str, ...], problem: str, check: Callable[..., Any]
) -> None:
    ended = check(name, content, *options)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"{name}: {problem}")


def test_a_key_is_for_signed_documents_and_must_be_one(check: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key")
    ended = check("scenes.json", SCENES, "--key", str(tmp_path / "key"))
    assert ended.err == "scenes.json: --key is for a signed document (JWS), and this file is not signed\n"
    assert check("a.jws", signed(SCENES), "--key", str(tmp_path / "key")).err.startswith("a.jws: not an Ed25519 public key")


def test_a_file_that_is_not_there_is_told(storebox: Storebox, tmp_path: Path) -> None:
    ended = storebox("document", "check", str(tmp_path / "gone.json"))
    assert (ended.code, ended.err) == (2, f"{tmp_path}/gone.json cannot be read: No such file or directory\n")


def test_the_settings_say_the_currency(check: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "storebox.toml").write_text('[store]\ncurrency = "EUR"\n')
    settings = ("--settings", str(tmp_path / "storebox.toml"))
    assert check("catalogue.json", {"currency": "EUR", "items": []}, *settings).code == 0
    assert "this store sells in EUR" in check("catalogue.json", {"currency": "CNY", "items": []}, *settings).err


def test_a_body_that_nobody_signed_is_not_adopted(storebox: Storebox, tmp_path: Path) -> None:
    body = tmp_path / "prices.json"
    body.write_text('{"prices": []}')
    ended = storebox("document", "adopt", str(body))
    assert ended.code == 2
    assert ended.err == (
        f"{body} is not signed; adopt what headquarters signed: `storebox cloud publish KIND {body} --jws SIGNED`\n"
    )
