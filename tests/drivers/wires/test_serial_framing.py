"""Whatever noise stands around frames and wherever the bytes are split, every whole frame is found and none is invented."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wires.framing import Cutter, Framing, MeasuredFraming, fits

MARKED = Framing(start=b"\x02", end=b"\r", longest=12)
LINES = Framing(end=b"\r\n", longest=20)


def cut_in_pieces(framing: Cutter, pieces: list[bytes]) -> tuple[list[bytes], bytes]:
    frames: list[bytes] = []
    rest = b""
    for piece in pieces:
        cut = framing.cut(rest + piece)
        frames.extend(cut.frames)
        rest = cut.rest
    return frames, rest


def split(data: bytes, at: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in at)})
    return [data[begin:end] for begin, end in pairwise(edges)]


def test_half_a_frame_before_a_whole_one_is_noise() -> None:
    cut = MARKED.cut(b"\x0201.2\x0201.250\r")
    assert cut.frames == (b"\x0201.250\r",)
    assert cut.noise == b"\x0201.2"
    assert cut.rest == b""


def test_an_end_without_a_start_is_noise() -> None:
    cut = MARKED.cut(b"50\r\x0201.250\r")
    assert (cut.frames, cut.noise) == ((b"\x0201.250\r",), b"50\r")


def test_a_line_keeps_what_is_glued_to_its_front_up_to_the_longest_frame() -> None:
    cut = LINES.cut(b"x" * 100 + b"\r\n")
    assert cut.frames == (b"x" * 18 + b"\r\n",)
    assert cut.noise == b"x" * 82


def test_an_unfinished_frame_waits_and_endless_bytes_are_bounded() -> None:
    assert MARKED.cut(b"\x0201.2").rest == b"\x0201.2"
    assert MARKED.cut(b"no start").rest == b""
    assert len(LINES.cut(b"x" * 100_000).rest) == LINES.longest


@pytest.mark.parametrize("framing", [MARKED, LINES])
@given(data=st.binary(max_size=200), at=st.lists(st.integers(0, 1000), max_size=20))
def test_splitting_the_bytes_changes_nothing_about_marked_frames(framing: Framing, data: bytes, at: list[int]) -> None:
    whole = framing.cut(data)
    frames, rest = cut_in_pieces(framing, split(data, at))
    assert frames == list(whole.frames)
    assert rest == whole.rest
    assert len(rest) <= framing.longest


@given(
    noises=st.lists(st.binary(max_size=30).filter(lambda noise: b"\r" not in noise), min_size=1, max_size=8),
    at=st.lists(st.integers(0, 1000), max_size=20),
)
def test_every_marked_frame_is_found_among_noise(noises: list[bytes], at: list[int]) -> None:
    data = b"".join(noise + b"\x0201.%03d\r" % number for number, noise in enumerate(noises))
    frames, _ = cut_in_pieces(MARKED, split(data, at))
    assert frames == [b"\x0201.%03d\r" % number for number in range(len(noises))]


@given(data=st.binary(max_size=300))
def test_no_byte_disappears_or_is_doubled(data: bytes) -> None:
    cut = MARKED.cut(data)
    assert len(cut.noise) + len(cut.rest) + sum(map(len, cut.frames)) == len(data)


SHAPE = (b"\x02", b"0123456789", b"", b"\x03")
"""STX, a digit, any byte – also STX or ETX –, ETX."""
MEASURED = MeasuredFraming(begins=re.compile(b"\x02"), measure=lambda data, at: len(SHAPE) if fits(data, at, SHAPE) else 0)


def test_a_measured_frame_may_hold_its_own_marks() -> None:
    cut = MEASURED.cut(b"\x027\x03\x03\x028\x02\x03")
    assert cut.frames == (b"\x027\x03\x03", b"\x028\x02\x03")
    assert cut.noise == cut.rest == b""


def test_half_a_measured_frame_is_noise_as_soon_as_it_cannot_go_on() -> None:
    cut = MEASURED.cut(b"x\x02\x027\x02\x028a\x03\x029")
    assert cut.frames == (b"\x028a\x03",)
    assert cut.noise == b"x\x02\x027\x02"
    assert cut.rest == b"\x029"


@given(data=st.lists(st.sampled_from(b"\x02\x037x")).map(bytes), at=st.lists(st.integers(0, 1000), max_size=20))
def test_splitting_the_bytes_changes_nothing_about_measured_frames(data: bytes, at: list[int]) -> None:
    whole = MEASURED.cut(data)
    frames, rest = cut_in_pieces(MEASURED, split(data, at))
    assert (frames, rest) == (list(whole.frames), whole.rest)
    assert len(whole.noise) + len(whole.rest) + sum(map(len, whole.frames)) == len(data)
    assert len(rest) < len(SHAPE)
