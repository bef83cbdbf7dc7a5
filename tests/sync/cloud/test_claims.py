from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession, web

from sync.claims import ClaimRefused, claim, proof_text
from sync.cloud.publish import issue_code
from sync.cloud_client import CloudClient
from sync.identity import Claim, IdentityFile
from sync.signatures import public_key
from tests.sync.cloud.conftest import LocalCloud, OddCloud


@pytest.fixture
def box(tmp_path: Path) -> IdentityFile:
    return IdentityFile(tmp_path)


@pytest.fixture
def other(tmp_path: Path) -> IdentityFile:
    (tmp_path / "other").mkdir()
    return IdentityFile(tmp_path / "other")


async def test_a_code_brings_a_box_into_its_store(cloud: LocalCloud, client: CloudClient, box: IdentityFile) -> None:
    code = await issue_code(cloud.sink_url, "s-1")
    gained = await claim(client, code, box.identity)
    assert gained.store == "s-1"
    public_key(gained.signing_key)
    assert cloud.rows("SELECT box, store, public_key FROM boxes") == [(box.identity.box, "s-1", box.identity.public_key())]


async def test_a_code_may_be_typed_as_people_type(cloud: LocalCloud, client: CloudClient, box: IdentityFile) -> None:
    code = await issue_code(cloud.sink_url, "s-1")
    assert (await claim(client, f" {code.replace('-', ' ').lower()} ".strip(), box.identity)).store == "s-1"


async def test_the_token_is_kept_only_as_a_hash(cloud: LocalCloud, client: CloudClient, box: IdentityFile) -> None:
    code = await issue_code(cloud.sink_url, "s-1")
    gained = await claim(client, code, box.identity)
    stored = b"".join(path.read_bytes() for path in cloud.sink.parent.glob("cloud.db*"))
    assert gained.token.encode() not in stored
    assert code.replace("-", "").encode() not in stored


async def test_a_lost_answer_is_asked_for_again(cloud: LocalCloud, client: CloudClient, box: IdentityFile) -> None:
    code = await issue_code(cloud.sink_url, "s-1")
    first = await claim(client, code, box.identity)
    again = await claim(client, code, box.identity)
    assert again.token != first.token
    assert await _status(cloud, first) == 401
    assert await _status(cloud, again) == 200


async def test_a_code_serves_one_box(cloud: LocalCloud, client: CloudClient, box: IdentityFile, other: IdentityFile) -> None:
    code = await issue_code(cloud.sink_url, "s-1")
    await claim(client, code, box.identity)
    with pytest.raises(ClaimRefused, match="this code has been used by another box; ask headquarters for a new one"):
        await claim(client, code, other.identity)


async def test_an_unknown_code_is_refused(client: CloudClient, box: IdentityFile) -> None:
    with pytest.raises(ClaimRefused, match=r"answered 422 .*this code was never issued; check it letter by letter"):
        await claim(client, "AAAA-BBBB", box.identity)


async def test_an_old_code_is_refused(cloud: LocalCloud, client: CloudClient, box: IdentityFile) -> None:
    code = await issue_code(cloud.sink_url, "s-1", valid_s=-1)
    with pytest.raises(ClaimRefused, match=r"this code was valid until .*; ask headquarters for a new one"):
        await claim(client, code, box.identity)


async def test_a_copied_identity_is_noticed(
    cloud: LocalCloud, client: CloudClient, box: IdentityFile, other: IdentityFile
) -> None:
    await claim(client, await issue_code(cloud.sink_url, "s-1"), box.identity)
    copied = msgspec.structs.replace(other.identity, box=box.identity.box)
    with pytest.raises(ClaimRefused, match=r"a box of this id is registered with another key; was its identity copied?"):
        await claim(client, await issue_code(cloud.sink_url, "s-1"), copied)


async def test_nobody_claims_in_anothers_name(cloud: LocalCloud, box: IdentityFile, other: IdentityFile) -> None:
    code = await issue_code(cloud.sink_url, "s-1")
    identity = box.identity
    asked = {"code": code, "box": identity.box, "public_key": identity.public_key()}
    forged = {**asked, "proof": other.identity.sign(proof_text(code, identity.box))}
    assert await _post(cloud, forged) == (422, "claim refused", "proof was not signed with the box's private key")


async def test_an_unreadable_claim_is_refused(cloud: LocalCloud, box: IdentityFile) -> None:
    asked = {"code": "A", "box": box.identity.box, "public_key": "short", "proof": "x"}
    status, title, detail = await _post(cloud, asked)
    assert (status, title) == (400, "claim unreadable")
    assert detail.startswith("public_key or proof cannot be read: ")
    status, _, detail = await _post(cloud, {"code": "A"})
    assert status == 400
    assert detail == "the body is no claim: Object missing required field `box`"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"box": "0" * 32}, "the cloud answered for box 00000000000000000000000000000000, this one is"),
        ({"signing_key": "rubbish"}, "the cloud's signing key cannot be used (not an Ed25519 public key"),
    ],
)
async def test_an_odd_answer_is_not_kept(odd_cloud: OddCloud, box: IdentityFile, change: dict[str, str], why: str) -> None:
    key = box.identity.public_key()
    answer = {"box": box.identity.box, "store": "s-1", "token": "t", "signing_key": key, **change}

    async def one(_request: web.Request) -> web.Response:
        return web.json_response(answer)

    odd_cloud.answer = one
    async with CloudClient(odd_cloud.url) as client:
        with pytest.raises(ClaimRefused) as caught:
            await claim(client, "code", box.identity)
    assert why in str(caught.value)
    assert str(caught.value).endswith("nothing was kept")


async def _post(cloud: LocalCloud, content: dict[str, str]) -> tuple[int, str, str]:
    async with ClientSession() as session, session.post(f"{cloud.url}/v1/claims", json=content) as response:
        problem = msgspec.json.decode(await response.read())
        assert response.content_type == "application/problem+json"
        return response.status, problem["title"], problem["detail"]


async def _status(cloud: LocalCloud, gained: Claim) -> int:
    headers = {"Authorization": f"Bearer {gained.token}"}
    async with ClientSession(headers=headers) as session, session.get(f"{cloud.url}/v1/documents") as response:
        return response.status
