"""What shoppers and staff show and type in a shop, planted in every way that the shop has: nothing of it can be read anywhere.

Telephones, member codes that last and that change, membership cards, bank cards, payment codes, coupons, badges, pickup codes.
As ``test_egress.py`` and ``test_counter_egress.py``, which have the till and the counter, it searches files, log, requests to
the cloud, pages, API, metrics and the paper.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import zstandard
from joserfc.jwk import OKPKey

from drivers.sim.escpos_printer import EscposSim
from drivers.sim.scanner_serial import ScannerSim
from drivers.sim.tcp_port import TcpPort
from drivers.sim.zvt_terminal import ZvtTerminalSim
from edge.shop.pickups.codes import code_hash
from sync.documents import DOCUMENT_TYP
from sync.identity import Claim, IdentityFile
from sync.signatures import public_text, sign
from tests.edge.conftest import TOKEN
from tests.edge.test_egress import CARD, GROUPED, MEMBER, PAYMENT_CODE, files, shown
from tests.shop.members.conftest import CHAIN_SECRET, SALT, hashed, one_time
from tests.shop.promotions.conftest import Signer, welcome

if TYPE_CHECKING:
    from tests.edge.conftest import FarCloud

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
KEY = OKPKey.generate_key("Ed25519", private=True)
PHONE, STRANGER, COURIER, REPLIED = "13987654321", "13712345678", "13611119999", "13544446666"
MEMBER_CARD = "6222020200112233445"
DYNAMIC = "88004171"
UNKNOWN = "GUEST-Zk93pQ7w"
COUPON, UNKNOWN_COUPON = "WELCOME-AB12XY", "SUMMER-QW34ZX"
BADGE, UNKNOWN_BADGE = "BADGE-7h2Kq9", "BADGE-0m4Tz3"
PICKUP_CODE, WRONG_CODE = "7K4MQW9Z", "3H8NRV5J"
DIGITS = (PHONE, STRANGER, COURIER, REPLIED, MEMBER_CARD, DYNAMIC, CARD, PAYMENT_CODE)
WORDS = (MEMBER, UNKNOWN, COUPON, UNKNOWN_COUPON, BADGE, UNKNOWN_BADGE, PICKUP_CODE, WRONG_CODE)
MILK = "6901234567892"
PAGES = (
    "/staff",
    "/pickups",
    "/lanes",
    "/lane/sco-1",
    "/scenes",
    "/insight",
    "/api/lanes/sco-1",
    "/api/pickups",
    "/api/members/m-1",
)
SETTINGS = """
[cloud]
url = "{cloud}"
[log]
level = "debug"
[lane.sco-1]
scanner = "scanner-1"
terminal = "terminal-1"
printer = "printer-1"
[device.scanner-1]
driver = "scanner/serial"
port = "{scanner}"
[device.terminal-1]
driver = "terminal/zvt"
host = "127.0.0.1"
port = {terminal}
currency_number = 156
[device.printer-1]
driver = "printer/escpos"
address = "{printer}"
"""


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def documents(signer: Signer) -> dict[str, dict[str, Any]]:
    """What headquarters has told this shop: hashes, and keys."""
    classes = [welcome(when_unsynced="accept"), welcome(when_unsynced="accept") | {"id": "plain"}]
    milk = {"sku": "milk", "names": {"en": "Milk", "zh": "牛奶"}, "codes": [MILK], "price_minor": 650, "unit": "piece"}
    member = {"ref": "m-1", "code_key": 1, "tier": "gold", "points": 500, "balance_minor": 1_000}
    known = {"code": MEMBER, "phone": f"86{PHONE}", "card": MEMBER_CARD}
    other = {"ref": "m-2", "code_key": 1, "code": b64(hashed("code", DYNAMIC))}
    salt = b"salt of this year"
    return {
        "catalogue": {"currency": "CNY", "items": [milk]},
        "members": {
            "salts": [b64(SALT)],
            "keys": [{"id": 1, "secret": b64(CHAIN_SECRET), "step_s": 30, "digits": 8}],
            "join": {"qr": "https://join.example/{token}"},
            "members": [member | {kind: b64(hashed(kind, text)) for kind, text in known.items()}, other],
        },
        "coupons": {
            "currency": "CNY",
            "keys": [{"x": signer.x, "classes": ["welcome"]}],
            "classes": classes,
        },
        "pickups": {
            "orders": [
                {"order": "P-1", "items": [{"sku": "milk", "qty": 1}], "code_hash": code_hash("P-1", PICKUP_CODE)},
                {
                    "order": "P-2",
                    "items": [{"sku": "milk", "qty": 1}],
                    "code_hash": code_hash("P-2", PICKUP_CODE),
                    "delivery": True,
                },
            ]
        },
        "staff": {
            "salt": b64(salt),
            "staff": [
                {"id": "g-17", "names": {"zh": "李敏", "en": "Li Min"}, "roles": ["guide"], "badge": badge(salt, BADGE)},
            ],
            "return_reasons": [{"code": "broken", "names": {"zh": "损坏", "en": "Broken"}}],
        },
        "messages": {"messages": [{"id": "n-1", "titles": {"zh": "问", "en": "Question"}, "wants_reply": True}]},
    }


def badge(salt: bytes, text: str) -> str:
    import hmac

    return hmac.digest(salt, text.encode(), "sha256")[:16].hex()


class Caller:
    """Calls over the control socket, and keeps every answer."""

    def __init__(self, box: Any) -> None:
        self.box, self.heard = box, {}  # type: ignore[var-annotated]

    async def post(self, path: str, **body: Any) -> int:
        connector = aiohttp.UnixConnector(str(self.box.folder / "run" / "control.sock"))
        async with aiohttp.ClientSession(connector=connector) as session, session.post(f"http://box{path}", **body) as answer:
            self.heard[f"answer {len(self.heard)} of {path}"] = await answer.read()
            assert answer.status < 500, (path, body, await answer.text())
            return answer.status

    async def see(self, path: str) -> None:
        connector = aiohttp.UnixConnector(str(self.box.folder / "run" / "control.sock"))
        async with aiohttp.ClientSession(connector=connector) as session, session.get(f"http://box{path}") as answer:
            assert answer.status < 500, path
            self.heard[path] = await answer.read()

    async def adopt(self, kind: str, body: dict[str, Any]) -> None:
        since = "2026-03-01T00:00:00Z"
        payload = {"kind": kind, "version": 1, "issued_at": since, "not_before": since, "body": body}
        jws = sign(msgspec.json.encode(payload), KEY, typ=DOCUMENT_TYP)
        assert await self.post("/api/documents", data=jws, headers={"Content-Type": "application/jose"}) == 200, self.heard


async def scan(box: Any, scanner: ScannerSim, *codes: str) -> None:
    """Each code, and all are seen."""
    for code in codes:
        before = (await box.device("scanner-1", "up"))["readings_seen"]
        scanner.scan(code)
        await box.until("/api/devices", lambda devices, before=before: seen_of(devices, "scanner-1") > before)


def seen_of(devices: list[dict[str, Any]], name: str) -> int:
    return next(int(each["readings_seen"] + each["unreadable"]) for each in devices if each["id"] == name)


def typed() -> list[str]:
    """Whatever somebody may type where something else was asked for."""
    return [PHONE, STRANGER, MEMBER_CARD, CARD, GROUPED, PAYMENT_CODE, MEMBER, UNKNOWN, COUPON, BADGE, PICKUP_CODE]


async def type_everything(caller: Caller) -> None:
    """On the lane's page, on the pages of staff, and by programs."""
    await caller.post("/api/lanes/sco-1/goods", json={"code": "milk", "table": PHONE})
    for text in typed():
        await caller.post("/api/lanes/sco-1/goods", json={"code": text})
        await caller.post("/api/lanes/sco-1/member", json={"code": text})
        await caller.post("/api/lanes/sco-1/coupon", json={"code": text})
        await caller.post("/api/lanes/sco-1/coupon-off", json={"coupon": text})
        await caller.post("/api/stock/counts", json={"id": f"c-{len(caller.heard)}", "lines": [{"code": text, "qty": 1}]})
        await caller.post("/api/tills/sco-1/orders/1/coupons", json={"code": text})
        await caller.post("/staff/badge", data={"badge": text})
        await caller.post("/staff/returns", data={"sku": text, "qty": "1", "reason": "broken", "wish": "repair"})
        await caller.post("/staff/returns", data={"sku": "milk", "qty": "1", "reason": text, "wish": text})
        await caller.post("/scenes", data={"do": f"choose {text}"})
        await caller.post("/scenes", data={"do": text})
        await caller.post("/api/pickups/P-1/hand-over", json={"code": text})
        await caller.post(f"/api/scenes/{text}", json={})
        await caller.post(f"/goods/{text}")
        await caller.see(f"/goods/{text}")
    await caller.post("/staff/messages/n-1/reply", data={"text": f"ask {REPLIED}, card {GROUPED}"})
    await caller.post("/api/orders/sco-1/1/refunds", json={"reason": f"call {PHONE} or {CARD}"})
    for path in PAGES:
        await caller.see(path)


async def hand_over(caller: Caller) -> None:
    """A wrong code, a telephone in place of the courier's number, then the right ones."""
    for order in ("P-1", "P-2"):
        await caller.box.until("/api/pickups", lambda told, order=order: any(each["order"] == order for each in told["waiting"]))
        await caller.post(f"/api/pickups/{order}/accept", json={})
        assert await caller.post(f"/api/pickups/{order}/ready", json={}) == 200, caller.heard
    assert await caller.post("/pickups/P-1/hand-over", data={"code": WRONG_CODE}) == 409
    assert await caller.post("/api/pickups/P-1/hand-over", json={"code": PICKUP_CODE}) == 200
    for courier in (COURIER, f"86-{COURIER}", f"c{COURIER}"):
        assert await caller.post("/api/pickups/P-2/hand-over", json={"code": PICKUP_CODE, "courier": courier}) == 409
    assert await caller.post("/api/pickups/P-2/hand-over", json={"code": PICKUP_CODE, "courier": "c-77"}) == 200


def found(seen: dict[str, bytes], coupon: str) -> list[str]:
    """Where a canary can be read."""
    digits = [r"[ ._:/-]?".join(number) for number in DIGITS]
    words = "|".join((*map(re.escape, WORDS), *digits, re.escape(coupon[5:40])))
    pattern = re.compile(words.encode(), re.IGNORECASE)
    return [
        f"{name}: {content[max(0, hit.start() - 60) : hit.end() + 20]!r}"
        for name, content in seen.items()
        if may_hold_one(content, coupon[5:40]) and (hit := pattern.search(content))
    ]


def may_hold_one(content: bytes, coupon: str) -> bool:
    """False where no canary can be: most of a disk is ruled out so in a hundredth of the time."""
    lower = content.lower()
    bare = lower.translate(None, b" ._:/-")
    return any(word.lower().encode() in lower for word in (*WORDS, coupon)) or any(one.encode() in bare for one in DIGITS)


def test_a_canary_would_be_found() -> None:
    coupon = f"SB1./{'c' * 50}"
    told = {word: f"\x00{word.upper()}\x00".encode() for word in (*WORDS, *DIGITS, coupon[5:40])}
    told["grouped"] = b"of 4929-1078 " + "-".join(CARD).encode()
    assert len(found(told, coupon)) == len(told)
    assert found({"another": b"4929 1078 5346", "none": b""}, coupon) == []


@asynccontextmanager
async def shop(run_box: RunBox, folder: Path, far_cloud: FarCloud) -> AsyncIterator[tuple[Any, ScannerSim, EscposSim]]:
    """A claimed box with a self-checkout lane, which has everything from headquarters."""
    data_dir = folder / "box" / "data"
    data_dir.mkdir(mode=0o700, parents=True)
    IdentityFile(data_dir).keep_claim(Claim(store="store-1", token=TOKEN, signing_key=public_text(KEY)))
    async with (
        ScannerSim(folder / "scanner") as scanner,
        ZvtTerminalSim(card=CARD) as terminal,
        EscposSim(TcpPort()) as printer,
    ):
        settings = SETTINGS.format(cloud=far_cloud.url, scanner=scanner.port, terminal=terminal.port, printer=printer.address)
        async with run_box(settings) as box:
            for device in ("scanner-1", "terminal-1", "printer-1"):
                await box.device(device, "up")
            yield box, scanner, printer


async def test_nothing_that_shoppers_and_staff_show_or_type_can_be_read(
    run_box: RunBox, tmp_path: Path, far_cloud: FarCloud
) -> None:
    signer = Signer()
    signed = signer.code(expires=None)
    async with shop(run_box, tmp_path, far_cloud) as (box, scanner, printer):
        caller = Caller(box)
        for kind, body in documents(signer).items():
            await caller.adopt(kind, body)
        await caller.post("/api/stock/counts", json={"id": "C-1", "lines": [{"code": "milk", "qty": 9}]})
        await hand_over(caller)
        await scan(box, scanner, UNKNOWN, UNKNOWN_COUPON, STRANGER, CARD, GROUPED, PAYMENT_CODE, UNKNOWN_BADGE, BADGE)
        await scan(box, scanner, MILK, MILK, PHONE, MEMBER_CARD, f"{DYNAMIC}.00000000")
        await scan(box, scanner, f"{DYNAMIC}.{one_time('m-2', datetime.now(UTC))}", signed, MEMBER)
        await box.until("/api/lanes/sco-1", lambda lane: lane["member"] and len(lane["account"]["coupons"]) == 1)
        assert await caller.post("/api/lanes/sco-1/pay") == 200
        await box.until("/api/lanes/sco-1", lambda lane: lane["stage"] == "thanks")
        await box.until("/api/jobs", lambda jobs: any(job["id"] == "receipt-sco-1-1" and job["state"] != "sent" for job in jobs))
        await type_everything(caller)
        await box.until("/api/status", lambda status: not any(status["journal"]["queued"].values()))
        seen = await shown(box) | caller.heard | files(tmp_path / "box" / "data")
        seen |= {"log": box.log.encode(), "paper": bytes(printer.received)}
    for number, (head, path, packed) in enumerate(far_cloud.heard):
        seen[f"request {number}"] = head.replace(f"Bearer {TOKEN}", "").encode()
        seen[f"body {number} of {path}"] = zstandard.ZstdDecompressor().decompress(packed) if packed else b""
    seen |= files(tmp_path / "box" / "data")
    assert found(seen, signed) == []
    told = {event["type"] for event in far_cloud.events}
    wanted = "member.identified coupon.redeemed order.paid pickup.handedover message.replied lane.declined request.declined"
    assert {f"storebox.{each}" for each in wanted.split()} <= told
    shoppers = [event["data"] for event in far_cloud.events if event["type"] == "storebox.member.identified"]
    assert {each["method"] for each in shoppers} >= {"code", "phone", "card", "dynamic"}
    assert "m-1" in {each["member_ref"] for each in shoppers}
    assert b"m-1" not in seen["paper"], "a receipt is left lying about"
    assert "failed" not in {letter["kind"] for letter in json.loads(seen["/api/dead-letters"])}
