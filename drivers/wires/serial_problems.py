"""What is said about a serial line that fails, worded once: what was seen, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from drivers.contract import BadFrame, DeviceSilent

Explain = Callable[[bytes], str]
"""What bytes look like that make no sense, and what to do: each driver knows its own lookalikes."""


def unplugged(path: str, reason: str) -> str:
    """The port vanished while it was open."""
    return f"{path} is gone ({reason}): unplugged or without power? It is opened again when it comes back"


def stuck(path: str, deadline_ms: int) -> DeviceSilent:
    """The device takes no bytes."""
    return DeviceSilent(f"{path} took no bytes for {deadline_ms} ms: is the device held by flow control?")


def unanswered(path: str, question: bytes, heard: bytes, explain: Explain, deadline_ms: int) -> DeviceSilent | BadFrame:
    """A question got no answer; ``heard`` is what came instead."""
    if heard:
        return BadFrame(f"{path}: heard {heard[:32]!r}, which is no answer to {question!r}: {explain(heard)}", heard)
    return DeviceSilent(
        f"{path}: no answer to {question!r} within {deadline_ms} ms: "
        "is the device switched on, cabled, and set to this protocol, baud rate and parity?"
    )


def unsaid(path: str, heard: bytes, explain: Explain, within_ms: int) -> DeviceSilent | BadFrame:
    """A device that talks by itself did not; ``heard`` is what came instead."""
    if heard:
        return BadFrame(f"{path}: heard {heard[:32]!r}, which is no frame: {explain(heard)}", heard)
    return DeviceSilent(
        f"{path}: nothing came within {within_ms} ms: is the device switched on, cabled, and set to send by itself?"
    )
