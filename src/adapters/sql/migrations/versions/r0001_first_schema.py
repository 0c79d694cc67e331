"""The first schema.

Revision ID: 0001
Revises:
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Key = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
Code = sa.String(64)
Name = sa.String(200)
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
Document = sa.Text().with_variant(postgresql.JSONB, "postgresql")


def upgrade() -> None:
    _create_identity()
    _create_callers()
    _create_catalog()
    _create_pricing()
    _create_membership()
    _create_loyalty()
    _create_inventory()
    _create_sales()
    _create_sale_headers()
    _create_finance()
    _create_kernel()


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _create_identity() -> None:
    op.create_table(
        "regions",
        _key("region_id", Id),
        _required("code", Code),
        _required("name", Name),
        sa.UniqueConstraint("code", name=op.f("uq_regions_code")),
    )
    op.create_table(
        "roles",
        _key("role_id", Id),
        _required("code", Code),
        _required("name", Name),
        _required("permissions", Document),
        sa.UniqueConstraint("code", name=op.f("uq_roles_code")),
    )
    op.create_table(
        "settings",
        _required("name", Code),
        _required("scope_kind", Code),
        _required("scope_id", Id),
        _required("value", Name),
        sa.PrimaryKeyConstraint("name", "scope_kind", "scope_id", name=op.f("pk_settings")),
    )
    op.create_table(
        "staff",
        _key("staff_id", Id),
        _required("code", Code),
        sa.Column("name_cipher", Bytes, nullable=True),
        _required("role_id", Id),
        _required("scope_kind", Code),
        sa.Column("scope_id", Id, nullable=True),
        _required("active", sa.Boolean()),
        sa.Column("pin_hash", Name, nullable=True),
        _required("failed_attempts", sa.Integer()),
        sa.Column("locked_until", Instant, nullable=True),
        sa.ForeignKeyConstraint(["role_id"], ["roles.role_id"], name=op.f("fk_staff_role_id_roles")),
        sa.UniqueConstraint("code", name=op.f("uq_staff_code")),
    )


def _create_callers() -> None:
    op.create_table(
        "stores",
        _key("store_id", Id),
        _required("code", Code),
        _required("name", Name),
        _required("region_id", Id),
        _required("currency", Code),
        _required("time_zone", Code),
        _required("day_cutoff_minutes", sa.Integer()),
        _required("status", Code),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_stores_region_id_regions")),
        sa.UniqueConstraint("code", name=op.f("uq_stores_code")),
    )
    op.create_index("ix_stores_region_id", "stores", ["region_id"])
    op.create_table(
        "callers",
        _key("caller_id", Id),
        _required("code", Code),
        _required("kind", Code),
        _required("role_id", Id),
        sa.Column("store_id", Id, nullable=True),
        _required("scope_kind", Code),
        sa.Column("scope_id", Id, nullable=True),
        _required("status", Code),
        sa.Column("credential_digest", Bytes, nullable=True),
        sa.Column("enrolment_digest", Bytes, nullable=True),
        sa.Column("enrolment_expires_at", Instant, nullable=True),
        sa.Column("certificate_digest", Bytes, nullable=True),
        _required("created_at", Instant),
        sa.ForeignKeyConstraint(["role_id"], ["roles.role_id"], name=op.f("fk_callers_role_id_roles")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.store_id"], name=op.f("fk_callers_store_id_stores")),
        sa.UniqueConstraint("code", name=op.f("uq_callers_code")),
        sa.UniqueConstraint("credential_digest", name=op.f("uq_callers_credential_digest")),
        sa.UniqueConstraint("enrolment_digest", name=op.f("uq_callers_enrolment_digest")),
    )
    op.create_table(
        "sessions",
        _key("session_digest", Bytes),
        _required("caller_id", Id),
        _required("staff_id", Id),
        _required("expires_at", Instant),
        sa.Column("ended_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["caller_id"], ["callers.caller_id"], name=op.f("fk_sessions_caller_id_callers")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.staff_id"], name=op.f("fk_sessions_staff_id_staff")),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def _create_catalog() -> None:
    op.create_table(
        "categories",
        _key("category_id", Id),
        _required("code", Code),
        _required("name", Name),
        sa.Column("parent_id", Id, nullable=True),
        _required("department_id", Id),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["categories.category_id"], name=op.f("fk_categories_parent_id_categories")
        ),
        sa.UniqueConstraint("code", name=op.f("uq_categories_code")),
    )
    op.create_table(
        "units",
        _key("unit_id", Id),
        _required("code", Code),
        _required("name", Name),
        _required("decimals", sa.Integer()),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    op.create_table(
        "products",
        _key("sku_id", Id),
        _required("sku", Code),
        _required("name", Name),
        _required("category_id", Id),
        _required("unit_id", Id),
        _required("tax_category", Code),
        _required("weighed_item_code", Code),
        _required("weighed_by_price", sa.Boolean()),
        _required("unstocked", sa.Boolean()),
        _required("excluded_from_points", sa.Boolean()),
        _required("status", Code),
        _required("changed_version", Amount),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.category_id"], name=op.f("fk_products_category_id_categories")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.unit_id"], name=op.f("fk_products_unit_id_units")),
        sa.UniqueConstraint("sku", name=op.f("uq_products_sku")),
    )
    op.create_index("ix_products_category_id", "products", ["category_id"])
    op.create_index("ix_products_changed_version", "products", ["changed_version"])
    op.create_index(
        "uq_products_weighed_item_code",
        "products",
        ["weighed_item_code"],
        unique=True,
        sqlite_where=sa.text("weighed_item_code != ''"),
        postgresql_where=sa.text("weighed_item_code != ''"),
    )
    op.create_table(
        "barcodes",
        _key("barcode", Code),
        _required("sku_id", Id),
        sa.ForeignKeyConstraint(["sku_id"], ["products.sku_id"], name=op.f("fk_barcodes_sku_id_products")),
    )
    op.create_index("ix_barcodes_sku_id", "barcodes", ["sku_id"])


def _create_pricing() -> None:
    op.create_table(
        "taxes",
        _key("tax_id", Id),
        _required("code", Code),
        _required("name", Name),
        _required("tax_category", Code),
        _required("rate_ppm", sa.Integer()),
        sa.Column("region_id", Id, nullable=True),
        sa.Column("from_date", sa.Date(), nullable=True),
        sa.Column("until_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_taxes_region_id_regions")),
        sa.UniqueConstraint("code", name=op.f("uq_taxes_code")),
    )
    op.create_table(
        "price_lists",
        _key("price_list_id", Id),
        _required("code", Code),
        _required("name", Name),
        _required("currency", Code),
        _required("includes_tax", sa.Boolean()),
        _required("priority", sa.Integer()),
        sa.Column("store_id", Id, nullable=True),
        sa.Column("region_id", Id, nullable=True),
        _required("channel", Code),
        _required("tier", Code),
        sa.Column("valid_from", Instant, nullable=True),
        sa.Column("valid_until", Instant, nullable=True),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_price_lists_region_id_regions")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.store_id"], name=op.f("fk_price_lists_store_id_stores")),
        sa.UniqueConstraint("code", name=op.f("uq_price_lists_code")),
    )
    op.create_table(
        "prices",
        _required("sku_id", Id),
        _required("price_list_id", Id),
        _required("quantity_from_milli", Amount),
        _required("valid_from", Instant),
        sa.Column("valid_until", Instant, nullable=True),
        _required("unit_price_minor", Amount),
        sa.PrimaryKeyConstraint("sku_id", "price_list_id", "quantity_from_milli", "valid_from", name=op.f("pk_prices")),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_lists.price_list_id"], name=op.f("fk_prices_price_list_id_price_lists")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["products.sku_id"], name=op.f("fk_prices_sku_id_products")),
    )


def _create_membership() -> None:
    op.create_table(
        "members",
        _key("member_id", Id),
        _required("member_number", Code),
        sa.Column("name_cipher", Bytes, nullable=True),
        sa.Column("phone_cipher", Bytes, nullable=True),
        sa.Column("birthday_cipher", Bytes, nullable=True),
        _required("tier", Code),
        sa.Column("store_id", Id, nullable=True),
        _required("source", Code),
        _required("registered_at", Instant),
        sa.ForeignKeyConstraint(["store_id"], ["stores.store_id"], name=op.f("fk_members_store_id_stores")),
        sa.UniqueConstraint("member_number", name=op.f("uq_members_member_number")),
    )
    op.create_table(
        "member_keys",
        _key("key_digest", Bytes),
        _required("member_id", Id),
        _required("kind", Code),
        sa.Column("value_cipher", Bytes, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.member_id"], name=op.f("fk_member_keys_member_id_members")),
    )
    op.create_index("ix_member_keys_member_id", "member_keys", ["member_id"])


def _create_loyalty() -> None:
    op.create_table(
        "points_accounts",
        _key("member_id", Id),
        _required("points_balance", Amount),
    )
    op.create_table(
        "points_entries",
        _required("member_id", Id),
        _required("entry_id", Id),
        _required("lot_id", Id),
        _required("points", Amount),
        _required("value_minor", Amount),
        _required("reason", Code),
        _required("sale_id", Id),
        _required("store_id", Id),
        _required("business_date", sa.Date()),
        _required("posted_at", Instant),
        sa.PrimaryKeyConstraint("member_id", "entry_id", name=op.f("pk_points_entries")),
    )
    op.create_table(
        "points_lots",
        _key("lot_id", Id),
        _required("member_id", Id),
        _required("sale_id", Id),
        _required("earned_on", sa.Date()),
        sa.Column("expires_on", sa.Date(), nullable=True),
        _required("points", Amount),
        _required("value_minor", Amount),
        sa.CheckConstraint("points >= 0", name=op.f("ck_points_lots_ck_points_lots_points_not_negative")),
    )
    op.create_index(
        "ix_points_lots_open",
        "points_lots",
        ["member_id", "expires_on"],
        sqlite_where=sa.text("points > 0"),
        postgresql_where=sa.text("points > 0"),
    )
    op.create_index("ix_points_lots_sale_id", "points_lots", ["sale_id"])


def _create_inventory() -> None:
    op.create_table(
        "goods_receipts",
        _key("receipt_id", Id),
        _required("store_id", Id),
        _required("reference", Name),
        _required("business_date", sa.Date()),
        _required("received_at", Instant),
        _required("line_count", sa.Integer()),
        _required("cost_minor", Amount),
        _required("cost_correction_minor", Amount),
    )
    op.create_table(
        "stock_levels",
        _required("location_id", Id),
        _required("sku_id", Id),
        _required("on_hand_milli", Amount),
        _required("reserved_milli", Amount),
        _required("value_minor", Amount),
        _required("last_cost_minor", Amount),
        _required("last_cost_quantity_milli", Amount),
        sa.PrimaryKeyConstraint("location_id", "sku_id", name=op.f("pk_stock_levels")),
        sa.CheckConstraint(
            "on_hand_milli <> 0 OR value_minor = 0",
            name=op.f("ck_stock_levels_ck_stock_levels_nothing_is_worth_nothing"),
        ),
    )
    op.create_table(
        "stock_movements",
        _required("location_id", Id),
        _required("sku_id", Id),
        _required("movement_id", Id),
        _required("quantity_milli", Amount),
        _required("value_minor", Amount),
        _required("reason", Code),
        _required("document_id", Id),
        _required("business_date", sa.Date()),
        _required("moved_at", Instant),
        sa.PrimaryKeyConstraint("location_id", "sku_id", "movement_id", name=op.f("pk_stock_movements")),
    )


def _create_sales() -> None:
    op.create_table(
        "sale_lines",
        _required("sale_id", Id),
        _required("line_number", sa.Integer()),
        _required("sku_id", Id),
        _required("department_id", Id),
        _required("quantity_milli", Amount),
        _required("unit_price_minor", Amount),
        _required("gross_minor", Amount),
        _required("discount_minor", Amount),
        _required("net_minor", Amount),
        _required("tax_minor", Amount),
        _required("total_minor", Amount),
        _required("cost_minor", Amount),
        _required("points_earned", Amount),
        _required("deferred_minor", Amount),
        _required("original_line_number", sa.Integer()),
        _required("discounts", Document),
        _required("taxes", Document),
        sa.PrimaryKeyConstraint("sale_id", "line_number", name=op.f("pk_sale_lines")),
    )
    op.create_table(
        "sale_tenders",
        _required("sale_id", Id),
        _required("tender_number", sa.Integer()),
        _required("kind", Code),
        _required("amount_minor", Amount),
        _required("points", Amount),
        _required("reference", Name),
        sa.PrimaryKeyConstraint("sale_id", "tender_number", name=op.f("pk_sale_tenders")),
    )


def _create_sale_headers() -> None:
    op.create_table(
        "sales",
        _key("sale_id", Id),
        _required("terminal_id", Id),
        _required("request_id", Key),
        _required("kind", Code),
        sa.Column("original_sale_id", Id, nullable=True),
        _required("receipt_number", Code),
        _required("store_id", Id),
        sa.Column("cashier_id", Id, nullable=True),
        _required("channel", Code),
        _required("currency", Code),
        _required("business_date", sa.Date()),
        _required("sold_at", Instant),
        _required("stored_at", Instant),
        _required("uploaded", sa.Boolean()),
        sa.Column("member_id", Id, nullable=True),
        _required("gross_minor", Amount),
        _required("discount_minor", Amount),
        _required("net_minor", Amount),
        _required("tax_minor", Amount),
        _required("rounding_minor", Amount),
        _required("total_minor", Amount),
        _required("change_minor", Amount),
        _required("points_earned", Amount),
        _required("points_redeemed", Amount),
        _required("points_balance", Amount),
        _required("reason", Name),
        sa.UniqueConstraint("terminal_id", "request_id", name=op.f("uq_sales_terminal_id_request_id")),
    )
    op.create_index(
        "ix_sales_member_id",
        "sales",
        ["member_id", "sale_id"],
        sqlite_where=sa.text("member_id IS NOT NULL"),
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sales_original_sale_id",
        "sales",
        ["original_sale_id"],
        sqlite_where=sa.text("original_sale_id IS NOT NULL"),
        postgresql_where=sa.text("original_sale_id IS NOT NULL"),
    )
    op.create_index("ix_sales_store_id_business_date", "sales", ["store_id", "business_date", "sale_id"])


def _create_finance() -> None:
    op.create_table(
        "journal_entries",
        _key("entry_id", Id),
        _required("store_id", Id),
        _required("business_date", sa.Date()),
        _required("currency", Code),
        _required("channel", Code),
        _required("document_kind", Code),
        _required("document_id", Id),
        _required("posted_at", Instant),
    )
    op.create_index("ix_journal_entries_document_id", "journal_entries", ["document_id"])
    op.create_index("ix_journal_entries_store_id_business_date", "journal_entries", ["store_id", "business_date"])
    op.create_table(
        "postings",
        _required("entry_id", Id),
        _required("posting_number", sa.Integer()),
        _required("account_code", Code),
        _required("amount_minor", Amount),
        sa.PrimaryKeyConstraint("entry_id", "posting_number", name=op.f("pk_postings")),
    )


def _create_kernel() -> None:
    op.create_table(
        "id_blocks",
        _key("name", Code),
        _required("next_id", Amount),
    )
    op.create_table(
        "outbox",
        _key("event_id", Id),
        _required("topic", Code),
        _required("subject_id", Amount),
        _required("payload", Document),
        _required("occurred_at", Instant),
        sa.Column("published_at", Instant, nullable=True),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["event_id"],
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "requests",
        _required("caller_id", Id),
        _required("request_id", Key),
        _required("operation", Code),
        _required("fingerprint", Bytes),
        sa.Column("answer", Bytes, nullable=True),
        _required("claimed_at", Instant),
        sa.PrimaryKeyConstraint("caller_id", "request_id", name=op.f("pk_requests")),
    )
    op.create_table(
        "versions",
        _key("name", Code),
        _required("version", Amount),
    )
