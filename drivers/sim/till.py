"""A till: someone opens an order, keys goods in, takes money. Each step is an event that is repeated until its ack.

It takes new prices, one product at a time, and reports each back as it heard it.

storebox sim till/mqtt --broker 127.0.0.1:1883 --box box-1 --device till-1 --password-file FILE
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date
from typing import Self

from drivers.sim.mqtt_commands import device_arguments, run_device
from drivers.sim.mqtt_device import MqttDevice, Told
from drivers.sim.orders import Orders


class TillSim:
    """``order`` is the open order. What is done without one is done to the last."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        box: str,
        device: str,
        password: str,
        window: int = 1,
        tell: Callable[[Told], None] | None = None,
    ) -> None:
        description = {"kind": "till", "model": "till simulator", "firmware": "1", "properties": {"lamp": {}, "price": {}}}
        self.order = ""
        self.mqtt = MqttDevice(
            address, box=box, device=device, password=password, description=description, window=window, tell=tell
        )
        self.mqtt.settable |= {"lamp", "price"}
        self._device, self._shift, self._opened = device, uuid.uuid4().hex[:6], 0

    async def __aenter__(self) -> Self:
        await self.mqtt.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.mqtt.__aexit__(*exc)

    def open(self) -> str:
        """Start the next order; returns its number."""
        self._opened += 1
        self.order = f"{self._device}-{self._shift}-{self._opened:04}"
        self.mqtt.event("opened", order=self.order, business_day=date.today().isoformat())  # noqa: DTZ011 (a till has a wall clock)
        return self.order

    def item(self, code: str, qty: int = 1) -> str:
        """Pieces of ``code`` go on the order."""
        return self.mqtt.event("item", order=self.order, code=code, qty=qty)

    def weigh(self, code: str) -> str:
        """Goods that the lane's scale must weigh go on the order."""
        return self.mqtt.event("item", order=self.order, code=code)

    def remove(self, line: int) -> str:
        """Line ``line`` is taken off again."""
        return self.mqtt.event("removed", order=self.order, line=line)

    def pay(self, amount_minor: int, tender: str = "cash") -> str:
        """The till took the money."""
        return self.mqtt.event("paid", order=self.order, amount_minor=amount_minor, tender=tender)

    def void(self, reason: str = "shopper left") -> str:
        """The order is dropped."""
        return self.mqtt.event("voided", order=self.order, reason=reason)

    def refund(self, reason: str = "broken", line: int | None = None, qty: int | None = None) -> str:
        """Money goes back for a line, or for all of the order."""
        back = {} if line is None else {"line": line}
        return self.mqtt.event("refunded", order=self.order, reason=reason, **back, **({} if qty is None else {"qty": qty}))

    def member(self, code: str) -> str:
        """A shopper shows a member code."""
        return self.mqtt.event("member", order=self.order, code=code) if self.order else self.mqtt.event("member", code=code)


ORDERS: Orders = {
    "open": ("", lambda till: till.open()),
    "item": ("CODE [QTY]", lambda till, code, qty="1": till.item(code, int(qty))),
    "weigh": ("CODE", lambda till, code: till.weigh(code)),
    "remove": ("LINE", lambda till, line: till.remove(int(line))),
    "pay": ("MINOR [TENDER]", lambda till, minor, tender="cash": till.pay(int(minor), tender)),
    "void": ("[REASON…]", lambda till, *words: till.void(" ".join(words) or "shopper left")),
    "refund": ("[LINE [QTY]]", lambda till, *what: till.refund("broken", *map(int, what))),
    "member": ("CODE", lambda till, code: till.member(code)),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a till until a signal or ``quit``."""
    parser = device_arguments("till/mqtt", ORDERS)
    return run_device(parser, argv, ORDERS, lambda _given, login: TillSim(**login))
