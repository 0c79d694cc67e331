"""Vouchers of others, in SQL."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, exists, func, select, text, union_all

from adapters.sql.statements import any_of
from adapters.sql.tables.sales import exchange_tenders, sale_tenders, sales
from adapters.sql.tables.vouchers import voucher_entries as entries
from adapters.sql.transaction import Transaction
from application.ports import vouchers as ports
from domain.sales.sale import TenderKind
from domain.sales.voucher import VoucherEntry, VoucherEntryKind, VoucherKey

# A voucher that never paid has no row to lock, and one made for it would be left behind by a sale that is refused.
# SQLite lets one writer in at a time, so only PostgreSQL needs it. In order, so that two never wait for each other.
_LOCK: Final = text(
    """
    SELECT pg_advisory_xact_lock(hash) FROM (
        SELECT DISTINCT hashtextextended(key, 0) AS hash
        FROM jsonb_array_elements_text(CAST(:keys AS jsonb)) AS key ORDER BY 1
    ) AS hashes
    """
)
_LATER: Final = entries.alias()
_LAST: Final = ~exists().where(
    and_(
        _LATER.c.voucher_number == entries.c.voucher_number,
        _LATER.c.issuer == entries.c.issuer,
        _LATER.c.number == entries.c.number + 1,
    )
)
# Read after the lock, by a statement of its own: what was committed while it waited must be seen.
_ENTRIES: Final = select(entries).where(any_of(entries.c.voucher_number, "voucher_numbers"), _LAST)
_PAID: Final = (
    select(entries)
    .where(
        entries.c.sale_id == bindparam("sale_id", type_=entries.c.sale_id.type),
        entries.c.kind == VoucherEntryKind.PAID.value,
    )
    .order_by(entries.c.tender_number)
)
_IN_EXCHANGES: Final = select(
    exchange_tenders.c.sale_id,
    exchange_tenders.c.tender_number,
    exchange_tenders.c.paid_sale_id,
    exchange_tenders.c.paid_tender_number,
).where(any_of(exchange_tenders.c.paid_sale_id, "sale_ids"))
_OF_SALES: Final = select(
    sale_tenders.c.sale_id,
    sale_tenders.c.tender_number,
    sale_tenders.c.sale_id.label("paid_sale_id"),
    sale_tenders.c.tender_number.label("paid_tender_number"),
).where(any_of(sale_tenders.c.sale_id, "sale_ids"), sale_tenders.c.kind == TenderKind.VOUCHER.value)
_PLACES: Final = union_all(_OF_SALES, _IN_EXCHANGES).subquery()
_BACK: Final = sale_tenders.alias()
_GIVEN_BACK: Final = (
    select(_PLACES.c.paid_sale_id, _PLACES.c.paid_tender_number, func.sum(_BACK.c.amount_minor).label("amount_minor"))
    .join_from(_PLACES, sales, sales.c.original_sale_id == _PLACES.c.sale_id)
    .join(_BACK, and_(_BACK.c.sale_id == sales.c.sale_id, _BACK.c.tender_number == _PLACES.c.tender_number))
    .where(_BACK.c.kind == TenderKind.VOUCHER.value)
    .group_by(_PLACES.c.paid_sale_id, _PLACES.c.paid_tender_number)
    .subquery()
)
_LEFT: Final = (
    select(
        sale_tenders.c.sale_id,
        sale_tenders.c.tender_number,
        (sale_tenders.c.amount_minor + func.coalesce(_GIVEN_BACK.c.amount_minor, 0)).label("left_minor"),
    )
    .join_from(
        sale_tenders,
        _GIVEN_BACK,
        and_(
            _GIVEN_BACK.c.paid_sale_id == sale_tenders.c.sale_id,
            _GIVEN_BACK.c.paid_tender_number == sale_tenders.c.tender_number,
        ),
        isouter=True,
    )
    .where(any_of(sale_tenders.c.sale_id, "sale_ids"), sale_tenders.c.kind == TenderKind.VOUCHER.value)
)
_HISTORY: Final = (
    select(entries)
    .where(entries.c.voucher_number == bindparam("voucher_number"), entries.c.issuer == bindparam("issuer"))
    .order_by(entries.c.number.desc())
    .limit(bindparam("limit"))
)
_DOUBLED: Final = (
    select(entries)
    .where(entries.c.holding > 1, _LAST)
    .order_by(entries.c.posted_at.desc(), entries.c.voucher_number)
    .limit(bindparam("limit"))
)


class Vouchers(ports.Vouchers):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, keys: Collection[VoucherKey]) -> Mapping[VoucherKey, VoucherEntry]:
        if self._transaction.dialect == "postgresql":
            names = json.dumps(sorted(f"voucher {issuer} {number}" for issuer, number in keys))
            self._transaction.execute(_LOCK, {"keys": names}).all()
        found = self._transaction.execute(_ENTRIES, {"voucher_numbers": sorted({number for _, number in keys})})
        return {entry.key: entry for entry in map(_entry, found) if entry.key in keys}

    def paid_by(self, sale_id: int) -> Sequence[VoucherEntry]:
        return [_entry(row) for row in self._transaction.execute(_PAID, {"sale_id": sale_id})]

    def left(self, sale_ids: Collection[int]) -> Mapping[tuple[int, int], int]:
        # What this transaction gives back itself counts.
        self._transaction.flush()
        found = self._transaction.execute(_LEFT, {"sale_ids": sorted(sale_ids)})
        return {(row.sale_id, row.tender_number): int(row.left_minor) for row in found}

    def history(self, issuer: str, voucher_number: str, *, limit: int) -> Sequence[VoucherEntry]:
        asked = {"issuer": issuer, "voucher_number": voucher_number, "limit": limit}
        return [_entry(row) for row in self._transaction.execute(_HISTORY, asked)]

    def doubled(self, *, limit: int) -> Sequence[VoucherEntry]:
        return [_entry(row) for row in self._transaction.execute(_DOUBLED, {"limit": limit})]


def _entry(row: Row[Any]) -> VoucherEntry:
    return VoucherEntry(**{**row._mapping, "kind": VoucherEntryKind(row.kind)})
