"""Refuses names that are not the box's: without it a foreign page could reach the box by DNS rebinding.

An address in the ``Host`` header cannot be rebound, so the address that the connection came in on is always fine.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import ip_address

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def host_of(netloc: str) -> str:
    """The name in ``name:port`` or ``[::1]:port``, in small letters, without a final dot."""
    if netloc.startswith("["):
        return netloc[1:].partition("]")[0].lower()
    return netloc.partition(":")[0].lower().removesuffix(".")


def is_loopback(address: str) -> bool:
    """Whether ``address`` (an IP address) is this machine only."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def known_hosts(listen: str, allowed: Iterable[str]) -> frozenset[str]:
    """The names under which the box answers: loopback, the listen address, its host name, and what the settings allow."""
    name = socket.gethostname().lower()
    return LOOPBACK_NAMES | {host_of(listen), name, f"{name}.local"} | {host_of(host) for host in allowed}


def split_listen(listen: str) -> tuple[str, int]:
    """``127.0.0.1:8080`` or ``[::1]:8080`` as host and port; the settings have checked it."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
