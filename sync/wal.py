"""Whether the write-ahead log holds commits that SQLite will not see.

SQLite reads a WAL up to the first frame whose checksum is wrong and calls the rest the tail of a cut-off write. One flipped bit
in the middle so drops every later commit without a word. Format: https://www.sqlite.org/fileformat2.html section 4.
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER = struct.Struct(">IIIIIIII")
_FRAME = struct.Struct(">IIIIII")
_MAGIC_LITTLE, _MAGIC_BIG = 0x377F0682, 0x377F0683
READ_MOST_BYTES = 64 << 20


def lost_commits(wal: Path) -> int:
    """How many sound commits lie beyond the first bad frame: a cut-off write leaves one at most, so two mean damage."""
    try:
        with wal.open("rb") as file:
            log = file.read(READ_MOST_BYTES)
    except FileNotFoundError:
        return 0
    if len(log) <= _HEADER.size + _FRAME.size:
        return 0
    magic, _, page_bytes, _, *salts_and_sum = _HEADER.unpack_from(log)
    if magic not in (_MAGIC_LITTLE, _MAGIC_BIG) or page_bytes < 512:
        magic, page_bytes = _MAGIC_LITTLE, 4096
    word = "<" if magic == _MAGIC_LITTLE else ">"
    seen = _checksum(log[:24], (0, 0), word)
    sound = seen == tuple(salts_and_sum[2:])
    salts = tuple(salts_and_sum[:2]) if sound else _FRAME.unpack_from(log, _HEADER.size)[2:4]
    return _commits_after_break(log, page_bytes=page_bytes, salts=salts, word=word, seed=seen if sound else None)


def _commits_after_break(log: bytes, *, page_bytes: int, salts: tuple[int, ...], word: str, seed: tuple[int, int] | None) -> int:
    broken, commits = seed is None, 0
    step = _FRAME.size + page_bytes
    for start in range(_HEADER.size, len(log) - step + 1, step):
        _page, size_after, salt_1, salt_2, sum_1, sum_2 = _FRAME.unpack_from(log, start)
        body = log[start : start + 8] + log[start + _FRAME.size : start + step]
        sound = (salt_1, salt_2) == salts and seed is not None and _checksum(body, seed, word) == (sum_1, sum_2)
        # Each checksum goes on from the one before, and that one is stored: behind a bad frame the rest can be judged again.
        seed = (sum_1, sum_2)
        broken = broken or not sound
        commits += broken and sound and size_after > 0
    return commits


def _checksum(body: bytes, seed: tuple[int, int], word: str) -> tuple[int, int]:
    one, two = seed
    words = struct.unpack(f"{word}{len(body) // 4}I", body)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
