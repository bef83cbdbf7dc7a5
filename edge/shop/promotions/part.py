"""What promotions and coupons hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part
from edge.shop.promotions.coupon_document import coupon_adopter
from edge.shop.promotions.document import promotion_adopter
from edge.shop.promotions.events import (
    CampaignShown,
    CouponContested,
    CouponPresented,
    CouponRedeemed,
    CouponReversed,
    CouponWithdrawn,
    GiftGranted,
    PromotionApplied,
)
from edge.shop.promotions.tables import PROMOTION_TABLES

PROMOTIONS = Part(
    events=(
        PromotionApplied,
        CouponPresented,
        CouponWithdrawn,
        CouponRedeemed,
        CouponReversed,
        CouponContested,
        GiftGranted,
        CampaignShown,
    ),
    migrations=(PROMOTION_TABLES,),
    adopters=lambda shop: (promotion_adopter(shop), coupon_adopter(shop)),
)
