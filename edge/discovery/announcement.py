"""How the box announces its page in the shop's network, ``storebox box-1._storebox._tcp.local.``: only when others may open it.

TXT (RFC 6763, 6.7): ``txtvers=1 box=box-1 version=0.1.0 path=/``. Nothing of the shop, its people or its devices.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from edge.discovery.announced import OWN_TYPE
from edge.web.hosts import is_loopback

if TYPE_CHECKING:
    from zeroconf import ServiceInfo


def announcement(url: str, *, box: str, version: str) -> ServiceInfo | None:
    """The page at ``url`` for zeroconf; None when only this machine can open it."""
    page = urlsplit(url)
    host, port = page.hostname or "", page.port or 80
    if is_loopback(host):
        return None
    from zeroconf import ServiceInfo

    addresses = own_addresses() if ip_address(host).is_unspecified else [host]
    return ServiceInfo(
        OWN_TYPE,
        f"storebox {box}.{OWN_TYPE}",
        port=port,
        properties={"txtvers": "1", "box": box, "version": version, "path": "/"},
        server=f"{socket.gethostname().partition('.')[0]}.local.",
        parsed_addresses=addresses,
    )


def own_addresses() -> list[str]:
    """The IPv4 addresses of this machine that others can reach."""
    from ifaddr import get_adapters

    every = [str(each.ip) for adapter in get_adapters() for each in adapter.ips if each.is_IPv4]
    return [each for each in every if not is_loopback(each)]
