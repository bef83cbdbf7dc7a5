"""Whether a picture is one that an access point for price labels can read: it takes others too, and shows nothing of them.

An OpenEPaperLink access point reads baseline JPEGs in colour only, and says "Ok, saved" to every file.
"""

from __future__ import annotations

LARGEST = 256 * 1024
BEGINS = b"\xff\xd8"
BASELINE, COLOURS = 0xC0, 3
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # ITU-T T.81 table B.1: the starts of a frame
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}


def picture_problem(jpeg: bytes) -> str:
    """What is wrong with ``jpeg`` and what to do; empty when an access point can read it."""
    if len(jpeg) > LARGEST:
        return f"the picture has {len(jpeg)} bytes, more than {LARGEST}: make it as large as the label, not larger"
    if not jpeg.startswith(BEGINS):
        return "the picture is no JPEG: save it as one"
    frame = _frame(jpeg)
    if frame is None:
        return "the picture is cut off or broken: save it again"
    kind, colours = frame
    if kind != BASELINE:
        return "the picture is a JPEG of another kind (progressive?): save it as a baseline JPEG"
    if colours != COLOURS:
        return f"the picture has {colours} colour components: save it as an RGB JPEG, also when it is black and white"
    return ""


def _frame(jpeg: bytes) -> tuple[int, int] | None:
    """The kind of the frame and its number of components, if it begins before the picture ends."""
    at = len(BEGINS)
    while at + 10 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if marker in FRAMES:
            return marker, jpeg[at + 9]
        if marker == 0xFF or marker in WITHOUT_LENGTH:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + max(length, 2)
    return None
