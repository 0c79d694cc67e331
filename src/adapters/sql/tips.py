"""The ledger of tips in SQL."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from sqlalchemy import bindparam, func, select

from adapters.sql.statements import any_of
from adapters.sql.tables.sales import tip_entries
from adapters.sql.transaction import Transaction
from application.ports import tips as ports
from application.ports.tips import TipsOfDay
from domain.sales.tip import TipEntry

_OF_DOCUMENT: Final = select(tip_entries).where(tip_entries.c.document_id == bindparam("of_document"))
_GIVEN: Final = func.coalesce(func.sum(tip_entries.c.given_minor), 0)
_BY_STAFF: Final = (
    select(tip_entries.c.staff_id, _GIVEN.label("given_minor"))
    .where(any_of(tip_entries.c.document_id, "document_ids"))
    .group_by(tip_entries.c.staff_id)
)
_PAID_OUT: Final = func.coalesce(func.sum(tip_entries.c.paid_out_minor), 0)
_OF_DAY: Final = select(_GIVEN.label("given_minor"), _PAID_OUT.label("paid_out_minor")).where(
    tip_entries.c.store_id == bindparam("of_store"),
    tip_entries.c.business_date == bindparam("on", type_=tip_entries.c.business_date.type),
)


class Tips(ports.Tips):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of_document(self, document_id: int) -> TipEntry | None:
        row = self._transaction.execute(_OF_DOCUMENT, {"of_document": document_id}).one_or_none()
        return None if row is None else TipEntry(**row._mapping)

    def by_staff(self, document_ids: Collection[int]) -> Mapping[int, int]:
        if not document_ids:
            return {}
        rows = self._transaction.execute(_BY_STAFF, {"document_ids": sorted(document_ids)})
        # PostgreSQL sums integers to decimals.
        return {row.staff_id or 0: int(row.given_minor) for row in rows}

    def of_day(self, store_id: int, on: date) -> TipsOfDay:
        row = self._transaction.execute(_OF_DAY, {"of_store": store_id, "on": on}).one()
        return TipsOfDay(int(row.given_minor), int(row.paid_out_minor))
