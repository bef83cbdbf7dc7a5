"""``POST /v1/events``: one batch and its answer, checked against what was sent before anything is called done."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sync import cloudevents
from sync.cloud_client import CloudClient
from sync.cloud_errors import BatchRefused, CloudOdd
from sync.cloudevents import Encoded
from sync.poison import Settled

MAX_PROBLEM_CHARS = 500


class Rejection(msgspec.Struct, frozen=True):
    """One event that the cloud calls invalid."""

    id: str
    problem: str


class EventsAnswer(msgspec.Struct, frozen=True):
    """How many the cloud took, how many it had already, and the ones it will never take."""

    accepted: int
    duplicates: int
    rejected: list[Rejection]


async def post_events(client: CloudClient, events: Sequence[Encoded], token: str) -> Settled | BatchRefused:
    """Send ``events`` in one request. A refusal of the whole request is returned; other CloudErrors are raised."""
    body = cloudevents.zstd(cloudevents.batch(events))
    headers = {"Content-Type": cloudevents.BATCH_TYPE, "Content-Encoding": "zstd"}
    url = client.address.at("v1", "events")
    try:
        answer = await client.ask("POST", url, EventsAnswer, token=token, body=body, headers=headers)
    except BatchRefused as refusal:
        return refusal
    return _settled(events, answer)


def _settled(events: Sequence[Encoded], answer: EventsAnswer) -> Settled:
    """Raises CloudOdd when the answer does not account for every event."""
    problems = {rejection.id: rejection.problem[:MAX_PROBLEM_CHARS] for rejection in answer.rejected}
    rejected = [(event.sequence, problems[event.id]) for event in events if event.id in problems]
    if min(answer.accepted, answer.duplicates) < 0 or answer.accepted + answer.duplicates + len(rejected) != len(events):
        counts = f"{answer.accepted} accepted, {answer.duplicates} duplicates, {len(rejected)} of them rejected"
        raise CloudOdd(f"the cloud's answer to {len(events)} events does not add up ({counts}); they are sent again")
    return Settled(done=[event.sequence for event in events if event.id not in problems], rejected=rejected)
