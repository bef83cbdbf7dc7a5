"""Topic filters (MQTT 5, 4.7): which topics one stands for, and whether two of them meet.

zigbee2mqtt/+/set    +  one level
homie/5/lamp-1/#     #  this level and all below it
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

OURS = "storebox"
_LEVELS = re.compile(r"[^\x00-\x1f\x7f+#]{1,120}")


def matches(filter_: str, topic: str) -> bool:
    """Whether ``topic``, which has no wildcards, is one of ``filter_``."""
    return meet(filter_, topic)


def meet(one: str, other: str) -> bool:
    """Whether there is a topic that both filters stand for."""
    ones, others = one.split("/"), other.split("/")
    for mine, theirs in zip(ones, others, strict=False):
        if "#" in (mine, theirs):
            return True
        if mine != theirs and "+" not in (mine, theirs):
            return False
    longer = ones[len(others) :] or others[len(ones) :]
    return longer in ([], ["#"])


def _base(topic: str) -> str:
    if not _LEVELS.fullmatch(topic) or topic != topic.strip() or "" in topic.split("/"):
        raise ValueError(
            f"{topic!r} is not a topic: 1 to 120 letters, without + and #, / only between words, for example shellies/shelly1-a1"
        )
    if topic[0] == "$" or topic.split("/", 1)[0] == OURS:
        raise ValueError(f"{topic!r} belongs to the broker or to storebox itself; give the device another topic")
    return topic


BaseTopic = Annotated[str, AfterValidator(_base)]
"""The topic below which a device of another maker speaks."""
