"""What stock came to at earlier moments, so that nobody adds up its whole history."""

from sqlalchemy import PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Id, Instant, amount, metadata, required

# Sparse: a product that hardly moves has none, one that moves often gets one after so many movements.
stock_balances = Table(
    "stock_balances",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    required("as_of", Instant),
    amount("on_hand_milli"),
    amount("value_minor"),
    PrimaryKeyConstraint("location_id", "sku_id", "as_of"),
)
