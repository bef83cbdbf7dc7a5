"""Whatever LIKE finds is found, in the same order, and everything that is found is what LIKE finds."""

from __future__ import annotations

import json
import random
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edge.shop.catalogue.document import parse_catalogue
from edge.shop.catalogue.pinyin import Readings
from edge.shop.catalogue.search import SearchIndex, build_index, find_by_like, searchable, standing_of
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Till

LETTERS = "可口可乐百事雪碧农夫山泉矿泉水牛奶酸奶面包饼干薯片巧克力苹果香蕉橙子西瓜葡萄草莓红富士青大小重庆长沙银行阿胶茶咖啡豆浆"
PRODUCTS = 1_500
EVERYTHING = 10_000
QUERIES = 240


def no_rest(_seconds: float) -> None:
    """Nobody else works here."""


def product(number: int, chance: random.Random) -> dict[str, Any]:
    name = "".join(chance.choices(LETTERS, k=chance.randint(2, 9))) + chance.choice(["", "500ml", "2.5L", "(大)", "_A%"])
    return {
        "sku": f"S{number}",
        "names": {"zh": name, "en": chance.choice(["", "Cola", "Fresh Milk 2%", "Café"])},
        "codes": [f"69{number * 7919:011}"],
        "price_minor": 100,
        "unit": "piece",
        "sold_before": chance.randint(0, 50),
    }


def parts(text: str, chance: random.Random, longest: int) -> str:
    length = chance.randint(1, longest)
    begins = chance.randrange(max(1, len(text) - length + 1))
    return text[begins : begins + length]


@pytest.fixture
def stocked(floor: Floor) -> tuple[Floor, SearchIndex, list[dict[str, Any]]]:
    """A floor with many products, and its index."""
    chance = random.Random(7)
    items = [product(number, chance) for number in range(PRODUCTS)]
    floor.adopt(2, {"currency": "CNY", "items": items})
    return floor, build_index(floor.db, no_rest), items


def test_everything_that_like_finds_is_found_in_the_same_order(stocked: tuple[Floor, SearchIndex, list[dict[str, Any]]]) -> None:
    floor, index, items = stocked
    chance = random.Random(11)
    initials = [row[0].split(" ")[0] for row in floor.db.execute("SELECT initials FROM catalogue_items WHERE version = 2")]
    asked = {parts(chance.choice(items)["names"]["zh"], chance, 2) for _ in range(QUERIES // 2)}
    asked |= {parts(chance.choice(initials), chance, 6) for _ in range(QUERIES // 2)}
    while len(asked) < QUERIES:
        item = chance.choice(items)
        asked.add(parts(chance.choice([item["names"]["zh"], item["names"]["en"], item["codes"][0], item["sku"]]), chance, 8))
    found = 0
    for words in sorted(asked):
        wanted = find_by_like(floor.db, words, EVERYTHING)
        assert index.find(words, EVERYTHING) == wanted, words
        assert index.find(words, 20) == wanted[:20], words
        found += len(wanted)
    assert found > QUERIES, "the queries find something"


def test_what_nobody_sells_is_not_found(stocked: tuple[Floor, SearchIndex, list[dict[str, Any]]]) -> None:
    floor, index, _items = stocked
    for words in ("龘", "zzzzz", "", "  ", "\n", "可\n乐", "S0\tS1", "é!"):
        assert index.find(words, 20) == find_by_like(floor.db, words, 20)
    assert index.find("\n", 20) == []


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("可口可乐", ("kkkl", "kkky")),
        ("重庆小面", ("zqxm", "cqxm")),
        ("香蕉500g", ("xj500g",)),
        ("长春银行", ("zcyx", "ccyx", "zcyh", "ccyh")),
        ("Milk", ()),
        ("", ()),
    ],
)
def test_every_usual_reading_gives_initials(name: str, initials: tuple[str, ...]) -> None:
    found = Readings().initials(name)
    assert set(initials) <= set(found)
    assert bool(found) is bool(initials)


def test_every_character_of_the_table_is_found() -> None:
    spec = find_spec("pypinyin")
    assert spec is not None
    assert spec.origin is not None
    table = json.loads(Path(spec.origin).with_name("pinyin_dict.json").read_text("utf-8"))
    numbers = [int(number) for number in table]
    assert numbers == sorted(numbers), "or nothing is found by halving"
    readings = Readings()
    for number in {numbers[0], numbers[-1], *numbers[::43]}:
        assert readings._said(number) == table[str(number)]
        assert (readings._said(number + 1) is None) is (str(number + 1) not in table)


def test_a_name_of_many_readings_is_found_by_each_alone() -> None:
    found = Readings().initials("重长乐行阿")
    assert len(found) == 1 + 5
    assert all(len(each) == 5 for each in found)


def test_a_box_without_the_table_of_readings_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.shop.catalogue.pinyin.find_spec", lambda _name: None)
    with pytest.raises(DocumentRefused, match="pypinyin is not installed: no initials; install storebox with its dependencies"):
        parse_catalogue(b'{"currency": "CNY", "items": []}', "CNY")


def test_what_is_sold_comes_first(floor: Floor, till: Till) -> None:
    assert build_index(floor.db, no_rest).find("a", 5) == ["4011"]
    before = standing_of(floor.db)
    till.choose("milk", 3)
    till.pay(1950)
    assert standing_of(floor.db) == (before[0], before[1] + 1), "a line counts once, however many pieces"
    assert build_index(floor.db, no_rest).find("m", 5) == ["milk"]
    floor.adopt(2, {"currency": "CNY", "items": [named("a", 5), named("b", 9), named("milk", 8), named("c", 0)]})
    assert build_index(floor.db, no_rest).find("x", 9) == ["b", "milk", "a", "c"], "ties by SKU: milk was sold 8 + 1 times"


def test_words_are_compared_in_small_letters_without_what_cannot_be_seen() -> None:
    assert searchable("  CoLa\x00\n ") == "cola"
    assert searchable("可" * 100) == "可" * 64


def test_without_a_catalogue_nothing_is_found(floor: Floor) -> None:
    floor.db.execute("DELETE FROM catalogue")
    assert standing_of(floor.db) == (0, 0)
    assert build_index(floor.db, no_rest).find("milk", 5) == find_by_like(floor.db, "milk", 5) == []


def named(sku: str, sold_before: int) -> dict[str, Any]:
    return {"sku": sku, "names": {"en": "x"}, "price_minor": 1, "unit": "piece", "sold_before": sold_before}
