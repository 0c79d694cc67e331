"""Data keys of members, without which what is encrypted about them is gone, and which files were erased."""

from sqlalchemy import Column, Index, Integer, Table

from adapters.sql.tables.columns import Bytes, Id, Instant, Key, Name, amount, metadata, required

member_data_keys = Table(
    "member_data_keys",
    metadata,
    Column("member_id", Id, primary_key=True, autoincrement=False),
    # Which key-encryption key it is wrapped under.
    required("wrapping_version", Integer),
    required("wrapped_key", Bytes),
)
# Those under an older key are found without reading the others.
Index("ix_member_data_keys_wrapping_version", member_data_keys.c.wrapping_version, member_data_keys.c.member_id)

member_erasures = Table(
    "member_erasures",
    metadata,
    # The file, one of several where the person had several.
    Column("member_id", Id, primary_key=True, autoincrement=False),
    amount("points"),
    amount("coupons"),
    required("reason", Name),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("erased_at", Instant),
)
