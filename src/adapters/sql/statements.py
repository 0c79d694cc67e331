"""What statements of several repositories have in common, on SQLite and on PostgreSQL alike."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, ColumnElement, Dialect, Table, Text, bindparam, tuple_
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def upsert(table: Table) -> Insert:
    """An insert that replaces all other columns of a row with the same primary key."""
    # The construct of this dialect compiles on SQLite too, to the same words.
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    changes = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def any_of(column: Column[Any], parameter: str) -> ColumnElement[bool]:
    """Whether a text or integer column is one of the values of a parameter, a collection of any size.

    One statement serves all sizes: to PostgreSQL they travel as an array, which it looks up in an index one by one and
    in their order, to SQLite, which takes only so many parameters, as one JSON document.
    """
    return _Among(column, bindparam(parameter, type_=_List(column.type)))


def listed(words: Iterable[str]) -> str:
    """Words of ours, such as codes and kinds, as a list in the text of a statement: 'a', 'b'."""
    return ", ".join(f"'{word}'" for word in words)


def later(version: Column[int], key: Column[Any]) -> ColumnElement[bool]:
    """Whether a row comes after a `cursor` in the order of version and key; as one comparison, an index finds it."""
    return tuple_(version, key) > tuple_(
        bindparam("after_version", type_=version.type), bindparam("after_key", type_=key.type)
    )


def cursor(after: tuple[int, Any]) -> dict[str, Any]:
    """The parameters of `later`."""
    return {"after_version": after[0], "after_key": after[1]}


class _List(TypeDecorator[Collection[object]]):
    """An array on PostgreSQL, else JSON."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of_integers = isinstance(of, BigInteger)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(ARRAY(BigInteger() if self.of_integers else Text()))

    def process_bind_param(self, value: Collection[object] | None, dialect: Dialect) -> Any:
        values = list(value or ())
        return values if dialect.name == "postgresql" else json.dumps(values)


class _Among(FunctionElement[bool]):
    # Of no type: SQLAlchemy would compare a boolean with 1 for SQLite.
    inherit_cache = True


@compiles(_Among, "sqlite")
def _sqlite(among: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in among.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(_Among, "postgresql")
def _postgresql(among: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in among.clauses)
    return f"{column} = ANY ({values})"
