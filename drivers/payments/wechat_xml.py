"""The language of WeChat Pay's API v2: flat XML, signed with the merchant's key (pay.weixin.qq.com: "协议规则", "安全规范").

    <xml><mch_id>10000100</mch_id><out_trade_no>…</out_trade_no><sign>6A9AE165…</sign></xml>

``decode`` believes an answer only when its signature is right; one that has none can only say that it did not understand.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

from drivers.contract import BadFrame

LONGEST_ANSWER = 64 * 1024
MOST_FIELDS = 200
SHOWN_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A signed answer. ``code`` is empty when it was done, else the error that the gateway names."""

    fields: Mapping[str, str]
    code: str = ""

    @property
    def words(self) -> str:
        """What the gateway says about it, for people."""
        said = self.fields.get("err_code_des", "")[:SHOWN_CHARS]
        return f"{self.code}: {said}" if said else self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """The gateway did not take the question for one of this merchant; ``words`` are its own."""

    words: str


def encode(fields: Mapping[str, str], key: str) -> bytes:
    """``fields`` signed with ``key``; empty ones are left out."""
    said = {name: text for name, text in fields.items() if text} | {"sign_type": "HMAC-SHA256"}
    said["sign"] = signature(said, key)
    return ("<xml>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in said.items()) + "</xml>").encode()


def decode(body: bytes, key: str) -> Told | Unsigned:
    """What the gateway answers. Raises BadFrame for what is not XML of this form, or is signed by somebody else."""
    fields = _fields(body)
    if fields.get("return_code") != "SUCCESS":
        return Unsigned(words=(fields.get("return_msg") or "it does not say why")[:SHOWN_CHARS])
    if not hmac.compare_digest(fields.get("sign", "").encode(), signature(fields, key).encode()):
        raise BadFrame("the answer of the gateway is not signed with the merchant's key: is key_file that of this merchant?", b"")
    if fields.get("result_code") == "SUCCESS":
        return Told(fields=fields)
    return Told(fields=fields, code=fields.get("err_code") or "FAIL")


def signature(fields: Mapping[str, str], key: str) -> str:
    """HMAC-SHA256 over every field that says something, by name, and the key ("安全规范")."""
    said = [f"{name}={fields[name]}" for name in sorted(fields) if name != "sign" and fields[name]]
    return hmac.new(key.encode(), "&".join([*said, f"key={key}"]).encode(), hashlib.sha256).hexdigest().upper()


@dataclass(slots=True)
class _Reader:
    """Takes ``<xml>`` with texts in it, and nothing else: no entities of a document's own, nothing nested."""

    fields: dict[str, str] = field(default_factory=dict)
    depth: int = 0
    name: str = ""
    text: list[str] = field(default_factory=list)

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > 2 or (self.depth == 1 and name != "xml") or attributes or len(self.fields) >= MOST_FIELDS:
            raise _AnotherForm(name[:SHOWN_CHARS])
        if self.depth == 2 and name in self.fields:
            raise _AnotherForm(f"{name[:SHOWN_CHARS]} twice")
        self.name, self.text = name, []

    def hear(self, text: str) -> None:
        if self.depth == 2:
            self.text.append(text)

    def end(self, name: str) -> None:
        if self.depth == 2:
            self.fields[name] = "".join(self.text)
        self.depth -= 1

    def refuse(self, *_any: object) -> None:
        raise _AnotherForm("a document type")


class _AnotherForm(Exception):
    """It is XML, and not that of this gateway."""


def _fields(body: bytes) -> dict[str, str]:
    if len(body) > LONGEST_ANSWER:
        raise BadFrame("the answer of the gateway does not end", b"")
    reader, parser = _Reader(), expat.ParserCreate("utf-8")
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.hear
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _AnotherForm) as error:
        raise BadFrame(f"the gateway answers what is no XML of WeChat Pay ({error}); is url right?", b"") from error
    return reader.fields
