"""A settings file to write, and two drivers that only have settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from config.schema import Section


class Line(Section):
    """Part of a driver's settings."""

    baud: Literal[1200, 9600] = 9600
    parity: Literal["none", "even", "odd"] = "none"


class SerialScale(Section):
    """A scale on a serial port."""

    port: str
    poll_ms: Annotated[int, Field(ge=50, le=60_000)] = 200
    tare_kg: Annotated[float, Field(gt=0, lt=5)] = 1.5
    line: Line = Line()
    names: Annotated[tuple[str, ...], Field(max_length=2)] = ()
    label: Annotated[str, Field(pattern="^[a-z]*$", min_length=2)] = "ab"


class MqttTill(Section):
    """A till at the broker."""

    needs_broker: ClassVar[bool] = True
    pin: SecretStr | None = None
    backup_url: str = ""


DRIVERS: dict[str, type[BaseModel]] = {"scale/serial": SerialScale, "till/mqtt": MqttTill}


@pytest.fixture
def drivers() -> dict[str, type[BaseModel]]:
    return DRIVERS


@pytest.fixture
def settings_file(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a settings file that only its owner can read."""

    def write(text: str) -> Path:
        path = tmp_path / "storebox.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write
