"""The frames whose decoding is measured are true ones, and no scale is left out."""

from __future__ import annotations

import pytest

from drivers.catalogue import installed
from drivers.contract import Frame
from drivers.readings import Weight
from tests.bench.scale_frames import ANSWERS, Answer


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.driver)
def test_a_measured_frame_is_a_weight(answer: Answer, stamp: Frame) -> None:
    assert answer.framing.cut(answer.data).frames == (answer.data,)
    told = answer.decode(Frame(data=answer.data, device=stamp.device, at=stamp.at, monotonic_ms=stamp.monotonic_ms))
    assert isinstance(told, Weight)
    assert told.grams == 1250


def test_every_scale_is_measured() -> None:
    scales = {name for name in installed().names if name.startswith("scale/")}
    assert {answer.driver for answer in ANSWERS} == scales - {"scale/dialog-02"}  # the records of Dialog 06
