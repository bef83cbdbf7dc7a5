"""A page that cannot be opened says what to do."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.schema import Box, Web
from edge.web.app import CannotListen, serve

if TYPE_CHECKING:
    from tests.web.conftest import Opens


async def test_a_port_in_use_is_told(opens: Opens, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        async with opens() as shop:
            settings = shop.view.settings.model_copy(update={"web": Web(listen=listen)})
            with pytest.raises(CannotListen, match=r"is another program there\? Set listen in \[web\] to a free port"):
                await serve(replace(shop.view, settings=settings), lambda _served: None)


async def test_a_run_dir_that_is_not_there_is_told(opens: Opens, tmp_path: Path) -> None:
    async with opens() as shop:
        box = Box(data_dir=tmp_path, run_dir=tmp_path / "none")
        settings = shop.view.settings.model_copy(update={"box": box})
        with pytest.raises(CannotListen, match=r"does run_dir in \[box\] exist and is it ours\?"):
            await serve(replace(shop.view, settings=settings), lambda _served: None)
