"""Checkout scales, Dialog 06 (Mettler-Toledo, Ohaus Aviator, Dibal, Cely): tell the price, hear weight and amount.

Sources: METTLER DIVA pp 53-55, Ohaus Aviator pp 38-40, Cely PI100 pp 18-20, Dibal DPOS400 p 56. Its line settings are in none of
them; two field drivers use 9600 7O1, one 9600 7E1.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.schema import Section
from drivers.commands import SetPrice, SetTare
from drivers.contract import Driver, Wires
from drivers.probe import Probe
from drivers.scales.checkout_scale import CheckoutScale, Manner
from drivers.scales.dialog_records import ENQ, EOT, FRAMING, STATUS_REQUEST, explain, recognise
from drivers.scales.serial_settings import Baud, LineFormat, PortPath, SilentAfterMs
from drivers.wires.polling import Pace
from drivers.wires.serial_line import SerialLine

ANSWER_MS = 500


class Dialog06Settings(Section):
    """``price_minor`` is told until a command gives the goods' own; with 0 nothing is weighed before.

    ``checksums``: CS and KW from the maker of a certified scale, 8 hexadecimal digits.
    """

    port: PortPath
    baud: Baud = 9600
    line: LineFormat = "7O1"
    price_digits: Literal[5, 6] = 6
    price_minor: Annotated[int, Field(ge=0, le=99_999)] = 1
    checksums: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}$")] | None = None
    poll_ms: Annotated[int, Field(ge=50, le=5_000)] = 250
    silent_after_ms: SilentAfterMs = 3_000


PROBE = Probe(
    lines=((9600, "7O1"), (9600, "7E1")),
    words=(STATUS_REQUEST,),
    recognise=recognise,
    harmless="record 08 asks for the status and weighs nothing",
)


def _open(device: str, settings: Dialog06Settings, _wires: Wires) -> CheckoutScale:
    line = SerialLine(settings.port, device=device, framing=FRAMING, explain=explain, baud=settings.baud, line=settings.line)
    manner = Manner(
        what="a Dialog 06 scale",
        weight_request=EOT + ENQ,
        price_digits=settings.price_digits,
        checksums=settings.checksums,
    )
    pace = Pace(poll_ms=settings.poll_ms, answer_ms=ANSWER_MS, silent_after_ms=settings.silent_after_ms)
    return CheckoutScale(line, manner, pace, standing_price_minor=settings.price_minor)


DRIVER = Driver(kind="scale", settings_class=Dialog06Settings, open=_open, commands=(SetPrice, SetTare), probes=(PROBE,))
