"""Purchase accruals and returns to suppliers in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, select, tuple_, update

from adapters.sql.reading import NEWEST, Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.supplier_returns import purchase_accruals as accruals
from adapters.sql.tables.supplier_returns import supplier_return_lines as lines
from adapters.sql.tables.supplier_returns import supplier_returns as returns
from adapters.sql.transaction import Transaction
from application.ports import supplier_returns as ports
from domain.purchasing.purchase_accrual import PurchaseAccrual
from domain.purchasing.supplier_return import ReturnedFrom, SupplierReturn, SupplierReturnLine, SupplierReturnReason

LOCKED: Final = select(accruals).order_by(accruals.c.receipt_id, accruals.c.line_number).with_for_update(key_share=True)
_LOCK_RECEIPTS: Final = LOCKED.where(any_of(accruals.c.receipt_id, "receipt_ids"))
_LOCK_RETURNABLE: Final = LOCKED.where(
    accruals.c.supplier_id == bindparam("of_supplier", type_=accruals.c.supplier_id.type),
    accruals.c.store_id == bindparam("of_store", type_=accruals.c.store_id.type),
    any_of(accruals.c.sku_id, "sku_ids"),
    accruals.c.received_at >= bindparam("since", type_=accruals.c.received_at.type),
    accruals.c.returnable_milli > 0,
)
_MOVED: Final = (
    "received_milli", "received_minor", "returned_milli", "returned_minor", "invoiced_milli", "invoiced_minor",
    "billed_minor", "billed_tax_minor", "credited_milli", "credited_minor", "credited_tax_minor", "open_milli",
    "open_minor", "returnable_milli",
)  # fmt: skip
_MOVE: Final = (
    update(accruals)
    .where(
        accruals.c.receipt_id == bindparam("of_receipt", type_=accruals.c.receipt_id.type),
        accruals.c.line_number == bindparam("of_line", type_=accruals.c.line_number.type),
    )
    .values({name: bindparam(f"new_{name}", type_=accruals.c[name].type) for name in _MOVED})
)
_OF_RETURN: Final = bindparam("of_return", type_=returns.c.return_id.type)
_FIND: Final = select(returns).where(returns.c.return_id == _OF_RETURN)
_LINES: Final = (
    select(lines, products.c.sku)
    .join_from(lines, products, products.c.sku_id == lines.c.sku_id)
    .where(lines.c.return_id == _OF_RETURN)
    .order_by(lines.c.line_number)
)


def _newest(*within: Any) -> Select[Any]:
    before = tuple_(
        bindparam("before_at", type_=returns.c.returned_at.type), bindparam("before_id", type_=returns.c.return_id.type)
    )
    return (
        select(returns)
        .where(tuple_(returns.c.returned_at, returns.c.return_id) < before, *within)
        .order_by(returns.c.returned_at.desc(), returns.c.return_id.desc())
        .limit(bindparam("limit"))
    )


@cache
def _list(*, of_supplier: bool) -> Scoped:
    conditions = []
    if of_supplier:
        conditions.append(returns.c.supplier_id == bindparam("supplier_id", type_=returns.c.supplier_id.type))
    return Scoped(lambda *within: _newest(*conditions, *within), Filtered(returns.c.store_id))


class PurchaseAccruals(ports.PurchaseAccruals):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock_receipts(self, receipt_ids: Collection[int]) -> Sequence[PurchaseAccrual]:
        found = self._transaction.execute(_LOCK_RECEIPTS, {"receipt_ids": sorted(receipt_ids)})
        return [PurchaseAccrual(**row._mapping) for row in found]

    def lock_returnable(
        self, supplier_id: int, store_id: int, sku_ids: Collection[int], *, since: datetime
    ) -> Sequence[PurchaseAccrual]:
        asked = {"of_supplier": supplier_id, "of_store": store_id, "sku_ids": sorted(sku_ids), "since": since}
        return [PurchaseAccrual(**row._mapping) for row in self._transaction.execute(_LOCK_RETURNABLE, asked)]

    def move(self, accruals: Sequence[PurchaseAccrual]) -> None:
        if accruals:
            self._transaction.execute(_MOVE, [_moved(one) for one in accruals])


class SupplierReturns(ports.SupplierReturns):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, return_id: int) -> SupplierReturn | None:
        row = self._transaction.execute(_FIND, {"of_return": return_id}).one_or_none()
        return None if row is None else SupplierReturn(**row._mapping)

    def lines(self, return_id: int) -> Sequence[tuple[str, SupplierReturnLine]]:
        return [(row.sku, _line(row)) for row in self._transaction.execute(_LINES, {"of_return": return_id})]

    def list_returns(
        self,
        store_ids: Sequence[int] | None,
        *,
        supplier_id: int | None,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[SupplierReturn]:
        before_at, before_id = after or NEWEST
        asked: dict[str, object] = {"before_at": before_at, "before_id": before_id, "limit": limit}
        if supplier_id is not None:
            asked["supplier_id"] = supplier_id
        chosen = _list(of_supplier=supplier_id is not None)
        found = self._transaction.execute(*chosen.within(store_ids, asked))
        return [SupplierReturn(**row._mapping) for row in found]


def _moved(one: PurchaseAccrual) -> dict[str, object]:
    key = {"of_receipt": one.receipt_id, "of_line": one.line_number}
    return {**key, **{f"new_{name}": getattr(one, name) for name in _MOVED}}


def _line(row: Any) -> SupplierReturnLine:
    values = {name: row._mapping[name] for name in SupplierReturnLine.__slots__}
    return SupplierReturnLine(
        **{**values, "returned_from": ReturnedFrom(row.returned_from), "reason": SupplierReturnReason(row.reason)}
    )
