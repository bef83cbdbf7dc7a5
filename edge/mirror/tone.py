"""One shade as a layer is to paint it: its colour in this light, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.colour import Colour, colour_of, encoded, linear

if TYPE_CHECKING:
    from edge.mirror.light import Light
    from edge.mirror.shades import Finish
    from edge.mirror.words import Worn


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """``strength``: the intensity that was asked for, 0 to 1."""

    colour: Colour
    finish: Finish
    strength: float

    def fainter(self, share: float) -> Tone:
        """The same where only that much of it can be seen."""
        return replace(self, strength=share * self.strength)


def tone_of(worn: Worn, light: Light) -> Tone:
    """The shade in this light. Raises NoColour."""
    colour = colour_of(worn.shade)
    if light.level < 1:
        lightness, a, b = colour.lab
        # In dim light colours lose depth along with lightness.
        dimmed = (lightness * light.level, a * light.level, b * light.level)
        blue, green, red = encoded(linear(np.array(colour.bgr)) * light.level**2).tolist()
        colour = Colour(lab=dimmed, bgr=(blue, green, red))
    return Tone(colour=colour, finish=worn.shade.finish, strength=worn.intensity_percent / 100)
