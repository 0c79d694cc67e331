"""What statements of several repositories have in common, on SQLite and on PostgreSQL alike."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Table, Text, bindparam, tuple_
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


def upsert(table: Table) -> Insert:
    """An insert that replaces all other columns of a row with the same primary key."""
    # The construct of this dialect compiles on SQLite too, to the same words.
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    changes = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def any_of(column: Column[Any], parameter: str) -> ColumnElement[bool]:
    """Whether a text or integer column is one of the values of a parameter, a collection of any size.

    The values travel as one JSON document: SQLite takes only so many parameters, and one statement serves all sizes.
    """
    values = _Integers if isinstance(column.type, BigInteger) else _Texts
    return column.bool_op("IN")(values(bindparam(parameter, type_=_JsonList())))


def later(version: Column[int], key: Column[Any]) -> ColumnElement[bool]:
    """Whether a row comes after a `cursor` in the order of version and key; as one comparison, an index finds it."""
    return tuple_(version, key) > tuple_(
        bindparam("after_version", type_=version.type), bindparam("after_key", type_=key.type)
    )


def cursor(after: tuple[int, Any]) -> dict[str, Any]:
    """The parameters of `later`."""
    return {"after_version": after[0], "after_key": after[1]}


class _JsonList(TypeDecorator[Collection[object]]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Collection[object] | None, dialect: object) -> str:
        return json.dumps(list(value or ()))


class _Texts(FunctionElement[str]):
    inherit_cache = True


class _Integers(FunctionElement[int]):
    inherit_cache = True


@compiles(_Texts, "sqlite")
@compiles(_Integers, "sqlite")
def _sqlite(values: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(values.clauses, **options)}))"


@compiles(_Texts, "postgresql")
def _texts_postgresql(values: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT jsonb_array_elements_text(CAST({compiler.process(values.clauses, **options)} AS jsonb)))"


@compiles(_Integers, "postgresql")
def _integers_postgresql(values: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    document = compiler.process(values.clauses, **options)
    return f"(SELECT CAST(jsonb_array_elements_text(CAST({document} AS jsonb)) AS bigint))"
