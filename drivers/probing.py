"""Finds out which driver speaks at a serial port, without zeroing, taring or changing anything on the device.

First it listens: what talks by itself is heard at any rate, if only as rubbish, so a port that is quiet at one rate has no
such device. Only then it asks, one driver's harmless question after another, at the rates and parities that are usual.
Parity is reckoned here (``drivers/wires/parity.py``), so that one opened port reads and writes them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from drivers.contract import Driver
from drivers.probe import Found, NothingFound, Probe, Setting, objection
from drivers.wires.parity import line_of, with_parity, without_parity
from drivers.wires.port_names import lasting_name
from drivers.wires.probed_port import ProbedPort

LISTEN_MS = 1_500  # slow indicators send once a second
EVIDENCE_BYTES = 64

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """One probe of one driver on one line; ``known`` are the settings of the driver."""

    driver: str
    known: Container[str]
    probe: Probe
    baud: int
    line: str

    def found(self, port: str, line: str, heard: bytes) -> Found | None:
        """What the probe makes of ``heard``, which came on ``line``."""
        told = self.probe.recognise(without_parity(heard) if line.startswith("7") else heard)
        if told is None:
            return None
        lines: dict[str, Setting] = {"port": lasting_name(port), "baud": self.baud, "line": line, **told}
        settings = {name: setting for name, setting in lines.items() if name in self.known}
        return Found(driver=self.driver, settings={"driver": self.driver, **settings}, heard=heard[-EVIDENCE_BYTES:])


async def find(path: str, drivers: Mapping[str, Driver], tell: Tell) -> Found | NothingFound:
    """Listen and ask at ``path`` until a driver knows the device; ``tell`` hears what is done.

    Raises DeviceGone; DeviceSilent when the port takes no bytes.
    """
    refused = [f"{each.driver}: {why}" for each in _tries(drivers) if (why := objection(each.probe))]
    heard: dict[int, bytes] = {}
    async with ProbedPort(path) as port:
        found = await _listen(port, drivers, tell, heard) or await _ask(port, drivers, tell, heard)
    return found or NothingFound(heard=heard, refused=tuple(dict.fromkeys(refused)))


async def _listen(port: ProbedPort, drivers: Mapping[str, Driver], tell: Tell, heard: dict[int, bytes]) -> Found | None:
    tries = [each for each in _tries(drivers) if not each.probe.words]
    for baud, _ in Counter(each.baud for each in tries).most_common():
        tell(f"listening at {baud} baud")
        port.set(baud=baud)
        here = [each for each in tries if each.baud == baud]
        found = await port.hear(partial(_recognised, here, port.path), within_ms=LISTEN_MS)
        if found is not None:
            return found
        if not port.heard:
            return None
        heard[baud] = port.heard[-EVIDENCE_BYTES:]
    return None


def _recognised(tries: list[_Try], path: str, heard: bytes) -> Found | None:
    for each in tries:
        found = each.found(path, "8N1", heard) or each.found(path, line_of(heard), heard)
        if found is not None:
            return found
    return None


async def _ask(port: ProbedPort, drivers: Mapping[str, Driver], tell: Tell, heard: dict[int, bytes]) -> Found | None:
    for each in _tries(drivers):
        if each.probe.words and not objection(each.probe):
            tell(f"asking for {each.driver} at {each.baud} baud, {each.line}")
            port.set(baud=each.baud, stop_bits=int(each.line[2]), modem_lines=each.probe.modem_lines)
            found = await _converse(port, each)
            if found is not None:
                return found
            if port.heard:
                heard[each.baud] = port.heard[-EVIDENCE_BYTES:]
    return None


async def _converse(port: ProbedPort, each: _Try) -> Found | None:
    for number, word in enumerate(each.probe.words, start=1):
        before = len(port.heard)
        await port.say(with_parity(word, each.line[1]) if each.line.startswith("7") else word)
        found = await port.hear(
            partial(each.found, port.path, each.line),
            within_ms=each.probe.answer_ms,
            any_bytes_after=before if number < len(each.probe.words) else None,
        )
        if found is not None or len(port.heard) == before:
            return found
    return None


def _tries(drivers: Mapping[str, Driver]) -> Iterator[_Try]:
    """The likeliest line of every probe, then the second likeliest, and so on."""
    rows = [
        [
            _Try(driver=name, known=driver.settings_class.model_fields, probe=probe, baud=baud, line=line)
            for baud, line in probe.lines
        ]
        for name, driver in drivers.items()
        for probe in driver.probes
    ]
    return (each for column in zip_longest(*rows) for each in column if each is not None)
