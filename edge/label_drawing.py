"""Draws the face of a price label: both names, the price as large as it fits, what it is per, a QR code to the product's card.

    ┌──────────────────────────────┐
    │ 香蕉                    ▓▓▓▓ │
    │ Bananas                 ▓▓▓▓ │
    │ ¥6.98 /kg                4011│
    └──────────────────────────────┘

The result is a baseline JPEG in RGB, as access points read it. A label without a font for Chinese would show boxes instead of
names, so without one nothing is drawn.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import segno

from drivers.commands import DrawLabel
from edge.shop.catalogue.faces import PriceLabel
from edge.web.quantities import money

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
)
"""Where Debian's packages fonts-noto-cjk, fonts-wqy-zenhei, fonts-wqy-microhei and fonts-droid-fallback put them."""

LEAST_PX = 10
PER = {"kg": "/kg", "piece": ""}
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


class CannotDraw(Exception):
    """The face cannot be drawn on this machine; the text says what to install."""


def draw_label(face: PriceLabel, fonts: tuple[Path, ...] = FONTS) -> DrawLabel:
    """The command that shows ``face``. Raises CannotDraw. Takes some 10 ms of CPU: call it in a thread."""
    from PIL import Image, ImageDraw  # 4 MB, and only a shop with labels needs it

    font = next((path for path in fonts if path.exists()), None)
    if font is None:
        raise CannotDraw("no font with Chinese letters is installed, so no label can be drawn: apt install fonts-noto-cjk")
    image = Image.new("RGB", (face.width_px, face.height_px), WHITE)
    _write(ImageDraw.Draw(image), face, font, _put_link(image, face.link))
    jpeg = BytesIO()
    image.save(jpeg, "JPEG", quality=95, subsampling=0, progressive=False)
    return DrawLabel(label=face.label, jpeg=jpeg.getvalue())


def _write(draw: ImageDraw.ImageDraw, face: PriceLabel, font: Path, link_px: int) -> None:
    edge, height = max(4, face.height_px // 20), face.height_px
    room = face.width_px - 2 * edge - link_px
    names = [name for name in (face.name_zh, face.name_en) if name] or [face.sku]
    top = edge
    for name, share in zip(names, (0.24, 0.17), strict=False):
        shown, letters = _fitted(name, font, int(height * share), room)
        draw.text((edge, top), shown, font=letters, fill=BLACK, anchor="lt")
        top += int(height * share) + edge
    price = money(face.price_minor, face.currency) + PER.get(face.unit, "")
    shown, letters = _fitted(price, font, int(height * 0.42), room)
    draw.text((edge, height - edge), shown, font=letters, fill=BLACK, anchor="lb")
    small = _letters(font, max(LEAST_PX, height // 12))
    draw.text((face.width_px - edge, height - edge), face.sku[:16], font=small, fill=BLACK, anchor="rb")


def _put_link(image: Image.Image, link: str) -> int:
    """Draw the QR code of ``link`` into the upper right corner; how many pixels of the width it takes."""
    if not link:
        return 0
    from PIL import Image as Images

    modules = segno.make(link, micro=False, error="l")
    scale = int(image.height * 0.75) // modules.symbol_size(border=2)[0]
    if scale < 2:
        return 0  # no telephone reads it
    drawn = BytesIO()
    modules.save(drawn, kind="png", scale=scale, border=2)
    code = Images.open(drawn).convert("RGB")
    image.paste(code, (image.width - code.width, 0))
    return code.width


def _fitted(text: str, font: Path, height_px: int, width_px: int) -> tuple[str, ImageFont.FreeTypeFont]:
    """``text`` as large as it fits, down to half of ``height_px``; then it is cut."""
    size = max(LEAST_PX, height_px)
    letters = _letters(font, size)
    while letters.getlength(text) > width_px and size > max(LEAST_PX, height_px // 2):
        size = max(LEAST_PX, size * 9 // 10) if size * 9 // 10 < size else size - 1
        letters = _letters(font, size)
    if letters.getlength(text) <= width_px:
        return text, letters
    while text and letters.getlength(text + "…") > width_px:
        text = text[:-1]
    return text + "…", letters


def _letters(font: Path, size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(font), size)
