"""What a colour makes of each of the 256 values of a channel: without tables the large layers would cost ten times as much.

A table is 256 × 3, for ``cv2.LUT``. What a pixel was lighter or darker than its neighbour it still is: texture stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.colour import encoded, linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

Bgr = tuple[float, float, float]
VALUES = np.linspace(0, 1, 256)[:, None]
HAIR, SHADE = 0.08, 0.3
"""Of the skin's light: what is as dark as the first is hair and takes no foundation, what is lighter than the second is skin."""

FADES = 0.5
"""How much of a foundation's shade is gone where the skin is white with shine."""


def multiplied(bgr: Bgr) -> NDArray[np.uint8]:
    """As ink on skin: never lighter than what is below."""
    return _table(VALUES * np.array(bgr))


def softly_lit(bgr: Bgr) -> NDArray[np.uint8]:
    """As colour in the skin: middle tones take it, black and white stay (soft light as Pegtop has it, (1-2c)s² + 2cs).

    Powder also lies on the skin: a little is multiplied, so that the lightest cheek takes colour too.
    """
    colour = np.array(bgr)
    lit = ((1 - 2 * colour) * VALUES**2 + 2 * colour * VALUES) * (0.8 + 0.2 * colour)
    # Hair that hangs over the cheek takes no powder.
    return _table(VALUES + np.clip((VALUES - 0.1) / 0.25, 0, 1) * (lit - VALUES))


def lightened(bgr: Bgr) -> NDArray[np.uint8]:
    """As pearl that throws light back; lashes and shadows stay black."""
    return _table(1 - (1 - VALUES) * (1 - VALUES * np.array(bgr)))


def shifted(seen: Bgr, wanted: Bgr, contrast: float) -> NDArray[np.uint8]:
    """So that ``seen`` becomes ``wanted``, by the ratio of their light; ``contrast`` of what is lighter than ``seen`` stays."""
    light, mean, aim = linear(VALUES), linear(np.array(seen)), linear(np.array(wanted))
    over = np.maximum(light - mean, 0)
    ratio = np.clip(aim / np.maximum(mean, 1e-3), 0.4, 2.5)
    # What shines shows the lamp's colour and not the skin's: there the shade fades, or a fair cheek would turn yellow.
    fades = 1 - FADES * np.square(np.clip(over / np.maximum(1 - mean, 0.2), 0, 1))
    takes = np.clip((light / np.maximum(mean, 1e-3) - HAIR) / (SHADE - HAIR), 0, 1)
    return _table(encoded((light - (1 - contrast) * over) * (1 + (ratio - 1) * fades * takes)))


def _table(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8).reshape(256, 1, 3)
