"""Approvals in SQL: locked and looked at by the sales that bring them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, func, select, tuple_

from adapters.sql.errors import told_apart
from adapters.sql.postgres import Statement, Step
from adapters.sql.reading import NEWEST
from adapters.sql.row_writers import bytea_array
from adapters.sql.sqlite import SqliteWire
from adapters.sql.tables import identity
from adapters.sql.tables.identity import approvals
from adapters.sql.transaction import Transaction
from application.identity.views import ApprovalView
from application.ports.sales import StoredApproval
from domain.identity.approval import Approval
from domain.identity.organisation import Store

_COLUMNS: Final = ", ".join(f"a.{column.name}" for column in approvals.columns)
_LOCK: Final = Statement(
    b"lock_approvals",
    f"""
    SELECT {_COLUMNS}
    FROM (
        SELECT b.approval_id
        FROM unnest($1::bytea[]) AS g (token_digest)
        CROSS JOIN LATERAL (SELECT * FROM approvals AS b WHERE b.token_digest = g.token_digest OFFSET 0) AS b
        ORDER BY b.approval_id
    ) AS n
    CROSS JOIN LATERAL (SELECT * FROM approvals AS a WHERE a.approval_id = n.approval_id FOR NO KEY UPDATE) AS a
    """.encode(),
)
# By a statement of its own, which sees what was committed while the lock was waited for.
_USED: Final = Statement(
    b"used_approvals",
    b"""
    SELECT u.approval_id
    FROM unnest($1::bytea[]) AS g (token_digest)
    CROSS JOIN LATERAL (SELECT * FROM approvals AS b WHERE b.token_digest = g.token_digest OFFSET 0) AS b
    CROSS JOIN LATERAL (SELECT * FROM approval_uses AS u WHERE u.approval_id = b.approval_id OFFSET 0) AS u
    """,
)
_SQLITE: Final = f"""
    SELECT {_COLUMNS}, EXISTS (SELECT 1 FROM approval_uses AS u WHERE u.approval_id = a.approval_id)
    FROM approvals AS a WHERE a.token_digest = ?
"""


_staff = identity.staff.alias("approver")
_seller = identity.staff.alias("seller")
_LISTED: Final = (
    select(
        approvals.c.approval_id,
        approvals.c.action,
        approvals.c.sale_request_id,
        approvals.c.amount_minor,
        approvals.c.reason,
        _staff.c.code.label("approver_code"),
        func.coalesce(_seller.c.code, "").label("seller_code"),
        func.coalesce(identity.callers.c.code, "").label("terminal_code"),
        approvals.c.approved_at,
        approvals.c.expires_at,
        func.coalesce(identity.approval_uses.c.sale_id, 0).label("sale_id"),
        identity.approval_uses.c.used_at,
    )
    .select_from(
        approvals.join(_staff, _staff.c.staff_id == approvals.c.approver_id)
        .outerjoin(_seller, _seller.c.staff_id == approvals.c.seller_id)
        .outerjoin(identity.callers, identity.callers.c.caller_id == approvals.c.terminal_id)
        .outerjoin(identity.approval_uses, identity.approval_uses.c.approval_id == approvals.c.approval_id)
    )
    .where(
        approvals.c.store_id == bindparam("store_id"),
        tuple_(approvals.c.approved_at, approvals.c.approval_id)
        < tuple_(bindparam("before_at", type_=approvals.c.approved_at.type), bindparam("before_id")),
    )
    .order_by(approvals.c.approved_at.desc(), approvals.c.approval_id.desc())
    .limit(bindparam("limit"))
)


def listed(
    transaction: Transaction, store: Store, *, after: tuple[datetime, int] | None, limit: int
) -> list[tuple[tuple[datetime, int], ApprovalView]]:
    """The approvals of a store, newest first; the cost is that of the page."""
    before_at, before_id = after or NEWEST
    rows = transaction.execute(
        _LISTED, {"store_id": store.store_id, "before_at": before_at, "before_id": before_id, "limit": limit}
    )
    return [
        (
            (row.approved_at, row.approval_id),
            ApprovalView(
                **{name: value for name, value in row._mapping.items() if name != "approval_id"}, store_code=store.code
            ),
        )
        for row in rows
    ]


def lock_one(transaction: Transaction, digest: bytes) -> StoredApproval | None:
    """Locks the approval with this token, in a transaction without a batch."""
    transaction.flush()
    wire = transaction.wire
    with told_apart:
        if isinstance(wire, SqliteWire):
            return load_sqlite(wire, [digest]).get(digest)
        found, used = wire.run(lock_steps([digest]))
        return by_digest(wire.rows(found), wire.rows(used)).get(digest)


def lock_steps(digests: Iterable[bytes]) -> list[Step]:
    """Locks the approvals with these tokens by id, then tells which of them have been used."""
    packed = bytea_array(sorted(digests))
    return [(_LOCK, [packed]), (_USED, [packed])]


def by_digest(rows: Iterable[Sequence[Any]], used: Iterable[Sequence[int]]) -> dict[bytes, StoredApproval]:
    """What the two steps have answered."""
    used_ids = {row[0] for row in used}
    found = [_approval(row) for row in rows]
    return {bytes(one.token_digest): StoredApproval(one, one.approval_id in used_ids) for one in found}


def load_sqlite(wire: SqliteWire, digests: Iterable[bytes]) -> dict[bytes, StoredApproval]:
    """The same in SQLite, where the transaction itself is the lock."""
    found = {}
    for digest in sorted(digests):
        for *row, used in wire.fetch(_SQLITE, (digest,)):
            found[digest] = StoredApproval(_approval(row), bool(used))
    return found


def _approval(row: Sequence[Any]) -> Approval:
    values: Mapping[str, Any] = dict(zip([column.name for column in approvals.columns], row, strict=True))
    bounds = values["bounds"]
    return Approval(
        **{
            **values,
            "sale_request_id": str(values["sale_request_id"]),
            "bounds": orjson.loads(bounds) if isinstance(bounds, str) else bounds,
            "approved_at": _instant(values["approved_at"]),
            "expires_at": _instant(values["expires_at"]),
        }
    )


def _instant(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
