"""What a settings file says of any scanner: how the shop reads codes."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.schema import Section
from drivers.pos.codes import CodeRules
from drivers.pos.measure_rules import MeasureRule, overlap


class CodeSettings(Section):
    """``ambiguous``: what a number is taken for that may be a payment code or the SSCC of a box."""

    ambiguous: Literal["payment", "goods"] = "payment"
    unionpay: bool = False
    repeat_ms: Annotated[int, Field(ge=0, le=10_000)] = 0
    measure: tuple[MeasureRule, ...] = ()

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        problem = overlap(self.measure)
        if problem:
            raise ValueError(problem)
        return self


def rules_of(settings: CodeSettings, expects: Literal["", "payment", "goods"]) -> CodeRules:
    """The rules while the lane ``expects`` something (empty: it does not say)."""
    return CodeRules(measures=settings.measure, expects=expects or settings.ambiguous, unionpay=settings.unionpay)
