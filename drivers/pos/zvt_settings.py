"""What a settings file says of a ZVT terminal: where it is, how it lets a till in, and in which currency it counts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.schema import Section


class ZvtSettings(Section):
    """``[device.<name>]``; ``currency_number`` is the ISO 4217 number, ``diagnosis_every_s`` 0 asks for no diagnosis."""

    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 20_007
    password: Annotated[str, Field(pattern=r"^[0-9]{6}$")] = "000000"  # noqa: S105 - in every manual; it guards nothing
    currency_number: Annotated[int, Field(ge=1, le=999)] = 978
    diagnosis_every_s: Annotated[int, Field(ge=0, le=86_400)] = 0
