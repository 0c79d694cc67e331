"""Lucky draws with their tickets and plays, and experience events with their seats."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Bytes, Code, Document, Id, Instant, Name, amount, metadata, required

draws = Table(
    "draws",
    metadata,
    Column("draw_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("from_at", Instant),
    required("until_at", Instant),
    # What bounds each member, beside the document so that it can be proven; 0 is no bound.
    amount("plays_per_member_max"),
    amount("plays_per_member_day_max"),
    required("terms", Document),
    # Null for a draft, from here on.
    Column("seed_cipher", Bytes),
    Column("seed_commitment", Bytes),
    Column("terms_digest", Bytes),
    Column("published_at", Instant),
    # 0 is the system.
    Column("publisher_id", Id),
    Column("publisher_staff_id", Id),
)

# Where a draw may be played, so that each store finds its own: kind is "everywhere", "store" or "region".
draw_places = Table(
    "draw_places",
    metadata,
    Column("draw_id", Id, ForeignKey("draws.draw_id"), nullable=False),
    required("kind", Code),
    required("place_code", Code),
    PrimaryKeyConstraint("draw_id", "kind", "place_code"),
)

draw_counts = Table(
    "draw_counts",
    metadata,
    Column("draw_id", Id, primary_key=True, autoincrement=False),
    amount("plays"),
    CheckConstraint("plays >= 0", name="not_negative"),
    postgresql_with={"fillfactor": "80"},
)

draw_prizes = Table(
    "draw_prizes",
    metadata,
    required("draw_id", Id),
    required("position", Integer),
    required("code", Code),
    required("kind", Code),
    amount("number"),
    amount("remaining"),
    amount("awarded"),
    # What one of them is: goods out of stock, in thousandths, or points.
    amount("quantity_milli"),
    amount("points"),
    PrimaryKeyConstraint("draw_id", "position"),
    CheckConstraint("remaining >= 0 AND awarded >= 0", name="never_more_than_there_are"),
    postgresql_with={"fillfactor": "80"},
)

draw_members = Table(
    "draw_members",
    metadata,
    required("draw_id", Id),
    required("member_id", Id),
    amount("granted"),
    amount("used"),
    PrimaryKeyConstraint("draw_id", "member_id"),
    CheckConstraint("used >= 0 AND used <= granted", name="used_no_more_than_granted"),
    postgresql_with={"fillfactor": "80"},
)

draw_member_days = Table(
    "draw_member_days",
    metadata,
    required("draw_id", Id),
    required("member_id", Id),
    required("day", Date),
    amount("plays"),
    PrimaryKeyConstraint("draw_id", "member_id", "day"),
    postgresql_with={"fillfactor": "80"},
)

draw_tickets = Table(
    "draw_tickets",
    metadata,
    Column("ticket_id", Id, primary_key=True, autoincrement=False),
    required("draw_id", Id),
    required("member_id", Id),
    required("source", Code),
    # The sale or the check-in that brought it; 0 where staff granted it.
    required("document_id", Id),
    required("number", Integer),
    amount("spend_minor"),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("reason", Name),
    required("granted_at", Instant),
    amount("used"),
    CheckConstraint("used >= 0 AND used <= 1", name="used_once"),
    postgresql_with={"fillfactor": "80"},
)
Index(
    "ix_draw_tickets_unused",
    draw_tickets.c.draw_id,
    draw_tickets.c.member_id,
    draw_tickets.c.granted_at,
    draw_tickets.c.ticket_id,
    sqlite_where=draw_tickets.c.used == 0,
    postgresql_where=draw_tickets.c.used == 0,
)
# A sale, or a check-in, yields its tickets once.
Index(
    "uq_draw_tickets_document",
    draw_tickets.c.draw_id,
    draw_tickets.c.document_id,
    draw_tickets.c.number,
    unique=True,
    sqlite_where=draw_tickets.c.document_id != 0,
    postgresql_where=draw_tickets.c.document_id != 0,
)

draw_plays = Table(
    "draw_plays",
    metadata,
    required("draw_id", Id),
    required("play_number", Id),
    required("play_id", Id, unique=True),
    required("ticket_id", Id, unique=True),
    required("member_id", Id),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("channel", Code),
    required("business_date", Date),
    required("played_at", Instant),
    required("roll_ppm", Integer),
    # Positions of prizes; 0 is none.
    required("drawn_position", Integer),
    amount("left_before"),
    amount("available_milli"),
    required("outcome", Code),
    required("prize_position", Integer),
    required("taken", Integer),
    PrimaryKeyConstraint("draw_id", "play_number"),
    CheckConstraint("play_number >= 1", name="numbered_from_one"),
)
Index("ix_draw_plays_member_id", draw_plays.c.draw_id, draw_plays.c.member_id, draw_plays.c.play_number)

experience_events = Table(
    "experience_events",
    metadata,
    Column("event_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("store_id", Id),
    required("starts_at", Instant),
    required("ends_at", Instant),
    required("terms", Document),
)
Index("ix_experience_events_starts_at", experience_events.c.starts_at, experience_events.c.event_id)
Index(
    "ix_experience_events_store_id",
    experience_events.c.store_id,
    experience_events.c.starts_at,
    experience_events.c.event_id,
)

event_counts = Table(
    "event_counts",
    metadata,
    Column("event_id", Id, primary_key=True, autoincrement=False),
    amount("seats"),
    amount("taken"),
    CheckConstraint("taken >= 0 AND taken <= seats", name="never_overbooked"),
    postgresql_with={"fillfactor": "80"},
)

event_bookings = Table(
    "event_bookings",
    metadata,
    required("event_id", Id),
    required("member_id", Id),
    amount("booked"),
    amount("checked_in"),
    PrimaryKeyConstraint("event_id", "member_id"),
    CheckConstraint("booked >= 0 AND booked <= 1", name="one_seat"),
    CheckConstraint("checked_in >= 0 AND checked_in <= booked", name="checked_in_once"),
    postgresql_with={"fillfactor": "80"},
)

event_entries = Table(
    "event_entries",
    metadata,
    required("event_id", Id),
    required("entry_id", Id),
    required("member_id", Id),
    required("kind", Code),
    amount("booked"),
    amount("checked_in"),
    amount("tickets"),
    amount("points"),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("entered_at", Instant),
    PrimaryKeyConstraint("event_id", "entry_id"),
)
Index(
    "ix_event_entries_member_id",
    event_entries.c.member_id,
    event_entries.c.business_date,
    sqlite_where=event_entries.c.checked_in > 0,
    postgresql_where=event_entries.c.checked_in > 0,
)

event_invitations = Table(
    "event_invitations",
    metadata,
    required("event_id", Id),
    required("member_id", Id),
    required("answer", Code),
    required("invited_at", Instant),
    Column("answered_at", Instant),
    PrimaryKeyConstraint("event_id", "member_id"),
)
Index(
    "ix_event_invitations_answer",
    event_invitations.c.event_id,
    event_invitations.c.answer,
    event_invitations.c.answered_at,
    event_invitations.c.member_id,
)

points_activities = Table(
    "points_activities",
    metadata,
    Column("activity_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    # Whose books carry the points; 0 is the store where it is recorded.
    required("store_id", Id),
    # 0 is no bound. Whoever gives points of it moves the row, and others wait.
    amount("points_budget"),
    amount("given_points"),
    required("terms", Document),
    CheckConstraint("points_budget = 0 OR given_points <= points_budget", name="within_budget"),
    postgresql_with={"fillfactor": "80"},
)

activity_records = Table(
    "activity_records",
    metadata,
    Column("record_id", Id, primary_key=True, autoincrement=False),
    required("activity_id", Id),
    required("member_id", Id),
    required("subject_id", Id),
    required("reference", Name),
    amount("points"),
    amount("new_member_points"),
    amount("value_minor"),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("recorded_at", Instant),
)
# What makes an activity count once.
Index(
    "uq_activity_records_subject_id",
    activity_records.c.activity_id,
    activity_records.c.subject_id,
    activity_records.c.reference,
    unique=True,
)
# How often a member has done it, the newest day first.
Index(
    "ix_activity_records_member_id",
    activity_records.c.activity_id,
    activity_records.c.member_id,
    activity_records.c.business_date,
)

points_rewards = Table(
    "points_rewards",
    metadata,
    Column("reward_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("terms", Document),
)

reward_redemptions = Table(
    "reward_redemptions",
    metadata,
    Column("redemption_id", Id, primary_key=True, autoincrement=False),
    required("reward_id", Id),
    required("member_id", Id),
    # What is undone is below zero.
    amount("times"),
    amount("points"),
    amount("value_minor"),
    # 0 where no goods were handed out, or no coupon.
    required("sku_id", Id),
    amount("quantity_milli"),
    amount("cost_minor"),
    required("coupon_id", Id),
    required("reverses_id", Id),
    required("reason", Name),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("redeemed_at", Instant),
)
Index("ix_reward_redemptions_member_id", reward_redemptions.c.reward_id, reward_redemptions.c.member_id)
# What is undone, is undone once.
Index(
    "uq_reward_redemptions_reverses_id",
    reward_redemptions.c.reverses_id,
    unique=True,
    sqlite_where=reward_redemptions.c.reverses_id != 0,
    postgresql_where=reward_redemptions.c.reverses_id != 0,
)
