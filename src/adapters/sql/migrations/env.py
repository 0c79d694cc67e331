"""What Alembic runs; the connection and its transaction come from `migrate`."""

from alembic import context

from adapters.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # SQLite can change its schema in a transaction; only Python's driver could not, in its default mode.
    transactional_ddl=True,
)
context.run_migrations()
