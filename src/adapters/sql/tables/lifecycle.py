"""Where members stand with the chain: their state now, its history, and what the next run has to look at."""

from sqlalchemy import CheckConstraint, Column, Date, Index, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Amount, Code, Id, Instant, amount, metadata, required

member_lifecycles = Table(
    "member_lifecycles",
    metadata,
    Column("member_id", Id, primary_key=True, autoincrement=False),
    required("state", Code),
    required("since_on", Date),
    # The first day on which it is another one unless they buy; null for who is lost, and for merged files.
    Column("until_on", Date),
    amount("entries"),
    required("as_of_on", Date),
    Column("first_on", Date),
    Column("last_on", Date),
    # The rule by which it was decided, see LifecycleRule.code; 0 for a merged file, about which no rule decides.
    required("rule", Amount),
    # Copied from the member, so that states are counted from one index.
    Column("store_id", Id),
)
Index(
    "ix_member_lifecycles_until_on",
    member_lifecycles.c.until_on,
    member_lifecycles.c.member_id,
    sqlite_where=member_lifecycles.c.until_on.is_not(None),
    postgresql_where=member_lifecycles.c.until_on.is_not(None),
)
Index("ix_member_lifecycles_rule", member_lifecycles.c.rule, member_lifecycles.c.member_id)
Index(
    "ix_member_lifecycles_store_id", member_lifecycles.c.store_id, member_lifecycles.c.state, member_lifecycles.c.rule
)

lifecycle_entries = Table(
    "lifecycle_entries",
    metadata,
    required("member_id", Id),
    required("number", Amount),
    required("from_state", Code),
    required("to_state", Code),
    required("cause", Code),
    required("since_on", Date),
    Column("last_purchase_on", Date),
    Column("store_id", Id),
    required("decided_on", Date),
    required("entered_at", Instant),
    PrimaryKeyConstraint("member_id", "number"),
    CheckConstraint("number >= 1", name="numbered_from_one"),
)
# Changes are counted by day from this index alone.
Index(
    "ix_lifecycle_entries_since_on",
    lifecycle_entries.c.since_on,
    lifecycle_entries.c.store_id,
    lifecycle_entries.c.from_state,
    lifecycle_entries.c.to_state,
)

lifecycle_notes = Table(
    "lifecycle_notes",
    metadata,
    Column("note_id", Id, primary_key=True, autoincrement=False),
    required("member_id", Id),
    required("noted_on", Date),
)
Index("ix_lifecycle_notes_noted_on", lifecycle_notes.c.noted_on, lifecycle_notes.c.note_id)
