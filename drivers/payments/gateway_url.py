"""The address of a gateway in the settings: payment codes go over TLS, or to a simulator on this machine."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def _gateway(url: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?", url):
        raise ValueError("write the address of the gateway without a path, for example https://api.mch.weixin.qq.com")
    if url.startswith("http:") and not _is_loopback(urlsplit(url).hostname or ""):
        raise ValueError("plain http would show payment codes to everyone on the way; write https://")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


GatewayUrl = Annotated[str, AfterValidator(_gateway)]
"""``https://HOST``, of a simulator also ``http://127.0.0.1:PORT``."""
