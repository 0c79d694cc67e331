"""Request ids in SQL: claimed first, answered at commit.

A request may hold a phone number or a PIN, an answer a name: the digest of the request is keyed, so that it cannot be
guessed from a stolen database, and answers are encrypted: those that are about one member under that member's data key,
so that they are gone when the member is erased.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from psycopg.pq.abc import PGresult

from adapters.sql.errors import told_apart
from adapters.sql.postgres import PostgresWire, Statement
from adapters.sql.row_writers import sqlite_writer
from adapters.sql.rows import RequestRow
from adapters.sql.sqlite import RowsStatement, SqliteWire
from adapters.sql.tables.kernel import requests as table
from adapters.sql.transaction import Transaction
from application.ports import kernel
from application.ports.kernel import Claim, ClaimedBefore, StoredAnswer
from application.ports.privacy import AnswerErased, Keys

Key = tuple[int, str]
ABOUT_MEMBER: Final = b"\x04"
"""First byte of an answer under the data key of the member whose id follows."""
ID_BYTES: Final = 8
REQUEST_ID: Final = "request_id"


class Requests(kernel.Requests):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def claim(self, claims: Sequence[Claim], *, at: datetime) -> Mapping[Key, StoredAnswer]:
        # At the first attempt all ids are taken for new ones.
        self._transaction.tried_before = True
        rows = self._rows(claims, at)
        wire = self._transaction.wire
        with told_apart:
            stored = _claim_sqlite(wire, rows) if isinstance(wire, SqliteWire) else _claim_postgres(wire, rows)
        self._transaction.pending.claimed.update((key, row) for row in rows if (key := _key(row)) not in stored)
        if not stored:
            return stored
        sent = {(claim.caller_id, claim.request_id): claim.fingerprint for claim in claims}
        return {key: self._opened(key, earlier, sent[key]) for key, earlier in stored.items()}

    def claim_new(self, claims: Sequence[Claim], *, at: datetime) -> None:
        rows = self._rows(claims, at)
        wire = self._transaction.wire
        with told_apart:
            if isinstance(wire, SqliteWire):
                if wire.run_rows(_SQLITE_CLAIM, _sqlite_rows(rows)) < len(rows):
                    raise ClaimedBefore
            else:
                step = _CLAIM, [wire.pack(RequestRow, rows)]
                wire.defer(step, lambda result: _check_all_claimed(result, len(rows)))
        self._transaction.pending.claimed.update((_key(row), row) for row in rows)

    def confirm(self) -> None:
        wire = self._transaction.wire
        if not isinstance(wire, SqliteWire):
            with told_apart:
                wire.run_deferred()

    def answer(self, claim: Claim, answer: bytes) -> None:
        pending = self._transaction.pending
        row = pending.claimed.pop((claim.caller_id, claim.request_id))
        row.answer = self._sealed(answer, _context(_key(row)))
        pending.answered.append(row)

    def release(self, claim: Claim) -> None:
        pending = self._transaction.pending
        pending.released.append(pending.claimed.pop((claim.caller_id, claim.request_id)))

    def _sealed(self, answer: bytes, context: str) -> bytes:
        found = self._transaction.data_keys.answer_key()
        if found is None:
            return self._transaction.keys.seal(answer, context)
        member_id, key = found
        return ABOUT_MEMBER + member_id.to_bytes(ID_BYTES, "big") + key.seal(answer, context)

    def _opened(self, key: Key, stored: StoredAnswer, fingerprint: bytes) -> StoredAnswer:
        """The stored answer in clear, with the fingerprint that was just sent if the stored one was made of the same.

        Raises AnswerErased.
        """
        same = stored.fingerprint == _keyed(self._transaction.keys, fingerprint)
        answer = self._unsealed(stored.answer, _context(key))
        return StoredAnswer(stored.operation, fingerprint if same else stored.fingerprint, answer)

    def _unsealed(self, sealed: bytes, context: str) -> bytes:
        if sealed[:1] != ABOUT_MEMBER:
            return self._transaction.keys.unseal(sealed, context)
        member_key = self._transaction.data_keys.of(int.from_bytes(sealed[1 : 1 + ID_BYTES], "big"))
        if member_key is None:
            raise AnswerErased(REQUEST_ID)
        return member_key.unseal(sealed[1 + ID_BYTES :], context)

    def _rows(self, claims: Sequence[Claim], at: datetime) -> list[RequestRow]:
        """In one order everywhere, so that two batches with some of the same ids never wait for each other."""
        keys = self._transaction.keys
        rows = [
            RequestRow(claim.caller_id, claim.request_id, claim.operation, _keyed(keys, claim.fingerprint), None, at)
            for claim in claims
        ]
        rows.sort(key=_key)
        return rows


def _key(row: RequestRow) -> Key:
    return row.caller_id, row.request_id


def _keyed(keys: Keys, fingerprint: bytes) -> bytes:
    return keys.digest("request", fingerprint.hex())


def _context(key: Key) -> str:
    return f"requests|answer|{key[0]}|{key[1]}"


def _check_all_claimed(result: PGresult, count: int) -> None:
    if result.command_tuples != count:
        raise ClaimedBefore


def _claim_postgres(wire: PostgresWire, rows: Sequence[RequestRow]) -> dict[Key, StoredAnswer]:
    """One round trip that also begins the transaction; a second one only when some id was claimed before."""
    packed = wire.pack(RequestRow, rows)
    claimed = wire.run([(_CLAIM, [packed])])[0]
    if claimed.command_tuples == len(rows):
        return {}
    earlier = wire.rows(wire.run([(_STORED, [packed])])[0])
    return {
        (caller_id, str(request_id)): StoredAnswer(operation, fingerprint, answer)
        for caller_id, request_id, operation, fingerprint, answer in earlier
    }


def _claim_sqlite(wire: SqliteWire, rows: Sequence[RequestRow]) -> dict[Key, StoredAnswer]:
    if wire.run_rows(_SQLITE_CLAIM, _sqlite_rows(rows)) == len(rows):
        return {}
    stored = {}
    for row in rows:
        for operation, fingerprint, answer in wire.fetch(_SQLITE_STORED, _key(row)):
            stored[_key(row)] = StoredAnswer(operation, fingerprint, answer)
    return stored


_COLUMNS: Final = ", ".join(column.name for column in table.columns)
_CLAIM: Final = Statement(
    b"claim",
    f"INSERT INTO requests ({_COLUMNS}) SELECT {_COLUMNS} FROM unnest($1::requests[])"
    " ON CONFLICT (caller_id, request_id) DO NOTHING".encode(),
)
# A row without an answer was claimed by this transaction a moment ago.
_STORED: Final = Statement(
    b"stored_answers",
    b"SELECT r.caller_id, r.request_id, r.operation, r.fingerprint, r.answer FROM unnest($1::requests[]) AS c"
    b" CROSS JOIN LATERAL (SELECT * FROM requests AS r"
    b" WHERE r.caller_id = c.caller_id AND r.request_id = c.request_id OFFSET 0) AS r WHERE r.answer IS NOT NULL",
)
_SQLITE_CLAIM: Final = RowsStatement(
    f"INSERT INTO requests ({_COLUMNS})", len(table.columns), "ON CONFLICT (caller_id, request_id) DO NOTHING"
)
_SQLITE_STORED: Final = (
    "SELECT operation, fingerprint, answer FROM requests WHERE caller_id = ? AND request_id = ? AND answer IS NOT NULL"
)
_sqlite_rows: Final = sqlite_writer(table)
