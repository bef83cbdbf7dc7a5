"""How the devices of the room are said to people: tags, labels, lights, climate, music, cameras, mirrors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from drivers.room_readings import (
    CameraSeen,
    LabelSeen,
    MirrorTouched,
    MirrorUsed,
    PropertySeen,
    RoomReported,
    RoomShown,
    ShadeTried,
    TagsSeen,
)
from edge.web.look import NOTHING, Look, Said
from edge.web.words import Words

SHOWN_PROPERTIES = 6


def say_room(reading: RoomShown | RoomReported, words: Words) -> Said:
    """What ``reading`` looks like."""
    match reading:
        case TagsSeen():
            return Said(value=str(len(reading.tags)), word=words.say("tags.seen"))
        case LabelSeen():
            word = words.say("label.pending" if reading.pending else "label.shown")
            return Said(value=reading.alias or reading.label, look="moving" if reading.pending else "good", word=word)
        case PropertySeen():
            return _property(reading, words)
        case CameraSeen():
            return _camera(reading, words)
        case MirrorUsed():
            return Said(value=words.say(f"mirror.{reading.kind}"), look="calm", word=words.say("mirror.visit"))
        case ShadeTried():
            return Said(value=reading.sku, look="calm", word=words.say("mirror.tried"))
        case MirrorTouched():
            return Said(value=words.say("mirror.touched"), look="calm", word=words.say("mirror.visit"))
    assert_never(reading)


def say_properties(properties: Sequence[PropertySeen], words: Words) -> Said:
    """Every property of a device in one card: the first that has a value stands large, the others behind it."""
    told = [each for each in properties if each.value] or list(properties)
    others = [f"{each.property} {each.value}{each.unit and ' '}{each.unit}" for each in told[1:SHOWN_PROPERTIES]]
    said = _property(next((each for each in told if _goes(each)), told[0]), words)
    return Said(
        value=told[0].value or NOTHING,
        unit=told[0].unit,
        look=said.look,
        word=said.word,
        where=" · ".join([told[0].property, *others]),
    )


def _goes(reading: PropertySeen) -> bool:
    return reading.target is not None and reading.target != reading.value


def _property(reading: PropertySeen, words: Words) -> Said:
    going = _goes(reading)
    word = words.say("property.going", target=reading.target) if going else words.say("property.is")
    return Said(value=reading.value, unit=reading.unit, look="moving" if going else "good", word=word, where=reading.property)


def _camera(reading: CameraSeen, words: Words) -> Said:
    looks: dict[str, Look] = {"live": "good", "frozen": "bad", "black": "warn"}
    size = f"{reading.width_px} × {reading.height_px}"
    value = f"{reading.fps:.1f}" if reading.picture == "live" else NOTHING
    unit = "fps" if reading.picture == "live" else ""
    return Said(value=value, unit=unit, look=looks[reading.picture], word=words.say(f"camera.{reading.picture}"), where=size)
