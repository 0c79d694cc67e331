"""Data keys of members: without its key, what is encrypted about a member is gone."""

from sqlalchemy import Column, Index, Integer, Table

from adapters.sql.tables.columns import Bytes, Id, metadata, required

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
