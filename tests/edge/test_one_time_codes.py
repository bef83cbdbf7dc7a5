"""A one-time code from a phone, over a scanner's wire to a running box: verified with no internet, once, and never stored."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from drivers.sim.scanner_serial import ScannerSim
from sync.documents import DOCUMENT_TYP
from sync.signatures import public_text, sign
from tests.edge.lanes.test_self_checkout import KEY, LANE, RunBox, adopt, call
from tests.shop.members.conftest import CHAIN_SECRET, SALT, hashed, one_time

SETTINGS = """
[cloud]
signing_key_file = "{key}"
[store]
language = "en"
[log]
level = "debug"
[lane.sco-1]
scanner = "scanner-1"
[device.scanner-1]
driver = "scanner/serial"
port = "{scanner}"
repeat_ms = 0
"""
SYNCED = """
from pathlib import Path
import edge.host.clock
edge.host.clock.clock_state.__defaults__ = (Path("{mark}"),)
"""
"""As on a box whose time server has answered: the mark that it leaves is there."""

MEMBER = {"ref": "m-1001", "code": b64encode(hashed("code", "77001001")).decode(), "code_key": 1, "tier": "gold", "points": 0}
BODY = {
    "salts": [b64encode(SALT).decode()],
    "keys": [{"id": 1, "secret": b64encode(CHAIN_SECRET).decode(), "step_s": 60, "digits": 8}],
    "members": [MEMBER],
}


async def adopt_members(box: Any) -> None:
    since = "2026-03-01T00:00:00Z"
    payload = {"kind": "members", "version": 1, "issued_at": since, "not_before": since, "body": BODY}
    jws = sign(msgspec.json.encode(payload), KEY, typ=DOCUMENT_TYP)
    await call(box, "/api/documents", data=jws, headers={"Content-Type": "application/jose"})


def shown_now(steps: int = 0) -> str:
    return "77001001." + one_time("m-1001", datetime.now(UTC), step_s=60, steps=steps)


async def test_a_phone_s_code_is_verified_with_no_internet_once_and_is_nowhere(run_box: RunBox, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(public_text(KEY))
    (tmp_path / "synchronized").touch()
    async with ScannerSim(tmp_path / "scanner") as scanner:
        settings = SETTINGS.format(key=tmp_path / "key", scanner=scanner.port)
        async with run_box(settings, first=SYNCED.format(mark=tmp_path / "synchronized")) as box:
            await box.device("scanner-1", "up")
            await adopt(box)
            await adopt_members(box)
            code, old = shown_now(), shown_now(steps=-30)
            scanner.scan(old)
            told = await box.until(LANE, lambda lane: lane["notice_number"] == 1)
            assert told["notice"].startswith("This member code is wrong or too old.")
            scanner.scan(code)
            told = await box.until(LANE, lambda lane: lane["member"])
            assert told["member"] == "Member ****01 · gold"
            scanner.scan(code)
            told = await box.until(LANE, lambda lane: lane["notice_number"] == 2)
            assert told["notice"] == "This member code was used already. Please wait for the next one on your phone."
            events = await box.ask("/api/events?limit=50")
            (named,) = [each["data"] for each in events if each["type"] == "storebox.member.identified"]
            assert (named["member_ref"], named["method"], named["verified"], named["doubt"]) == ("m-1001", "dynamic", True, "")
            kept = b"".join(path.read_bytes() for path in box.folder.rglob("*") if path.is_file()) + str(events).encode()
        assert [each for each in (code, old, code.partition(".")[2], "77001001") if each.encode() in kept] == []
