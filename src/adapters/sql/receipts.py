"""Prints of receipts in SQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import bindparam, insert, select

from adapters.sql.coupon_locks import code_context
from adapters.sql.tables.coupons import coupon_batches, coupon_events, coupons
from adapters.sql.tables.receipts import receipt_prints as prints
from adapters.sql.tables.sales import sales
from adapters.sql.transaction import Transaction
from application.ports import receipts as ports
from domain.pricing.coupon import CouponEventKind
from domain.sales.receipt import PrintedCoupon
from domain.sales.receipt_log import ReceiptFormat, ReceiptPrint

_OF_SALE: Final = sales.c.sale_id == bindparam("sale_id")
_LOCK: Final = select(sales.c.sale_id).where(_OF_SALE).with_for_update(key_share=True)
_NUMBER: Final = select(sales.c.receipt_number).where(_OF_SALE)
_PRINTS: Final = select(prints).where(prints.c.sale_id == bindparam("sale_id")).order_by(prints.c.number)
_RECORD: Final = insert(prints)
_AWARDED: Final = (
    select(coupons.c.coupon_id, coupons.c.code_cipher, coupons.c.until_date, coupon_batches.c.terms)
    .join_from(coupon_events, coupons, coupons.c.coupon_id == coupon_events.c.coupon_id)
    .join(coupon_batches, coupon_batches.c.batch_id == coupons.c.batch_id)
    .where(
        coupon_events.c.document_id == bindparam("sale_id"),
        coupon_events.c.document_id != 0,
        coupon_events.c.kind == CouponEventKind.ISSUED.value,
    )
    .order_by(coupons.c.coupon_id)
)


class Receipts(ports.Receipts):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, sale_id: int) -> None:
        self._transaction.execute(_LOCK, {"sale_id": sale_id})

    def prints(self, sale_id: int) -> Sequence[ReceiptPrint]:
        rows = self._transaction.execute(_PRINTS, {"sale_id": sale_id})
        return [ReceiptPrint(**{**row._mapping, "format": ReceiptFormat(row.format)}) for row in rows]

    def record(self, print_: ReceiptPrint) -> None:
        self._transaction.execute(_RECORD, {**asdict(print_), "format": print_.format.value})

    def receipt_number(self, sale_id: int) -> str:
        found = self._transaction.execute(_NUMBER, {"sale_id": sale_id}).scalar_one_or_none()
        return str(found or "")

    def coupons_awarded(self, sale_id: int) -> Sequence[PrintedCoupon]:
        keys = self._transaction.keys
        return [
            PrintedCoupon(
                row.terms["name"],
                keys.decrypt(row.code_cipher, code_context(row.coupon_id)),
                row.until_date.isoformat() if row.until_date else "",
            )
            for row in self._transaction.execute(_AWARDED, {"sale_id": sale_id})
        ]
