"""What a settings file says of a merchant of Alipay: who it is, where its keys lie, how long a shopper is waited for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.schema import Section, WholePath
from drivers.payments.gateway_url import GatewayUrl
from drivers.payments.meaning import AnswerMs, AskEveryMs, CheckEveryS, ConfirmMs, ReverseAfterMs


class AlipaySettings(Section):
    """``[device.<name>]``. ``app_auth_token``: of a shop behind a service provider. ``title`` stands in the shopper's bill."""

    url: GatewayUrl = "https://openapi.alipay.com"
    app_id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    app_auth_token: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,64}$")] | None = None
    key_file: WholePath
    alipay_key_file: WholePath
    product_code: Annotated[str, Field(pattern=r"^[A-Z_]{1,64}$")] = "FACE_TO_FACE_PAYMENT"
    title: Annotated[str, Field(min_length=1, max_length=40)] = "购物"
    answer_ms: AnswerMs = 10_000
    ask_every_ms: AskEveryMs = 3_000
    confirm_ms: ConfirmMs = 45_000
    reverse_after_ms: ReverseAfterMs = 0
    check_every_s: CheckEveryS = 300
