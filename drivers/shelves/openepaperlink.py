"""What an OpenEPaperLink access point says of its price labels, and the pictures that it takes for them.

    ws://AP/ws          <-  {"tags": [{"mac": "00000211B1C2D3E4", "alias": "milk", "pending": 1, "updatecount": 7, …}]}
                            {"sys": {"apstate": 1, …}}   every five seconds or so
    GET /get_db?pos=20  ->  {"tags": […], "continu": 40}

Source: the firmware of the access point (ESP32_AP-Flasher): ``web.cpp``, ``tag_db.cpp``, ``newproto.cpp``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from drivers.contract import BadFrame, DeviceError

LONGEST_WORDS = 64 * 1024
NO_BATTERY = {0, 1337}  # not measured; powered by a cable
RADIO_TROUBLE = {4: "has to be switched off and on", 5: "does not work"}
MAC = re.compile(r"(?:[0-9A-F]{4})?[0-9A-F]{12}")

T = TypeVar("T")

Small = Annotated[int, Meta(ge=-(2**15), lt=2**16)]
Seconds = Annotated[int, Meta(ge=0, lt=2**32)]
Word = Annotated[str, Meta(max_length=128)]


class _Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    mac: Annotated[str, Meta(pattern=r"^(?:[0-9A-Fa-f]{4})?[0-9A-Fa-f]{12}$")]
    alias: Word = ""
    pending: Small | bool = 0
    updatecount: Seconds | None = None
    lastseen: Seconds = 0
    batteryMv: Small = 0  # noqa: N815
    RSSI: Small = 0
    temperature: Small | None = None


class _System(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    apstate: int = 1


class _Words(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    tags: tuple[_Record, ...] | None = None
    sys: _System | None = None
    continu: Seconds | None = None


class _Config(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    stopsleep: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelState:
    """A label as its access point knows it. ``fetched`` counts its pictures; access points of old firmware do not tell it."""

    mac: str
    alias: str
    pending: int
    fetched: int | None
    last_seen: str | None
    battery_mv: int | None
    rssi_dbm: int | None
    temperature_c: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message. ``labels`` is None when it is about something else; ``more_from`` is where the list goes on."""

    labels: tuple[LabelState, ...] | None
    more_from: int | None = None


def decode(words: bytes | str) -> Told:
    """A message of the WebSocket, or the answer of ``/get_db``. Raises BadFrame, DeviceError when the radio has failed."""
    told = _decoded(words, _Words)
    trouble = RADIO_TROUBLE.get(told.sys.apstate) if told.sys is not None else None
    if trouble is not None:
        raise DeviceError(f"the radio of the access point {trouble}: no label can be reached")
    return Told(labels=None if told.tags is None else tuple(map(_label, told.tags)), more_from=told.continu)


def keeps_awake(config: bytes) -> bool:
    """Whether labels may not sleep while somebody listens, as ``/get_ap_config`` says. Raises BadFrame."""
    return _decoded(config, _Config).stopsleep == 1


def label_name(text: str) -> str | None:
    """``text`` as access points write a label: 16 digits in capital hex; None when it is no label's."""
    mac = text.strip().upper()
    return mac.rjust(16, "0") if MAC.fullmatch(mac) else None


def _decoded(words: bytes | str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(words, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, UnicodeEncodeError, RecursionError) as error:
        said = words.encode("utf-8", "replace") if isinstance(words, str) else words
        raise BadFrame(f"{said[:60]!r} is nothing that an OpenEPaperLink access point says ({error})", said[:200]) from error


def _label(record: _Record) -> LabelState:
    seen = datetime.fromtimestamp(record.lastseen, UTC).isoformat() if record.lastseen else None
    return LabelState(
        mac=record.mac.upper().rjust(16, "0"),
        alias=record.alias,
        pending=int(record.pending),
        fetched=record.updatecount,
        last_seen=seen,
        battery_mv=None if record.batteryMv in NO_BATTERY else record.batteryMv,
        rssi_dbm=record.RSSI if record.RSSI < 0 else None,
        temperature_c=record.temperature,
    )
