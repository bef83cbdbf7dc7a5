"""From the copies of many lines to receipts as readings. It runs beside the event loop, and its bugs cost no paper.

A receipt that was read is named by its printed day and number, or by the digest of its text: printed again, it is the same
report. The digest is of text whose card numbers are cut, for a digest of the whole would give them away. One that could not
be read gets a name of its own, for nobody can tell whether it is another.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

import msgspec

from drivers.counter_readings import ReceiptTapped
from drivers.pos.receipt_roll import MOST_TEXT_BYTES, Roll, Torn
from drivers.pos.receipt_template import Template
from drivers.pos.tap_copies import Copy
from drivers.reading import Report

NAME = re.compile(r"[^A-Za-z0-9._:-]")
LONGEST_NAME = 64

LOST = "the box had no room for a copy of it; it went to the printer all the same"
PICTURE = "it was printed as a picture, which holds no text: set the till's printer to text mode"
TOO_LONG = f"it has more than {MOST_TEXT_BYTES >> 10} KiB of text"
NO_TOTAL = "no total was found on it: does the template in the settings fit this till, and its encoding?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Of which tap and till, and when it was torn off."""

    device: str
    till: str
    at: datetime
    monotonic_ms: int


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads the copies of all lines; each line has its own paper."""

    template: Template
    encoding: str
    _rolls: dict[int, Roll] = field(default_factory=dict)

    def receipts(self, copies: list[Copy], stamp: Stamp) -> list[ReceiptTapped]:
        """Every receipt that ``copies`` finish."""
        return [receipt for copy in copies for receipt in self._of(copy, stamp)]

    def pause(self, stamp: Stamp) -> list[ReceiptTapped]:
        """Nothing was printed for a while: a receipt with its total is whole, any other may wait for paper."""
        return [self._reading(torn, stamp) for roll in self._rolls.values() if (torn := roll.pause()) is not None]

    def forget(self) -> None:
        """Begin anew with every paper."""
        self._rolls.clear()

    def _of(self, copy: Copy, stamp: Stamp) -> Iterator[ReceiptTapped]:
        if copy.lost:
            self._rolls.pop(copy.line, None)
            yield unread(LOST, stamp)
        roll = self._rolls.setdefault(copy.line, Roll(encoding=self.encoding, has_total=self.template.has_total))
        for torn in roll.feed(copy.data):
            yield self._reading(torn, stamp)
        if copy.ended:
            rest = self._rolls.pop(copy.line).end()
            if rest is not None:
                yield self._reading(rest, stamp)

    def _reading(self, torn: Torn, stamp: Stamp) -> ReceiptTapped:
        template, text = self.template, torn.text
        total_minor = template.total_minor(text)
        if torn.too_long or total_minor is None:
            return unread(TOO_LONG if torn.too_long else PICTURE if torn.picture else NO_TOTAL, stamp)
        read = ReceiptTapped(
            device=stamp.device,
            at=stamp.at,
            monotonic_ms=stamp.monotonic_ms,
            report=_NAMELESS,
            till=stamp.till,
            number=template.number_of(text),
            business_day=template.day_of(text),
            total_minor=total_minor,
            tender=template.tender_of(text),
            lines=template.lines_of(text),
        )
        return replace(read, report=_report(read, text))


def unread(why: str, stamp: Stamp) -> ReceiptTapped:
    """A receipt of which nothing is known but that it was there."""
    id_ = uuid.uuid4().hex
    return ReceiptTapped(
        device=stamp.device,
        at=stamp.at,
        monotonic_ms=stamp.monotonic_ms,
        report=Report(id=id_, digest=sha256(id_.encode()).digest()),
        till=stamp.till,
        unparsed=why,
    )


def _report(read: ReceiptTapped, text: str) -> Report:
    """With a number and a day, a copy with "duplicate" on it is the same report; the digest tells whether it says the same."""
    if read.number is None or read.business_day is None:
        digest = sha256(text.encode()).digest()
        return Report(id=digest.hex()[:LONGEST_NAME], digest=digest)
    essence = msgspec.json.encode((read.number, read.business_day, read.total_minor, read.tender, read.lines))
    return Report(id=NAME.sub("_", f"{read.business_day}:{read.number}")[:LONGEST_NAME], digest=sha256(essence).digest())


_NAMELESS = Report(id="", digest=b"")
