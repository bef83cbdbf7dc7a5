"""The patterns to begin with: how tills in Chinese and in English usually print number, day, total, tender and goods."""

from __future__ import annotations

AMOUNT = r"[¥￥$€]?\s?(?P<amount>-?[0-9][0-9.,]*)"
GOODS = (
    r"^\s*(?:(?P<code>[0-9]{8,14})\s+)?(?P<name>\S.*?)\s+"
    r"(?:(?P<kg>[0-9]+[.,][0-9]{1,3})\s?(?:kg|KG|公斤|千克)|(?P<qty>[0-9]{1,4}))\s*[xX×*@]?\s*"
    r"[¥￥$€]?\s?[0-9][0-9.,]*(?:/kg)?\s+" + AMOUNT + r"\s*$"
)
ISO_DAY = r"(?P<year>20[0-9]{2})[-/.年]\s?(?P<month>[0-9]{1,2})[-/.月]\s?(?P<day>[0-9]{1,2})"

ZH = {
    "number": r"(?:单号|小票号|流水号|票号|订单号|交易号|单据号)\s*[:：]?\s*([0-9A-Za-z-]{1,40})",
    "day": ISO_DAY,
    "total": (
        r"(?<!优惠)(?<!数量)(?<!件数)(?:应付|应收|实付|总计|合计|总金额|总额)(?!数|件|节省|优惠)"
        r"[^0-9\n-]{0,40}(-?[0-9][0-9,]*(?:\.[0-9]{1,2})?)"
    ),
    "tender": r"^\s*(现金|微信|支付宝|银联|云闪付|银行卡|刷卡|储值卡|数字人民币)(?:支付|付款)?[^0-9\n]{0,40}[0-9]",
    "goods": GOODS,
}
EN = {
    "number": (
        r"(?i)\b(?:receipt|invoice|order|ticket|transaction|trans|bill)\s*(?:no|nr|number|id)?[.:# ]*"
        r"((?=[A-Z-]*[0-9])[0-9A-Z-]{1,40})"
    ),
    "day": r"\b(?P<day>[0-9]{1,2})[/.](?P<month>[0-9]{1,2})[/.](?P<year>20[0-9]{2})\b",
    "total": (
        r"(?i)(?<!sub )(?<!sub-)\b(?:grand total|total due|amount due|total)\b(?!\s*(?:items|qty|savings|tax|discount))"
        r"[^0-9\n-]{0,40}(-?[0-9][0-9.,]*)"
    ),
    "tender": (r"(?i)^\s*(cash|card|visa|mastercard|maestro|amex|debit|credit|wechat pay|alipay|voucher)\b[^0-9\n]{0,40}[0-9]"),
    "goods": GOODS,
}

TENDERS = {
    "现金": "cash",
    "微信": "wechat",
    "wechat pay": "wechat",
    "支付宝": "alipay",
    "银联": "unionpay",
    "云闪付": "unionpay",
    "数字人民币": "e-cny",
    "储值卡": "voucher",
} | dict.fromkeys(("银行卡", "刷卡", "visa", "mastercard", "maestro", "amex", "debit", "credit"), "card")
"""A receipt's word for a tender, as the shop's events call it; any other stands as printed, in small letters."""
