"""What can be tried on, as headquarters says it: the body of a ``shades`` document.

    {"shades": [{"sku": "rouge-01", "region": "lips", "finish": "matte", "srgb": "#a3283c",
                 "name_zh": "正红", "name_en": "Red", "swatch": "#a3283c"}]}

A colour is given once, as sRGB (D65) or as CIE Lab (D50 as in print, or D65 with ``"white": "d65"``).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Region = Literal["lips", "eyes", "cheeks", "skin", "brows"]
"""Lipstick, eye shadow, blush, foundation, brow powder."""

Finish = Literal["matte", "satin", "gloss"]
Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Hex = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Lab = tuple[
    Annotated[float, Meta(ge=0, le=100)], Annotated[float, Meta(ge=-128, le=128)], Annotated[float, Meta(ge=-128, le=128)]
]
Label = Annotated[str, Meta(max_length=64)]


class Shade(msgspec.Struct, frozen=True, kw_only=True):
    """One product in one colour. Exactly one of ``srgb`` and ``lab``; ``swatch`` is what its button shows, else the colour."""

    sku: Sku
    region: Region
    finish: Finish = "satin"
    srgb: Hex | None = None
    lab: Lab | None = None
    white: Literal["d50", "d65"] = "d50"
    name_zh: Label = ""
    name_en: Label = ""
    swatch: Hex | None = None


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a ``shades`` document."""

    shades: Annotated[tuple[Shade, ...], Meta(max_length=2_000)]
