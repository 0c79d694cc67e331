"""What a row names exists: columns that hold keys of other rows without a foreign key to slow writing down."""

from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.loyalty.ledger import PointsReason


def _reference(table: str, column: str, target: str, target_key: str, *, but: str = "") -> Comparison:
    """Every value of a column, the one that means nobody aside, is the key of a row of `target`."""
    return Comparison(
        table,
        (column,),
        (Pair("found", f"rows of {target}", "expected", "expected"),),
        f"""
        SELECT named.{column}, CASE WHEN t.{target_key} IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected
        FROM (SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL {but}) named
        LEFT JOIN {target} t ON t.{target_key} = named.{column}
        """,
    )


_BUT_MERGES: Final = (
    "AND sale_id NOT IN (SELECT merge_id FROM member_merges"
    " UNION ALL SELECT undo_id FROM member_merges WHERE undo_id IS NOT NULL)"
)

REFERENCES: Final = (
    _reference("sales", "store_id", "stores", "store_id"),
    # The command line on the database calls as nobody: caller 0.
    _reference("sales", "terminal_id", "callers", "caller_id", but="AND terminal_id <> 0"),
    _reference("sales", "cashier_id", "staff", "staff_id"),
    _reference("sales", "member_id", "members", "member_id"),
    _reference("approvals", "store_id", "stores", "store_id"),
    _reference("approvals", "approver_id", "staff", "staff_id"),
    # What else may be approved are adjustments of points, merges of members and what tills count, which B09 compares.
    _reference(
        "approval_uses",
        "sale_id",
        "sales",
        "sale_id",
        but="AND sale_id NOT IN (SELECT adjustment_id FROM points_adjustments"
        " UNION ALL SELECT merge_id FROM member_merges UNION ALL SELECT undo_id FROM member_merges"
        " WHERE undo_id IS NOT NULL UNION ALL SELECT entry_id FROM shift_entries"
        " UNION ALL SELECT shift_id FROM shift_closes UNION ALL SELECT adjustment_id FROM stock_adjustments"
        " UNION ALL SELECT count_id FROM stock_counts)",
    ),
    _reference("sale_lines", "sale_id", "sales", "sale_id"),
    _reference("sale_lines", "sku_id", "products", "sku_id"),
    _reference("sale_lines", "department_id", "categories", "category_id"),
    _reference("sale_tenders", "sale_id", "sales", "sale_id"),
    _reference("sale_facts", "sale_id", "sales", "sale_id"),
    _reference("stock_levels", "location_id", "stores", "store_id"),
    _reference("stock_levels", "sku_id", "products", "sku_id"),
    _reference("goods_receipts", "store_id", "stores", "store_id"),
    _reference("transfers", "from_store_id", "stores", "store_id"),
    _reference("transfers", "to_store_id", "stores", "store_id"),
    _reference("transfer_lines", "sku_id", "products", "sku_id"),
    _reference("transfer_events", "document_id", "transfer_documents", "document_id"),
    _reference("stock_adjustment_lines", "adjustment_id", "stock_adjustments", "adjustment_id"),
    _reference("stock_adjustment_lines", "sku_id", "products", "sku_id"),
    _reference("purchase_orders", "supplier_id", "suppliers", "supplier_id"),
    _reference("purchase_orders", "store_id", "stores", "store_id"),
    _reference("purchase_order_lines", "sku_id", "products", "sku_id"),
    _reference("purchase_receipts", "order_id", "purchase_orders", "order_id"),
    _reference("callers", "supplier_id", "suppliers", "supplier_id"),
    _reference("delivery_notices", "order_id", "purchase_orders", "order_id"),
    _reference("supplier_deliveries", "supplier_id", "suppliers", "supplier_id"),
    _reference("supplier_score_cards", "supplier_id", "suppliers", "supplier_id"),
    _reference("stock_layers", "sku_id", "products", "sku_id"),
    _reference("goods_receipt_lines", "receipt_id", "goods_receipts", "receipt_id"),
    _reference("goods_receipt_lines", "sku_id", "products", "sku_id"),
    _reference("landed_charges", "document_id", "cost_documents", "document_id"),
    _reference("cost_documents", "store_id", "stores", "store_id"),
    _reference("stock_counts", "store_id", "stores", "store_id"),
    _reference("stock_count_skus", "sku_id", "products", "sku_id"),
    _reference("shipments", "store_id", "stores", "store_id"),
    _reference("shipments", "order_id", "orders", "order_id"),
    _reference("shipments", "transfer_id", "transfers", "transfer_id"),
    _reference("shipments", "member_id", "members", "member_id"),
    _reference("order_addresses", "order_id", "orders", "order_id"),
    _reference("reservations", "store_id", "stores", "store_id"),
    _reference("reservation_lines", "sku_id", "products", "sku_id"),
    _reference("stock_alerts", "location_id", "stores", "store_id"),
    _reference("stock_alerts", "sku_id", "products", "sku_id"),
    _reference("assemblies", "store_id", "stores", "store_id"),
    _reference("assemblies", "sku_id", "products", "sku_id"),
    _reference("sale_components", "sku_id", "products", "sku_id"),
    _reference("sale_components", "of_sale_id", "sales", "sale_id"),
    _reference("points_accounts", "member_id", "members", "member_id"),
    # A file that was merged has no account: MEM-merges proves that it holds nothing.
    _reference("points_lots", "member_id", "members", "member_id"),
    _reference("points_entries", "member_id", "members", "member_id"),
    _reference("points_entries", "lot_id", "points_lots", "lot_id"),
    # What else moves points names documents of its own, which I4 compares.
    _reference(
        "points_entries",
        "sale_id",
        "sales",
        "sale_id",
        but=f"AND reason IN ('{PointsReason.EARNED}', '{PointsReason.EARN_REVERSED}', '{PointsReason.REDEEMED}',"
        f" '{PointsReason.REDEEM_REVERSED}', '{PointsReason.EXPIRY_REVERSED}', '{PointsReason.OWED}')"
        # Points redeemed for rewards name what PTS-rewards compares.
        " AND sale_id NOT IN (SELECT redemption_id FROM reward_redemptions)",
    ),
    _reference("points_expiries", "store_id", "stores", "store_id"),
    _reference("stored_value_accounts", "member_id", "members", "member_id"),
    _reference("stored_value_entries", "store_id", "stores", "store_id"),
    _reference("payment_intents", "store_id", "stores", "store_id"),
    _reference("payment_intents", "sale_id", "sales", "sale_id"),
    _reference("payment_events", "payment_id", "payment_intents", "payment_id"),
    _reference("payment_refunds", "payment_id", "payment_intents", "payment_id"),
    # Orders that are cancelled give back too, by documents of their own, which SAL-payments compares.
    _reference(
        "payment_refunds",
        "sale_id",
        "sales",
        "sale_id",
        but="AND sale_id NOT IN (SELECT document_id FROM order_payments WHERE payment_id IS NOT NULL)",
    ),
    _reference("payment_intents", "order_id", "orders", "order_id"),
    _reference("order_payments", "payment_id", "payment_intents", "payment_id"),
    _reference("voucher_entries", "sale_id", "sales", "sale_id"),
    _reference("gift_card_entries", "card_id", "gift_cards", "card_id"),
    _reference("gift_card_entries", "store_id", "stores", "store_id"),
    _reference("tier_entries", "member_id", "members", "member_id"),
    _reference("points_adjustments", "store_id", "stores", "store_id"),
    _reference("points_adjustments", "member_id", "members", "member_id"),
    _reference("points_holds", "store_id", "stores", "store_id"),
    _reference("points_holds", "member_id", "members", "member_id"),
    _reference("points_transfers", "store_id", "stores", "store_id"),
    _reference("points_pool_members", "member_id", "members", "member_id"),
    _reference("benefit_uses", "member_id", "benefit_counts", "member_id"),
    _reference("benefit_counts", "member_id", "members", "member_id"),
    _reference("shifts", "terminal_id", "callers", "caller_id"),
    _reference("shifts", "store_id", "stores", "store_id"),
    _reference("journal_entries", "store_id", "stores", "store_id"),
    _reference("coupons", "batch_id", "coupon_batches", "batch_id"),
    _reference("coupons", "member_id", "members", "member_id", but="AND member_id <> 0"),
    _reference("coupon_events", "coupon_id", "coupons", "coupon_id"),
    _reference("coupon_events", "member_id", "members", "member_id", but="AND member_id <> 0"),
    _reference("coupon_holds", "coupon_id", "coupons", "coupon_id"),
    # Merges of two files that have used the same promotion.
    _reference("promotion_uses", "sale_id", "sales", "sale_id", but=_BUT_MERGES),
    _reference("promotion_uses", "store_id", "stores", "store_id"),
    _reference("promotion_uses", "member_id", "members", "member_id", but="AND member_id <> 0"),
)
