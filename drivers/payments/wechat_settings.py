"""What a settings file says of a merchant of WeChat Pay: who it is, where its secrets lie, how long a shopper is waited for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.schema import Section, WholePath
from drivers.payments.gateway_url import GatewayUrl
from drivers.payments.meaning import AnswerMs, AskEveryMs, CheckEveryS, ConfirmMs, ReverseAfterMs


class WechatSettings(Section):
    """``[device.<name>]``. ``sub_mch_id``: of a shop behind a service provider. ``title`` stands in the shopper's bill."""

    url: GatewayUrl = "https://api.mch.weixin.qq.com"
    appid: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,32}$")]
    mch_id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    sub_mch_id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")] | None = None
    key_file: WholePath
    certificate_file: WholePath | None = None
    certificate_key_file: WholePath | None = None
    title: Annotated[str, Field(min_length=1, max_length=40)] = "购物"
    own_address: Annotated[str, Field(pattern=r"^[0-9A-Fa-f.:]{2,45}$")] = "127.0.0.1"
    answer_ms: AnswerMs = 10_000
    ask_every_ms: AskEveryMs = 5_000
    confirm_ms: ConfirmMs = 45_000
    reverse_after_ms: ReverseAfterMs = 15_000
    check_every_s: CheckEveryS = 300
