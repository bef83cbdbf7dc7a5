"""The receipt of an order for which the box is the till: a job that is left in the same transaction as the payment.

What headquarters wants printed below it comes from the tables, so no network and no campaign ever holds the paper up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from drivers.commands import Block, Feed, Line, Print, Qr, command_name
from drivers.pos.cards import cut_cards
from edge.command_json import command_json
from edge.shop.catalogue.products import product_of
from edge.shop.jobs import Job, queue_job
from edge.shop.members.member import find_member
from edge.shop.moment import Moment
from edge.shop.money import decimal
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.events import OrderEvent
from edge.shop.orders.order import Order, SoldLine, known_order, sold_lines
from edge.shop.promotions.applying import applied_reductions, given_gifts
from edge.shop.promotions.campaigns import AfterPayText, after_pay_texts, campaigns_shown
from edge.shop.shop import Shop
from sync.events import Event

PATIENCE = timedelta(minutes=15)
"""A shopper who left without the receipt asks for it; a printer that comes back hours later prints no old ones by itself."""

WORDS = {
    "zh": {
        "order": "单号 {lane}-{order}",
        "kilogram": "{kg} kg × {price}/kg",
        "total": "合计",
        "gift": "赠品",
        "points": "积分抵扣",
        "balance": "储值支付",
        "card": "银行卡",
        "wechat": "微信支付",
        "alipay": "支付宝",
        "none": "应付",
        "member": "会员 {ref}",
        "earned": "本单积分 +{points}",
        "thanks": "谢谢惠顾",
    },
    "en": {
        "order": "Receipt {lane}-{order}",
        "kilogram": "{kg} kg × {price}/kg",
        "total": "Total",
        "gift": "Gift",
        "points": "Paid with points",
        "balance": "Stored value",
        "card": "Card",
        "wechat": "WeChat Pay",
        "alipay": "Alipay",
        "none": "Due",
        "member": "Member {ref}",
        "earned": "Points earned +{points}",
        "thanks": "Thank you",
    },
}


class ReceiptIssued(OrderEvent, frozen=True, kw_only=True):
    """A receipt is on its way to ``printer``. Its QR holds ``token``, which nobody can guess and no other receipt has."""

    type: ClassVar[str] = "storebox.receipt.issued"
    printer: str
    token: str
    job: str


def print_receipt(paid: OrderPaid, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """Leave the receipt with the printer of the self-checkout lane; a till prints its own."""
    lane = shop.self_checkout(paid.till)
    if lane is None or lane.printer is None:
        return
    order, token = known_order(db, paid.till, paid.order), moment.token("receipt")
    job = f"receipt-{paid.till}-{paid.order}"
    texts = after_pay_texts(db, order, paid.amount_minor, moment, shop, token=token)
    blocks = (*_blocks(paid, order, shop, db), *_below(texts, token, shop))
    content = command_json(Print(blocks=tuple(_cut(blocks))))
    yield from campaigns_shown(order, texts)
    yield ReceiptIssued(
        till=paid.till, order=paid.order, business_day=paid.business_day, printer=lane.printer, token=token, job=job
    )
    yield from queue_job(
        Job(
            id=job,
            device=lane.printer,
            command=command_name(Print),
            content=content,
            by=paid.till,
            origin="job",
            cause=paid.type,
            asked_at=moment.at,
            expires_at=moment.at + PATIENCE,
        ),
        db,
    )


def _blocks(paid: OrderPaid, order: Order, shop: Shop, db: sqlite3.Connection) -> Iterator[Block]:
    words = WORDS[shop.language]
    at = datetime.fromisoformat(paid.paid_at) if paid.paid_at else None
    yield Line(text=shop.name, align="center", large=True, bold=True)
    yield Line(text=words["order"].format(lane=paid.till, order=paid.order), align="center")
    if at is not None:
        yield Line(text=f"{at.astimezone(ZoneInfo(shop.timezone)):%Y-%m-%d %H:%M:%S}", align="center")
    yield Feed()
    for line in sold_lines(db, paid.till, paid.order):
        yield from _goods(line, paid.currency, shop, db)
    yield Feed()
    yield Line(text=f"{words['total']}    {decimal(paid.total_minor, paid.currency)} {paid.currency}", align="right", bold=True)
    for each in applied_reductions(db, paid.till, paid.order):
        text = each.words_zh if shop.language == "zh" else each.words_en
        yield Line(text=f"{text}    {decimal(-each.amount_minor, paid.currency)}", align="right")
    for gift in given_gifts(db, paid.till, paid.order):
        text = gift.words_zh if shop.language == "zh" else gift.words_en
        yield Line(text=f"{words['gift']}    {text}" + (f" ×{gift.qty}" if gift.qty > 1 else ""))
    yield from _sums(paid, words)
    yield from _member(order, words, db)
    yield Feed()


def _below(texts: tuple[AfterPayText, ...], token: str, shop: Shop) -> Iterator[Block]:
    """The receipt's own code, and what headquarters wants said."""
    yield Qr(text=f"storebox:receipt/{token}")
    yield Line(text=WORDS[shop.language]["thanks"], align="center")
    for text in texts:
        yield Line(text=text.zh if shop.language == "zh" else text.en, align="center")
        if text.qr:
            yield Qr(text=text.qr)
    yield Feed(lines=2)


def _goods(line: SoldLine, currency: str, shop: Shop, db: sqlite3.Connection) -> Iterator[Block]:
    yield Line(text=name_of(db, line.sku, shop.language))
    price, amount = decimal(line.price_minor, currency), decimal(line.amount_minor, currency)
    if line.qty is None and line.grams is not None:
        how = WORDS[shop.language]["kilogram"].format(kg=f"{line.grams / 1000:.3f}", price=price)
    else:
        how = f"{line.qty or 1} × {price}"
    yield Line(text=f"{how}    {amount}", align="right")


def _sums(paid: OrderPaid, words: dict[str, str]) -> Iterator[Block]:
    parts = (("points", -paid.points_minor), ("balance", -paid.balance_minor))
    for word, amount_minor in parts:
        if amount_minor:
            yield Line(text=f"{words[word]}    {decimal(amount_minor, paid.currency)}", align="right")
    tender = words.get(paid.tender, paid.tender)
    yield Line(text=f"{tender}    {decimal(paid.amount_minor, paid.currency)}", align="right", large=True, bold=True)


def _member(order: Order, words: dict[str, str], db: sqlite3.Connection) -> Iterator[Block]:
    if order.member_ref is None:
        return
    member = find_member(db, order.member_ref)
    tier = "" if member is None or member.tier is None else f"  {member.tier}"
    yield Line(text=words["member"].format(ref=f"****{tail_of(order.member_ref)}") + tier)
    earned = db.execute(
        "SELECT points FROM member_earnings WHERE till = ? AND order_id = ?", (order.till, order.order)
    ).fetchone()
    if earned is not None and earned[0]:
        yield Line(text=words["earned"].format(points=earned[0]))


def tail_of(ref: str) -> str:
    """The last characters of a member's name, for eyes that pass by: at most four, and less than half of them."""
    return ref[len(ref) - min(4, (len(ref) - 1) // 2) :]


def name_of(db: sqlite3.Connection, sku: str, language: str) -> str:
    """What people call the goods: in ``language``, else in the other one, else by their SKU."""
    product = product_of(db, sku)
    names = ("", "") if product is None else (product.name_zh, product.name_en)
    first, second = names if language == "zh" else reversed(names)
    return first or second or sku


def _cut(blocks: Iterable[Block]) -> Iterator[Block]:
    """No text of a document becomes a card number on paper."""
    for block in blocks:
        match block:
            case Line():
                yield Line(text=cut_cards(block.text), align=block.align, large=block.large, bold=block.bold)
            case _:
                yield block
