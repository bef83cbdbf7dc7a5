"""LLRP byte for byte: orders as the standard writes them, and reports as real readers sent them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadFrame
from drivers.room_readings import Tag
from drivers.shelves.llrp import (
    DELETE_ROSPEC,
    ENABLE_ROSPEC,
    Events,
    LlrpMessage,
    cut,
    decode_events,
    decode_report,
    decode_status,
    encode,
)
from drivers.shelves.llrp_spec import ALL, look_for_tags, rospec_id, show_life

GREETING = bytes.fromhex("043f000000200ab288c900f600160080000c0004f8535baadaff010000060000")
SHORT_EPC = bytes.fromhex("043d0000002c4095892f00f000228d3005fb63ac1f3841ec88046781000186ce820004ec2ea8354c09880001")
LONG_EPC = bytes.fromhex(
    "043d000000374095894100f0002d00f1001800901fb41f712ac9c37ab79d618173188324001a81000186ef820004ec2ea8381f57880001"
)
NOTHING_SEEN = bytes.fromhex("043d0000000a00000000")
DELETED = bytes.fromhex("041f0000001200000000011f000800000000")


def only(data: bytes) -> LlrpMessage:
    """The one message in ``data``."""
    (message,), rest = cut(data)
    assert rest == b""
    return message


def test_a_report_of_a_real_reader_names_the_tag_its_antenna_and_its_signal() -> None:
    message = only(SHORT_EPC)
    assert (message.kind, message.number) == (61, 0x4095892F)
    assert decode_report(message.body) == (Tag(epc="3005FB63AC1F3841EC880467", antenna=1, rssi_dbm=-50, times=1),)


def test_a_number_of_144_bits_is_whole() -> None:
    assert decode_report(only(LONG_EPC).body) == (
        Tag(epc="1FB41F712AC9C37AB79D618173188324001A", antenna=1, rssi_dbm=-17, times=1),
    )


def test_a_report_without_tags_is_an_answer() -> None:
    assert decode_report(only(NOTHING_SEEN).body) == ()


def test_the_greeting_says_that_the_client_is_taken() -> None:
    assert decode_events(only(GREETING).body) == Events(attempt=0)
    assert decode_status(only(DELETED).body) == (0, "")


@pytest.mark.parametrize(
    ("message", "hexadecimal"),
    [
        (LlrpMessage(kind=DELETE_ROSPEC, body=rospec_id(ALL)), "04150000000e0000000000000000"),
        (LlrpMessage(kind=ENABLE_ROSPEC, body=rospec_id()), "04180000000e0000000000000001"),
    ],
)
def test_orders_are_what_other_clients_send(message: LlrpMessage, hexadecimal: str) -> None:
    assert encode(message).hex() == hexadecimal


def test_a_reader_is_told_to_look_by_the_triggers_that_each_one_knows() -> None:
    assert look_for_tags((), 1).hex(" ", -2) == bytes.fromhex(
        "00b1 0041 00000001 00 00"  # ROSpec 1, priority 0, disabled
        "00b2 0012 00b3 0005 00 00b6 0009 00 00000000"  # begins when told, never ends by itself
        "00b7 0018 0001 0000 00b8 0009 00 00000000 00ba 0007 0001 01"  # every antenna, always, EPC class 1 generation 2
        "00ed 000d 01 0001 00ee 0006 1480"  # a report for each tag: antenna, strongest signal, how often
    ).hex(" ", -2)
    assert look_for_tags((1, 3), 20)[32:38].hex() == "000200010003"


def test_a_reader_is_told_to_show_that_it_lives() -> None:
    assert show_life(3333) == bytes.fromhex("00 00f4 0012 00f5 0007 0002 80 00f5 0007 0008 80 00dc 0009 01 00000d05")


def test_messages_come_out_whole_however_they_were_cut() -> None:
    stream = GREETING + SHORT_EPC + NOTHING_SEEN + LONG_EPC
    messages: list[LlrpMessage] = []
    rest = b""
    for at in range(len(stream)):
        more, rest = cut(rest + stream[at : at + 1])
        messages += more
    assert (messages, rest) == cut(stream)
    assert [message.kind for message in messages] == [63, 61, 61, 61]


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400 Bad Request\r\n", b"\x04\x3d\x00\x00\x00\x09\0\0\0\0", b"\x04\x3d\xff\xff\xff\xff\0\0\0\0"]
)
def test_what_no_reader_says_is_told(data: bytes) -> None:
    with pytest.raises(BadFrame, match=r"is no message of an RFID reader \(LLRP\); is it the right port\?"):
        cut(data)


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        ("00f0 0022 8d30", "a parameter of type 240 does not end in its message"),
        ("00f0 0003", "a parameter of type 240 does not end in its message"),
        ("00f0 0006 8d30", "a parameter of type 13 does not end in its message"),
        ("00f0 0006 ff00", "a parameter of type 127 does not end in its message"),
        ("00", "a parameter of type 0 does not end in its message"),
        ("00f0 0007 810001", "a tag without a number"),
        ("00f0 000a 00f1 0006 0060", "the number of a tag has a wrong length"),
        ("00f0 000a 00f1 0006 0000", "the number of a tag has a wrong length"),
        ("00f0 0008 00f1 0004", "the number of a tag has a wrong length"),
    ],
)
def test_a_report_that_the_standard_does_not_describe_is_told(report: str, problem: str) -> None:
    with pytest.raises(BadFrame, match=problem):
        decode_report(bytes.fromhex(report))


def test_an_answer_without_a_status_is_told() -> None:
    with pytest.raises(BadFrame, match="an answer without a status"):
        decode_status(b"")


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_do_more_than_be_refused(data: bytes, headed: bool) -> None:
    for read in (cut, decode_report, decode_events, decode_status):
        with suppress(BadFrame):
            read(bytes.fromhex("00f0") + (4 + len(data)).to_bytes(2) + data if headed else data)
