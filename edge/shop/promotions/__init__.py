"""What is cheaper, for whom and why: promotions and coupons."""
