"""Baskets that are put aside."""

from sqlalchemy import Column, Date, Index, Integer, Table

from adapters.sql.tables.columns import Code, Document, Id, Instant, Key, Name, amount, metadata, required

parked_baskets = Table(
    "parked_baskets",
    metadata,
    Column("basket_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("label", Name),
    required("member_number", Code),
    required("lines", Integer),
    amount("quantity_milli"),
    amount("total_minor"),
    required("content", Document),
    Column("split_from", Id),
    required("business_date", Date),
    required("expires_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("parked_at", Instant),
)
# What still stands in a store is found by when it ends, however much has stood there before.
Index("ix_parked_baskets_store_id", parked_baskets.c.store_id, parked_baskets.c.expires_at, parked_baskets.c.basket_id)

# A basket ends once, whoever takes it: unique in the database, not only in code.
parked_basket_ends = Table(
    "parked_basket_ends",
    metadata,
    Column("basket_id", Id, primary_key=True, autoincrement=False),
    required("reason", Code),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("ended_at", Instant),
)
