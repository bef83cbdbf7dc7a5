"""A box without a model that counts people: headquarters names one, the box fetches it, and it finds people without a restart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestServer

from sync.signatures import public_text
from tests.edge.test_counting_box import COUNTING
from tests.edge.test_told_settings import KEY, adopt
from tests.models.hand_made_onnx import always

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
NOBODY = always(np.zeros((1, 3549, 85), np.float32), (1, 3, 416, 416))
"""A model as small as can be, of the form of YOLOX."""


def people(status: Any) -> dict[str, Any]:
    """How the inference that finds people is."""
    found: dict[str, Any] = status["vision"]["inferences"].get("people", {})
    return found


async def test_a_model_of_headquarters_is_fetched_and_used(run_box: RunBox, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(public_text(KEY))
    settings = f'[cloud]\nsigning_key_file = "{tmp_path / "key"}"\n' + COUNTING.format(clip=tmp_path / "not there yet.mp4")

    async def mirror(_request: web.Request) -> web.Response:
        return web.Response(body=NOBODY)

    app = web.Application()
    app.router.add_get("/models/nobody.onnx", mirror)
    async with TestServer(app, host="127.0.0.1") as server, run_box(settings) as box:
        status = await box.until("/api/status", lambda status: people(status).get("state") == "off" and status)
        assert "no model that finds people: " in status["alarms"]["people inference"]
        file = {"name": "nobody.onnx", "bytes": len(NOBODY), "sha256": hashlib.sha256(NOBODY).hexdigest()}
        model = {"task": "people", "licence": "none", "fetch": "always", "low": 0.1, "high": 0.4, "files": [file]}
        told = {"mirror": str(server.make_url("/models")), "models": {"yolox-nano": model}}
        assert await adopt(box, "models", 1, told) == "models version 1"
        status = await box.until("/api/status", lambda status: people(status).get("state") == "on" and status)
        assert people(status)["model"] == "yolox-nano"
        await box.until("/api/status", lambda status: "people inference" not in status["alarms"])
