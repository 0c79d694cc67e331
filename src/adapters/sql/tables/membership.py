"""Members and the keys by which they are found. Personal fields are encrypted, keys are keyed digests."""

from sqlalchemy import Column, Date, ForeignKey, Index, Table

from adapters.sql.tables.columns import Bytes, Code, Document, Id, Instant, amount, metadata, required

members = Table(
    "members",
    metadata,
    Column("member_id", Id, primary_key=True, autoincrement=False),
    required("member_number", Code, unique=True),
    Column("name_cipher", Bytes),
    Column("phone_cipher", Bytes),
    Column("birthday_cipher", Bytes),
    required("tier", Code),
    Column("store_id", Id, ForeignKey("stores.store_id")),
    required("source", Code),
    required("registered_at", Instant),
    # A list of codes, read with the member by every sale that they make.
    required("segments", Document),
    # How many entries the history of the member's tier has, and until when the tier is valid; null for no end.
    amount("tier_entries", server_default="0"),
    Column("tier_until", Date),
)
Index(
    "ix_members_tier_until",
    members.c.tier_until,
    members.c.member_id,
    sqlite_where=members.c.tier_until.is_not(None),
    postgresql_where=members.c.tier_until.is_not(None),
)
_without_end = members.c.tier_until.is_(None) & (members.c.tier != "")
Index(
    "ix_members_tier_without_end",
    members.c.tier,
    members.c.member_id,
    sqlite_where=_without_end,
    postgresql_where=_without_end,
)

member_keys = Table(
    "member_keys",
    metadata,
    # HMAC-SHA-256 of the normalised number, phone (E.164) or card under a key that is not in the database.
    Column("key_digest", Bytes, primary_key=True),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False, index=True),
    required("kind", Code),
    # The card as handed out, encrypted; null for number and phone, which stand in the member row.
    Column("value_cipher", Bytes),
)
