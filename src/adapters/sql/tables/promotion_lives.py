"""The lives of promotions, and the templates that they are made of."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Document, Id, Instant, Name, metadata, required

# Where each promotion stands; what sells is in `promotions`. Days are ISO texts.
promotion_lives = Table(
    "promotion_lives",
    metadata,
    Column("code", Code, primary_key=True),
    required("standing", Code),
    required("draft_state", Code),
    required("revision", Integer),
    required("published_revision", Integer),
    required("draft_revision", Integer),
    # How many steps were taken.
    required("steps", Integer),
    # Who wrote the draft; 0 is the system.
    Column("writer_id", Id),
    Column("writer_staff_id", Id),
    # The terms of the draft, JSON null without one.
    required("draft", Document),
    # Those of the terms published, of the draft where nothing is.
    required("theme", Code),
    required("starts_on", Code),
    required("over_on", Code),
)
Index("ix_promotion_lives_starts_on", promotion_lives.c.starts_on, promotion_lives.c.code)
Index("ix_promotion_lives_theme", promotion_lives.c.theme, promotion_lives.c.starts_on, promotion_lives.c.code)
Index(
    "ix_promotion_lives_draft_state",
    promotion_lives.c.draft_state,
    promotion_lives.c.starts_on,
    promotion_lives.c.code,
)

promotion_steps = Table(
    "promotion_steps",
    metadata,
    Column("code", Code, ForeignKey("promotion_lives.code"), nullable=False),
    required("number", Integer),
    required("revision", Integer),
    required("kind", Code),
    required("at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("note", Name),
    PrimaryKeyConstraint("code", "number"),
)

# Where the terms published and those of the draft may hold, so that each store finds its own: kind is "everywhere",
# "store", "region" or "except" (a store).
promotion_places = Table(
    "promotion_places",
    metadata,
    Column("code", Code, ForeignKey("promotion_lives.code"), nullable=False),
    required("kind", Code),
    required("place_code", Code),
    PrimaryKeyConstraint("code", "kind", "place_code"),
)

promotion_templates = Table(
    "promotion_templates",
    metadata,
    Column("code", Code, primary_key=True),
    required("template", Document),
)
