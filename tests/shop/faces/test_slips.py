"""Whoever agreed, took it back or was forgotten gets a slip in both languages; it says of nobody who it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from drivers.commands import Line, Print
from edge.command_json import read_command
from edge.shop.faces.forget_here import forget_here
from edge.shop.jobs import find_job, newest_jobs
from edge.shop.members.forget import forget_member

if TYPE_CHECKING:
    from tests.shop.conftest import Floor
    from tests.shop.faces.conftest import Kiosks


def printed(floor: Floor, printer: str = "p-9") -> list[str]:
    """The lines of the newest slip."""
    (job, *_) = newest_jobs(floor.db, 1)
    assert (job.device, job.command) == (printer, "print")
    found = find_job(floor.db, job.id)
    assert found is not None
    command = read_command(msgspec.json.decode(found.content))
    assert isinstance(command, Print)
    return [block.text for block in command.blocks if isinstance(block, Line)]


def test_the_slip_of_a_consent_says_how_to_withdraw_it(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name("77001")
    kiosk.agree("m-1")
    zh = [
        "storebox",
        "2026-03-01 18:00",
        "人脸识别同意回执",
        "告知书版本 2026-03",
        "目的：会员到店免出示会员码",
        "人脸特征加密后只存于本店设备，最长 365 天，不上传。",
        "如何撤回：在本店自助屏表明身份后点“撤回同意”，或告诉店员。立即删除，会员码和手机号照常可用。",
        "联系：privacy@shop.example",
    ]
    en = [
        "Consent to face recognition",
        "Notice, version 2026-03",
        "Purpose: members need not show their code",
        "A sealed template is kept on the box of this shop only, for 365 days at most, and sent nowhere.",
        "How to withdraw: name yourself at a screen of this shop and touch “Withdraw consent”, or tell the staff.",
        "It is deleted at once; member code and phone number go on working.",
        "Contact: privacy@shop.example",
    ]
    assert printed(floor) == zh + en


def test_who_read_it_in_english_reads_english_first(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name("77001")
    kiosk.agree("m-1", language="en")
    assert printed(floor)[2] == "Consent to face recognition"


def test_a_withdrawal_and_a_forgetting_are_printed_where_they_were_wished(kiosk: Kiosks, floor: Floor) -> None:
    template = kiosk.join("77001", "m-1")
    kiosk.withdraw()
    assert printed(floor)[2:6] == [
        "已撤回人脸识别同意",
        "人脸特征已从本店设备删除，一分钟内不留任何字节。",
        "会员码和手机号照常可用。",
        "Consent to face recognition withdrawn",
    ]
    template = kiosk.join("77001", "m-1")
    kiosk.recognise(template, "m-1", "sco-1")
    floor.ask(forget_here("sco-1", "w-1"))
    said = printed(floor, "p-1")
    assert said[2] == "已删除您的会员信息"
    assert said[-1] == "Headquarters is told. Past orders stay, and are nobody's."


def test_no_slip_says_who_it_was(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join("77001", "m-1")
    kiosk.withdraw()
    kiosk.join("77001", "m-1")
    floor.ask(forget_here("kiosk-1", "w-1"))
    contents = "".join(content for (content,) in floor.db.execute("SELECT content FROM job_contents"))
    jobs = repr(floor.db.execute("SELECT * FROM jobs").fetchall())
    assert floor.db.execute("SELECT count(*) FROM jobs").fetchone() == (4,)
    for personal in ("m-1", "77001", "t-c-1"):
        assert personal not in contents + jobs


@pytest.mark.parametrize("place", ["kiosk-2", "", "till-1"])
def test_where_there_is_no_printer_nothing_is_printed(kiosk: Kiosks, floor: Floor, place: str) -> None:
    if place == "kiosk-2":
        kiosk.name("77001", place)
        kiosk.agree("m-1", place=place)
    floor.ask(forget_member("m-1", "c-7", "headquarters"))
    assert newest_jobs(floor.db, 1) == []
