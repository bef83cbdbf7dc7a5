"""What a settings file says of a merchant of WeChat Pay: who it is, where its secrets lie, how long a shopper is waited for."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from config.schema import Section, WholePath


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


class WechatSettings(Section):
    """``[device.<name>]``. ``sub_mch_id``: of a shop behind a service provider. ``title`` stands in the shopper's bill."""

    url: Annotated[str, AfterValidator(_gateway)] = "https://api.mch.weixin.qq.com"
    appid: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,32}$")]
    mch_id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    sub_mch_id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")] | None = None
    key_file: WholePath
    certificate_file: WholePath | None = None
    certificate_key_file: WholePath | None = None
    title: Annotated[str, Field(min_length=1, max_length=40)] = "购物"
    own_address: Annotated[str, Field(pattern=r"^[0-9A-Fa-f.:]{2,45}$")] = "127.0.0.1"
    answer_ms: Annotated[int, Field(ge=100, le=30_000)] = 10_000
    ask_every_ms: Annotated[int, Field(ge=100, le=30_000)] = 5_000
    confirm_ms: Annotated[int, Field(ge=0, le=120_000)] = 45_000
    reverse_after_ms: Annotated[int, Field(ge=0, le=60_000)] = 15_000
    check_every_s: Annotated[int, Field(ge=10, le=3_600)] = 300
