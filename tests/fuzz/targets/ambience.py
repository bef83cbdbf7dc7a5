"""What lights, plugs and sensors of other makers publish, in every dialect."""

from __future__ import annotations

from drivers.ambience.homie import HomieDialect
from drivers.ambience.shelly_1 import Shelly1Dialect
from drivers.ambience.shelly_2 import Shelly2Dialect
from drivers.ambience.tasmota import TasmotaDialect
from drivers.ambience.zigbee2mqtt import Zigbee2MqttDialect

DESCRIBED = b'{"version":1,"nodes":{"n":{"properties":{"p":{"datatype":"float","format":"0:1:0.1","settable":true}}}}}'


def feed(data: bytes) -> None:
    """A topic, a line feed, a payload; then a wish of what the payload says. What cannot be understood is told, not raised."""
    topic, _, payload = data.partition(b"\n")
    name, value = topic.decode("utf-8", "replace"), payload.decode("utf-8", "replace")
    homie = HomieDialect(id_="l", root=None)
    list(homie.hear("homie/5/l/$description", DESCRIBED))
    for dialect in (
        homie,
        Zigbee2MqttDialect(name="l"),
        TasmotaDialect(topic="l"),
        Shelly1Dialect(prefix="shellies/l"),
        Shelly2Dialect(prefix="l"),
    ):
        list(dialect.hear(name, payload))
        dialect.wish(name.rpartition("/")[2], value)
    homie.wish("n/p", value)
