"""Where one receipt ends and the next begins, and its text without card numbers: what the template reads.

A cut ends a receipt; a reset (``ESC @``) too if its total stands on it already, for some tills reset in the middle; so does the
end of a connection or a pause. Text is decoded line by line, so that a letter split between two pieces is whole again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from drivers.pos.cards import cut_cards
from drivers.pos.escpos_text import EscposText, Step

MOST_TEXT_BYTES = 64 * 1024
LONGEST_LINE = 200  # letters; no paper is that wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Torn:
    """A receipt as it was torn off. ``text`` has its lines, card numbers cut; ``picture``: something on it is no text."""

    text: str
    picture: bool
    too_long: bool = False


@dataclass(slots=True, kw_only=True)
class Roll:
    """The paper of one printer. ``has_total(text)`` says whether a receipt that is reset there was finished."""

    encoding: str
    has_total: Callable[[str], bool]
    _steps: EscposText = field(default_factory=EscposText)
    _line: bytearray = field(default_factory=bytearray)
    _lines: list[str] = field(default_factory=list)
    _size: int = 0
    _picture: bool = False

    def feed(self, data: bytes) -> Iterator[Torn]:
        """Every receipt that ``data`` finishes."""
        for step in self._steps.steps(data):
            torn = self._take(step)
            if torn is not None:
                yield torn

    def end(self) -> Torn | None:
        """The receipt that nobody cut; None when nothing was printed since the last."""
        self._break_line()
        lines, picture, size = self._lines, self._picture, self._size
        self._lines, self._picture, self._size = [], False, 0
        if not picture and not any(line.strip() for line in lines):
            return None
        return Torn(text=cut_cards("\n".join(lines)), picture=picture, too_long=size > MOST_TEXT_BYTES)

    def pause(self) -> Torn | None:
        """The receipt, if its total stands on it: then nothing of it is missing but a cut."""
        return self.end() if self._whole() else None

    def _whole(self) -> bool:
        self._break_line()
        return bool(self._lines) and self.has_total(cut_cards("\n".join(self._lines)))

    def _take(self, step: Step) -> Torn | None:
        match step.mark:
            case None:
                if self._size <= MOST_TEXT_BYTES:
                    self._line += step.text
                self._size += len(step.text)
            case "cut":
                return self.end()
            case "reset":
                return self.pause()
            case "line":
                self._break_line()
            case "picture":
                self._picture = True
        return None

    def _break_line(self) -> None:
        if self._line:
            text = self._line.decode(self.encoding, errors="replace")
            if not text.isprintable():
                text = "".join(letter if letter.isprintable() else " " for letter in text)
            self._lines.append(text[:LONGEST_LINE])
            self._line.clear()
