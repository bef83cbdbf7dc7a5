"""Messages that wait at a real mosquitto before anything is measured, so that no sender shares the processors with the box."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from config.schema import Mqtt
from drivers.topics import set_topic
from drivers.wires.mqtt import Broker
from tests.conftest import Mosquitto

TILL = "till-1"
AT_ONCE = 500
WAIT_S = 120.0


class Backlog:
    """What till-1 has said to box-1 and the box has not heard yet. The till opens one order after the other."""

    def __init__(self, mosquitto: Mosquitto) -> None:
        self.mosquitto = mosquitto
        self.password = mosquitto.password("storebox")
        self._orders = 0

    async def fill(self, count: int) -> None:
        """Let the box's session hold ``count`` messages."""
        async with self.broker() as broker, broker.channel(TILL):
            pass
        await asyncio.to_thread(self._publish, count)

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[Broker]:
        """The box's connection as its supervisor runs it: channels that are asked for before it is up hear the backlog."""
        broker = Broker(Mqtt(host=self.mosquitto.host, port=self.mosquitto.port), self.mosquitto.box, self.password)
        running = asyncio.ensure_future(broker.run())
        try:
            yield broker
            connection = await broker.connection()
            # Its PUBACK comes when the broker has read everything before it: nothing of this way is repeated to the next.
            await connection.publish(set_topic(self.mosquitto.box, TILL, "bench"), b"", deadline_s=WAIT_S)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def _publish(self, count: int) -> None:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=TILL)
        client.username, client.password = TILL, self.mosquitto.password(TILL)
        client.max_inflight_messages = AT_ONCE
        client.connect(self.mosquitto.host, self.mosquitto.port)
        client.loop_start()
        topic = f"storebox/1/{self.mosquitto.box}/{TILL}/event/opened"
        sent = [client.publish(topic, self._opened(), qos=1) for _ in range(count)]
        for info in sent:
            info.wait_for_publish(WAIT_S)
        client.disconnect()
        client.loop_stop()

    def _opened(self) -> bytes:
        self._orders += 1
        at = "2026-11-21T10:00:00.000+08:00"
        told = {"id": f"e-{self._orders}", "seq": self._orders, "at": at, "order": f"t1-{self._orders}"}
        return json.dumps(told).encode()
