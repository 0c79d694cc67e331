"""Staff purchases in SQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, case, func, select

from adapters.sql.tables.sales import staff_purchases
from adapters.sql.transaction import Transaction
from application.ports import staff_purchases as ports
from application.ports.staff_purchases import BoughtInMonth
from domain.sales.staff_purchase import StaffPurchaseEntry

_OF_DOCUMENT: Final = select(staff_purchases).where(staff_purchases.c.document_id == bindparam("of_document"))
_BEYOND: Final = func.sum(case((staff_purchases.c.beyond, 1), else_=0))
_OF_MONTH: Final = (
    select(
        staff_purchases.c.staff_id,
        staff_purchases.c.currency,
        func.sum(staff_purchases.c.bought_minor).label("bought_minor"),
        func.sum(staff_purchases.c.discount_minor).label("discount_minor"),
        func.max(staff_purchases.c.limit_minor).label("limit_minor"),
        _BEYOND.label("beyond"),
    )
    .where(staff_purchases.c.month == bindparam("of_month"))
    .group_by(staff_purchases.c.staff_id, staff_purchases.c.currency)
    .order_by(_BEYOND.desc(), staff_purchases.c.staff_id, staff_purchases.c.currency)
    .limit(bindparam("limit"))
)


class StaffPurchases(ports.StaffPurchases):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of_document(self, document_id: int) -> StaffPurchaseEntry | None:
        row = self._transaction.execute(_OF_DOCUMENT, {"of_document": document_id}).one_or_none()
        return None if row is None else StaffPurchaseEntry(**row._mapping)

    def of_month(self, month: str, *, limit: int) -> Sequence[BoughtInMonth]:
        rows = self._transaction.execute(_OF_MONTH, {"of_month": month, "limit": limit})
        return [
            # PostgreSQL sums integers to decimals.
            BoughtInMonth(
                row.staff_id, row.currency, int(row.bought_minor), int(row.discount_minor), row.limit_minor,
                int(row.beyond),
            )
            for row in rows
        ]  # fmt: skip
