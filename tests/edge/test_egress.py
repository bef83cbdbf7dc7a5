"""A member code, a card number and a payment code, planted wherever a till can put them: nothing of the box shows them in clear.

Searched are the database with its write-ahead log and every other file, the log, every request to the cloud, the page, the API,
the metrics, and what goes back to the devices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import zstandard

from drivers.sim.mqtt_device import Told
from drivers.sim.till import TillSim
from tests.edge.conftest import TOKEN, claimed

if TYPE_CHECKING:
    from tests.conftest import Mosquitto
    from tests.edge.conftest import FarCloud

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
Waits = Callable[[Callable[[], bool]], Any]
MEMBER = "MEMBER-kV7qX2"
CARD = "4929107853461286"
PAYMENT_CODE = "134567890123456789"
GROUPED = "4929 1078 5346 1286"
PAGES = (
    "/",
    "/pair",
    "/metrics",
    *(f"/api/{name}" for name in ("status", "devices", "events", "dead-letters", "jobs", "documents")),
)
TELLING_DIGITS = 11
"""More than the first six and the last four."""


def planted() -> Iterator[tuple[str, dict[str, object] | bytes]]:
    """Events of a till with a canary in each place where one has been seen, or may be: kind and fields, or the bytes."""
    order: dict[str, object] = {"order": "t-1"}
    yield "opened", {**order, "business_day": "2026-11-21", "card": CARD, "payment_code": PAYMENT_CODE, "member": MEMBER}
    yield "member", {**order, "code": MEMBER}
    yield "item", {**order, "code": MEMBER, "qty": 1}
    for number in (CARD, GROUPED, GROUPED.replace(" ", "-"), PAYMENT_CODE):
        yield "item", {**order, "code": number, "qty": 1}
        yield "item", {**order, "code": number}
        if number != PAYMENT_CODE:  # 18 digits may number an order or an event
            yield "opened", {"order": number.replace(" ", ".")}
            yield "opened", f'{{"id": "{number.replace(" ", ".")}", "order": "t-2"}}'.encode()
        yield "voided", {**order, "reason": f"declined: {number}"}
        yield "voided", {**order, "reason": f"declined: {number.replace(' ', '.')}"}
        yield "paid", {**order, "amount_minor": 1, "tender": number.replace(" ", "_")}
        yield "paid", {**order, "amount_minor": int(re.sub(r"\D", "", number)), "tender": "card"}
        yield "removed", {**order, "line": number}
        yield number.replace(" ", ""), order
        yield "opened", f'{{"id": "x", "order": "t-2", "card": "{number}"'.encode()
        yield "opened", f"\x00\xff{number}".encode("latin-1")
    yield "member", f'{{"id": "x", "code": "{MEMBER}"'.encode()
    yield "member", {**order, "code": [MEMBER]}
    yield "members", {**order, "code": MEMBER}


async def say_everything(till: TillSim, until: Waits) -> None:
    """Send it all; on return the box has answered, and has seen what cannot be answered."""
    for kind, told in planted():
        if isinstance(told, bytes):
            till.mqtt.raw(f"event/{kind}", told)
        else:
            till.mqtt.event(kind, **told)
        await till.mqtt.answered()
    till.mqtt.report("lamp", CARD)
    till.mqtt.raw("$description", json.dumps({"model": CARD}).encode(), retain=True)
    till.mqtt.raw("$state", CARD.encode(), retain=True)
    await until(till.mqtt.delivered)
    till.open()
    await till.mqtt.answered()


async def shown(box: Any) -> dict[str, bytes]:
    """Every page and every answer of the API, and what an open page is told at once."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    seen = {}
    async with aiohttp.ClientSession("http://box", connector=connector) as session:
        for path in PAGES:
            async with session.get(path) as answer:
                assert answer.status == 200, path
                seen[path] = await answer.read()
        async with session.get("/stream") as answer:
            seen["/stream"] = await answer.content.readuntil(b"event: beat")
    return seen


def files(folder: Path) -> dict[str, bytes]:
    """What stands on the disk."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def found(seen: dict[str, bytes]) -> list[str]:
    """Where a canary can be read."""
    starts = [(number, at) for number in (CARD, PAYMENT_CODE) for at in range(len(number) - TELLING_DIGITS + 1)]
    windows = [r"[ ._:/-]?".join(number[at : at + TELLING_DIGITS]) for number, at in starts]
    words = "|".join([MEMBER, *windows]).encode()
    return [f"{name}: {hit[0]!r}" for name, content in seen.items() if (hit := re.search(words, content))]


def test_a_canary_would_be_found() -> None:
    told = {"a": MEMBER.encode(), "b": b"x4929 1078 5346", "c": b"\x00134567890123456789\x00", "d": b"492910******1286"}
    assert [place[0] for place in found(told)] == ["a", "b", "c"]


async def test_no_code_and_no_card_number_leaves_the_till_in_clear(
    run_box: RunBox, tmp_path: Path, mosquitto: Mosquitto, far_cloud: FarCloud, until: Waits
) -> None:
    data_dir = tmp_path / "box" / "data"
    claimed(data_dir)
    settings = f'[cloud]\nurl = "{far_cloud.url}"\n[log]\nlevel = "debug"\n'
    settings += '[lane.1]\ntill = "till-1"\n[device.till-1]\ndriver = "till/mqtt"\n'
    settings += f'[mqtt]\nport = {mosquitto.port}\npassword_file = "{mosquitto.password_file("storebox")}"\n'
    answers: list[str] = []

    def hear(told: Told) -> None:
        if told.keys() & {"acked", "refused"}:
            answers.append(json.dumps(told))

    address, password = (mosquitto.host, mosquitto.port), mosquitto.password("till-1")
    async with (
        run_box(settings) as box,
        TillSim(address, box=mosquitto.box, device="till-1", password=password, tell=hear) as till,
    ):
        await box.device("till-1", "up")
        await say_everything(till, until)
        await box.until("/api/status", lambda status: not any(status["journal"]["queued"].values()))
        seen = await shown(box) | files(data_dir) | {"log": box.log.encode(), "MQTT": "\n".join(answers).encode()}
    assert len(answers) > 20
    assert any(event["type"] == "storebox.member.identified" for event in far_cloud.events)
    assert seen["/api/dead-letters"].count(b'"first_at"') > 10
    for number, (head, path, body) in enumerate(far_cloud.heard):
        seen[f"request {number}"] = head.replace(f"Bearer {TOKEN}", "").encode()
        seen[f"body {number} of {path}"] = zstandard.ZstdDecompressor().decompress(body) if body else b""
    seen |= files(data_dir)
    assert found(seen) == []
    assert [name for name, content in seen.items() if TOKEN.encode() in content] == [str(data_dir / "identity.json")]
