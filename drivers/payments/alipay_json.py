"""The language of Alipay's open platform: form parameters signed with RSA2, JSON signed by Alipay (opendocs.alipay.com: "签名").

    method=alipay.trade.pay&biz_content={"out_trade_no":…}&sign=…  ->  {"alipay_trade_pay_response":{"code":"10000",…},"sign":"…"}

The signature of an answer is over the very text of its object, so that text is cut out of the answer and never written anew.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from drivers.contract import BadFrame

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

LONGEST_ANSWER = 64 * 1024
SHOWN_CHARS = 120
SUCCESS, WAITS = "10000", "10003"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A signed answer: ``code`` of the gateway, ``sub_code`` of the business, and what else it says."""

    fields: Mapping[str, Any]

    @property
    def code(self) -> str:
        """``10000`` is success."""
        return self.text("code")

    @property
    def sub_code(self) -> str:
        """Why not, where it did not succeed."""
        return self.text("sub_code")

    @property
    def words(self) -> str:
        """What Alipay says about it, for people."""
        return ": ".join(each for each in (self.sub_code or self.code, self.text("sub_msg")[:SHOWN_CHARS]) if each)

    def text(self, name: str) -> str:
        """A field that is text; empty when it is not there, or is none."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """Alipay did not take the question for one of this merchant."""

    words: str


def encode(parameters: Mapping[str, str], key: RSAPrivateKey) -> bytes:
    """``parameters`` signed with the merchant's ``key``, as a form."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    said = {name: text for name, text in parameters.items() if text}
    signed = key.sign(signed_text(said).encode(), PKCS1v15(), SHA256())
    return urlencode({**said, "sign": b64encode(signed).decode()}).encode()


def signed_text(parameters: Mapping[str, str]) -> str:
    """What is signed of a question: every parameter that says something, by name, not encoded."""
    return "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if name != "sign" and parameters[name])


def decode(body: bytes, method: str, key: RSAPublicKey) -> Told | Unsigned:
    """What Alipay answers to ``method``. Raises BadFrame for what is no answer of it, or is signed by somebody else."""
    text = _text(body)
    found = _object(text, f'"{method.replace(".", "_")}_response"') or _object(text, '"error_response"')
    if found is None:
        raise BadFrame("the gateway answers what is no JSON of Alipay; is url right?", b"")
    fields, said = found
    told = Told(fields=fields)
    sign = _signature(text)
    if not sign:
        if told.code in {SUCCESS, WAITS}:
            raise BadFrame("the answer of the gateway is not signed: it is not believed", b"")
        return Unsigned(words=told.words or "it does not say why")
    _check(said, sign, key)
    if told.sub_code == "isv.invalid-signature":
        return Unsigned(words=told.words)
    return told


def _check(said: str, sign: str, key: RSAPublicKey) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key.verify(b64decode(sign, validate=True), said.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, NotBase64, ValueError) as error:
        raise BadFrame("the answer is not signed by Alipay: is alipay_key_file its public key for this app?", b"") from error


def _text(body: bytes) -> str:
    if len(body) > LONGEST_ANSWER:
        raise BadFrame("the answer of the gateway does not end", b"")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadFrame("the gateway answers what is no JSON of Alipay; is url right?", b"") from error


def _object(text: str, name: str) -> tuple[dict[str, Any], str] | None:
    """The object under ``name`` and its very text."""
    if not text.startswith("{" + name + ":"):
        return None
    begins = len(name) + 2
    try:
        fields, ends = json.JSONDecoder().raw_decode(text, begins)
    except (ValueError, RecursionError):
        return None
    return (fields, text[begins:ends]) if isinstance(fields, dict) else None


def _signature(text: str) -> str:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("the gateway answers what is no JSON of Alipay; is url right?", b"") from error
    sign = whole.get("sign", "")
    return sign if isinstance(sign, str) else ""
