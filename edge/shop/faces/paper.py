"""Slips for whoever agreed, took it back, or was forgotten, in both languages, with nothing on them that says who it was.

The printer is that of the kiosk or of the self-checkout lane; at a screen without one the page alone says it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from drivers.commands import Block, Feed, Line, Print, command_name
from drivers.pos.cards import cut_cards
from edge.command_json import command_json
from edge.shop.faces.events import FaceConsented, FaceWithdrawn
from edge.shop.jobs import Job, queue_job
from edge.shop.members.forget import MemberForgotten
from edge.shop.moment import Moment
from edge.shop.shop import Shop
from sync.events import Event

PATIENCE = timedelta(minutes=15)
"""Whoever left without it has read it on the screen; a printer that comes back hours later prints no old ones by itself."""

Slip = FaceConsented | FaceWithdrawn | MemberForgotten

CONSENTED: dict[str, tuple[str, ...]] = {
    "zh": (
        "人脸识别同意回执",
        "告知书版本 {notice}",
        "目的：{purpose}",
        "人脸特征加密后只存于本店设备，最长 {days} 天，不上传。",
        "如何撤回：在本店自助屏表明身份后点“撤回同意”，或告诉店员。立即删除，会员码和手机号照常可用。",
        "联系：{contact}",
    ),
    "en": (
        "Consent to face recognition",
        "Notice, version {notice}",
        "Purpose: {purpose}",
        "A sealed template is kept on the box of this shop only, for {days} days at most, and sent nowhere.",
        "How to withdraw: name yourself at a screen of this shop and touch “Withdraw consent”, or tell the staff.",
        "It is deleted at once; member code and phone number go on working.",
        "Contact: {contact}",
    ),
}
WITHDRAWN: dict[str, tuple[str, ...]] = {
    "zh": ("已撤回人脸识别同意", "人脸特征已从本店设备删除，一分钟内不留任何字节。", "会员码和手机号照常可用。"),
    "en": (
        "Consent to face recognition withdrawn",
        "The template is deleted from the box of this shop; within a minute no byte of it is left.",
        "Member code and phone number go on working.",
    ),
}
FORGOTTEN: dict[str, tuple[str, ...]] = {
    "zh": (
        "已删除您的会员信息",
        "会员信息和人脸特征已从本店设备删除，一分钟内不留任何字节。",
        "本店已通知总部；历史订单保留但不再属于任何人。",
    ),
    "en": (
        "Your membership data is erased",
        "It is deleted from the box of this shop, with any template of your face; within a minute no byte of it is left.",
        "Headquarters is told. Past orders stay, and are nobody's.",
    ),
}


def print_slip(event: Slip, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """Leave the slip with the printer of the place: one for each decision, however many children a guardian agreed for."""
    printer = _printer(event.place, shop)
    if printer is None:
        return
    words = _words(event, shop)
    # What the member reads comes first.
    first = event.language if isinstance(event, FaceConsented) else shop.language
    blocks = (*_head(moment, shop), *_said(words[first]), Feed(), *_said(words["en" if first == "zh" else "zh"]), Feed(lines=2))
    yield from queue_job(
        Job(
            id=f"slip-{moment.token(event.type)}",
            device=printer,
            command=command_name(Print),
            content=command_json(Print(blocks=blocks)),
            by=event.place,
            origin="job",
            cause=event.type,
            asked_at=moment.at,
            expires_at=moment.at + PATIENCE,
        ),
        db,
    )


def _printer(place: str, shop: Shop) -> str | None:
    screen = shop.kiosks.get(place) or shop.self_checkout(place)
    return None if screen is None else screen.printer


def _words(event: Slip, shop: Shop) -> dict[str, tuple[str, ...]]:
    """The paragraphs of each language, the heading first."""
    match event:
        case FaceConsented():
            return {language: _filled(language, shop) for language in CONSENTED}
        case FaceWithdrawn():
            return WITHDRAWN
        case MemberForgotten():
            return FORGOTTEN
        case _:
            assert_never(event)


def _filled(language: str, shop: Shop) -> tuple[str, ...]:
    faces = shop.faces
    purpose = faces.purpose_zh if language == "zh" else faces.purpose_en
    facts = {"notice": faces.notice, "purpose": purpose, "days": faces.keep_days, "contact": faces.contact}
    return tuple(text.format(**facts) for text in CONSENTED[language])


def _head(moment: Moment, shop: Shop) -> tuple[Block, ...]:
    at = f"{moment.at.astimezone(ZoneInfo(shop.timezone)):%Y-%m-%d %H:%M}"
    return Line(text=shop.name, align="center", large=True, bold=True), Line(text=at, align="center"), Feed()


def _said(paragraphs: tuple[str, ...]) -> Iterator[Block]:
    heading, *rest = paragraphs
    yield Line(text=heading, align="center", bold=True)
    for text in rest:
        yield Line(text=cut_cards(text))  # the contact is the settings'
