"""Topics are built and read in one place, and no id can break out of its segment."""

from __future__ import annotations

import pytest

from drivers.topics import BadId, access_list, ack_topic, checked_id, device_topic, heard, set_topic, subscriptions


def test_every_topic_lies_below_its_device() -> None:
    assert device_topic("box-1", "till-1") == "storebox/1/box-1/till-1"
    assert ack_topic("box-1", "till-1") == "storebox/1/box-1/till-1/ack"
    assert set_topic("box-1", "till-1", "lamp") == "storebox/1/box-1/till-1/set/lamp"


def test_the_box_subscribes_to_what_devices_say_and_not_to_itself() -> None:
    base = "storebox/1/box-1/till-1"
    assert subscriptions("box-1", "till-1") == [f"{base}/$state", f"{base}/$description", f"{base}/event/#", f"{base}/state/#"]


@pytest.mark.parametrize("bad", ["", "a/b", "+", "#", "a\0", "A", "a_b", "x" * 33, "till-1\n", "tür"])
def test_an_id_that_cannot_stand_in_a_topic_is_refused(bad: str) -> None:
    with pytest.raises(BadId, match=r"device id .* cannot stand in a topic: use 1 to 32 of a-z, 0-9 and -"):
        checked_id("device", bad)
    with pytest.raises(BadId):
        device_topic(bad, "till-1")
    with pytest.raises(BadId):
        ack_topic("box-1", bad)
    with pytest.raises(BadId):
        set_topic("box-1", "till-1", bad)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("storebox/1/box-1/till-1/$state", ("till-1", "$state", "")),
        ("storebox/1/box-1/till-1/$description", ("till-1", "$description", "")),
        ("storebox/1/box-1/till-1/event/paid", ("till-1", "event", "paid")),
        ("storebox/1/box-1/till-1/event/a/b", ("till-1", "event", "a/b")),
        ("storebox/1/box-1/shelf-1/state/level-a1", ("shelf-1", "state", "level-a1")),
        ("storebox/1/box-1/till-1/ack", None),
        ("storebox/1/box-1/till-1/set/lamp", None),
        ("storebox/1/box-2/till-1/event/paid", None),
        ("storebox/1/box-1/till-1/event", None),
        ("other", None),
    ],
)
def test_a_topic_is_read_as_it_was_built(topic: str, said: tuple[str, str, str] | None) -> None:
    assert heard("box-1", topic) == said


def test_the_access_list_says_exactly_what_the_design_says() -> None:
    assert access_list("box-1", "storebox").splitlines() == [
        "user storebox",
        "topic readwrite storebox/1/box-1/#",
        "topic readwrite homeassistant/device/storebox_box-1/+/config",
        "",
        "pattern write storebox/1/box-1/%u/$state",
        "pattern write storebox/1/box-1/%u/$description",
        "pattern write storebox/1/box-1/%u/event/#",
        "pattern write storebox/1/box-1/%u/state/#",
        "pattern read storebox/1/box-1/%u/ack",
        "pattern read storebox/1/box-1/%u/set/#",
    ]
