"""Members and the keys by which they are found. Personal fields are encrypted, keys are keyed digests."""

from sqlalchemy import Column, ForeignKey, Table

from adapters.sql.tables.columns import Bytes, Code, Document, Id, Instant, metadata, required

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
