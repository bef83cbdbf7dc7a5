"""What the cards of the page hold: of one cause, one alarm."""

from __future__ import annotations

from edge.web.shown import AlarmShown, show_alarms
from edge.web.words import load_words


def test_a_cause_that_stops_several_parts_is_one_alarm_under_the_first_of_their_names():
    shown = show_alarms({"journal": "the disk is full", "broker": "no broker", "insight": "the disk is full"}, load_words()["en"])
    assert shown.alarms == (AlarmShown(name="broker", text="no broker"), AlarmShown(name="insight", text="the disk is full"))


def test_without_alarms_there_is_none():
    assert show_alarms({}, load_words()["en"]).alarms == ()
