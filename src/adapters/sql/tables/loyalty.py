"""Points accounts, lots and entries."""

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, false, text

from adapters.sql.tables.columns import Code, Id, Instant, Key, Name, amount, metadata, required

points_accounts = Table(
    "points_accounts",
    metadata,
    Column("member_id", Id, primary_key=True, autoincrement=False),
    # The sum of the member's entries; the row is locked by every use case that moves points.
    amount("points_balance"),
    # The member's sales less those that were voided.
    amount("visits"),
    # What of the balance the member owes: the sum of the lots below zero, as a number above zero.
    amount("points_debt", server_default="0"),
    # Whether a purchase may change the member's state in their life cycle: then a sale leaves a note for its next run.
    # It stands here because sales lock this row: who has waited for it reads what it is now.
    Column("watched", Boolean, nullable=False, server_default=false()),
    CheckConstraint("points_debt >= 0", name="debt_not_negative"),
    postgresql_with={"fillfactor": "80"},
)

points_lots = Table(
    "points_lots",
    metadata,
    Column("lot_id", Id, primary_key=True, autoincrement=False),
    required("member_id", Id),
    required("sale_id", Id),
    required("earned_on", Date),
    Column("expires_on", Date),
    amount("points"),
    amount("value_minor"),
    # Empty for what nearly every lot is: free at once, and held by nobody.
    Column("free_on", Date),
    Column("held_until", Instant),
    Column("held_from", Id),
    # Only a debt is below zero: it carries nothing and never expires.
    CheckConstraint("points >= 0 OR (value_minor = 0 AND expires_on IS NULL)", name="debt_carries_nothing"),
)
Index(
    "ix_points_lots_open",
    points_lots.c.member_id,
    points_lots.c.expires_on,
    sqlite_where=points_lots.c.points > 0,
    postgresql_where=points_lots.c.points > 0,
)
Index(
    "ix_points_lots_owed",
    points_lots.c.member_id,
    sqlite_where=points_lots.c.points < 0,
    postgresql_where=points_lots.c.points < 0,
)
Index("ix_points_lots_sale_id", points_lots.c.sale_id)
# What an expiry run goes through: its cost is what expires, however much is still valid or was spent.
Index(
    "ix_points_lots_expiring",
    points_lots.c.expires_on,
    points_lots.c.member_id,
    sqlite_where=points_lots.c.points > 0,
    postgresql_where=points_lots.c.points > 0,
)

points_entries = Table(
    "points_entries",
    metadata,
    required("member_id", Id),
    required("entry_id", Id),
    required("lot_id", Id),
    amount("points"),
    amount("value_minor"),
    required("reason", Code),
    required("sale_id", Id),
    required("store_id", Id),
    required("business_date", Date),
    required("posted_at", Instant),
    # The order of a statement; ids of several processes are not in the order of time.
    PrimaryKeyConstraint("member_id", "posted_at", "entry_id"),
)
LAPSED: Final = "reason IN ('expired', 'expiry_reversed')"
"""Entries by which lots expire; a query that says the same in these words finds them by their index."""
Index(
    "ix_points_entries_lapsed",
    points_entries.c.lot_id,
    sqlite_where=text(LAPSED),
    postgresql_where=text(LAPSED),
)
CROSSING: Final = "reason IN ('redeemed', 'redeem_reversed', 'captured', 'earn_reversed', 'adjusted', 'repaid')"
"""Entries that move lots which another store may have issued; as LAPSED is."""
Index(
    "ix_points_entries_crossing",
    points_entries.c.posted_at,
    sqlite_where=text(CROSSING),
    postgresql_where=text(CROSSING),
)

points_expiries = Table(
    "points_expiries",
    metadata,
    Column("expiry_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("business_date", Date),
    amount("lots"),
    amount("points"),
    amount("value_minor"),
    required("posted_at", Instant),
)

# How far a warning before the expiry has come: all members up to this one have been told.
points_notices = Table(
    "points_notices",
    metadata,
    required("expires_on", Date),
    required("days", Integer),
    required("member_id", Id),
    required("members", Id),
    Column("done", Boolean, nullable=False),
    PrimaryKeyConstraint("expires_on", "days"),
)

points_holds = Table(
    "points_holds",
    metadata,
    Column("hold_id", Id, primary_key=True, autoincrement=False),
    required("member_id", Id),
    required("store_id", Id),
    required("business_date", Date),
    amount("points"),
    required("reference", Name),
    required("expires_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("posted_at", Instant),
)
Index("ix_points_holds_member_id", points_holds.c.member_id, points_holds.c.expires_at)

# A hold ends once, whoever ends it.
points_hold_ends = Table(
    "points_hold_ends",
    metadata,
    Column("hold_id", Id, primary_key=True, autoincrement=False),
    required("end_id", Id),
    required("store_id", Id),
    required("business_date", Date),
    amount("points"),
    amount("value_minor"),
    amount("paid_minor"),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("posted_at", Instant),
)

Index("ix_points_hold_ends_end_id", points_hold_ends.c.end_id)

points_transfers = Table(
    "points_transfers",
    metadata,
    Column("transfer_id", Id, primary_key=True, autoincrement=False),
    required("member_id", Id),
    required("to_member_id", Id),
    required("store_id", Id),
    required("business_date", Date),
    amount("points"),
    amount("value_minor"),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("posted_at", Instant),
)

# Who belongs to which pool now; a pool has no row of its own but its owner's.
points_pool_members = Table(
    "points_pool_members",
    metadata,
    Column("member_id", Id, primary_key=True, autoincrement=False),
    required("owner_id", Id),
)
Index("ix_points_pool_members_owner_id", points_pool_members.c.owner_id)

points_pool_events = Table(
    "points_pool_events",
    metadata,
    Column("event_id", Id, primary_key=True, autoincrement=False),
    required("owner_id", Id),
    required("member_id", Id),
    required("kind", Code),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("posted_at", Instant),
)

# What a document has issued under the quota of its store or region; `month` is an ISO text as 2026-11.
points_quota_uses = Table(
    "points_quota_uses",
    metadata,
    required("sale_id", Id),
    required("place", Code),
    required("code", Code),
    required("month", Code),
    amount("points"),
    amount("withheld"),
    amount("quota_points"),
    required("beyond", Boolean),
    required("posted_at", Instant),
    PrimaryKeyConstraint("sale_id", "place"),
)

# What each owner has laid down, the highest version now.
points_pool_rules = Table(
    "points_pool_rules",
    metadata,
    required("owner_id", Id),
    required("version", Integer),
    required("spending", Code),
    amount("points_per_day_max"),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("posted_at", Instant),
    PrimaryKeyConstraint("owner_id", "version"),
)

# Whose points paid for a sale of somebody else in the pool; its reversals give them back with rows below zero.
points_pool_spendings = Table(
    "points_pool_spendings",
    metadata,
    required("sale_id", Id),
    required("member_id", Id),
    required("spender_id", Id),
    required("owner_id", Id),
    required("spent_on", Date),
    amount("points"),
    PrimaryKeyConstraint("sale_id", "member_id"),
)
Index("ix_points_pool_spendings_spender_id", points_pool_spendings.c.spender_id, points_pool_spendings.c.spent_on)

points_adjustments = Table(
    "points_adjustments",
    metadata,
    Column("adjustment_id", Id, primary_key=True, autoincrement=False),
    required("member_id", Id),
    required("store_id", Id),
    required("business_date", Date),
    amount("points"),
    amount("value_minor"),
    required("reason", Name),
    required("reverses_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("posted_at", Instant),
)
# What is undone, is undone once.
Index(
    "uq_points_adjustments_reverses_id",
    points_adjustments.c.reverses_id,
    unique=True,
    sqlite_where=points_adjustments.c.reverses_id != 0,
    postgresql_where=points_adjustments.c.reverses_id != 0,
)
