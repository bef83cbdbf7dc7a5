"""An ONNX file that always says the same, whatever picture it is given: how a detector's reading of its model is tested exactly.

Written field by field (onnx.proto3, wire format of protocol buffers), as no package that writes ONNX is wanted for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FLOAT, TENSOR_ATTRIBUTE = 1, 4
IR_VERSION, OPSET = 7, 13


def always(answer: NDArray[np.float32], picture: Sequence[int]) -> bytes:
    """A model with the input ``images`` of shape ``picture`` and the output ``output``, which is ``answer``."""
    tensor = b"".join(_number(1, size) for size in answer.shape) + _number(2, FLOAT) + _bytes(9, answer.tobytes())
    attribute = _bytes(1, b"value") + _bytes(5, tensor) + _number(20, TENSOR_ATTRIBUTE)
    node = _bytes(2, b"output") + _bytes(4, b"Constant") + _bytes(5, attribute)
    graph = _bytes(1, node) + _bytes(2, b"hand-made") + _bytes(11, _value(b"images", picture))
    graph += _bytes(12, _value(b"output", answer.shape))
    return _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _number(2, OPSET))


def _value(name: bytes, shape: Sequence[int]) -> bytes:
    sizes = b"".join(_bytes(1, _number(1, size)) for size in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, FLOAT) + _bytes(2, sizes)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
