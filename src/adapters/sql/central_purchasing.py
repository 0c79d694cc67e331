"""Central purchasing in SQL."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, select, text, update

from adapters.sql.reading import Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.central_purchasing import WAITING_SHARE
from adapters.sql.tables.central_purchasing import purchase_line_shares as line_shares
from adapters.sql.tables.central_purchasing import purchase_receipt_shares as shares
from adapters.sql.tables.purchase_orders import purchase_receipts as receipts
from adapters.sql.transaction import Transaction
from application.ports import central_purchasing as ports
from application.ports.central_purchasing import Promised, WaitingReceipt
from domain.purchasing.central import LineShare, ReceiptShare, ShareState
from domain.purchasing.purchase_receipt import PurchaseReceipt

_LINE_SHARES: Final = (
    select(line_shares)
    .where(line_shares.c.order_id == bindparam("of_order", type_=line_shares.c.order_id.type))
    .order_by(line_shares.c.version, line_shares.c.line_number, line_shares.c.location_id)
)
_OF_VERSION: Final = _LINE_SHARES.where(
    line_shares.c.version == bindparam("of_version", type_=line_shares.c.version.type)
)
_OF_RECEIPT: Final = bindparam("of_receipt", type_=receipts.c.receipt_id.type)
_RECEIPT: Final = select(receipts).where(receipts.c.receipt_id == _OF_RECEIPT)
_SHARES: Final = (
    select(shares).where(shares.c.receipt_id == _OF_RECEIPT).order_by(shares.c.location_id, shares.c.line_number)
)
_SETTLE: Final = (
    update(shares)
    .where(
        shares.c.receipt_id == _OF_RECEIPT,
        shares.c.line_number == bindparam("of_line", type_=shares.c.line_number.type),
        shares.c.location_id == bindparam("of_location", type_=shares.c.location_id.type),
    )
    .values(
        state=bindparam("new_state", type_=shares.c.state.type),
        transfer_id=bindparam("new_transfer", type_=shares.c.transfer_id.type),
    )
)
_IS_WAITING: Final = text(f"purchase_receipt_shares.{WAITING_SHARE}")
_PLACES: Final = (shares.c.store_id, shares.c.location_id, shares.c.sku_id)
_PROMISED: Final = (
    select(*_PLACES, func.sum(shares.c.quantity_milli).label("quantity_milli"))
    .where(_IS_WAITING, any_of(shares.c.sku_id, "sku_ids"))
    .group_by(*_PLACES)
    .order_by(*_PLACES)
)


def _waiting(*within: Any) -> Select[Any]:
    found = (
        select(
            shares.c.receipt_id,
            shares.c.order_id,
            shares.c.store_id,
            receipts.c.business_date,
            func.count(shares.c.location_id.distinct()).label("stores"),
            func.count().label("lines"),
        )
        .join_from(shares, receipts, receipts.c.receipt_id == shares.c.receipt_id)
        .where(_IS_WAITING, shares.c.receipt_id > bindparam("after", type_=shares.c.receipt_id.type), *within)
    )
    keys = (shares.c.receipt_id, shares.c.order_id, shares.c.store_id, receipts.c.business_date)
    return found.group_by(*keys).order_by(shares.c.receipt_id).limit(bindparam("limit"))


_WAITING: Final = Scoped(_waiting, shares.c.store_id)


class CentralPurchasing(ports.CentralPurchasing):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def line_shares(self, order_id: int, version: int | None) -> Sequence[LineShare]:
        asked = {"of_order": order_id}
        statement = _LINE_SHARES
        if version is not None:
            statement, asked["of_version"] = _OF_VERSION, version
        return [LineShare(**row._mapping) for row in self._transaction.execute(statement, asked)]

    def receipt(self, receipt_id: int) -> PurchaseReceipt | None:
        row = self._transaction.execute(_RECEIPT, {"of_receipt": receipt_id}).one_or_none()
        return None if row is None else PurchaseReceipt(**row._mapping)

    def receipt_shares(self, receipt_id: int) -> Sequence[ReceiptShare]:
        return [_share(row) for row in self._transaction.execute(_SHARES, {"of_receipt": receipt_id})]

    def settle(self, shares: Sequence[ReceiptShare]) -> None:
        if shares:
            self._transaction.execute(_SETTLE, [_settled(one) for one in shares])

    def promised(self, sku_ids: Collection[int]) -> Sequence[Promised]:
        return [
            Promised(row.store_id, row.location_id, row.sku_id, int(row.quantity_milli))
            for row in self._transaction.execute(_PROMISED, {"sku_ids": sorted(sku_ids)})
        ]

    def waiting(self, store_ids: Sequence[int] | None, *, after: int, limit: int) -> Sequence[WaitingReceipt]:
        found = self._transaction.execute(*_WAITING.within(store_ids, {"after": after, "limit": limit}))
        return [WaitingReceipt(**row._mapping) for row in found]


def _share(row: Row[Any]) -> ReceiptShare:
    return ReceiptShare(**{**row._mapping, "state": ShareState(row.state)})


def _settled(one: ReceiptShare) -> dict[str, object]:
    return {
        "of_receipt": one.receipt_id,
        "of_line": one.line_number,
        "of_location": one.location_id,
        "new_state": one.state.value,
        "new_transfer": one.transfer_id,
    }
