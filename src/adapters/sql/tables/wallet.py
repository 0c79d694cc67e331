"""Stored value and gift cards: what members and cards hold, and every movement of it."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Date, Index, PrimaryKeyConstraint, Table, UniqueConstraint, text

from adapters.sql.tables.columns import Bytes, Code, Id, Instant, Name, amount, metadata, required

PAID: Final = "tender != ''"
"""Entries paid for over the counter; a query that says the same in these words finds them by their index."""

stored_value_accounts = Table(
    "stored_value_accounts",
    metadata,
    required("member_id", Id),
    required("currency", Code),
    # The sums of the account's entries; the row is locked by every use case that moves stored value.
    amount("principal_minor"),
    amount("bonus_minor"),
    amount("frozen"),
    PrimaryKeyConstraint("member_id", "currency"),
    CheckConstraint("principal_minor >= 0", name="principal_not_negative"),
    CheckConstraint("bonus_minor >= 0", name="bonus_not_negative"),
    CheckConstraint("frozen >= 0 AND frozen <= 1", name="frozen_once"),
    postgresql_with={"fillfactor": "80"},
)

stored_value_entries = Table(
    "stored_value_entries",
    metadata,
    required("member_id", Id),
    required("currency", Code),
    required("entry_id", Id),
    required("reason", Code),
    amount("principal_minor"),
    amount("bonus_minor"),
    amount("frozen"),
    required("document_id", Id),
    required("tender", Code),
    required("reference", Name),
    required("note", Name),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("posted_at", Instant),
    # The order of a statement; ids of several processes are not in the order of time.
    PrimaryKeyConstraint("member_id", "posted_at", "entry_id"),
)
Index("ix_stored_value_entries_document_id", stored_value_entries.c.document_id)
# What a till took over the counter.
Index(
    "ix_stored_value_entries_paid",
    stored_value_entries.c.store_id,
    stored_value_entries.c.business_date,
    sqlite_where=text(PAID),
    postgresql_where=text(PAID),
)
# What a settlement between stores goes through.
Index("ix_stored_value_entries_posted_at", stored_value_entries.c.posted_at)

gift_cards = Table(
    "gift_cards",
    metadata,
    Column("card_id", Id, primary_key=True, autoincrement=False),
    required("code_digest", Bytes, unique=True),
    required("pin_digest", Bytes),
    required("hint", Code),
    required("batch", Code),
    required("currency", Code),
    amount("face_minor"),
    # What entries move; the row is locked by every use case that does.
    amount("balance_minor"),
    amount("sold"),
    amount("blocked"),
    amount("wrong_pins"),
    required("issued_at", Instant),
    CheckConstraint("balance_minor >= 0", name="balance_not_negative"),
    CheckConstraint("sold >= 0 AND sold <= 1", name="sold_once"),
    CheckConstraint("blocked >= 0 AND blocked <= 1", name="blocked_once"),
    postgresql_with={"fillfactor": "80"},
)
Index("ix_gift_cards_batch", gift_cards.c.batch, gift_cards.c.card_id)

gift_card_entries = Table(
    "gift_card_entries",
    metadata,
    required("card_id", Id),
    required("entry_id", Id),
    required("reason", Code),
    amount("amount_minor"),
    amount("sold"),
    amount("blocked"),
    required("document_id", Id),
    amount("tender_number"),
    required("tender", Code),
    required("reference", Name),
    required("note", Name),
    required("currency", Code),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("posted_at", Instant),
    # The order of a statement; ids of several processes are not in the order of time.
    PrimaryKeyConstraint("card_id", "posted_at", "entry_id"),
)
Index("ix_gift_card_entries_document_id", gift_card_entries.c.document_id)
# What a till took over the counter.
Index(
    "ix_gift_card_entries_paid",
    gift_card_entries.c.store_id,
    gift_card_entries.c.business_date,
    sqlite_where=text(PAID),
    postgresql_where=text(PAID),
)
PAYING: Final = "reason IN ('spent', 'spend_reversed')"
"""Entries by which cards pay and get back; a query that says the same in these words finds them by their index."""
Index(
    "ix_gift_card_entries_paying",
    gift_card_entries.c.posted_at,
    sqlite_where=text(PAYING),
    postgresql_where=text(PAYING),
)

times_cards = Table(
    "times_cards",
    metadata,
    Column("card_id", Id, primary_key=True, autoincrement=False),
    required("member_id", Id),
    required("sku_id", Id),
    required("sale_id", Id),
    amount("line_number"),
    required("currency", Code),
    required("store_id", Id),
    amount("uses_total"),
    amount("uses_left"),
    amount("value_left_minor"),
    # Exclusive; null for no end.
    Column("expires_on", Date),
    required("sold_at", Instant),
    UniqueConstraint("sale_id", "line_number"),
    CheckConstraint("uses_left >= 0 AND uses_left <= uses_total", name="uses_within_total"),
    CheckConstraint("uses_left > 0 OR value_left_minor = 0", name="no_value_without_uses"),
    postgresql_with={"fillfactor": "80"},
)
Index("ix_times_cards_member_id", times_cards.c.member_id, times_cards.c.card_id)
Index(
    "ix_times_cards_usable",
    times_cards.c.member_id,
    times_cards.c.sku_id,
    sqlite_where=times_cards.c.uses_left > 0,
    postgresql_where=times_cards.c.uses_left > 0,
)
Index(
    "ix_times_cards_expires_on",
    times_cards.c.expires_on,
    times_cards.c.card_id,
    sqlite_where=times_cards.c.uses_left > 0,
    postgresql_where=times_cards.c.uses_left > 0,
)

times_card_entries = Table(
    "times_card_entries",
    metadata,
    required("card_id", Id),
    required("entry_id", Id),
    required("reason", Code),
    amount("uses"),
    amount("value_minor"),
    required("document_id", Id),
    required("currency", Code),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("posted_at", Instant),
    PrimaryKeyConstraint("card_id", "entry_id"),
)
USED: Final = "reason = 'used'"
"""Entries by which times cards are used; as PAYING is."""
Index(
    "ix_times_card_entries_used",
    times_card_entries.c.posted_at,
    sqlite_where=text(USED),
    postgresql_where=text(USED),
)
