"""What a settings file says of an ESC/POS printer and the drawer on its connector, and the wire that follows from it."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from config.schema import Section
from drivers.pos.escpos import Cut, Format
from drivers.pos.receipt_text import CodePage, Encoding
from drivers.scales.serial_settings import PortPath, SilentAfterMs
from drivers.wires.byte_wire import ByteWire
from drivers.wires.device_file import open_device_file
from drivers.wires.opening import Flow, open_port
from drivers.wires.port_wire import PortWire
from drivers.wires.tcp import TcpWire

PRINTER_PORT = 9100
WAYS = ("port", "device_file", "address")
REST_FACTOR = 4  # Citizen CT p 324: ON is at most a fifth of ON + OFF; TH230 p 72 takes OFF = ON when OFF is shorter


def _device_file(path: str) -> str:
    if not path.startswith("/dev/"):
        raise ValueError("write the whole path of the printer's device file, like /dev/usb/lp0")
    return path


def _address(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if not colon:
        host, port = address, str(PRINTER_PORT)
    if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", host) or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError("write it as ADDRESS:PORT, for example 192.168.1.50:9100")
    return f"{host}:{port}"


class EscposSettings(Section):
    """Exactly one of ``port``, ``device_file`` and ``address``. ``width_dots`` is what the head prints: 576 on 80 mm paper."""

    port: PortPath | None = None
    device_file: Annotated[str, AfterValidator(_device_file)] | None = None
    address: Annotated[str, AfterValidator(_address)] | None = None
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    line: Literal["8N1", "8E1", "8O1"] = "8N1"
    flow: Flow = "rts-cts"
    encoding: Encoding = "gb18030"
    code_page: Annotated[int, Field(ge=0, le=255)] | None = None
    columns: Annotated[int, Field(ge=16, le=96)] = 48
    width_dots: Annotated[int, Field(ge=128, le=1152)] = 576
    qr: Literal["native", "raster"] = "native"
    cut: Cut = "feed-partial"
    tail_lines: Annotated[int, Field(ge=0, le=20)] = 4
    answers: bool = True
    proof: Literal["process-id", "buffered", "real-time", "none"] = "buffered"
    poll_ms: Annotated[int, Field(ge=200, le=10_000)] = 1_000
    silent_after_ms: SilentAfterMs = 5_000
    stalled_after_ms: Annotated[int, Field(ge=500, le=600_000)] = 15_000
    drawer_pin: Literal[2, 5] | None = None
    drawer_open_is: Literal["high", "low"] | None = None
    drawer_kick: Literal["queued", "real-time"] = "queued"
    drawer_on_ms: Annotated[int, Field(ge=2, le=510)] = 100
    drawer_off_ms: Annotated[int, Field(ge=2, le=510)] = 500

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [way for way in WAYS if getattr(self, way) is not None]
        if not given:
            raise ValueError("say where the printer is: port (serial), device_file (USB) or address (network)")
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} name two ways to one printer: keep one")
        return self

    @model_validator(mode="after")
    def _rest_of_the_solenoid(self) -> Self:
        if self.drawer_off_ms < REST_FACTOR * self.drawer_on_ms:
            raise ValueError(
                f"drawer_off_ms must be at least {REST_FACTOR} times drawer_on_ms, or the coil burns: "
                f"{REST_FACTOR * self.drawer_on_ms} for {self.drawer_on_ms}"
            )
        return self

    @model_validator(mode="after")
    def _drawer(self) -> Self:
        if self.drawer_pin is None and self.drawer_open_is is not None:
            raise ValueError("drawer_open_is is of a drawer: set drawer_pin = 2 or 5 as well, or take it out")
        return self

    def format(self) -> Format:
        """The paper and the model, for the encoder."""
        return Format(
            code_page=CodePage(self.encoding),
            page_number=self.code_page,
            columns=self.columns,
            width_dots=self.width_dots,
            qr=self.qr,
            cut=self.cut,
            tail_lines=self.tail_lines,
        )

    def wire(self) -> ByteWire:
        """The wire to the printer, not yet open."""
        if self.port is not None:
            opening = partial(open_port, self.port, baud=self.baud, line=self.line, flow=self.flow)
            return PortWire(self.port, open_it=opening)
        if self.device_file is not None:
            return PortWire(self.device_file, open_it=partial(open_device_file, self.device_file))
        host, _, port = str(self.address).rpartition(":")
        return TcpWire(host.strip("[]"), int(port))
