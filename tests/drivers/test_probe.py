"""What may be said to a device that nobody knows: judged by every protocol, also by one that stands at another rate."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.catalogue import installed
from drivers.probe import Probe, objection
from drivers.sim.uart import at_rate, with_parity
from drivers.sim.uart import without_parity as heard_with_parity

DRIVERS, _ = installed().every()
ASKED = [(name, probe) for name, driver in DRIVERS.items() for probe in driver.probes if probe.words]
WORDS = sorted({(word, baud, line) for _, probe in ASKED for word in probe.words for baud, line in probe.lines})
SINGLE_BYTE_COMMANDS = {  # protocols that act on one byte, whatever stands around it, and where they stand
    "8217": (b"TZCA", "7E1", (1200, 2400, 9600, 19200)),
    "Toledo continuous, 8N1": (b"PTZC", "8N1", (1200, 2400, 4800, 9600, 19200)),
    "Toledo continuous, 7E1": (b"PTZC", "7E1", (1200, 2400, 4800, 9600, 19200)),
}


def probe(*words: bytes, harmless: str = "it asks for the weight") -> Probe:
    return Probe(lines=((9600, "8N1"),), words=words, recognise=lambda _heard: None, harmless=harmless)


@pytest.mark.parametrize(("name", "asked"), ASKED, ids=lambda each: each if isinstance(each, str) else "")
def test_no_installed_probe_holds_a_letter_that_acts_anywhere(name: str, asked: Probe) -> None:
    assert objection(asked) == "", name


@pytest.mark.parametrize(
    ("unsafe", "why"),
    [
        (probe(b"Z\r\n"), "b'Z\\r\\n' holds 'Z', which acts in another protocol"),
        (probe(b"W", b"T\r"), "b'T\\r' holds 'T', which acts in another protocol"),
        (probe(b"@\r\n"), "b'@\\r\\n' holds '@', which acts in another protocol"),
        (probe(b"\x10\x04\x01"), "b'\\x10\\x04\\x01' holds '\\x10', which acts in another protocol"),
        (probe(b"R\r\n"), "b'R\\r\\n' sets an A&D balance to zero"),
        (probe(b"W", harmless=""), "its author does not say why b'W' is harmless"),
    ],
)
def test_an_unsafe_probe_is_not_asked(unsafe: Probe, why: str) -> None:
    assert objection(unsafe) == why


def test_listening_is_always_safe() -> None:
    assert objection(probe()) == ""
    assert objection(probe(b"\r\nRW\r\n")) == ""


@pytest.mark.parametrize("protocol", SINGLE_BYTE_COMMANDS)
def test_no_question_is_a_zero_or_a_tare_at_another_rate(protocol: str) -> None:
    """What a UART at another rate makes of our bytes, and what the scale behind it would do."""
    acting, line, rates = SINGLE_BYTE_COMMANDS[protocol]
    wrong: list[Any] = []
    for word, baud, asked_line in WORDS:
        sent = with_parity(word, asked_line[1]) if asked_line.startswith("7") else word
        for rate in rates:
            for early in (False, True):
                heard = at_rate(sent, baud, rate, early=early)
                told = heard_with_parity(heard, line[1]) if line.startswith("7") else heard
                if set(told) & set(acting):
                    wrong.append((word, baud, asked_line, rate, told))
    assert wrong == []


def test_the_reckoning_sees_a_danger_where_there_is_one() -> None:
    """A control: bytes that no protocol acts upon would zero a scale at half their rate, so the test above can fail."""
    assert b"Z" in at_rate(b"\x10\x11", 9600, 4800)
