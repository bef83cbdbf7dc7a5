"""What the end of a payment means: only a terminal that says both approved and completed has taken the money for sure."""

from __future__ import annotations

from drivers.commands import Answer, Charged, Refused, Unknown
from drivers.pos.zvt_conversation import Ended
from drivers.pos.zvt_words import result_words


def outcome(ended: Ended, amount_minor: int, what: str) -> Answer:
    """The answer to a payment of ``amount_minor`` that ended so; ``what`` names it for people."""
    status = ended.status
    if status is not None and status.result == 0:
        if ended.code is not None:
            return Unknown(reason=in_doubt(what, f"approved first, then given up: {result_words(ended.code)}"))
        taken = amount_minor if status.amount_minor is None else status.amount_minor
        return Charged(amount_minor=taken, receipt=status.receipt, card=status.card, scheme=status.scheme)
    code = ended.code if ended.code is not None else status.result if status is not None else None
    if code is None:
        return Unknown(reason=in_doubt(what, "it ended without saying how"))
    told = f", {status.text}" if status is not None and status.text else ""
    return Refused(reason=f"the terminal did not do {what}: {result_words(code)}{told}")


def in_doubt(what: str, why: object) -> str:
    """What a person is told when nobody can tell."""
    return (
        f"nobody can tell what became of {what} ({why}). Before you ask again, look at the terminal: "
        "its last receipt, or its list of payments, shows whether the card was charged"
    )


def money(amount_minor: int) -> str:
    """As a terminal shows it: two decimals."""
    return f"{amount_minor // 100}.{amount_minor % 100:02}"
