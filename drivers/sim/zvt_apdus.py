"""What a ZVT terminal says, byte by byte: its status with every field, and the parts that its messages are made of.

04 0f 80 27 00 04 000000001250 0b 000470 … 22 f0 f8 4929101234561237 …       approved, 12.50, the card's number in full
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.sim.zvt_terminal import ZvtTerminalSim


def status(sim: ZvtTerminalSim, amount: int) -> bytes:
    """The status information 04 0F of a payment, the card's number in full (PA00P015 chapter 10)."""
    scheme = sim.scheme.encode("cp437") + b"\0"
    digits = sim.card if len(sim.card) % 2 == 0 else sim.card + "F"
    number = bytes.fromhex(digits.replace("*", "E"))
    body = bytes.fromhex("27") + bytes((sim.result,)) + b"\x04" + bcd(amount, 6)
    body += bytes.fromhex("0b000470 0c223953 0d1006 0e2512 170001 1970")
    body += b"\x22" + ll(len(number)) + number + bytes.fromhex("29 52500036") + b"\x2a" + b"100461763      "
    body += b"\x3c" + b"\xf0" + ll(14) + b"GEN.NR.:611804" + bytes.fromhex("490978") + b"\x87" + bcd(sim.receipt, 2)
    body += bytes.fromhex("88000470 8a0a") + b"\x8b" + ll(len(scheme)) + scheme
    track = f"{sim.card}D25122011234567890".replace("*", "E")
    second = bytes.fromhex(track + "F" * (len(track) % 2))
    return apdu_of(b"\x04\x0f", body + b"\x23" + ll(len(second)) + second)


def apdu_of(control: bytes, body: bytes) -> bytes:
    """An APDU: control field, length (from 255 on as FF, low byte, high byte), data."""
    if len(body) < 0xFF:
        return control + bytes((len(body),)) + body
    return control + b"\xff" + len(body).to_bytes(2, "little") + body


def bcd(number: int, size: int) -> bytes:
    """``number`` in ``size`` bytes of two digits."""
    return bytes.fromhex(f"{number:0{2 * size}d}")


def ll(length: int) -> bytes:
    """A length of two digits: F1 F6 is 16."""
    return bytes((0xF0 + length // 10, 0xF0 + length % 10))


def tlv(tag: bytes, value: bytes) -> bytes:
    """One data object of a TLV container."""
    return tag + tlv_length(value) + value


def tlv_length(value: bytes) -> bytes:
    """The length of a TLV value: one byte, or 82 and two."""
    return bytes((len(value),)) if len(value) < 0x80 else b"\x82" + len(value).to_bytes(2, "big")
