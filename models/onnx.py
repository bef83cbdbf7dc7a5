"""ONNX models on the processor: without it each session would take every core and flood the log with what it thinks of a file.

From 1.29 on onnxruntime tells its maker which models are loaded and how they do, and keeps a name for the machine in the home
folder (microsoft/onnxruntime#27379); of a box nothing goes out that nobody asked for, so it is told not to before it is loaded.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from models.manifest import ModelUnusable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]

HUSH = "ORT_DISABLE_TELEMETRY"
ERRORS_ONLY = 3
"""onnxruntime's severity; at 2 it warns of every initializer that a file also lists as an input."""


def onnx_session(model: str, content: bytes, threads: int) -> InferenceSession:
    """A session that computes on ``threads`` cores and lets them be in between. Raises ModelUnusable."""
    os.environ[HUSH] = "1"
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
