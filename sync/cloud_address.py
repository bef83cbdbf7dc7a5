"""Where the cloud is, and that nothing else is asked: no plain HTTP over a network, no redirect, no other origin."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from yarl import URL


class AddressRefused(ValueError):
    """The address or its certificate file is not used; the text says what to write instead."""


@dataclass(frozen=True, slots=True)
class CloudAddress:
    """A checked base URL; ``at("v1", "events")`` is below it."""

    base: URL

    @classmethod
    def parse(cls, text: str) -> CloudAddress:
        """Raises AddressRefused."""
        try:
            url = URL(text)
        except ValueError as error:
            raise AddressRefused(f"[cloud] url {text!r} is no address: {error}") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise AddressRefused(f"[cloud] url {text!r} must begin with https:// and name a host")
        if url.user is not None or url.query_string or url.fragment:
            raise AddressRefused("[cloud] url must hold no user, password, ? or #; the token comes from `storebox claim`")
        if url.scheme == "http" and not _is_loopback(url.host):
            raise AddressRefused(f"[cloud] url {text!r}: plain http would show events and token to the network; write https://")
        return cls(url)

    def at(self, *parts: str) -> URL:
        """The URL of ``parts`` below the base."""
        return self.base.joinpath(*parts)

    def within(self, reference: str) -> URL:
        """``reference`` (absolute, or relative to the base) if it is on the cloud's own origin. Raises AddressRefused."""
        try:
            url = self.at("").join(URL(reference))
            origin = url.origin()
        except ValueError as error:
            raise AddressRefused(f"{reference!r} is no address: {error}") from error
        if origin != self.base.origin():
            raise AddressRefused(f"{origin} is not the cloud's own origin {self.base.origin()}; nothing is fetched there")
        return url


def tls(ca_file: Path | None) -> ssl.SSLContext:
    """Verifies the cloud against ``ca_file`` or the system's authorities. Raises AddressRefused."""
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise AddressRefused(
            f"[cloud] ca_file {ca_file} cannot be used: {error}; give the authority's certificate as PEM"
        ) from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
