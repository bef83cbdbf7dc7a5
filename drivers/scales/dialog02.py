"""Checkout scales, Dialog 02 and 04: as Dialog 06, slower, without checksums; an empty or moving pan is a NAK.

Source: Ohaus Aviator p 45: 2400 7O1 for Dialog 02, 4800 7O1 for Dialog 04, answers within 2 to 5 ms. How the weight
record looks and whether EOT goes before ENQ was not read: taken as in Dialog 06.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.schema import Section
from drivers.commands import SetPrice, SetTare
from drivers.contract import Driver, Wires
from drivers.probe import Probe
from drivers.scales.checkout_scale import CheckoutScale, Manner
from drivers.scales.dialog_records import ENQ, EOT, FRAMING, STATUS_REQUEST, explain, recognise
from drivers.scales.serial_settings import Baud, LineFormat, PortPath, SilentAfterMs
from drivers.wires.polling import Pace
from drivers.wires.serial_line import SerialLine

ANSWER_MS = 500  # at 2400 baud the longest record takes 130 ms
REQUESTS = {"eot-enq": EOT + ENQ, "enq": ENQ}


class Dialog02Settings(Section):
    """``baud`` 4800 is Dialog 04. ``says_why = false`` is for a scale that leaves record 08 unanswered."""

    port: PortPath
    baud: Baud = 2400
    line: LineFormat = "7O1"
    price_digits: Literal[5, 6] = 6
    price_minor: Annotated[int, Field(ge=0, le=99_999)] = 1
    weight_request: Literal["eot-enq", "enq"] = "eot-enq"
    says_why: bool = True
    poll_ms: Annotated[int, Field(ge=50, le=5_000)] = 500
    silent_after_ms: SilentAfterMs = 3_000

    @model_validator(mode="after")
    def _heard_between_prices(self) -> Self:
        if self.price_minor == 0 and not self.says_why:
            raise ValueError("price_minor = 0 needs says_why = true: between two prices nothing else shows the scale")
        return self


PROBE = Probe(
    lines=((2400, "7O1"), (4800, "7O1")),
    words=(STATUS_REQUEST,),
    recognise=recognise,
    harmless="record 08 asks for the status and weighs nothing",
)


def _open(device: str, settings: Dialog02Settings, _wires: Wires) -> CheckoutScale:
    line = SerialLine(settings.port, device=device, framing=FRAMING, explain=explain, baud=settings.baud, line=settings.line)
    manner = Manner(
        what="a Dialog 02 scale",
        weight_request=REQUESTS[settings.weight_request],
        price_digits=settings.price_digits,
        says_why=settings.says_why,
    )
    pace = Pace(poll_ms=settings.poll_ms, answer_ms=ANSWER_MS, silent_after_ms=settings.silent_after_ms)
    return CheckoutScale(line, manner, pace, standing_price_minor=settings.price_minor)


DRIVER = Driver(kind="scale", settings_class=Dialog02Settings, open=_open, commands=(SetPrice, SetTare), probes=(PROBE,))
