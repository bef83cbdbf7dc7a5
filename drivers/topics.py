"""The MQTT tree of the shop: every topic is built, read and described here, so that no string of it stands anywhere else.

    storebox/1/<box>/<device>/$state            retained; init | ready | sleeping | lost (last will)
    storebox/1/<box>/<device>/$description      retained JSON
    storebox/1/<box>/<device>/event/<kind>      QoS 1, not retained; repeated by the device until its ack
    storebox/1/<box>/<device>/ack               box -> device: {"id", "ok"} and, when not ok, {"retry", "problem", "key", "title"}
    storebox/1/<box>/<device>/set/<property>    box -> device, never retained
    storebox/1/<box>/<device>/state/<property>  retained, reported by the device
    homeassistant/device/storebox_<box>/<device>/config   box -> Home Assistant, retained (drivers/home_assistant.py)

The broker's access list and the AsyncAPI document are made from the same table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ROOT = "storebox/1"
DISCOVERY = "homeassistant"
"""Where Home Assistant looks by default."""

ID = r"[a-z0-9-]{1,32}"
"""What may stand in a topic as the id of a box, a device or a property."""

_IS_ID = re.compile(ID)
_ACCESS = {"device": "write", "box": "read"}


class BadId(ValueError):
    """The name cannot stand in a topic; the text says what may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One kind of topic below a device. ``address`` marks a segment that varies as ``{name}``; ``sender`` may publish it."""

    address: str
    sender: Literal["device", "box"]
    retained: bool
    says: str
    qos: Literal[0, 1] = 1


BRANCHES = (
    Branch(address="$state", sender="device", retained=True, says="How it is: init, ready, sleeping, or lost (last will)."),
    Branch(address="$description", sender="device", retained=True, says="What the device is: kind, model, firmware, properties."),
    Branch(address="event/{kind}", sender="device", retained=False, says="Something happened; repeated until acknowledged."),
    Branch(address="state/{property}", sender="device", retained=True, says="The value of a property now, as text."),
    Branch(address="ack", sender="box", retained=False, says="What became of an event; sent for every repeat too.", qos=0),
    Branch(address="set/{property}", sender="box", retained=False, says="Asks the device to set a property to this text."),
)


def checked_id(what: str, name: str) -> str:
    """``name`` if it may stand in a topic; raises BadId. ``what`` is its noun for the message: box, device, property."""
    if not _IS_ID.fullmatch(name):
        raise BadId(f"{what} id {name!r} cannot stand in a topic: use 1 to 32 of a-z, 0-9 and -")
    return name


def device_topic(box: str, device: str) -> str:
    """The topic below which everything of ``device`` lies; raises BadId."""
    return f"{ROOT}/{checked_id('box', box)}/{checked_id('device', device)}"


def ack_topic(box: str, device: str) -> str:
    """Where the box tells ``device`` what became of its events."""
    return f"{device_topic(box, device)}/ack"


def set_topic(box: str, device: str, property_: str) -> str:
    """Where the box asks ``device`` to set ``property_``; raises BadId."""
    return f"{device_topic(box, device)}/set/{checked_id('property', property_)}"


def subscriptions(box: str, device: str) -> list[str]:
    """The filters under which the box hears ``device``, and nothing that the box says itself."""
    base = device_topic(box, device)
    return [f"{base}/{_filter(branch)}" for branch in BRANCHES if branch.sender == "device"]


def heard(box: str, topic: str) -> tuple[str, str, str] | None:
    """``(device, branch, name)`` of what a device of ``box`` published: ``("till-1", "event", "paid")``; None if it is not one.

    The name is what the device wrote, unchecked.
    """
    match topic.removeprefix(f"{ROOT}/{box}/").split("/", 2):
        case [device, "$state" | "$description" as branch]:
            return device, branch, ""
        case [device, "event" | "state" as branch, name]:
            return device, branch, name
    return None


def discovery_topic(box: str, device: str) -> str:
    """Where the box tells Home Assistant of ``device``, retained; raises BadId.

    The box is the topic's node id: so the access list can name the topics of this box and no others.
    """
    return f"{_discoveries(box)}/{checked_id('device', device)}/config"


def discovery_filter(box: str) -> str:
    """All the topics of ``discovery_topic`` for this box."""
    return f"{_discoveries(box)}/+/config"


def discovered(box: str, topic: str) -> str:
    """The device that ``topic``, one of ``discovery_filter``, is about."""
    return topic.removeprefix(f"{_discoveries(box)}/").removesuffix("/config")


def onlooker_lines(box: str, username: str) -> list[str]:
    """The lines of a login that sees how the devices are, and what Home Assistant is told, and can write nothing.

    The patterns of the devices would open it a tree of its own name.
    """
    base = f"{ROOT}/{checked_id('box', box)}"
    seen = [f"topic read {base}/+/{_filter(branch)}" for branch in BRANCHES if branch.retained]
    return ["", f"user {username}", f"topic deny {base}/{checked_id('user', username)}/#", *seen, f"topic read {DISCOVERY}/#"]


def access_list(box: str, username: str, *, foreign: Sequence[str] = (), others: Sequence[str] = ()) -> str:
    """mosquitto's ``acl_file``: the box (``username``) has its whole tree, a device what BRANCHES gives it below its name.

    ``foreign``: more lines for the box, ``others``: those of devices outside the tree (``foreign_access.py``)
    and of onlookers.
    """
    base = f"{ROOT}/{checked_id('box', box)}"
    own = [f"topic readwrite {base}/#", f"topic readwrite {discovery_filter(box)}"]
    lines = [f"user {checked_id('user', username)}", *own, *foreign, *others, ""]
    # %u is the name that the device logged in with; a pattern over %c or a bare %u/# would let it write its own ack.
    lines += [f"pattern {_ACCESS[branch.sender]} {base}/%u/{_filter(branch)}" for branch in BRANCHES]
    return "\n".join(lines) + "\n"


def _discoveries(box: str) -> str:
    return f"{DISCOVERY}/device/storebox_{checked_id('box', box)}"


def _filter(branch: Branch) -> str:
    return re.sub(r"\{.*\}", "#", branch.address)
