"""Settings of headquarters work in a running box at once and after a restart; the file's lines stay as they are."""

from __future__ import annotations

import asyncio
import os
import tomllib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from joserfc.jwk import OKPKey

from config.schema import Settings
from edge.shop.pickups.codes import code_hash
from edge.shop.settings.document import Said
from edge.told_settings import ALARM, ToldSettings
from sync.commits import carry_out
from sync.documents import DOCUMENT_TYP
from sync.signatures import public_text, sign
from tests.edge.box_process import BoxProcess
from tests.edge.puppets import open_counter

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
KEY = OKPKey.generate_key("Ed25519", private=True)
SETTINGS = '[cloud]\nsigning_key_file = "{key}"\n[pickup]\nkeep_hours = 24\n'
SINCE = "2026-03-01T00:00:00Z"
GOODS = {"currency": "CNY", "items": [{"sku": "milk", "names": {"en": "Milk"}, "price_minor": 650, "unit": "piece"}]}


async def adopt(box: Any, kind: str, version: int, body: dict[str, Any]) -> str:
    """Bring a signed document; what the box says of it."""
    payload = {"kind": kind, "version": version, "issued_at": SINCE, "not_before": SINCE, "body": body}
    jws = sign(msgspec.json.encode(payload), KEY, typ=DOCUMENT_TYP)
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post("http://box/api/documents", data=jws, headers={"Content-Type": "application/jose"}) as answer,
    ):
        return str((await answer.json(content_type=None))["detail"])


async def command(box: Any, *words: str) -> str:
    """What a command of ``storebox`` prints, asking ``box``."""
    said, socket = box.folder / "said", box.folder / "run" / "control.sock"
    ended = BoxProcess(*words, "--socket", str(socket), log=said, environ=os.environ, first="")
    assert await ended.wait() == 0
    return str(said.read_text())


def order(name: str) -> dict[str, Any]:
    return {"order": name, "items": [{"sku": "milk", "qty": 1}], "code_hash": code_hash(name, "1234"), "priority": 0}


def waiting(*names: str) -> Callable[[dict[str, Any]], bool]:
    """Whether they wait for staff to accept them, as headquarters says; by itself a box accepts or refuses at once."""
    return lambda told: {each["order"]: each["state"] for each in told["waiting"]} == dict.fromkeys(names, "announced")


async def test_settings_of_headquarters_work_at_once_and_after_a_restart(run_box: RunBox, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(public_text(KEY))
    settings = SETTINGS.format(key=tmp_path / "key")
    async with run_box(settings) as box:
        await box.until("/api/settings", lambda told: told["version"] == 0)
        said = {"pickup": {"accept": "staff", "sla_minutes": 20, "keep_hours": 99}}
        await adopt(box, "settings", 3, said)
        refused = await adopt(box, "settings", 4, {"pickup": {"accept": "nobody"}, "web": {}})
        assert '"nobody" is not "auto" or "staff" - at `$.pickup.accept`' in refused
        assert "insight, members - at `$.web`" in refused
        told = await box.until("/api/settings", lambda told: told["version"] == 3 and told)
        assert told["said"] == said
        assert told["overruled"] == ["pickup.keep_hours"]
        assert (told["settings"]["pickup"]["keep_hours"], told["settings"]["pickup"]["sla_minutes"]) == (24, 20)
        await box.until("/api/status", lambda _status: "headquarters' settings are used" in box.log)
        await adopt(box, "catalogue", 1, GOODS)
        await adopt(box, "pickups", 1, {"orders": [order("P-1")]})
        await box.until("/api/pickups", waiting("P-1"))
    async with run_box(settings) as box:
        await box.until("/api/settings", lambda told: told["version"] == 3)
        await adopt(box, "pickups", 2, {"orders": [order("P-1"), order("P-2")]})
        await box.until("/api/pickups", waiting("P-1", "P-2"))
        shown = await command(box, "settings")
        assert tomllib.loads(shown)["pickup"]["accept"] == "staff"
        assert shown.splitlines()[-2:] == [
            "# headquarters says (version 3): pickup.accept, pickup.sla_minutes, pickup.keep_hours",
            "# the settings file overrules it in: pickup.keep_hours",
        ]


async def test_what_headquarters_said_and_nobody_understands_any_more_is_an_alarm(tmp_path: Path) -> None:
    used: list[int] = []

    async def use(said: Said) -> None:
        used.append(said.version)

    def written_by_a_later_box(db: Any) -> None:
        db.execute('INSERT OR REPLACE INTO remote_settings VALUES (1, 7, \'{"pickup": {"gone": 1}}\')')

    def published_anew(db: Any) -> None:
        db.execute("UPDATE remote_settings SET said = '{}', version = 8")

    async with open_counter(tmp_path, work=False) as counter:
        told = ToldSettings(journal=counter.journal, board=counter.board, written=Settings, use=use, known=0, look_s=0.01)
        running = asyncio.create_task(told.run(), name="told")
        await carry_out(counter.journal, written_by_a_later_box, datetime.now(UTC))
        await counter.shown(lambda board: "version 7 of headquarters' settings" in board.alarms.get(ALARM, ""))
        await carry_out(counter.journal, published_anew, datetime.now(UTC))
        await counter.shown(lambda board: ALARM not in board.alarms)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert used[0] == 7
