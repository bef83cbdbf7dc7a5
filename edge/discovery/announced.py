"""What announces itself in the shop's network by DNS-SD, taken as what it is: a claim of a stranger.

    EPSON TM-m30III._pdl-datastream._tcp.local.   192.168.1.40:9100   ->  a receipt printer, perhaps

RFC 6763 (names, types), Bonjour Printing Specification 1.2 (``_pdl-datastream`` is a raw port).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address

from edge.discovery.discovery import Discovery, What, stranger

TYPES: Mapping[str, What] = {
    "_pdl-datastream._tcp.local.": "printer",
    "_printer._tcp.local.": "printer",
    "_ipp._tcp.local.": "printer",
    "_mpd._tcp.local.": "player",
    "_mqtt._tcp.local.": "broker",
    "_shelly._tcp.local.": "switch",
    "_http._tcp.local.": "web",
    "_storebox._tcp.local.": "box",
}
OWN_TYPE = "_storebox._tcp.local."
TOPIC = re.compile(r"[a-z0-9-]{1,64}")


def discovery(type_: str, name: str, address: str, port: int) -> Discovery | None:
    """What ``name`` of service ``type_`` is; None for what is not known or stands at no usable address."""
    what = TYPES.get(type_)
    host = _host(address)
    if what is None or host is None or not 0 < port < 65536:
        return None
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    called = stranger(name.removesuffix(type_).removesuffix(".")) or what
    match type_:
        case "_pdl-datastream._tcp.local.":
            lines = {"driver": "printer/escpos", "address": place}
            return Discovery(what=what, name=called, address=place, kind="printer", lines=lines)
        case "_mpd._tcp.local.":
            return Discovery(
                what=what, name=called, address=place, kind="music", lines={"driver": "music/mpd", "host": host, "port": port}
            )
        case "_shelly._tcp.local." if TOPIC.fullmatch(called):  # Gen2+: its name is its MQTT prefix, unless it was changed
            lines = {"driver": "ambience/shelly-2", "topic_prefix": called}
            return Discovery(what=what, name=called, address=place, kind="ambience", lines=lines)
        case "_mqtt._tcp.local.":
            return Discovery(what=what, name=called, address=place, section="mqtt", lines={"host": host, "port": port})
    return Discovery(what=what, name=called, address=place)


def _host(address: str) -> str | None:
    """An address that settings can hold: an IP address without a zone, of another machine."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if parsed.is_loopback or parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified:
        return None
    return str(parsed)
