"""Makes the functions that turn rows into what a driver takes, one per table, from the definition of the table.

They are generated as source, as dataclasses are: a checkout writes thirty rows, and a loop over their columns would
cost more than everything else that Python does for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import lru_cache
from struct import Struct
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Boolean, Date, String, Table

from adapters.sql.tables.columns import Document, Instant, instant_text

Row = Any
SqliteWriter = Callable[[Sequence[Row]], list[tuple[Any, ...]]]
PostgresWriter = Callable[[Sequence[Row]], bytes]

KNOWN_MAX: Final = 20_000
"""How many converted values each memory keeps before it starts afresh."""
WRITERS_MAX: Final = 256
"""How many writers are kept: one per table and version of the schema that this process has met."""

INT8_ARRAYS_MAX: Final = 1_024
"""For how many lengths the format of a bigint[] is kept."""


class Known(dict[Any, Any]):
    """Remembers what a value was converted to: names, codes, dates and instants come again and again."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, value: Any) -> Any:
        if len(self) >= KNOWN_MAX:
            self.clear()
        converted = self[value] = self._convert(value)
        return converted


class ColumnOf(NamedTuple):
    """A column as PostgreSQL's catalogue has it."""

    name: str
    type_oid: int
    required: bool


def sqlite_writer(table: Table) -> SqliteWriter:
    """Rows to tuples in the order of the table's columns, as its types store them in SQLite."""
    values = []
    for column in table.columns:
        value = f"row.{column.name}"
        if isinstance(column.type, Document):
            value = f"document({value})"
        elif isinstance(column.type, Boolean):
            value = f"int({value})"
        elif convert := _SQLITE_KNOWN.get(type(column.type)):
            value = f"{convert}[{value}]" + (f" if {value} is not None else None" if column.nullable else "")
        values.append(value)
    source = f"def write(rows):\n    return [({', '.join(values)},) for row in rows]\n"
    write: SqliteWriter = _made(
        source, {"document": _document_text, "text": _PLAIN, "day": _DAY_TEXT, "instant": _INSTANT_TEXT}
    )
    return write


@lru_cache(maxsize=WRITERS_MAX)
def postgres_writer(columns: tuple[ColumnOf, ...], row_type_oid: int, known_fields: frozenset[str]) -> PostgresWriter:
    """Rows to a binary array of the table's row type (`array_send` of `record_send` in PostgreSQL's source).

    `columns` are all columns of the table as it is in the database, which may be newer than this program: a column that
    is none of `known_fields` is sent as null, and no statement reads it.
    """
    row = _RecordSource(len(columns))
    for column in columns:
        if column.name in known_fields:
            row.append(column)
        else:
            row.append_null(column)
    header = Struct(">iiiii").pack
    source = (
        "def write(rows):\n"
        "    parts = [header(1, 0, row_type_oid, len(rows), 1)]\n"
        "    for row in rows:\n"
        f"        record = {row.expression()}\n"
        "        parts += (size(len(record)), record)\n"
        "    return b''.join(parts)\n"
    )
    names = {**row.names, "header": header, "size": Struct(">i").pack, "row_type_oid": row_type_oid}
    write: PostgresWriter = _made(source, names)
    return write


def int8_array(values: Sequence[int]) -> bytes:
    """A binary bigint[]."""
    count = len(values)
    packed = [8] * (2 * count)
    packed[1::2] = values
    return _int8_array(count).pack(1, 0, 20, count, 1, *packed)


@lru_cache(maxsize=INT8_ARRAYS_MAX)
def _int8_array(count: int) -> Struct:
    return Struct(f">iiiii{'iq' * count}")


def bytea_array(values: Sequence[bytes]) -> bytes:
    """A binary bytea[]."""
    size = Struct(">i").pack
    parts = [Struct(">iiiii").pack(1, 0, 17, len(values), 1)]
    for value in values:
        parts += (size(len(value)), value)
    return b"".join(parts)


def document(value: Any) -> bytes:
    """A JSON text of `value`; lists of small rows, which every sale line has, take a short cut."""
    if type(value) is list:
        if not value:
            return b"[]"
        write = _ROW_DOCUMENTS[type(value[0])]
        if write is not None:
            return f"[{','.join([write(row) for row in value])}]".encode()
    return orjson.dumps(value)


class _RecordSource:
    """Builds the expression that packs one row: runs of fixed length in one call each, everything else between them."""

    def __init__(self, count: int) -> None:
        self.names: dict[str, Any] = {
            "text": _TEXT,
            "varchar": _VARCHAR,
            "day": _DAY,
            "instant": _MICROSECONDS,
            "bytea": _bytea,
            "jsonb": _jsonb,
            "unhex": bytes.fromhex,
        }
        self._parts: list[str] = []
        self._format = "i"
        self._values = [str(count)]

    def append(self, column: ColumnOf) -> None:
        value = f"row.{column.name}"
        fixed = _FIXED.get(column.type_oid)
        if fixed is None:
            self._end_run()
            self._parts.append(self._or_null(column, _VARIABLE[column.type_oid].format(value=value)))
            return
        size, code, convert = fixed
        # Type and length of a column are constant; struct copies bytes faster than it writes integers.
        values = [repr(_HEADER(column.type_oid, size)), convert.format(value=value)]
        if column.required:
            self._format += "8s" + code
            self._values += values
        else:
            self._end_run()
            self._parts.append(self._or_null(column, f"{self._packer('8s' + code)}({', '.join(values)})"))

    def append_null(self, column: ColumnOf) -> None:
        self._end_run()
        self._parts.append(self._null(column))

    def expression(self) -> str:
        self._end_run()
        return self._parts[0] if len(self._parts) == 1 else f"b''.join(({', '.join(self._parts)}))"

    def _end_run(self) -> None:
        if self._format:
            self._parts.append(f"{self._packer(self._format)}({', '.join(self._values)})")
            self._format, self._values = "", []

    def _packer(self, layout: str) -> str:
        name = f"pack_{layout}".replace("?", "b")
        self.names[name] = Struct(">" + layout).pack
        return name

    def _null(self, column: ColumnOf) -> str:
        name = f"null_{column.type_oid}"
        self.names[name] = Struct(">ii").pack(column.type_oid, -1)
        return name

    def _or_null(self, column: ColumnOf, expression: str) -> str:
        if column.required:
            return expression
        return f"({expression} if row.{column.name} is not None else {self._null(column)})"


def _made(source: str, names: Mapping[str, Any]) -> Any:
    """The function `write` of a generated source; no name and no value in it comes from outside the program."""
    scope = dict(names)
    exec(compile(source, "<row writer>", "exec"), scope)
    return scope["write"]


def _row_document(row_class: type) -> Callable[[Row], str] | None:
    """Writes rows of integers and texts as JSON objects; None for what orjson should rather write."""
    if not hasattr(row_class, "__dataclass_fields__"):
        return None
    members = []
    for field in fields(row_class):
        if field.type not in (int, str, "int", "str"):
            return None
        value = f"{{row.{field.name}}}" if field.type in (int, "int") else f"{{quoted[row.{field.name}]}}"
        members.append(f'"{field.name}":{value}')
    source = f"def write(row):\n    return f'{{{{{','.join(members)}}}}}'\n"
    made: Callable[[Row], str] = _made(source, {"quoted": _QUOTED})
    return made


def _document_text(value: Any) -> str:
    return document(value).decode()


def _with_header(type_oid: int, value: bytes) -> bytes:
    return _HEADER(type_oid, len(value)) + value


def _jsonb(value: Any) -> bytes:
    if value == []:
        return _NO_ROWS
    text = document(value)
    # The first byte is the version of the format.
    return _JSONB_HEADER(3802, len(text) + 1, 1) + text


def _bytea(value: bytes) -> bytes:
    return _with_header(17, value)


_HEADER: Final = Struct(">ii").pack
_JSONB_HEADER: Final = Struct(">iib").pack
_NO_ROWS: Final = _JSONB_HEADER(3802, 3, 1) + b"[]"
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(2000, 1, 1).toordinal()


def _microseconds(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_PLAIN: Final = Known(str.__str__)
_QUOTED: Final = Known(lambda value: orjson.dumps(value).decode())
_DAY_TEXT: Final = Known(date.isoformat)
_INSTANT_TEXT: Final = Known(instant_text)
_ROW_DOCUMENTS: Final = Known(_row_document)
_TEXT: Final = Known(lambda value: _with_header(25, value.encode()))
_VARCHAR: Final = Known(lambda value: _with_header(1043, value.encode()))
_DAY: Final = Known(lambda value: value.toordinal() - _EPOCH_DAY)
_MICROSECONDS: Final = Known(_microseconds)

_SQLITE_KNOWN: Final = {String: "text", Date: "day", Instant: "instant"}
_FIXED: Final = {
    16: (1, "?", "{value}"),  # bool
    20: (8, "q", "{value}"),  # bigint
    23: (4, "i", "{value}"),  # integer
    1082: (4, "i", "day[{value}]"),  # date
    1184: (8, "q", "instant[{value}]"),  # timestamptz
    2950: (16, "16s", "unhex({value}.replace('-', ''))"),  # uuid
}
"""By type: length, struct code, conversion."""
_VARIABLE: Final = {17: "bytea({value})", 25: "text[{value}]", 1043: "varchar[{value}]", 3802: "jsonb({value})"}
