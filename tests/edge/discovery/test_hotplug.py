"""A port that comes back is opened at once; what no device uses is listed, and no longer when one does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from config.schema import Plugged
from drivers.ambience.music_mpd import MpdSettings
from drivers.ambience.shelly_2 import Shelly2Settings
from drivers.cameras.rtsp import RtspSettings
from drivers.pos.escpos_settings import EscposSettings
from drivers.scales.mt_sics import MtSicsSettings
from edge.discovery.discovery import Discovery
from edge.discovery.hotplug import Hotplug
from edge.status import Board

if TYPE_CHECKING:
    from tests.edge.discovery.conftest import Dev

ADAPTER = "serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0"


@dataclass
class Devices:
    """What Hotplug asks of edge.devices.Devices."""

    devices: dict[str, Plugged] = field(default_factory=dict)
    reconnected: list[str] = field(default_factory=list)

    def plugged(self) -> dict[str, Plugged]:
        return self.devices

    def reconnect(self, name: str) -> None:
        self.reconnected.append(name)


def scale(port: object) -> Plugged:
    return Plugged(driver="scale/mt-sics", settings=MtSicsSettings(port=str(port)))


def watching(dev: Dev, *network: Discovery, **devices: Plugged) -> tuple[Hotplug, Devices]:
    known = Devices({name.replace("_", "-"): each for name, each in devices.items()})
    return Hotplug(devices=known, board=Board(), network=lambda: network, dev=dev.root), known  # type: ignore[arg-type]


def test_a_device_is_tried_at_once_when_its_port_comes_back(dev: Dev) -> None:
    path = dev.plug(ADAPTER, "ttyUSB0")
    hotplug, devices = watching(dev, scale_1=scale(path), scale_2=scale(dev.root / "never"))
    hotplug.look()
    dev.unplug(ADAPTER)
    hotplug.look()
    assert devices.reconnected == []
    dev.plug(ADAPTER, "ttyUSB7")
    hotplug.look()
    hotplug.look()
    assert devices.reconnected == ["scale-1"]


def test_a_port_is_unused_until_a_device_names_it_by_any_name(dev: Dev) -> None:
    dev.plug(ADAPTER, "ttyUSB0")
    hotplug, devices = watching(dev)
    hotplug.look()
    assert [each.name for each in hotplug.unused] == ["FTDI FT232R A1B2C3"]
    seen = hotplug.board.version
    hotplug.look()
    assert hotplug.board.version == seen, "what did not change wakes nobody"
    devices.devices["scale-1"] = scale(dev.root / "ttyUSB0")
    hotplug.look()
    assert hotplug.unused == ()
    assert hotplug.board.version > seen


def test_what_is_used_in_the_network_is_not_listed(dev: Dev) -> None:
    printer = Discovery(what="printer", name="EPSON", address="192.0.2.7:9100")
    player = Discovery(what="player", name="mpd", address="192.0.2.8:6600")
    broker = Discovery(what="broker", name="mosquitto", address="192.0.2.6:1883")
    shelly = Discovery(what="switch", name="shelly", address="192.0.2.5:80", lines={"topic_prefix": "shellyplus1-a1"})
    camera = Discovery(what="camera", name="door", address="192.0.2.4")
    other = Discovery(what="printer", name="Star", address="192.0.2.9:9100")
    hotplug, _ = watching(
        dev,
        *(printer, player, broker, shelly, camera, other),
        printer_1=Plugged(driver="printer/escpos", settings=EscposSettings(address="192.0.2.7:9100")),
        music=Plugged(driver="music/mpd", settings=MpdSettings(host="192.0.2.8")),
        door=Plugged(driver="camera/rtsp", settings=RtspSettings(url="rtsp://192.0.2.4:554/stream1")),
        lamp=Plugged(driver="ambience/shelly-2", settings=Shelly2Settings(topic_prefix="shellyplus1-a1")),
    )
    hotplug.also_used = frozenset({"192.0.2.6:1883"})
    hotplug.look()
    assert hotplug.unused == (other,)
