"""What every module relies on: request ids, id blocks, snapshot versions and the outbox."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import (
    Amount,
    Bytes,
    Code,
    Document,
    Id,
    Instant,
    Key,
    Name,
    amount,
    metadata,
    required,
)

requests = Table(
    "requests",
    metadata,
    required("caller_id", Id),
    required("request_id", Key),
    required("operation", Code),
    required("fingerprint", Bytes),
    # Null only inside the transaction that claims the id.
    Column("answer", Bytes),
    required("claimed_at", Instant),
    PrimaryKeyConstraint("caller_id", "request_id"),
)

id_blocks = Table("id_blocks", metadata, Column("name", Code, primary_key=True), amount("next_id"))

versions = Table("versions", metadata, Column("name", Code, primary_key=True), amount("version"))

outbox = Table(
    "outbox",
    metadata,
    Column("event_id", Id, primary_key=True, autoincrement=False),
    required("topic", Code),
    # What the event is about: consumers see events of one key in order.
    required("subject_id", Amount),
    required("payload", Document),
    required("occurred_at", Instant),
    Column("published_at", Instant),
)
Index(
    "ix_outbox_unpublished",
    outbox.c.event_id,
    sqlite_where=outbox.c.published_at.is_(None),
    postgresql_where=outbox.c.published_at.is_(None),
)

# A lease that is over is nobody's.
jobs = Table(
    "jobs",
    metadata,
    Column("name", Code, primary_key=True),
    required("holder", Code),
    required("lease_until", Instant),
    required("started_at", Instant),
    Column("finished_at", Instant),
    required("result", Name),
    amount("done"),
    required("due_at", Instant),
)
