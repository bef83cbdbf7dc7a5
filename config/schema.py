"""Every setting of the box, with its bounds and its default; ``config/storebox.toml`` documents each one.

Settings owned by a driver are declared beside the driver and handed to ``config.load`` by name.
"""

from __future__ import annotations

import re
from datetime import time
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _id(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,32}", name):
        raise ValueError(f"{name!r} is not a name: 1 to 32 small letters, digits and hyphens, for example scale-1")
    return name


Id = Annotated[str, AfterValidator(_id)]
"""A name that is safe in an MQTT topic, an address and a file name."""


class Section(BaseModel):
    """A table of the settings file: unknown keys are mistakes, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _currency(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(f"{code!r} is not a currency: write its three capital letters, for example CNY")
    return code


def _cloud_url(url: str) -> str:
    if not re.fullmatch(r"https?://(\[[0-9a-fA-F:.]+\]|[^\s/:@?#\[\]]+)(:\d{1,5})?(/[^\s@?#]*)?", url):
        raise ValueError("write a web address without user, password, ? or #, for example https://cloud.example.com")
    host = urlsplit(url).hostname or ""
    if url.startswith("http:") and host != "localhost" and not _is_loopback(host):
        raise ValueError("plain http would show events and token to everyone on the way; write https://")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _known_zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no time zone is called {name!r}; write it like Asia/Shanghai") from error
    return name


def _listen(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError("write it as ADDRESS:PORT, for example 127.0.0.1:8080")
    try:
        ip_address(host.strip("[]"))
    except ValueError as error:
        raise ValueError(f"{host!r} is not an IP address; 127.0.0.1 is this machine only, 0.0.0.0 the whole network") from error
    return address


def _own_address(address: str) -> str:
    try:
        if address:
            IPv4Address(address)
    except ValueError as error:
        raise ValueError(f"{address!r} is not an IPv4 address of the box, such as 192.168.1.10") from error
    return address


def _whole(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError(f"'{path}' would be another place wherever storebox is started; write the whole path, from / on")
    return path


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    return text


def _dynamic_pattern(text: str) -> str:
    if not {"member", "otp"} <= re.compile(_pattern(text)).groupindex.keys():
        raise ValueError("it must name the two parts of a code: (?P<member>...) and (?P<otp>...)")
    return text


WholePath = Annotated[Path, AfterValidator(_whole)]
"""A path that means the same from every folder."""


class Store(Section):
    """``[store]``: the shop."""

    name: str = "storebox"
    tenant: Id | None = None
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    currency: Annotated[str, AfterValidator(_currency)] = "CNY"
    language: Literal["zh", "en"] = "zh"
    day_starts_at: time = time(4, 0)


class Box(Section):
    """``[box]``: this box. ``name`` is its segment in MQTT topics; its identity is made at first start."""

    name: Id = "box"
    data_dir: WholePath = Path("/var/lib/storebox")
    run_dir: WholePath = Path("/run/storebox")


class Journal(Section):
    """``[journal]``: how much disk the journal may take and how long sent events are kept."""

    quota_mib: Annotated[int, Field(ge=16, le=1_000_000)] = 4096
    ballast_mib: Annotated[int, Field(ge=1, le=4096)] = 32
    keep_sent_days: Annotated[int, Field(ge=0, le=3650)] = 30
    keep_receipts_days: Annotated[int, Field(ge=1, le=3650)] = 30


class Mqtt(Section):
    """``[mqtt]``: the broker; with an empty ``host`` the box uses none and MQTT devices are a mistake in the settings."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str = "storebox"
    password_file: WholePath | None = None
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 30
    home_assistant: bool = False
    home_assistant_user: Id = "home-assistant"


class Cloud(Section):
    """``[cloud]``: where events go; without ``url`` the box keeps everything to itself."""

    url: Annotated[str, AfterValidator(_cloud_url)] | None = None
    token_file: WholePath | None = None
    signing_key_file: WholePath | None = None
    ca_file: WholePath | None = None
    batch_events: Annotated[int, Field(ge=1, le=500)] = 500


class Web(Section):
    """``[web]``: the page."""

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8080"
    allowed_hosts: tuple[str, ...] = ()


class Discovery(Section):
    """``[discovery]``: what is found in the shop's network, for people to choose from."""

    enabled: bool = True
    interface: Annotated[str, AfterValidator(_own_address)] = ""


class Log(Section):
    """``[log]``: what is written to the system's journal."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Lane(Section):
    """``[lane.<name>]``: the devices that serve one shopper together; without a ``till`` shoppers check themselves out."""

    till: Id | None = None
    scale: Id | None = None
    scanner: Id | None = None
    printer: Id | None = None
    terminal: Id | None = None
    wechat: Id | None = None
    alipay: Id | None = None
    camera: Id | None = None
    bag_scale: Id | None = None
    bag_tolerance_grams: Annotated[int, Field(ge=0, le=2_000)] = 20

    @property
    def wallets(self) -> dict[str, str]:
        """Who takes the payment codes of which wallet here."""
        return {wallet: payer for wallet, payer in (("wechat", self.wechat), ("alipay", self.alipay)) if payer is not None}


class Kitchen(Section):
    """``[kitchen]``: where orders for a table are printed; ``routes`` gives a category of goods a printer of its own."""

    printer: Id | None = None
    routes: dict[str, Id] = {}
    spare: Id | None = None
    reroute_after_s: Annotated[int, Field(ge=5, le=3_600)] = 60


class Pickup(Section):
    """``[pickup]``: orders that were paid elsewhere and are fetched here."""

    accept: Literal["auto", "staff"] = "auto"
    printer: Id | None = None
    sla_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    keep_hours: Annotated[int, Field(ge=1, le=720)] = 48
    sounder: Id | None = None
    sounder_property: str = "state"
    sounder_on: str = "on"
    sounder_off: str = "off"


class Insight(Section):
    """``[insight]``: the reports. ``slow_days_of`` gives a category its own limit."""

    slow_days: Annotated[int, Field(ge=1, le=400)] = 60
    slow_days_of: dict[str, Annotated[int, Field(ge=1, le=400)]] = {}


class Vision(Section):
    """``[vision]``: which cameras count people, and by which model. Without ``cameras`` no such process is started."""

    cameras: tuple[Id, ...] = ()
    detector: Literal["auto", "yolox-nano", "ssd-mobilenet-v2"] = "auto"
    models_dir: WholePath | None = None
    fps: Annotated[int, Field(ge=1, le=15)] = 5
    threads: Annotated[int, Field(ge=1, le=8)] = 1


class Faces(Section):
    """``[faces]``: recognising members by face. Without a purpose and the reference of an impact assessment it is off.

    ``notice`` names the version of the notice that people consent to: another one needs everybody's consent anew.
    """

    purpose_zh: Annotated[str, Field(max_length=500)] = ""
    purpose_en: Annotated[str, Field(max_length=500)] = ""
    assessment: Annotated[str, Field(max_length=64)] = ""
    contact: Annotated[str, Field(max_length=200)] = ""
    notice: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")] = "1"
    keep_days: Annotated[int, Field(ge=1, le=730)] = 365
    key_file: WholePath | None = None

    @property
    def configured(self) -> bool:
        """Whether the shop wants it and has done what the law asks for first."""
        return all(each.strip() for each in (self.purpose_zh, self.purpose_en, self.assessment, self.contact))


class Kiosk(Section):
    """``[kiosk.<name>]``: a screen where members identify themselves and say what may be kept of them."""

    camera: Id | None = None
    scanner: Id | None = None
    printer: Id | None = None


class Members(Section):
    """``[members]``: how phone number, card and dynamic code are told from a member code; how long a member is known."""

    phone: Annotated[str, AfterValidator(_pattern)] = "1[3-9][0-9]{9}"
    phone_country: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}$")] = "86"
    card: Annotated[str, AfterValidator(_pattern)] = "[0-9]{16,19}"
    dynamic: Annotated[str, AfterValidator(_dynamic_pattern)] = "(?P<member>[0-9A-Za-z-]{4,32})[.:](?P<otp>[0-9]{6,8})"
    keep_seen_days: Annotated[int, Field(ge=7, le=3650)] = 400


class Plugged(Section):
    """``[device.<name>]``: a device and the driver that speaks with it; ``settings`` is of the driver's own class."""

    driver: str
    settings: Any


class Settings(Section):
    """The whole file."""

    store: Store = Store()
    box: Box = Box()
    journal: Journal = Journal()
    mqtt: Mqtt = Mqtt()
    cloud: Cloud = Cloud()
    web: Web = Web()
    discovery: Discovery = Discovery()
    log: Log = Log()
    kitchen: Kitchen = Kitchen()
    pickup: Pickup = Pickup()
    insight: Insight = Insight()
    members: Members = Members()
    vision: Vision = Vision()
    faces: Faces = Faces()
    kiosk: dict[Id, Kiosk] = Field(default_factory=dict)
    lane: dict[Id, Lane] = Field(default_factory=dict)
    device: dict[Id, Plugged] = Field(default_factory=dict)
