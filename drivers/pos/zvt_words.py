"""What a terminal's numbers mean, in words for the lane: the result codes and what it is doing (PA00P015 chapters 3.1, 10)."""

from __future__ import annotations

REMOVE_CARD = 0x40  # the same code with this bit: and take the card out
MOST_WITH_REMOVE = 0x67

_DOING = {
    0x00: "confirm the amount on the terminal",
    0x01: "please follow the PIN pad",
    0x02: "please follow the PIN pad",
    0x03: "not accepted",
    0x04: "waiting for the bank",
    0x05: "taking the payment back by itself",
    0x06: "sending earlier bookings",
    0x07: "card not admitted",
    0x08: "card unknown",
    0x09: "card expired",
    0x0A: "insert card",
    0x0B: "remove card",
    0x0C: "card cannot be read",
    0x0D: "error while processing",
    0x0E: "please wait",
    0x0F: "closing the day by itself",
    0x10: "card not valid",
    0x11: "showing a balance",
    0x12: "system malfunction",
    0x13: "payment not possible",
    0x14: "credit not sufficient",
    0x15: "wrong PIN",
    0x16: "limit not sufficient",
    0x17: "please wait",
    0x18: "wrong PIN too often",
    0x19: "card data not correct",
    0x1A: "service mode",
    0x1B: "approved",
    0x1C: "approved",
    0x1D: "declined",
    0x28: "choose the currency on the terminal",
    0x29: "choose the language on the terminal",
    0x2C: "choose the application on the terminal",
    0x68: "card inserted",
    0xC8: "waiting for the cashier",
    0xC9: "checking itself",
    0xCA: "initialising itself",
    0xCB: "its journal is full: close the day",
    0xD2: "dialling",
    0xD3: "connected",
    0xE0: "choose the application on the terminal",
    0xE1: "choose the language on the terminal",
    0xE2: "asks for the cleaning card",
    0xF1: "offline",
    0xF2: "online",
    0xF3: "paying offline",
}

_RESULTS = {
    0x64: "the card cannot be read",
    0x65: "no data on the card",
    0x66: "an error while processing",
    0x67: "not permitted for this kind of card",
    0x68: "not permitted for this kind of card",
    0x6A: "its turnover file is full: close the day",
    0x6B: "it is not registered",
    0x6C: "stopped on the terminal, or nobody answered it in time",
    0x6E: "the card is on the list of blocked cards",
    0x6F: "the wrong currency: compare currency_number in its settings with the terminal's",
    0x71: "the credit is not sufficient",
    0x72: "the card's chip is faulty",
    0x73: "the card's data are not correct",
    0x77: "the day cannot be closed now",
    0x78: "the card has expired",
    0x79: "the card is not valid yet",
    0x7A: "the card is unknown",
    0x7D: "it cannot reach the bank",
    0x83: "it cannot do that",
    0x85: "its key is missing: ask the terminal's provider",
    0x89: "its PIN pad is defective",
    0x9A: "an error of the protocol: are password and currency_number in its settings right?",
    0x9B: "it cannot reach the bank",
    0x9C: "it is busy: try again in a moment",
    0xA0: "it is busy: try again in a moment",
    0xB1: "its memory is full",
    0xB2: "the shop's journal on it is full: close the day",
    0xB5: "the receipt is unknown, or was taken back already",
    0xF0: "a day is still to be closed",
    0xFC: "a part of it is missing or defective",
    0xFF: "a system error",
}
NETWORK_OPERATOR = 0x63  # codes up to it are the bank's own
NOT_REGISTERED = 0x6B


def status_words(code: int) -> str:
    """What a terminal that says ``04 FF 01 code`` is doing."""
    if code in _DOING:
        return _DOING[code]
    if code & REMOVE_CARD and code <= MOST_WITH_REMOVE and code - REMOVE_CARD in _DOING:
        return f"{_DOING[code - REMOVE_CARD]}; remove card"
    return f"working (code {code:02X})"


def result_words(code: int) -> str:
    """Why a terminal did not do it."""
    if code <= NETWORK_OPERATOR:
        return f"the bank declined it (code {code})"
    return f"{_RESULTS.get(code, 'it does not say why')} (code {code:02X})"
