"""How a box joins a store: a one-time code, typed once by the technician, becomes a token and the key that signs documents."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sync.cloud_client import CloudClient
from sync.cloud_errors import CloudError
from sync.identity import Claim, Identity
from sync.signatures import KeyUnreadable, public_key

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class ClaimRefused(Exception):
    """The cloud gave no claim; the text says why."""


class ClaimRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``proof`` is the box's Ed25519 signature of ``proof_text``, base64url without padding."""

    code: Text
    box: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    public_key: Text
    proof: Text


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The box's place in the chain."""

    box: str
    store: Text
    token: Text
    signing_key: Text


def proof_text(code: str, box: str) -> bytes:
    """What the box signs, so that nobody claims in its name."""
    return f"storebox-claim\n{code}\n{box}".encode()


async def claim(client: CloudClient, code: str, identity: Identity) -> Claim:
    """Join the store that ``code`` was issued for. May be repeated with the same code. Raises ClaimRefused."""
    proof = identity.sign(proof_text(code, identity.box))
    request = ClaimRequest(code=code, box=identity.box, public_key=identity.public_key(), proof=proof)
    headers = {"Content-Type": "application/json"}
    try:
        answer = await client.ask(
            "POST", client.address.at("v1", "claims"), ClaimAnswer, body=msgspec.json.encode(request), headers=headers
        )
    except CloudError as error:
        raise ClaimRefused(str(error)) from error
    if answer.box != identity.box:
        raise ClaimRefused(f"the cloud answered for box {answer.box}, this one is {identity.box}; nothing was kept")
    try:
        public_key(answer.signing_key)
    except KeyUnreadable as error:
        raise ClaimRefused(f"the cloud's signing key cannot be used ({error}); nothing was kept") from error
    return Claim(store=answer.store, token=answer.token, signing_key=answer.signing_key)
