"""ffmpeg's stream of JPEGs is cut into whole pictures, however it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cameras.mpjpeg import JpegCutter, NoJpeg

PART = b"--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: 6\r\n\r\n\xff\xd8AB\xff\xd9\r\n"


def test_a_picture_is_cut_by_its_length() -> None:
    assert JpegCutter(100).feed(PART * 2) == [b"\xff\xd8AB\xff\xd9"] * 2


def test_a_picture_may_come_byte_by_byte() -> None:
    cutter = JpegCutter(100)
    assert [picture for byte in PART * 3 for picture in cutter.feed(bytes([byte]))] == [b"\xff\xd8AB\xff\xd9"] * 3


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (b"x" * 513, f"no end of a head in {b'x' * 40!r}"),
        (PART.replace(b": 6", b": 101"), "no length up to 100 in b'--ffmpeg"),
        (PART.replace(b": 6", b": 0"), "no length up to 100 in b'--ffmpeg"),
        (PART.replace(b"length", b"size"), "no length up to 100 in b'--ffmpeg"),
    ],
)
def test_what_is_no_such_stream_is_told(stream: bytes, told: str) -> None:
    with pytest.raises(NoJpeg) as refused:
        JpegCutter(100).feed(stream)
    assert str(refused.value).startswith(told)


@given(st.lists(st.one_of(st.binary(max_size=200), st.just(PART), st.just(PART[:40]))))
def test_arbitrary_bytes_are_pictures_or_refused(chunks: list[bytes]) -> None:
    cutter = JpegCutter(100)
    try:
        pictures = [picture for chunk in chunks for picture in cutter.feed(chunk)]
    except NoJpeg:
        return
    assert all(0 < len(picture) <= 100 for picture in pictures)
