"""What both kinds of scanner share: codes become readings, the same code twice in a moment is one, a lane says what it awaits."""

from __future__ import annotations

from typing import Literal

from drivers.commands import Answer, AnyCommand, Done, Refused, SetProperty, cannot
from drivers.counter_readings import PaymentCodeShown, Scanned
from drivers.pos.codes import Typed, read_code
from drivers.pos.scanner_settings import CodeSettings, rules_of
from drivers.readings import Unreadable

EXPECTED: dict[str, Literal["", "payment", "goods"]] = {"payment": "payment", "goods": "goods", "": ""}


class Scanning:
    """The state of one scanner: what its lane expects, and which goods it read last."""

    def __init__(self, device: str, settings: CodeSettings) -> None:
        self._device, self._settings = device, settings
        self._expects: Literal["", "payment", "goods"] = ""
        self._last: Scanned | None = None

    def read(self, typed: Typed) -> Scanned | PaymentCodeShown | Unreadable | None:
        """The reading; None for goods that were read ``repeat_ms`` ago, or for an end mark alone."""
        if not typed.text:
            return None
        reading = read_code(typed, rules_of(self._settings, self._expects))
        if not isinstance(reading, Scanned):
            return reading
        last, self._last = self._last, reading
        again = last is not None and last.code == reading.code
        soon = last is not None and reading.monotonic_ms - last.monotonic_ms < self._settings.repeat_ms
        return None if again and soon else reading

    def perform(self, command: AnyCommand) -> Answer:
        """``SetProperty(property="expects", value="payment" | "goods" | "")``: what the lane waits for."""
        if not isinstance(command, SetProperty):
            return cannot(command, self._device, "set-property")
        if command.property != "expects" or command.value not in EXPECTED:
            return Refused(reason=f'{self._device} knows the property expects only: "payment", "goods", or "" for neither')
        self._expects = EXPECTED[command.value]
        return Done(detail=f"expects {command.value or 'anything'}")
