"""A price that changes at its moment in a running box: on the label over the radio, on the scale over its wire, with proof."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from joserfc.jwk import OKPKey

from drivers.sim.dialog06 import DialogSim
from drivers.sim.openepaperlink import AccessPointSim
from edge.label_drawing import FONTS
from sync.documents import DOCUMENT_TYP
from sync.signatures import public_text, sign

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
KEY = OKPKey.generate_key("Ed25519", private=True)
LABEL = "00000211B1C2D3E4"
SINCE = "2026-03-01T00:00:00Z"
SETTINGS = """
[cloud]
signing_key_file = "{key}"
[device.labels-1]
driver = "labels/openepaperlink"
host = "127.0.0.1"
port = {point}
[device.scale-1]
driver = "scale/dialog-06"
port = "{scale}"
"""
GOODS = {
    "currency": "CNY",
    "items": [{"sku": "4011", "names": {"zh": "香蕉", "en": "Bananas"}, "price_minor": 798, "unit": "kg"}],
}
PLANOGRAM = {
    "labels": [{"device": "labels-1", "label": LABEL, "sku": "4011", "width_px": 152, "height_px": 152}],
    "scales": [{"device": "scale-1", "sku": "4011"}],
    "tills": ["till-9"],
}


async def adopt(box: Any, kind: str, body: dict[str, Any]) -> None:
    """Bring a signed document over the control socket."""
    payload = {"kind": kind, "version": 1, "issued_at": SINCE, "not_before": SINCE, "body": body}
    jws = sign(msgspec.json.encode(payload), KEY, typ=DOCUMENT_TYP)
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    headers = {"Content-Type": "application/jose"}
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post("http://box/api/documents", data=jws, headers=headers) as answer,
    ):
        assert answer.status < 400, await answer.text()


def settled(price_minor: int) -> Callable[[list[dict[str, Any]]], bool]:
    def holds(changes: list[dict[str, Any]]) -> bool:
        return (
            bool(changes)
            and changes[0]["price_minor"] == price_minor
            and all(each["state"] != "asked" for each in changes[0]["places"])
        )

    return holds


@pytest.mark.skipif(not any(font.exists() for font in FONTS), reason="no font with Chinese letters on this machine")
async def test_a_price_changes_on_label_and_scale_at_its_moment(run_box: RunBox, tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "key").write_text(public_text(KEY))
    async with AccessPointSim() as point, DialogSim(link=tmp_path / "scale") as scale:
        label = point.add(LABEL)
        settings = SETTINGS.format(key=tmp_path / "key", point=point.port, scale=scale.port)
        async with run_box(settings) as box:
            await box.device("labels-1", "up")
            await box.device("scale-1", "up")
            await adopt(box, "catalogue", GOODS)
            await adopt(box, "planogram", PLANOGRAM)
            await box.until("/api/prices/changes", settled(798))
            before = label.picture
            effective_at = (datetime.now(UTC) + timedelta(seconds=2)).isoformat(timespec="milliseconds")
            change = {"sku": "4011", "price_minor": 698, "effective_at": effective_at}
            await adopt(box, "prices", {"currency": "CNY", "changes": [change]})
            told = (await box.until("/api/prices/changes", settled(698)))[0]
            events = {each["type"] for each in await box.ask("/api/events?limit=100")}
    assert 0 <= told["late_ms"] < 30_000, "not before its moment"
    assert {each["kind"]: each["state"] for each in told["places"]} == {
        "label": "confirmed",
        "scale": "confirmed",
        "till": "failed",
    }
    assert (
        next(each["detail"] for each in told["places"] if each["kind"] == "till") == "no device is called till-9 in the settings"
    )
    assert label.picture != before
    assert Image.open(io.BytesIO(label.picture)).size == (152, 152)
    assert {"storebox.price.applied", "storebox.label.shown", "storebox.price.taken", "storebox.price.missed"} <= events
