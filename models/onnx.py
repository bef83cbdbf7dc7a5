"""ONNX models on the processor: without it each session would take every core and flood the log with what it thinks of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.manifest import ModelUnusable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]

ERRORS_ONLY = 3
"""onnxruntime's severity; at 2 it warns of every initializer that a file also lists as an input."""


def onnx_session(model: str, content: bytes, threads: int) -> InferenceSession:
    """A session that computes on ``threads`` cores and lets them be in between. Raises ModelUnusable."""
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.capi import onnxruntime_pybind11_state as refusals  # type: ignore[import-untyped]

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    # Threads that wait for the next picture by spinning would cost a core each.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except (refusals.Fail, refusals.InvalidGraph, refusals.InvalidProtobuf, refusals.NotImplemented) as error:
        raise ModelUnusable(
            f"model {model}: onnxruntime cannot load it: {error}; is it made for this version of storebox?"
        ) from error
