"""What the demo's shop is made of on the disk: config/demo.toml with free ports and its own folders, and the broker's files."""

from __future__ import annotations

import socket
from pathlib import Path

from config.effective import as_toml
from config.load import load
from config.schema import Plugged, Settings
from drivers.broker_files import write_broker_files
from drivers.catalogue import installed
from drivers.foreign_access import foreign_of
from edge.devices import needs_broker

CONFIG = Path(__file__).parents[2] / "config"
SETTINGS_FILE = "storebox.toml"


def settings_in(folder: Path, shop: str = "demo.toml") -> Settings:
    """The settings of ``shop`` (in ``config/``) for ``folder``, also written there."""
    mqtt_port, cloud_port, web_port = _free_ports(3)
    settings = load(CONFIG / shop, installed().settings_classes())
    changed = {
        "box": {"data_dir": folder / "box", "run_dir": folder / "run"},
        "mqtt": {"port": mqtt_port, "password_file": secret_in(folder, settings.mqtt.username)},
        "cloud": {"url": f"http://127.0.0.1:{cloud_port}"},
        "web": {"listen": f"127.0.0.1:{web_port}"},
    }
    sections = {name: getattr(settings, name).model_copy(update=update) for name, update in changed.items()}
    devices = {name: _with_port(plugged, folder / name) for name, plugged in settings.device.items()}
    settings = settings.model_copy(update={**sections, "device": devices})
    (folder / "run").mkdir(parents=True)
    (folder / SETTINGS_FILE).write_text(as_toml(settings), encoding="utf-8")
    return settings


def broker_files(folder: Path, settings: Settings) -> Path:
    """Write what mosquitto needs for the devices of ``settings``; returns its configuration file."""
    foreign = foreign_of({name: plugged.settings for name, plugged in settings.device.items()})
    devices = [name for name, plugged in settings.device.items() if needs_broker(plugged) and name not in foreign]
    box, mqtt, to = settings.box.name, settings.mqtt, folder / "mosquitto"
    return write_broker_files(to, box=box, host=mqtt.host, port=mqtt.port, devices=devices, foreign=foreign).conf


def secret_in(folder: Path, name: str) -> Path:
    """Where the broker password of ``name`` is."""
    return folder / "mosquitto" / "secrets" / name


def has_port(plugged: Plugged) -> bool:
    """Whether the device is on a serial line."""
    return hasattr(plugged.settings, "port")


def _with_port(plugged: Plugged, port: Path) -> Plugged:
    if not has_port(plugged):
        return plugged
    return plugged.model_copy(update={"settings": plugged.settings.model_copy(update={"port": str(port)})})


def _free_ports(count: int) -> list[int]:
    """Ports that nobody had a moment ago; all held at once so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
