"""The language of WeChat Pay's API v2 as the gateway speaks it: flat XML, signed with the merchant's key.

From pay.weixin.qq.com: "协议规则" (the XML), "安全规范" (the signature).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

FIELD = re.compile(r"<(?P<name>[a-z][a-z0-9_]*)>(?:<!\[CDATA\[(?P<marked>.*?)\]\]>|(?P<plain>[^<]*))</(?P=name)>", re.DOTALL)
ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


def fields_of(body: str) -> dict[str, str]:
    """What a merchant's XML says."""
    inside = re.fullmatch(r"\s*<xml>(.*)</xml>\s*", body, re.DOTALL)
    if inside is None:
        return {}
    return {
        found["name"]: found["marked"] if found["marked"] is not None else _unescaped(found["plain"])
        for found in FIELD.finditer(inside[1])
    }


def xml_of(fields: Mapping[str, str]) -> str:
    """As the gateway writes it: text in CDATA, numbers bare."""
    lines = (f"<{name}>{value if value.isdigit() else f'<![CDATA[{value}]]>'}</{name}>" for name, value in fields.items())
    return "<xml>\n" + "\n".join(lines) + "\n</xml>"


def signature(fields: Mapping[str, str], key: str, *, md5: bool = False) -> str:
    """Every field that says something but the signature itself, by name, then the key."""
    said = [f"{name}={fields[name]}" for name in sorted(fields) if name != "sign" and fields[name] != ""]
    text = "&".join([*said, f"key={key}"]).encode()
    made = hashlib.md5(text).hexdigest() if md5 else hmac.new(key.encode(), text, hashlib.sha256).hexdigest()  # noqa: S324
    return made.upper()


def _unescaped(text: str) -> str:
    for entity, letter in ENTITIES.items():
        text = text.replace(entity, letter)
    return text
