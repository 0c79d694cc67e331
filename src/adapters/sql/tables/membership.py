"""Members and the keys by which they are found. Personal fields are encrypted, keys are keyed digests."""

from sqlalchemy import Column, Date, ForeignKey, Index, Table

from adapters.sql.tables.columns import Bytes, Code, Document, Id, Instant, Key, Name, amount, metadata, required

members = Table(
    "members",
    metadata,
    Column("member_id", Id, primary_key=True, autoincrement=False),
    required("member_number", Code, unique=True),
    Column("name_cipher", Bytes),
    Column("phone_cipher", Bytes),
    Column("birthday_cipher", Bytes),
    required("sex", Code),
    Column("occupation_cipher", Bytes),
    Column("email_cipher", Bytes),
    required("tier", Code),
    Column("store_id", Id, ForeignKey("stores.store_id")),
    required("source", Code),
    required("channel", Code),
    required("campaign_code", Code),
    required("registered_at", Instant),
    required("registered_on", Date),
    # A list of codes, read with the member by every sale that they make.
    required("segments", Document),
    # How many entries the history of the member's tier has, and until when the tier is valid; null for no end.
    amount("tier_entries", server_default="0"),
    Column("tier_until", Date),
    # HMAC-SHA-256 of month and day under a key that is not in the database: it tells who have the same one.
    Column("birthday_digest", Bytes),
    # The member to whom this file leads since it was merged, never one that is merged itself; null for one of its own.
    Column("merged_into", Id),
    # Keyed digests of the e-mail, and of name and birthday, by which duplicates are found.
    Column("email_digest", Bytes),
    Column("person_digest", Bytes),
    # Since when nothing is known of the person any more, and nothing leads here; null for everybody else.
    Column("erased_at", Instant),
)
Index(
    "ix_members_merged_into",
    members.c.merged_into,
    sqlite_where=members.c.merged_into.is_not(None),
    postgresql_where=members.c.merged_into.is_not(None),
)
Index(
    "ix_members_email_digest",
    members.c.email_digest,
    members.c.member_id,
    sqlite_where=members.c.email_digest.is_not(None),
    postgresql_where=members.c.email_digest.is_not(None),
)
Index(
    "ix_members_person_digest",
    members.c.person_digest,
    members.c.member_id,
    sqlite_where=members.c.person_digest.is_not(None),
    postgresql_where=members.c.person_digest.is_not(None),
)
Index(
    "ix_members_birthday_digest",
    members.c.birthday_digest,
    members.c.member_id,
    sqlite_where=members.c.birthday_digest.is_not(None),
    postgresql_where=members.c.birthday_digest.is_not(None),
)
_unmarked = members.c.birthday_digest.is_(None) & members.c.birthday_cipher.is_not(None)
Index("ix_members_birthday_unmarked", members.c.member_id, sqlite_where=_unmarked, postgresql_where=_unmarked)
Index(
    "ix_members_tier_until",
    members.c.tier_until,
    members.c.member_id,
    sqlite_where=members.c.tier_until.is_not(None),
    postgresql_where=members.c.tier_until.is_not(None),
)
_without_end = members.c.tier_until.is_(None) & (members.c.tier != "")
# The end is the same in all of its rows: without statistics SQLite takes the index that answers more conditions.
Index(
    "ix_members_tier_without_end",
    members.c.tier,
    members.c.tier_until,
    members.c.member_id,
    sqlite_where=_without_end,
    postgresql_where=_without_end,
)
Index(
    "ix_members_tier",
    members.c.tier,
    members.c.member_id,
    sqlite_where=members.c.tier != "",
    postgresql_where=members.c.tier != "",
)
# Members are counted by day from this index alone.
Index(
    "ix_members_registered_on_store_id",
    members.c.registered_on,
    members.c.store_id,
    members.c.source,
    members.c.channel,
    members.c.campaign_code,
    members.c.merged_into,
)

member_keys = Table(
    "member_keys",
    metadata,
    # HMAC-SHA-256 of the normalised number, phone (E.164), card or channel identity under a key that is not in the
    # database.
    Column("key_digest", Bytes, primary_key=True),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False, index=True),
    required("kind", Code),
    # The card or identity, encrypted; null for number and phone, which stand in the member row.
    Column("value_cipher", Bytes),
)

member_changes = Table(
    "member_changes",
    metadata,
    Column("change_id", Id, primary_key=True, autoincrement=False),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False),
    required("field", Code),
    # Encrypted, as what they were is as personal as what they are; null is unknown.
    Column("before_cipher", Bytes),
    Column("after_cipher", Bytes),
    required("changed_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
)
Index(
    "ix_member_changes_member_id", member_changes.c.member_id, member_changes.c.changed_at, member_changes.c.change_id
)

member_attributes = Table(
    "member_attributes",
    metadata,
    Column("code", Code, primary_key=True),
    required("name", Name),
    required("kind", Code),
    required("choices", Document),
)

member_attribute_values = Table(
    "member_attribute_values",
    metadata,
    Column("value_id", Id, primary_key=True, autoincrement=False),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("attribute_code", Code, ForeignKey("member_attributes.code"), nullable=False),
    required("value_cipher", Bytes),
    required("set_at", Instant),
    # Null is the value that is known now.
    Column("replaced_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
)
Index(
    "ix_member_attribute_values_member_id",
    member_attribute_values.c.member_id,
    member_attribute_values.c.attribute_code,
    member_attribute_values.c.set_at,
    member_attribute_values.c.value_id,
)
# One value is known at a time.
Index(
    "uq_member_attribute_values_current",
    member_attribute_values.c.member_id,
    member_attribute_values.c.attribute_code,
    unique=True,
    sqlite_where=member_attribute_values.c.replaced_at.is_(None),
    postgresql_where=member_attribute_values.c.replaced_at.is_(None),
)

member_cards = Table(
    "member_cards",
    metadata,
    # The digest under which an active card stands in member_keys, where blocked and replaced ones have no row.
    Column("card_digest", Bytes, primary_key=True),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False, index=True),
    required("card_cipher", Bytes),
    required("state", Code),
    required("reason", Name),
    # A card type of the tier programme; empty for a plain card.
    required("card_type", Code, server_default=""),
    required("issued_at", Instant),
)

member_card_events = Table(
    "member_card_events",
    metadata,
    Column("event_id", Id, primary_key=True, autoincrement=False),
    Column("card_digest", Bytes, ForeignKey("member_cards.card_digest"), nullable=False, index=True),
    Column("member_id", Id, nullable=False),
    required("kind", Code),
    required("reason", Name),
    required("at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
)
Index(
    "ix_member_card_events_member_id",
    member_card_events.c.member_id,
    member_card_events.c.at,
    member_card_events.c.event_id,
)

member_merges = Table(
    "member_merges",
    metadata,
    Column("merge_id", Id, primary_key=True, autoincrement=False),
    required("survivor_id", Id),
    required("merged_id", Id),
    amount("points"),
    amount("visits"),
    required("merged_tier", Code),
    amount("tier_number"),
    required("filled", Document),
    required("reason", Name),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("merged_at", Instant),
    # Null while the merge holds.
    Column("undone_at", Instant),
    Column("undo_id", Id),
    Column("undone_request_id", Key),
    required("undone_reason", Name),
    required("undone_by_caller_id", Id),
    Column("undone_by_staff_id", Id),
)
Index("ix_member_merges_survivor_id", member_merges.c.survivor_id, member_merges.c.merged_at, member_merges.c.merge_id)
# A file leads to one other at most.
Index(
    "uq_member_merges_merged_id",
    member_merges.c.merged_id,
    unique=True,
    sqlite_where=member_merges.c.undone_at.is_(None),
    postgresql_where=member_merges.c.undone_at.is_(None),
)

# What came with a merge: digests of keys, and of cards, blocked and replaced ones too.
member_merge_keys = Table(
    "member_merge_keys",
    metadata,
    Column("merge_id", Id, ForeignKey("member_merges.merge_id"), primary_key=True),
    Column("key_digest", Bytes, primary_key=True),
)
