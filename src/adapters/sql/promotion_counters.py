"""Reading and locking the counters of promotions, in the order of their keys, and making those that do not exist yet.

One row may be wanted by every sale of a chain. So a sale only reads it, and moves it with the statement that commits:
the row is locked no longer than that takes. What others have used meanwhile, the table's own check refuses; the batch
is then tried again, and locks its counters before it decides. Counters come after everything else that is locked, and
a missing one is made before they are read: whoever makes the same one waits, with no counter in hand.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from adapters.sql.errors import told_apart
from adapters.sql.postgres import PostgresWire, Statement, Step
from adapters.sql.row_writers import bytea_array
from adapters.sql.sqlite import RowsStatement, SqliteWire
from adapters.sql.tables.pricing import campaigns, promotion_counters
from adapters.sql.transaction import Transaction
from application.ports.sales import UseNeed
from domain.pricing.limits import Campaign
from domain.pricing.promotion_use import UNBOUNDED, CounterKey, PromotionCounter, Subject, counter_keys

Counters = dict[CounterKey, PromotionCounter]


def read(transaction: Transaction, keys: Collection[CounterKey]) -> Counters:
    """Those of the counters that exist, nothing locked."""
    transaction.flush()
    wire = transaction.wire
    with told_apart:
        if isinstance(wire, SqliteWire):
            return by_key(wire.fetch_rows(SQLITE_COUNTERS, sorted(keys)))
        return by_key(wire.rows(wire.run([(_READ, [_packed(wire, keys)])])[0]))


def lock(transaction: Transaction, keys: Collection[CounterKey]) -> Counters:
    """The counters, locked in key order; an absent one is first created as zero."""
    transaction.flush()
    wire = transaction.wire
    with told_apart:
        if isinstance(wire, SqliteWire):
            return _lock_sqlite(wire, keys)
        parameters = [_packed(wire, keys)]
        return by_key(wire.rows(wire.run([(_CREATE, parameters), (_LOCK, parameters)])[1]))


def load_steps(
    wire: PostgresWire,
    needs: Collection[UseNeed],
    digests: Mapping[str, Sequence[bytes]],
    quotas: Collection[CounterKey],
    *,
    locked: bool,
) -> list[Step]:
    """Makes and reads the counters of sales whose members are known by their digests only, and reads the campaigns.

    `quotas` are counters of nobody in particular, made and read with the others in the one order of all keys.
    """
    asked: list[bytes] = []
    places: dict[str, range] = {"": range(1)}
    for text in sorted({need.member_key for need in needs if need.member_key}):
        places[text] = range(len(asked) + 1, len(asked) + 1 + len(digests[text]))
        asked += digests[text]
    # Where the member's id belongs stands the place of the digest.
    keys = {
        key
        for need in needs
        for place in places[need.member_key]
        for key in counter_keys(need.promotion_code, need.campaign_code, member_id=place, day=need.day)
    }
    keys.update(quotas)
    packed = _packed(wire, keys)
    by_digest = [packed, bytea_array(asked)]
    select = _LOCK_BY_DIGEST if locked else _READ_BY_DIGEST
    return [(_CREATE_BY_DIGEST, by_digest), (select, by_digest), (_CAMPAIGNS, [packed])]


def load_sqlite(
    wire: SqliteWire, needs: Collection[UseNeed], member_ids: Mapping[str, int], quotas: Collection[CounterKey]
) -> tuple[Counters, dict[str, Campaign]]:
    """The same in SQLite, where the transaction itself is the lock and the members are known by now."""
    keys = {
        key
        for need in needs
        for key in counter_keys(
            need.promotion_code, need.campaign_code, member_id=member_ids.get(need.member_key, 0), day=need.day
        )
    }
    keys.update(quotas)
    codes = sorted({need.campaign_code for need in needs if need.campaign_code})
    return _lock_sqlite(wire, keys), campaigns_by_code(
        row for code in codes for row in wire.fetch(_SQLITE_CAMPAIGN, (code,))
    )


def by_key(rows: Iterable[Sequence[Any]]) -> Counters:
    return {CounterKey(*row[:4]): PromotionCounter(*row) for row in rows}


def campaigns_by_code(rows: Iterable[Sequence[Any]]) -> dict[str, Campaign]:
    return {row[0]: Campaign(*row) for row in rows}


def _lock_sqlite(wire: SqliteWire, keys: Collection[CounterKey]) -> Counters:
    wanted = sorted(keys)
    found = by_key(wire.fetch_rows(SQLITE_COUNTERS, wanted))
    missing = [(*key, 0, 0, 0, UNBOUNDED, UNBOUNDED) for key in wanted if key not in found]
    if missing:
        wire.run_rows(_SQLITE_CREATE, missing)
    return found | by_key(missing)


def _packed(wire: PostgresWire, keys: Collection[CounterKey]) -> bytes:
    return wire.pack(PromotionCounter, [PromotionCounter(*key, 0, 0, 0) for key in sorted(keys)])


_KEY: Final = ("subject", "member_id", "day", "code")
_KEYS: Final = ", ".join(_KEY)
_COLUMNS: Final = ", ".join(column.name for column in promotion_counters.columns)
_CAMPAIGN_COLUMNS: Final = ", ".join(column.name for column in campaigns.columns)
# As Python sorts them, which is the order in which they move.
_IN_ORDER: Final = 'subject COLLATE "C", member_id, day COLLATE "C", code COLLATE "C"'
_BY_ID: Final = f"(SELECT {_KEYS} FROM unnest($1::promotion_counters[]) ORDER BY {_IN_ORDER}) AS c"
_BY_DIGEST: Final = f"""
    (
        SELECT g.subject, m.member_id, g.day, g.code
        FROM unnest($1::promotion_counters[]) AS g
        CROSS JOIN LATERAL (
            SELECT 0::bigint AS member_id WHERE g.member_id = 0
            UNION ALL
            SELECT k.member_id FROM member_keys AS k
            WHERE g.member_id > 0 AND k.key_digest = ($2::bytea[])[g.member_id]
        ) AS m
        ORDER BY {_IN_ORDER}
    ) AS c
"""
_MATCH: Final = " AND ".join(f"p.{name} = c.{name}" for name in _KEY)


def _create(name: bytes, keys: str) -> Statement:
    return Statement(
        name,
        f"INSERT INTO promotion_counters ({_COLUMNS}) SELECT {_KEYS}, 0, 0, 0, {UNBOUNDED}, {UNBOUNDED} FROM {keys}"
        f" ON CONFLICT ({_KEYS}) DO NOTHING".encode(),
    )


def _select(name: bytes, keys: str, lock: str) -> Statement:
    return Statement(
        name,
        f"SELECT l.* FROM {keys} CROSS JOIN LATERAL"
        f" (SELECT {_COLUMNS} FROM promotion_counters AS p WHERE {_MATCH} {lock}) AS l".encode(),
    )


_LOCKED: Final = "FOR NO KEY UPDATE"
_READ: Final = _select(b"read_counters", _BY_ID, "OFFSET 0")
_CREATE: Final = _create(b"create_counters", _BY_ID)
_LOCK: Final = _select(b"lock_counters", _BY_ID, _LOCKED)
_READ_BY_DIGEST: Final = _select(b"read_counters_of_members", _BY_DIGEST, "OFFSET 0")
_CREATE_BY_DIGEST: Final = _create(b"create_counters_of_members", _BY_DIGEST)
_LOCK_BY_DIGEST: Final = _select(b"lock_counters_of_members", _BY_DIGEST, _LOCKED)
_CAMPAIGNS: Final = Statement(
    b"campaigns_of_counters",
    f"SELECT a.* FROM unnest($1::promotion_counters[]) AS c CROSS JOIN LATERAL"
    f" (SELECT {_CAMPAIGN_COLUMNS} FROM campaigns AS a WHERE a.code = c.code OFFSET 0) AS a"
    f" WHERE c.subject = '{Subject.CAMPAIGN}'".encode(),
)
# A cross join keeps the order of its tables: from the keys to the counters.
SQLITE_COUNTERS: Final = RowsStatement(
    f"SELECT json_group_array(json_array({_COLUMNS})) FROM (",
    len(_KEY),
    ") AS k CROSS JOIN promotion_counters ON "
    + " AND ".join(f"{name} = k.column{number}" for number, name in enumerate(_KEY, start=1)),
)
_SQLITE_CREATE: Final = RowsStatement(f"INSERT INTO promotion_counters ({_COLUMNS})", len(_COLUMNS.split(", ")))
_SQLITE_CAMPAIGN: Final = f"SELECT {_CAMPAIGN_COLUMNS} FROM campaigns WHERE code = ?"
