"""How often each product was sold: search shows first what people buy most."""

from __future__ import annotations

import sqlite3


def count_sales(db: sqlite3.Connection, till: str, order: str) -> None:
    """Count every sold line of the order once, whatever its pieces or grams; called where the order is marked as paid."""
    db.execute(
        """
        INSERT INTO product_sales (sku, sold)
        SELECT sku, count(*) FROM orders JOIN order_lines USING (number)
        WHERE till = ? AND order_id = ? AND order_lines.state = 'sold' AND known GROUP BY sku
        ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold
        """,
        (till, order),
    )
