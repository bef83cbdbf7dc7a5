"""What must be said wherever faces are measured or switched on, in a file that loads no model: the box says it at its start."""

from __future__ import annotations

UNSTATED = (
    "MobileFaceNet's publisher does not state on which faces it was trained. Whether it tells all shoppers of this shop apart"
    " equally well is not known: measure it on consenting people of your own (storebox faces evaluate) before you rely on it."
)
