"""Every exchange that docs/sync-api.md shows is what the reference cloud answers."""

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import msgspec
from aiohttp import ClientSession

from sync.claims import proof_text
from sync.cloud import routes
from sync.cloud.publish import issue_code, publish
from sync.cloudevents import CloudEvent
from sync.commands import CloudCommand
from sync.documents import Document, Manifest
from sync.identity import Identity
from tests.sync.cloud.conftest import LocalCloud
from tests.sync.cloud.small_shop import Shop

PAGE = (Path(__file__).parents[3] / "docs" / "sync-api.md").read_text("utf-8")
EVENT_ID = "01970c51-6b6a-7c3e-9a57-0d6a2f6f3a11"


@dataclass
class Message:
    """A request or an answer as the page shows it."""

    first: str
    headers: dict[str, str]
    body: str

    @classmethod
    def read(cls, block: str) -> "Message":
        head, _, body = block.partition("\n\n")
        first, *lines = head.splitlines()
        return cls(first, dict(line.split(": ", 1) for line in lines), body)


MESSAGES = [Message.read(block) for block in re.findall(r"```http\n(.*?)```", PAGE, re.DOTALL)]
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def _same(shown: Any, got: Any, known: dict[str, str]) -> bool:
    """Equal, where ``$NAMES`` of the page stand for what is learnt from the first answer that has them."""
    if isinstance(shown, str) and (name := re.fullmatch(r"\$([A-Z_]+)", shown)):
        return bool(known.setdefault(name[1], got) == got)
    if isinstance(shown, dict):
        return set(shown) == set(got) and all(_same(shown[key], got[key], known) for key in shown)
    if isinstance(shown, list):
        return len(shown) == len(got) and all(_same(one, other, known) for one, other in zip(shown, got, strict=True))
    equal: bool = shown == got
    return equal


class Reader:
    """Sends what the page shows."""

    def __init__(self, session: ClientSession, cloud: LocalCloud, known: dict[str, str]) -> None:
        self._session = session
        self._cloud = cloud
        self.known = known

    async def send(self, request: Message, answer: Message, **changed: str) -> None:
        names = self.known | changed
        method, path = Template(request.first).substitute(names).split(" ")
        headers = {name: Template(value).substitute(names) for name, value in request.headers.items()}
        body = Template(request.body).substitute(names).encode() or None
        async with self._session.request(method, self._cloud.url + path, headers=headers, data=body) as response:
            got = msgspec.json.decode(await response.read())
            assert response.status == int(answer.first), got
            assert response.content_type == answer.headers["Content-Type"]
        assert _same(msgspec.json.decode(answer.body), got, self.known), got


def _asked(identity: Identity, code: str) -> dict[str, str]:
    proof = identity.sign(proof_text(code, identity.box))
    return {"CODE": code, "BOX": identity.box, "PUBLIC_KEY": identity.public_key(), "PROOF": proof}


async def test_every_exchange_is_true(cloud: LocalCloud, shop: Shop) -> None:
    claim, claimed, refused, events, accepted, repeated, rejected, poll, page, fleet, boxes, one, box = MESSAGES
    identity = shop.identity.identity
    async with ClientSession() as session:
        reader = Reader(session, cloud, _asked(identity, await issue_code(cloud.sink_url, "s-1")))
        await reader.send(claim, claimed)
        await reader.send(claim, refused, **_asked(identity, "AAAA"))
        await reader.send(events, accepted)
        await reader.send(events, repeated)
        other = Message(events.first, events.headers, events.body.replace(EVENT_ID, EVENT_ID[:-1] + "2"))
        await reader.send(other, rejected)
        await publish(cloud.sink_url, "catalogue", b'{"currency":"CNY","items":[]}')
        await reader.send(poll, page)
        reader.known["ADMIN_TOKEN"] = cloud.sink.with_name("cloud.db.admin-token").read_text()
        await reader.send(fleet, boxes)
        await reader.send(one, box)
    assert set(reader.known) > {"TOKEN", "SIGNING_KEY", "JWS"}


def test_the_payloads_have_the_form_that_boxes_read() -> None:
    document, manifest, command = EXAMPLES
    assert msgspec.json.decode(document, type=Document).kind == "catalogue"
    assert msgspec.json.decode(manifest, type=Manifest).rows == "items"
    assert msgspec.json.decode(command, type=CloudCommand).kind == "ask"


def test_every_attribute_of_an_event_is_explained() -> None:
    table = PAGE[PAGE.index("| attribute |") : PAGE.index("**Each event once.**")]
    fixed = {"specversion", "datacontenttype", "data", "type"}
    explained = set(re.findall(r"`([a-z]+)`", table))
    assert {field.name for field in msgspec.structs.fields(CloudEvent)} - fixed <= explained


def test_every_route_is_on_the_page() -> None:
    for path in re.findall(r'add_(?:get|post)\("([^"]+)"', Path(routes.__file__).read_text("utf-8")):
        shown = path.replace("{digest:[0-9a-f]{64}}", "{sha256}")
        assert f"{shown}`" in PAGE or f"{shown}?" in PAGE, path
