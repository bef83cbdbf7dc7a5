"""Card numbers and payment codes in text: what is left of it stands where it stood."""

from __future__ import annotations

from drivers.pos.cards import cut_cards, cut_digits, may_hold_card


def feed(data: bytes) -> None:
    """A text of a receipt, or of a form."""
    text = data.decode("utf-8", "replace")
    cut = cut_cards(text)
    if len(cut) != len(text) or any(new not in {old, "*"} for new, old in zip(cut, text, strict=True)):
        raise AssertionError(f"{text!r} became {cut!r}")
    may_hold_card(text)
    cut_digits(text)
