"""Messages and tasks from headquarters: delivered, read, answered, and told to others when nobody reads them in time.

    {"messages": [{"id": "m-1", "kind": "task", "urgent": true, "to": ["stock"], "titles": {"zh": "补货", "en": "Refill"},
                   "texts": {"zh": "…", "en": "…"}, "wants_reply": false, "expires_at": "2026-11-22T12:00:00Z",
                   "escalate_at": "2026-11-21T12:30:00Z", "escalate_to": "lead"}]}

The document names all messages that still count. Times are UTC.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from edge.shop.bodies import read_body
from edge.shop.declined import Declined
from edge.shop.far_days import refuse_far
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.part import Decision, Timer
from edge.shop.shop import Shop
from edge.shop.staff.document import StaffId, StaffRole
from edge.shop.staff.events import MessageDelivered, MessageEscalated, MessageRead, MessageReplied
from edge.shop.staff.inbox import is_for
from sync.adopters import Adopter, DocumentRefused
from sync.events import Event, rfc3339

MOST_REPLY_CHARS = 500
ESCALATED_AT_ONCE = 20
MessageId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class Titles(msgspec.Struct, frozen=True, kw_only=True):
    """The title in both languages."""

    zh: Title
    en: Title


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """What it says in both languages."""

    zh: Text = ""
    en: Text = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message or task. ``to`` names roles and persons; nobody named is everybody. Times name their zone."""

    id: MessageId
    kind: Literal["message", "task"] = "message"
    urgent: bool = False
    to: tuple[StaffRole | StaffId, ...] = ()
    titles: Titles
    texts: Texts = Texts()
    wants_reply: bool = False
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    escalate_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    escalate_to: StaffRole | StaffId = "lead"


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    messages: Annotated[tuple[Message, ...], msgspec.Meta(max_length=1_000)]


def messages_adopter(_shop: Shop) -> Adopter:
    """Adopts documents of kind ``messages``."""
    return Adopter(kind="messages", parse=parse_messages, adopt=adopt_messages, shape=Body)


def parse_messages(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the messages")
    first: dict[str, int] = {}
    for place, message in enumerate(parsed.messages):
        if first.setdefault(message.id, place) != place:
            told = f"the message {message.id} at `$.messages[{place}]` stands at `$.messages[{first[message.id]}]` already"
            raise DocumentRefused(told)
        refuse_far(message.expires_at, f"$.messages[{place}].expires_at")
        refuse_far(message.escalate_at, f"$.messages[{place}].escalate_at")
    return parsed


def adopt_messages(body: Body, _version: int, db: sqlite3.Connection) -> list[Event]:
    """These are the messages from now on; those that are new here are reported as delivered."""
    known = {message for (message,) in db.execute("SELECT message FROM messages")}
    escalated = {message for (message,) in db.execute("SELECT message FROM messages WHERE escalated = 1")}
    db.execute("DELETE FROM messages")
    db.executemany(
        "INSERT INTO messages (message, kind, urgent, audience, title_zh, title_en, text_zh, text_en, wants_reply, expires_at, "
        "escalate_at, escalate_to, escalated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_row(message, message.id in escalated) for message in body.messages],
    )
    db.execute("DELETE FROM messages_read WHERE message NOT IN (SELECT message FROM messages)")
    return [MessageDelivered(message=message.id) for message in body.messages if message.id not in known]


def read_message(message: str, staff: str) -> Decision:
    """``staff`` has read it, or done the task; a second time changes nothing. Raises Declined for what is for others."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        _check_for(db, message, staff)
        seen = db.execute("SELECT 1 FROM messages_read WHERE message = ? AND staff = ?", (message, staff)).fetchone()
        return () if seen else (MessageRead(message=message, staff=staff),)

    return decide


def reply_to(message: str, staff: str, text: str) -> Decision:
    """``staff`` answers; an answer is also a reading. Raises Declined for what is for others, and for no answer or a book."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        _check_for(db, message, staff)
        told = text.strip()
        if not 1 <= len(told) <= MOST_REPLY_CHARS:
            raise Declined("reply-length", f"an answer has 1 to {MOST_REPLY_CHARS} characters", most=MOST_REPLY_CHARS)
        return (MessageReplied(message=message, staff=staff, text=masked(told)),)

    return decide


_DUE = "FROM messages WHERE escalated = 0 AND escalate_at IS NOT NULL AND escalate_at <= ?"
"""By the index alone; what was read or has expired leaves it when its time comes."""


def _is_due(db: sqlite3.Connection, at: datetime, _shop: Shop) -> bool:
    return db.execute(f"SELECT 1 {_DUE} LIMIT 1", (rfc3339(at),)).fetchone() is not None


def _escalate(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    now = rfc3339(moment.at)
    due = db.execute(
        f"""
        SELECT message, escalate_to, expires_at IS NOT NULL AND expires_at <= ?
            OR EXISTS (SELECT 1 FROM messages_read AS seen WHERE seen.message = messages.message)
        {_DUE} LIMIT ?
        """,  # noqa: S608
        (now, now, ESCALATED_AT_ONCE),
    )
    for message, to, needless in due.fetchall():
        if needless:
            db.execute("UPDATE messages SET escalate_at = NULL WHERE message = ?", (message,))
        else:
            yield MessageEscalated(message=message, to=to)


ESCALATION = Timer(name="unread messages", is_due=_is_due, decide=_escalate, silent=True)


def _check_for(db: sqlite3.Connection, message: str, staff: str) -> None:
    for_them = is_for(db, message, staff)
    if for_them is None:
        raise Declined("message-gone", "headquarters has taken this message back: load the page again")
    if not for_them:
        raise Declined("message-of-others", "this message is for others: it stays unread until one of them has opened it")


def _row(message: Message, escalated: bool) -> tuple[object, ...]:
    return (
        *(message.id, message.kind, message.urgent, " ".join(message.to), message.titles.zh, message.titles.en),
        *(message.texts.zh, message.texts.en, message.wants_reply),
        *(None if at is None else rfc3339(at) for at in (message.expires_at, message.escalate_at)),
        *(message.escalate_to, escalated),
    )
