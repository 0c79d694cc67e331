"""Column types that mean the same on SQLite and on PostgreSQL, and the naming convention of constraints."""

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, String, Text
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, UUID
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def instant_text(at: datetime) -> str:
    """`at` as SQLite stores it: UTC in ISO 8601 with six digits, so that text order is time order."""
    # strftime would write the year 1 with one digit.
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: timestamptz on PostgreSQL, sortable text on SQLite. Naive datetimes are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Any) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return instant_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


Id = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit id taken from `id_blocks`; on SQLite the rowid."""

Amount = BigInteger()
"""Minor units of the document's currency, thousandths of a unit of measure, or points."""

Key = String(36).with_variant(UUID(as_uuid=False), "postgresql")
"""A UUID in canonical text."""

Code = String(64)
Name = String(200)
Bytes = LargeBinary().with_variant(BYTEA, "postgresql")


class Document(TypeDecorator[Any]):
    """An immutable JSON value, e.g. the discounts of a line: jsonb on PostgreSQL, text on SQLite; never SQL null."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else JSONB(none_as_null=False))

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        # An outer join gives null where there is no row.
        return orjson.loads(value) if dialect.name == "sqlite" and value is not None else value


def amount(name: str, **options: Any) -> Column[int]:
    """A required integer column."""
    return Column(name, Amount, nullable=False, **options)


def required(name: str, kind: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **options)
