"""Every kind of scale that is asked for its weight, with its simulator and what its protocol cannot say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from drivers.contract import DeviceError
from drivers.readings import Weight
from drivers.scales import cas, cas_01, dialog06, mt_sics, nci, toledo_8217
from drivers.sim.cas import CasSim
from drivers.sim.cas_01 import Cas01Sim
from drivers.sim.dialog06 import DialogSim
from drivers.sim.mt_sics import MtSicsSim
from drivers.sim.nci import NciSim
from drivers.sim.scale_sim import ScaleSim
from drivers.sim.toledo_8217 import Toledo8217Sim

SECONDS = 60
PATIENT_MS = 30_000  # a busy machine is not a silent scale
IMPATIENT_MS = 1_200


def _open(driver: Any, port: str, **choices: Any) -> Any:
    return driver.open("lane-1", driver.settings_class(port=port, **{"silent_after_ms": PATIENT_MS, **choices}), None)


def toledo(port: str, **choices: Any) -> Any:
    return _open(toledo_8217.DRIVER, port, poll_ms=200, **choices)


def sics(port: str, **choices: Any) -> Any:
    return _open(mt_sics.DRIVER, port, poll_ms=50, **choices)


def nci_scale(port: str, **choices: Any) -> Any:
    return _open(nci.DRIVER, port, poll_ms=50, **choices)


def cas_scale(port: str, **choices: Any) -> Any:
    return _open(cas.DRIVER, port, poll_ms=50, **choices)


def cas_01_scale(port: str, **choices: Any) -> Any:
    return _open(cas_01.DRIVER, port, poll_ms=50, **choices)


def dialog_scale(port: str, **choices: Any) -> Any:
    return _open(dialog06.DRIVER, port, poll_ms=50, **choices)


@dataclass(frozen=True)
class Kind:
    """``empty`` and ``below`` are (state, grams) of an empty and a lifted pan; ``half`` is what stays of half an answer."""

    name: str
    sim: Callable[..., ScaleSim[Any]]
    scale: Callable[..., Any]
    other: Callable[..., ScaleSim[Any]]
    looks_like: str
    half: bytes
    can: str
    empty: tuple[str, int | None] = ("stable", 0)
    below: tuple[str, int | None] = ("under", None)
    repeats: bool = True

    def __str__(self) -> str:
        return self.name


TOLEDO = Kind(
    name="8217",
    sim=Toledo8217Sim,
    scale=toledo,
    other=MtSicsSim,
    looks_like="this looks like MT-SICS",
    half=b"\x0200.",
    can="tare, zero, clear-tare",
)
SICS = Kind(
    name="MT-SICS",
    sim=MtSicsSim,
    scale=sics,
    other=Toledo8217Sim,
    looks_like="this looks like a Toledo 8217",
    half=b"S S      ",
    can="tare, zero, clear-tare",
)
NCI = Kind(
    name="NCI",
    sim=NciSim,
    scale=nci_scale,
    other=Toledo8217Sim,
    looks_like="this looks like a Toledo 8217",
    half=b"\n00.000K",
    can="tare, zero",
)
CAS = Kind(
    name="CAS",
    sim=CasSim,
    scale=cas_scale,
    other=Toledo8217Sim,
    looks_like="this looks like a Toledo 8217",
    half=b"\x01\x02S 00.",
    can="nothing by cable; use its keys",
    below=("stable", -15_000),  # type 6 has a sign, and no word for too little
)
CAS_01 = Kind(
    name="CAS 0/1",
    sim=Cas01Sim,
    scale=cas_01_scale,
    other=Toledo8217Sim,
    looks_like="this looks like a Toledo 8217",
    half=b"\x06",
    can="nothing by cable; use its keys",
    below=("over", None),  # one bit for both
)
DIALOG_06 = Kind(
    name="Dialog 06",
    sim=DialogSim,
    scale=dialog_scale,
    other=Toledo8217Sim,
    looks_like="this looks like a Toledo 8217",
    half=b"\x0209",
    can="set-price, set-tare",
    empty=("under", None),  # below the least weight that may be sold
    repeats=False,
)
KINDS = [TOLEDO, SICS, NCI, CAS, CAS_01, DIALOG_06]


def at_once(kinds: list[Kind]) -> Callable[[Callable[[Kind], Awaitable[None]]], Callable[[], Awaitable[None]]]:
    """Run a test for all ``kinds`` at the same time, for it waits more than it works; a failure is noted with its kind."""

    def decorate(test: Callable[[Kind], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def for_all_kinds() -> None:
            ended = await asyncio.gather(*map(test, kinds), return_exceptions=True)
            failed = [(kind, end) for kind, end in zip(kinds, ended, strict=True) if end is not None]
            for kind, end in failed:
                end.add_note(f"with {kind}")
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(kinds)} kinds of scale", [end for _, end in failed])

        for_all_kinds.__name__, for_all_kinds.__doc__ = test.__name__, test.__doc__
        return for_all_kinds

    return decorate


every = at_once(KINDS)
repeating = at_once([kind for kind in KINDS if kind.repeats])
"""The scales that tell a weight again and again while nothing moves."""
taring = at_once([TOLEDO, SICS])
zeroing = at_once([TOLEDO, SICS, NCI])


@asynccontextmanager
async def weighing(scale: Any) -> AsyncIterator[AsyncIterator[Weight]]:
    """The readings of ``scale``, while it is open."""
    async with asyncio.timeout(SECONDS), scale, aclosing(scale.readings()) as readings:
        yield readings


async def until(readings: AsyncIterator[Weight], state: str, grams: int | None) -> list[Weight]:
    """Everything heard up to the first reading of this kind."""
    heard = []
    async for weight in readings:
        heard.append(weight)
        if (weight.state, weight.grams) == (state, grams):
            break
    return heard


async def failure(readings: AsyncIterator[Any]) -> DeviceError:
    """How the readings end."""
    with pytest.raises(DeviceError) as caught:
        async for _ in readings:
            pass
    return caught.value
