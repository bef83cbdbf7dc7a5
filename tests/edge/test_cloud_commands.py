"""What headquarters may ask of a box, and how it hears what became of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from drivers.commands import Done, Line, OpenDrawer, Print, Tare
from edge.cloud_commands import command_kinds
from edge.shop.asked_events import DeviceCommanded
from edge.shop.drawers import DrawerKicked
from edge.shop.job_events import JobFinished
from edge.shop.jobs import find_job
from edge.shop.members.forget import MemberForgotten
from sync.command_desk import CommandDesk
from sync.commands import COMMAND_TYP
from sync.document_events import CommandFinished, CommandRefused
from sync.identity import Trust
from sync.signatures import public_text, sign
from tests.edge.puppets import CLERK, Counter, Puppet, open_counter

KEY = OKPKey.generate_key("Ed25519")
RECEIPT = Print(blocks=(Line(text="Hello"),))


async def send(counter: Counter, kind: str, body: Any, id_: str = "c-1") -> None:
    """Headquarters sends one command."""
    at = datetime.now(UTC)
    payload = {
        "id": id_,
        "kind": kind,
        "issued_at": at.isoformat(),
        "not_before": at.isoformat(),
        "expires": (at + timedelta(minutes=10)).isoformat(),
        "store": "s-1",
        "body": body,
    }
    desk = CommandDesk(
        counter.journal,
        command_kinds(partial(datetime.now, UTC)),
        box="box-1",
        trust=lambda: Trust(signing_key=public_text(KEY), store="s-1"),
        clock=lambda: "synced",
    )
    await desk.take(sign(json.dumps(payload).encode(), KEY, typ=COMMAND_TYP))


async def test_a_scale_is_tared_from_afar_once(tmp_path: Path) -> None:
    async with open_counter(tmp_path, scale_1=Puppet()) as counter:
        for _ in range(2):
            await send(counter, "ask", {"device": "scale-1", "command": "tare"})
        assert await counter.told(CommandFinished) == [{"id": "c-1", "kind": "ask", "outcome": "confirmed", "detail": "as asked"}]
        assert counter.puppets["scale-1"].asked == [Tare()]
        (told,) = await counter.events(DeviceCommanded)
        assert (told["by"], told["origin"]) == ("headquarters", "job")
    async with open_counter(tmp_path, scale_1=Puppet()) as counter:
        await send(counter, "ask", {"device": "scale-1", "command": "zero"}, "c-2")
        assert [told["id"] for told in await counter.told(CommandFinished, 2)] == ["c-1", "c-2"]


async def test_a_drawer_is_opened_from_afar_with_its_reason_or_not_at_all(tmp_path: Path) -> None:
    async with open_counter(tmp_path, drawer_1=Puppet()) as counter:
        await send(counter, "ask", {"device": "drawer-1", "command": "open-drawer", "reason": ""})
        await send(counter, "ask", {"device": "drawer-1", "command": "open-drawer", "reason": "cash check"}, "c-2")
        told = await counter.told(CommandFinished, 2)
        assert [each["outcome"] for each in told] == ["failed", "confirmed"]
        assert told[0]["detail"] == "a drawer is opened for a reason, by somebody: say both"
        assert counter.puppets["drawer-1"].asked == [OpenDrawer(reason="cash check")]
        assert [kick["reason"] for kick in await counter.events(DrawerKicked)] == ["cash check"]


async def test_what_is_about_this_moment_does_not_wait_for_a_device(tmp_path: Path) -> None:
    async with open_counter(tmp_path, work=False, scale_1=Puppet()) as counter:
        await send(counter, "ask", {"device": "scale-1", "command": "tare"})
        await send(counter, "ask", {"device": "scale-1", "command": "show", "upper": "Closed"}, "c-2")
        now = datetime.now(UTC)
        tare, show = [await counter.journal.query(partial(find_job, job=f"cloud-{id_}")) for id_ in ("c-1", "c-2")]
        assert tare is not None
        assert show is not None
        assert tare.expires_at is not None
        assert show.expires_at is not None
        assert tare.expires_at <= now + timedelta(seconds=30)
        assert show.expires_at > now + timedelta(minutes=9)


async def test_a_device_is_restarted_from_afar(tmp_path: Path) -> None:
    async with open_counter(tmp_path, scale_1=Puppet()) as counter:
        await send(counter, "restart-device", {"device": "scale-1"})
        assert (await counter.told(CommandFinished))[0]["detail"] == "closed, and is opened again"
        await counter.shown(lambda _board: counter.puppets["scale-1"].opened == 2)
        await send(counter, "restart-device", {"device": "scale-9"}, "c-2")
        told = await counter.told(CommandFinished, 2)
        assert (told[1]["outcome"], told[1]["detail"]) == ("failed", "no device is called scale-9; there are: scale-1")


async def test_a_receipt_is_printed_again_from_afar(tmp_path: Path) -> None:
    async with open_counter(tmp_path, printer_1=Puppet()) as counter:
        job = await counter.desk.leave("printer-1", RECEIPT, CLERK)
        await counter.told(JobFinished)
        await send(counter, "reprint", {"job": job})
        assert (await counter.told(CommandFinished))[0]["outcome"] == "confirmed"
        assert counter.puppets["printer-1"].asked == [RECEIPT, RECEIPT]


async def test_a_receipt_that_is_still_to_come_is_not_printed_twice(tmp_path: Path) -> None:
    async with open_counter(tmp_path, printer_1=Puppet(away=True)) as counter:
        job = await counter.desk.leave("printer-1", RECEIPT, CLERK)
        await send(counter, "reprint", {"job": job})
        (refused,) = await counter.told(CommandRefused)
        assert refused["reason"] == f"job {job} is still to be printed for the first time"


KINDS = "ask, coupon-conflict, forget-member, reprint, restart-device"
ABLE = "clear-tare, draw-label, open-drawer, print, set-price, set-property, set-tare, show, show-amount, tare, zero"


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("ask", {"command": "tare"}, 'its body names no device: {"device": "scale-1", "command": "tare"}'),
        ("ask", {"device": "scale-1", "command": "tare", "grams": 1}, "tare takes no grams; it takes: deadline_ms"),
        ("ask", {"device": "t", "command": "pay", "amount_minor": 1}, f"headquarters cannot ask for pay; it can: {ABLE}"),
        ("ask", {"device": "t", "command": "refund", "amount_minor": 1}, f"headquarters cannot ask for refund; it can: {ABLE}"),
        ("ask", {"device": "t", "command": "reverse", "receipt": "1"}, f"headquarters cannot ask for reverse; it can: {ABLE}"),
        ("ask", ["tare"], "its body cannot be read: Expected `object`, got `array`"),
        ("restart-device", {}, "its body cannot be read: Object missing required field `device`"),
        ("reprint", {"job": "x"}, "this box remembers no receipt that job 'x' has printed"),
        ("forget-member", {"ref": "m-1"}, "its body cannot be read: Object contains unknown field `ref`"),
        ("format", {}, f"this box knows no commands of kind 'format', only: {KINDS}"),
    ],
)
async def test_what_headquarters_cannot_ask_is_refused_with_its_id(tmp_path: Path, kind: str, body: Any, reason: str) -> None:
    async with open_counter(tmp_path, work=False, scale_1=Puppet()) as counter:
        await send(counter, kind, body)
        assert await counter.events(CommandRefused) == [{"id": "c-1", "reason": reason}]


async def test_the_answer_of_a_device_holds_no_long_number(tmp_path: Path) -> None:
    async def says(_command: object) -> Done:
        return Done(detail="seen 134567890123456789")

    async with open_counter(tmp_path, scale_1=Puppet(says=says)) as counter:
        await send(counter, "ask", {"device": "scale-1", "command": "tare"})
        assert (await counter.told(CommandFinished))[0]["detail"] == "seen <18 digits>"


async def test_a_member_is_forgotten_from_afar(tmp_path: Path) -> None:
    async with open_counter(tmp_path, work=False, scale_1=Puppet()) as counter:
        await send(counter, "forget-member", {"member": "m-1"})
        assert await counter.events(MemberForgotten) == [
            {"request": "c-1", "by": "headquarters", "member_ref": None, "place": ""}
        ]
