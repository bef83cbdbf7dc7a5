"""A product's card in the words of one language, as a telephone and the screen of a shelf show it."""

from __future__ import annotations

import msgspec

from edge.shop.catalogue.cards import Card
from edge.shop.catalogue.products import Product
from edge.shop.members.member import CachedOffer
from edge.web.quantities import money
from edge.web.words import Words


class CardShown(msgspec.Struct, frozen=True, kw_only=True):
    """A card in the words of one language, as a screen shows it."""

    name: str
    other_name: str
    price: str
    notes: tuple[str, ...]
    text: str
    matching: tuple[tuple[str, str], ...] = ()
    offers: tuple[str, ...] = ()


def show_card(card: Card, words: Words, offers: tuple[CachedOffer, ...] = ()) -> CardShown:
    """``card`` in ``words``, with what whoever stands there is offered."""
    product = card.product
    name, other_name = _names(product, words)
    notes = [words.say("goods.weight", grams=product.unit_grams)] if product.unit_grams and product.unit == "piece" else []
    notes += [words.say("goods.adult")] if product.adult else []
    notes += [] if card.on_sale else [words.say("goods.not_now")]
    zh, en = card.texts.zh, card.texts.en
    return CardShown(
        name=name,
        other_name=other_name,
        price=_price(product, words),
        notes=tuple(notes),
        text=(zh or en) if words.language == "zh" else (en or zh),
        matching=tuple((_names(other, words)[0], _price(other, words)) for other in card.matching),
        offers=tuple(each.zh or each.en if words.language == "zh" else each.en or each.zh for each in offers),
    )


def _names(product: Product, words: Words) -> tuple[str, str]:
    zh, en = product.name_zh, product.name_en
    first, second = (zh, en) if words.language == "zh" else (en, zh)
    return (first, second) if first else (second, "")


def _price(product: Product, words: Words) -> str:
    price = money(product.price_minor, product.currency)
    return words.say("goods.price_kg" if product.unit == "kg" else "goods.price_piece", price=price)
