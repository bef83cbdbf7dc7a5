"""The part that every maker of an MQTT device has to write: log in, say what you are, repeat each event until its ack.

Written from the topic tree of docs/mqtt.md, on plain MQTT 3.1.1. A broker's PUBACK frees nothing here: only the box's ``ack``.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Self

from paho.mqtt.client import MQTTMessageInfo

from drivers.sim.broker_client import BrokerClient

Told = dict[str, object]
FIRST_RESEND_S, LONGEST_RESEND_S = 0.5, 8.0
PRIVATE = {"code"}


@dataclass(slots=True)
class Pending:
    """An event that the box has not answered for good. ``due`` is when it goes out (again)."""

    kind: str
    payload: bytes
    due: float = 0.0
    wait_s: float = FIRST_RESEND_S


class MqttDevice:
    """``window`` events go out unanswered at a time: with 1 the box hears them in order whatever gets lost.

    ``mute`` says nothing; ``repeats`` sends everything that often; ``clock_ahead`` makes ``at`` wrong.
    """

    def __init__(
        self,
        address: tuple[str, int],
        *,
        box: str,
        device: str,
        password: str,
        description: Mapping[str, object],
        window: int = 1,
        tell: Callable[[Told], None] | None = None,
    ) -> None:
        self.mute, self.repeats, self.clock_ahead, self.window = False, 1, timedelta(), window
        self.sent = self.acked = self.refused = self.publications = 0
        self.properties: dict[str, str] = {}
        self.settable: set[str] = set()
        self.pending: dict[str, Pending] = {}
        self.problems: list[str] = []
        self._device, self._base = device, f"storebox/1/{box}/{device}"
        self._description = json.dumps(description)
        self._tell = tell or _tell_nobody
        self._boot, self._seq = uuid.uuid4().hex[:8], 0
        self._client = BrokerClient(
            address,
            login=device,
            password=password,
            listens=(f"{self._base}/ack", f"{self._base}/set/#"),
            will=(f"{self._base}/$state", b"lost"),
            ready=lambda: self._introduce("{}:{}".format(*address)),
            hear=self._hear,
            refused=lambda why: self._tell({"error": why}),
            lost=lambda why: self._tell({"lost": why}),
        )
        self._published: MQTTMessageInfo | None = None
        self._changed = asyncio.Event()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._tasks = await self._open.enter_async_context(asyncio.TaskGroup())
        pumping = self._tasks.create_task(self._pump(), name=f"simulated {self._device}")
        self._open.callback(pumping.cancel)
        self.plug()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.log_out()
        await self._open.aclose()

    def plug(self) -> None:
        """Switch on: keep connecting until there is a broker, and after every loss."""
        self._client.plug()

    def unplug(self) -> None:
        """Pull the cable: TCP ends without DISCONNECT, so the broker publishes the last will."""
        end_thread = self._client.unplug()
        if end_thread is not None:
            self._tasks.create_task(asyncio.to_thread(end_thread), name=f"end the thread of {self._device}")
            self._tell({"unplugged": self._device})

    def event(self, kind: str, **fields: object) -> str:
        """Queue an event until the box has it; returns its id."""
        self._seq += 1
        id_ = f"{self._boot}-{self._seq}"
        at = datetime.now().astimezone() + self.clock_ahead
        told = {"id": id_, "seq": self._seq, "at": at.isoformat(timespec="milliseconds"), **fields}
        self.raw_event(kind, id_, json.dumps(told, ensure_ascii=False).encode())
        return id_

    def raw_event(self, kind: str, id_: str, payload: bytes) -> None:
        """Queue ``payload`` as it is, to be repeated until ``id_`` is answered."""
        self.sent += 1
        self.pending[id_] = Pending(kind, payload)
        self._changed.set()

    def raw(self, branch: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        """Publish once, below the device's topic, whatever it is."""
        published = self._client.publish(f"{self._base}/{branch}", payload, qos=qos, retain=retain)
        if published is not None:
            self._published = published

    def delivered(self) -> bool:
        """Whether the broker has confirmed what was published last."""
        return self._published is None or self._published.is_published()

    def report(self, property_: str, value: str) -> None:
        """Keep and publish a property, retained."""
        self.properties[property_] = value
        if self._client.connected and not self.mute:
            self.raw(f"state/{property_}", value.encode(), retain=True)

    def figures(self) -> Told:
        """What was sent and what became of it."""
        return {"sent": self.sent, "acked": self.acked, "refused": self.refused, "queued": len(self.pending)}

    async def answered(self, deadline_s: float = 30.0) -> None:
        """Wait until the box has answered everything; raises TimeoutError."""
        await self.until(lambda: not self.pending, deadline_s)

    async def connected(self, deadline_s: float = 30.0) -> None:
        """Wait until the broker has taken the device in; raises TimeoutError."""
        await self.until(lambda: self._client.connected, deadline_s)

    async def until(self, holds: Callable[[], bool], deadline_s: float = 30.0) -> None:
        """Wait until ``holds()``, looked at whenever something happens to the device; raises TimeoutError."""
        await self._client.until(holds, deadline_s)

    async def _pump(self) -> None:
        while True:
            self._changed.clear()
            now = self._loop.time()
            speaks = self._client.connected and not self.mute
            ahead = list(islice(self.pending.items(), self.window)) if speaks else []
            for id_, one in ahead:
                if one.due <= now:
                    self._publish(id_, one, now)
            next_due = min((one.due for _, one in ahead), default=now + LONGEST_RESEND_S)
            try:
                await asyncio.wait_for(self._changed.wait(), max(next_due - now, 0.001))
            except TimeoutError:
                continue

    def _publish(self, id_: str, one: Pending, now: float) -> None:
        one.due = now + one.wait_s * random.uniform(0.8, 1.2)
        one.wait_s = min(one.wait_s * 2, LONGEST_RESEND_S)
        for _ in range(self.repeats):
            self.raw(f"event/{one.kind}", one.payload)
            self.publications += 1
        self._tell({"sent": {"id": id_, "kind": one.kind, **_public(one.payload)}})

    def _introduce(self, broker: str) -> None:
        self._tell({"connected": broker})
        for one in self.pending.values():
            one.due, one.wait_s = 0.0, FIRST_RESEND_S
        if not self.mute:
            self.raw("$description", self._description.encode(), retain=True)
            self.raw("$state", b"ready", retain=True)
            for property_, value in self.properties.items():
                self.raw(f"state/{property_}", value.encode(), retain=True)
        self._changed.set()

    def _hear(self, topic: str, payload: bytes, _retained: bool) -> None:
        tail = topic.removeprefix(self._base + "/")
        if tail == "ack":
            self._on_ack(json.loads(payload))
        elif tail.removeprefix("set/") in self.settable:
            self.report(tail.removeprefix("set/"), payload.decode())

    def _on_ack(self, ack: dict[str, Any]) -> None:
        one = self.pending.get(ack.get("id", ""))
        if one is None:
            return
        if not ack["ok"]:
            self.problems.append(ack["problem"])
        if ack["ok"] or not ack["retry"]:
            del self.pending[ack["id"]]
            self.acked += ack["ok"]
            self.refused += not ack["ok"]
        self._tell({"acked" if ack["ok"] else "refused": ack})
        self._changed.set()


def _public(payload: bytes) -> Told:
    try:
        told = json.loads(payload)
    except ValueError:
        return {"bytes": len(payload)}
    return {key: value for key, value in told.items() if key not in PRIVATE} if len(payload) < 4096 else {"bytes": len(payload)}


def _tell_nobody(_told: Told) -> None:
    pass
