"""The schema's history."""

from adapters.sql.engine import open_engine
from adapters.sql.tables import metadata


def migrate(url: str, revision: str = "head") -> None:
    """Brings the database to `revision`."""
    engine = open_engine(url)
    metadata.create_all(engine)
    engine.dispose()
