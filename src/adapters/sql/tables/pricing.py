"""Price lists, prices, promotions and taxes."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Document, Id, Instant, Name, amount, metadata, required

price_lists = Table(
    "price_lists",
    metadata,
    Column("price_list_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("name", Name),
    required("currency", Code),
    required("includes_tax", Boolean),
    required("priority", Integer),
    Column("store_id", Id, ForeignKey("stores.store_id")),
    Column("region_id", Id, ForeignKey("regions.region_id")),
    required("channel", Code),
    required("tier", Code),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
)

prices = Table(
    "prices",
    metadata,
    Column("sku_id", Id, ForeignKey("products.sku_id"), nullable=False),
    Column("price_list_id", Id, ForeignKey("price_lists.price_list_id"), nullable=False),
    amount("quantity_from_milli"),
    # 1970-01-01 for a price without a beginning: a key column cannot be null.
    required("valid_from", Instant),
    Column("valid_until", Instant),
    amount("unit_price_minor"),
    # The least that a unit may be sold for; 0 for no such bound.
    amount("minimum_unit_price_minor", server_default="0"),
    PrimaryKeyConstraint("sku_id", "price_list_id", "quantity_from_milli", "valid_from"),
)
Index("ix_prices_price_list_id", prices.c.price_list_id, prices.c.sku_id)

# The terms name products, stores and the rest by their codes, so that nothing but the document is read to price.
promotions = Table(
    "promotions",
    metadata,
    Column("code", Code, primary_key=True),
    required("terms", Document),
    amount("changed_version"),
)
Index("ix_promotions_changed_version", promotions.c.changed_version, promotions.c.code)

# The terms of every promotion as they were from each version on; only ever added to.
promotion_history = Table(
    "promotion_history",
    metadata,
    required("code", Code),
    amount("from_version"),
    required("terms", Document),
    PrimaryKeyConstraint("code", "from_version"),
)

taxes = Table(
    "taxes",
    metadata,
    Column("tax_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("name", Name),
    required("tax_category", Code),
    required("rate_ppm", Integer),
    Column("region_id", Id, ForeignKey("regions.region_id")),
    Column("from_date", Date),
    Column("until_date", Date),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("code", Code, primary_key=True),
    required("name", Name),
    required("currency", Code),
    # ISO dates, empty for no bound.
    required("from_date", Code),
    required("until_date", Code),
    amount("budget_minor"),
)

promotion_counters = Table(
    "promotion_counters",
    metadata,
    required("subject", Code),
    # 0 for anybody.
    required("member_id", Id),
    # ISO date, empty for any day: a key column cannot be null.
    required("day", Code),
    required("code", Code),
    amount("uses"),
    amount("discount_minor"),
    amount("members"),
    # Those under which it was last used.
    amount("uses_max"),
    amount("discount_minor_max"),
    PrimaryKeyConstraint("subject", "member_id", "day", "code"),
    CheckConstraint("uses >= 0 AND discount_minor >= 0 AND members >= 0", name="nothing_below_zero"),
    CheckConstraint("uses <= uses_max AND discount_minor <= discount_minor_max", name="within_its_limits"),
    # One row may be the hottest of all: most of each page is room for its next versions.
    postgresql_with={"fillfactor": "50"},
)

promotion_uses = Table(
    "promotion_uses",
    metadata,
    required("sale_id", Id),
    required("promotion_code", Code),
    required("campaign_code", Code),
    required("member_id", Id),
    required("store_id", Id),
    required("business_date", Date),
    amount("uses"),
    amount("discount_minor"),
    amount("members"),
    required("beyond", Boolean),
    required("limits", Document),
    required("posted_at", Instant),
    PrimaryKeyConstraint("sale_id", "promotion_code"),
)
