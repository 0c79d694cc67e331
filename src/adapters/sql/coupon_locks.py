"""Finding and locking the coupons that a batch of commands shows, with what decides whether they may be used.

Plain statements, so that on PostgreSQL they travel in the round trip of whoever sells. Coupons are locked in the
order of their ids, then allowances in that of batch and member. Each statement begins when the one before it has its
locks, so that what is read after them is of this moment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from adapters.sql.errors import told_apart
from adapters.sql.member_keys import member_digests
from adapters.sql.postgres import Statement, Step
from adapters.sql.row_writers import bytea_array, int8_array
from adapters.sql.sqlite import SqliteWire
from adapters.sql.tables import coupons as tables
from adapters.sql.transaction import Transaction
from application.ports.coupons import CouponNeeds, LoadedCoupons
from application.ports.privacy import Keys
from domain.pricing.coupon import (
    Coupon,
    CouponAllowance,
    CouponBatch,
    CouponHold,
    CouponHolder,
    CouponUse,
    FoundCoupon,
)

Row = Sequence[Any]
PURPOSE: Final = "coupon"


@dataclass(frozen=True, slots=True)
class Asked:
    """The codes by their digests, and every (code, member) digest that is shown together."""

    codes: Mapping[bytes, str]
    pairs: Sequence[tuple[bytes, bytes]]


NOTHING: Final = Asked({}, ())


def asked(keys: Keys, needs: CouponNeeds) -> Asked:
    """What is looked up for these needs."""
    digests = {code: code_digest(keys, code) for code in sorted({code for code, _ in needs.shown})}
    pairs = [
        (digests[code], digest)
        for code, member_key in sorted(needs.shown)
        if member_key
        for digest in member_digests(keys, member_key)
    ]
    return Asked({digest: code for code, digest in digests.items()}, pairs)


def code_digest(keys: Keys, code: str) -> bytes:
    """The digest under which a code is stored."""
    return keys.digest(PURPOSE, code)


def code_context(coupon_id: int) -> str:
    """Where the ciphertext of a code stands."""
    return f"coupons|code|{coupon_id}"


def lock(transaction: Transaction, needs: CouponNeeds) -> LoadedCoupons:
    """Locks what is asked for; for a use case outside a batch of sales."""
    transaction.flush()
    wanted = asked(transaction.keys, needs)
    wire = transaction.wire
    with told_apart:
        if isinstance(wire, SqliteWire):
            return load_sqlite(wire, wanted)
        return loaded(iter([wire.rows(result) for result in wire.run(lock_steps(wanted))]), wanted)


def look(transaction: Transaction, needs: CouponNeeds) -> LoadedCoupons:
    """Reads the same and locks nothing."""
    wanted = asked(transaction.keys, needs)
    wire = transaction.wire
    with told_apart:
        if isinstance(wire, SqliteWire):
            return load_sqlite(wire, wanted, only_reading=True)
        steps = _steps(wanted, lock=False)
        return loaded(iter([wire.rows(result) for result in wire.run(steps)]), wanted, locked=False)


def lock_steps(wanted: Asked) -> list[Step]:
    """The statements that lock and read, in this order; none when nothing is asked for."""
    return _steps(wanted, lock=True)


def _steps(wanted: Asked, *, lock: bool) -> list[Step]:
    if not wanted.codes:
        return []
    codes = [bytea_array(sorted(wanted.codes))]
    pairs = [bytea_array([code for code, _ in wanted.pairs]), bytea_array([key for _, key in wanted.pairs])]
    steps: list[Step] = [(_LOCK, codes)] if lock else []
    steps += [(_COUPONS, codes), (_HOLDS, codes), (_USES, codes)]
    if wanted.pairs:
        steps += [(_ALLOW, pairs)] if lock else []
        steps += [(_ALLOWANCES, pairs), (_GIVEN, pairs)]
    return steps


def loaded(answers: Iterator[Sequence[Row]], wanted: Asked, *, locked: bool = True) -> LoadedCoupons:
    """What the statements of `lock_steps` answered, taken from the answers that are still to come."""
    if not wanted.codes:
        return LoadedCoupons()
    if locked:
        next(answers)
    coupons, holds, uses = (next(answers) for _ in range(3))
    allowances: Sequence[Row] = ()
    given: Sequence[Row] = ()
    if wanted.pairs:
        if locked:
            next(answers)
        allowances, given = (next(answers) for _ in range(2))
    return _state(wanted, coupons, holds, uses, allowances, given)


def load_sqlite(wire: SqliteWire, wanted: Asked, *, only_reading: bool = False) -> LoadedCoupons:
    """The same in SQLite, where the transaction itself is the lock."""
    if not wanted.codes:
        return LoadedCoupons()
    digests = [(digest,) for digest in sorted(wanted.codes)]
    coupons: Sequence[Row] = [_sqlite_coupon(row) for digest in digests for row in wire.fetch(_SQLITE_COUPONS, digest)]
    holds = [_sqlite_hold(row) for digest in digests for row in wire.fetch(_SQLITE_HOLDS, digest)]
    uses: Sequence[Row] = [
        (coupon_id, _instant(at), *rest)
        for digest in digests
        for coupon_id, at, *rest in wire.fetch(_SQLITE_USES, digest)
    ]
    allowances: list[Any] = []
    given: list[Any] = []
    for pair in wanted.pairs:
        if not only_reading:
            wire.fetch(_SQLITE_ALLOW, pair)
        allowances += wire.fetch(_SQLITE_ALLOWANCES, pair)
        given += wire.fetch(_SQLITE_GIVEN, pair)
    return _state(wanted, coupons, holds, uses, allowances, given)


def lock_ids(transaction: Transaction, coupon_ids: Sequence[int]) -> dict[int, FoundCoupon]:
    """Coupons locked by id, with their open holds."""
    transaction.flush()
    ids = sorted(set(coupon_ids))
    wire = transaction.wire
    coupons: Sequence[Row]
    holds: Sequence[Row]
    with told_apart:
        if isinstance(wire, SqliteWire):
            coupons = [_sqlite_coupon(row) for one in ids for row in wire.fetch(_SQLITE_BY_ID, (one,))]
            holds = [_sqlite_hold(row) for one in ids for row in wire.fetch(_SQLITE_HOLDS_BY_ID, (one,))]
        else:
            array = [int8_array(ids)]
            _, *found = wire.run([(_LOCK_IDS, array), (_BY_ID, array), (_HOLDS_BY_ID, array)])
            coupons, holds = (wire.rows(result) for result in found)
    return _found(coupons, holds, ())


def terms_of(batch: CouponBatch) -> dict[str, Any]:
    """The terms as JSON values; defaults are left out."""
    return {
        field.name: getattr(batch, field.name)
        for field in fields(CouponBatch)
        if getattr(batch, field.name) != field.default
    }


def batch_of(terms: Mapping[str, Any]) -> CouponBatch:
    """The terms of a document that `terms_of` made."""
    holder = CouponHolder(terms.get("holder", CouponHolder.BEARER))
    return CouponBatch(**{**terms, "holder": holder})


def _state(
    wanted: Asked,
    coupons: Sequence[Row],
    holds: Sequence[Row],
    uses: Sequence[Row],
    allowances: Sequence[Row],
    given: Sequence[Row],
) -> LoadedCoupons:
    by_id = _found(coupons, holds, uses)
    return LoadedCoupons(
        {wanted.codes[one.coupon.code_digest]: one for one in by_id.values()},
        {(row[0], row[1]): CouponAllowance(*row) for row in allowances},
        frozenset((batch_id, member_id) for batch_id, member_id in given),
    )


def _found(coupons: Sequence[Row], holds: Sequence[Row], uses: Sequence[Row]) -> dict[int, FoundCoupon]:
    by_id = {row[0]: FoundCoupon(Coupon(*row[:-1]), batch_of(row[-1])) for row in coupons}
    for row in holds:
        hold = CouponHold(*row)
        by_id[hold.coupon_id].holds.append(hold)
    for coupon_id, at, store_code, caller_code, document_id in uses:
        by_id[coupon_id].last_use = CouponUse(at, store_code, caller_code, document_id)
    return by_id


def _sqlite_coupon(row: Row) -> Row:
    *rest, from_date, until_date, issued_at, terms = row
    return (*rest, _day(from_date), _day(until_date), _instant(issued_at), orjson.loads(terms))


def _sqlite_hold(row: Row) -> Row:
    *rest, until_at, open_uses = row
    return (*rest, _instant(until_at), open_uses)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _columns(table: Any, name: str, *, as_text: Sequence[str] = ()) -> str:
    return ", ".join(
        f"{name}.{column.name}::text" if column.name in as_text else f"{name}.{column.name}" for column in table.columns
    )


# A lateral query with OFFSET 0 goes from the keys to the rows by index, whatever the statistics say.
_KEYS: Final = (
    "unnest($1::bytea[]) AS g (code_digest)"
    " CROSS JOIN LATERAL (SELECT * FROM coupons AS c WHERE c.code_digest = g.code_digest OFFSET 0) AS c"
)
_IDS: Final = (
    "unnest($1::bigint[]) AS g (coupon_id)"
    " CROSS JOIN LATERAL (SELECT * FROM coupons AS c WHERE c.coupon_id = g.coupon_id OFFSET 0) AS c"
)
_BATCH: Final = (
    " CROSS JOIN LATERAL (SELECT terms FROM coupon_batches AS b WHERE b.batch_id = c.batch_id OFFSET 0) AS b"
)


def _locking(keys: str, where: str = "") -> bytes:
    """Locks coupons one by one in the order of their ids."""
    return f"""
        SELECT 1 FROM (SELECT c.coupon_id FROM {keys} {where} ORDER BY c.coupon_id) AS k
        CROSS JOIN LATERAL (
            SELECT 1 FROM coupons AS c WHERE c.coupon_id = k.coupon_id FOR NO KEY UPDATE
        ) AS l
    """.encode()


_COUPON_COLUMNS: Final = _columns(tables.coupons, "c")
_HOLD_COLUMNS: Final = _columns(tables.coupon_holds, "h")
_HOLD_COLUMNS_PG: Final = _columns(tables.coupon_holds, "h", as_text=("request_id",))


def _holding(keys: str) -> bytes:
    return (
        f"SELECT {_HOLD_COLUMNS_PG} FROM {keys} CROSS JOIN LATERAL"
        " (SELECT * FROM coupon_holds AS h WHERE h.coupon_id = c.coupon_id AND h.open_uses > 0 OFFSET 0) AS h"
    ).encode()


# A use moves nothing in the row of a shared code without end, so nobody has to wait for it there.
_LOCK: Final = Statement(b"lock_coupons", _locking(_KEYS, "WHERE c.uses_max > 0"))
_LOCK_IDS: Final = Statement(b"lock_coupon_ids", _locking(_IDS))
_COUPONS: Final = Statement(b"coupons", f"SELECT {_COUPON_COLUMNS}, b.terms FROM {_KEYS} {_BATCH}".encode())
_BY_ID: Final = Statement(b"coupons_by_id", f"SELECT {_COUPON_COLUMNS}, b.terms FROM {_IDS} {_BATCH}".encode())
_HOLDS: Final = Statement(b"coupon_holds", _holding(_KEYS))
_HOLDS_BY_ID: Final = Statement(b"coupon_holds_by_id", _holding(_IDS))
_LAST_USE: Final = """
    SELECT e.happened_at, e.document_id, e.store_id, e.caller_id FROM coupon_events AS e
    WHERE e.coupon_id = c.coupon_id AND e.kind = 'redeemed' ORDER BY e.posted_at DESC, e.event_id DESC LIMIT 1
"""
_USE_COLUMNS: Final = "c.coupon_id, e.happened_at, COALESCE(s.code, ''), COALESCE(t.code, ''), e.document_id"
_USES: Final = Statement(
    b"coupon_uses",
    f"""
    SELECT {_USE_COLUMNS} FROM {_KEYS} CROSS JOIN LATERAL ({_LAST_USE}) AS e
    LEFT JOIN stores AS s ON s.store_id = e.store_id LEFT JOIN callers AS t ON t.caller_id = e.caller_id
    WHERE c.uses_max > 0 AND c.uses >= c.uses_max
    """.encode(),
)
_PAIRS: Final = """
    unnest($1::bytea[], $2::bytea[]) AS g (code_digest, key_digest)
    CROSS JOIN LATERAL (SELECT c.batch_id FROM coupons AS c WHERE c.code_digest = g.code_digest OFFSET 0) AS c
    CROSS JOIN LATERAL (SELECT k.member_id FROM member_keys AS k WHERE k.key_digest = g.key_digest OFFSET 0) AS k
"""
_ALLOW: Final = Statement(
    b"lock_coupon_allowances",
    f"""
    INSERT INTO coupon_allowances (batch_id, member_id, claims, uses)
    SELECT DISTINCT c.batch_id, k.member_id, 0, 0 FROM {_PAIRS} ORDER BY 1, 2
    ON CONFLICT (batch_id, member_id) DO UPDATE SET uses = coupon_allowances.uses
    """.encode(),
)
_ALLOWANCES: Final = Statement(
    b"coupon_allowances",
    f"""
    SELECT DISTINCT a.batch_id, a.member_id, a.claims, a.uses FROM {_PAIRS} CROSS JOIN LATERAL (
        SELECT * FROM coupon_allowances AS a WHERE a.batch_id = c.batch_id AND a.member_id = k.member_id OFFSET 0
    ) AS a
    """.encode(),
)
_GIVEN: Final = Statement(
    b"coupons_given",
    f"""
    SELECT DISTINCT c.batch_id, k.member_id FROM {_PAIRS}
    CROSS JOIN LATERAL (SELECT audience FROM coupon_batches AS b WHERE b.batch_id = c.batch_id OFFSET 0) AS b
    CROSS JOIN LATERAL (
        SELECT 1 FROM coupon_audiences AS m WHERE m.audience = b.audience AND m.member_id = k.member_id OFFSET 0
    ) AS m
    """.encode(),
)
_SQLITE_FROM: Final = "FROM coupons AS c JOIN coupon_batches AS b ON b.batch_id = c.batch_id"
_SQLITE_COUPONS: Final = f"SELECT {_COUPON_COLUMNS}, b.terms {_SQLITE_FROM} WHERE c.code_digest = ?"
_SQLITE_BY_ID: Final = f"SELECT {_COUPON_COLUMNS}, b.terms {_SQLITE_FROM} WHERE c.coupon_id = ?"
_SQLITE_HOLDS: Final = (
    f"SELECT {_HOLD_COLUMNS} FROM coupons AS c JOIN coupon_holds AS h ON h.coupon_id = c.coupon_id"
    " WHERE c.code_digest = ? AND h.open_uses > 0"
)
_SQLITE_HOLDS_BY_ID: Final = f"SELECT {_HOLD_COLUMNS} FROM coupon_holds AS h WHERE h.coupon_id = ? AND h.open_uses > 0"
_SQLITE_USES: Final = f"""
    SELECT {_USE_COLUMNS} FROM coupons AS c JOIN coupon_events AS e ON e.coupon_id = c.coupon_id
    LEFT JOIN stores AS s ON s.store_id = e.store_id LEFT JOIN callers AS t ON t.caller_id = e.caller_id
    WHERE c.code_digest = ? AND c.uses_max > 0 AND c.uses >= c.uses_max AND e.kind = 'redeemed'
    ORDER BY e.posted_at DESC, e.event_id DESC LIMIT 1
"""
_SQLITE_PAIR: Final = "FROM coupons AS c, member_keys AS k"
_SQLITE_WHERE: Final = "WHERE c.code_digest = ? AND k.key_digest = ?"
_SQLITE_ALLOW: Final = f"""
    INSERT INTO coupon_allowances (batch_id, member_id, claims, uses)
    SELECT c.batch_id, k.member_id, 0, 0 {_SQLITE_PAIR} {_SQLITE_WHERE}
    ON CONFLICT (batch_id, member_id) DO NOTHING
"""
_SQLITE_ALLOWANCES: Final = f"""
    SELECT a.batch_id, a.member_id, a.claims, a.uses {_SQLITE_PAIR}
    JOIN coupon_allowances AS a ON a.batch_id = c.batch_id AND a.member_id = k.member_id {_SQLITE_WHERE}
"""
_SQLITE_GIVEN: Final = f"""
    SELECT c.batch_id, k.member_id {_SQLITE_PAIR} JOIN coupon_batches AS b ON b.batch_id = c.batch_id
    JOIN coupon_audiences AS m ON m.audience = b.audience AND m.member_id = k.member_id {_SQLITE_WHERE}
"""
