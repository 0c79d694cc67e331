"""Prints of receipts in SQL, and the numbers that are missing in their series."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    String,
    and_,
    bindparam,
    case,
    cast,
    distinct,
    exists,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)

from adapters.sql.coupon_locks import code_context
from adapters.sql.tables.coupons import coupon_batches, coupon_events, coupons
from adapters.sql.tables.identity import callers
from adapters.sql.tables.receipts import receipt_mails as letters
from adapters.sql.tables.receipts import receipt_prints as prints
from adapters.sql.tables.sales import sales
from adapters.sql.transaction import Transaction
from application.ports import receipts as ports
from application.ports.receipts import GapCause, ReceiptGap, ReceiptSeries
from domain.pricing.coupon import CouponEventKind
from domain.sales.receipt import PrintedCoupon
from domain.sales.receipt_log import MailState, ReceiptFormat, ReceiptMail, ReceiptPrint
from domain.sales.sale import SaleKind

_OF_SALE: Final = sales.c.sale_id == bindparam("sale_id")
_LOCK: Final = select(sales.c.sale_id).where(_OF_SALE).with_for_update(key_share=True)
_NUMBER: Final = select(sales.c.receipt_number).where(_OF_SALE)
_PRINTS: Final = select(prints).where(prints.c.sale_id == bindparam("sale_id")).order_by(prints.c.number)
_RECORD: Final = insert(prints)
_MAILS: Final = (
    select(letters).where(letters.c.sale_id == bindparam("sale_id")).order_by(letters.c.requested_at, letters.c.mail_id)
)
_RECORD_MAIL: Final = insert(letters)
_IS_DUE: Final = and_(
    letters.c.state == literal_column(f"'{MailState.WAITING}'"),
    letters.c.due_at <= bindparam("now", type_=letters.c.due_at.type),
)
_NEXT_MAIL: Final = (
    select(letters)
    .where(_IS_DUE)
    .order_by(letters.c.due_at, letters.c.mail_id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_MAIL_DUE: Final = select(exists().where(_IS_DUE))
_MAIL: Final = select(letters).where(letters.c.mail_id == bindparam("of_mail")).with_for_update()
_UPDATE_MAIL: Final = update(letters).where(letters.c.mail_id == bindparam("of_mail"))
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

NEXT_DAY: Final = timedelta(days=1)
_DAY: Final = sales.c.business_date.type
# The number behind the code of the terminal; the server's own numbers begin with an S there.
_PREFIX: Final = func.length(callers.c.code)
_BEHIND: Final = func.substr(sales.c.receipt_number, _PREFIX + 2)
_NUMBERED: Final = (
    select(
        callers.c.code,
        sales.c.business_date,
        sales.c.sold_at,
        sales.c.uploaded,
        case(
            (
                and_(
                    func.substr(sales.c.receipt_number, 1, _PREFIX + 1) == callers.c.code + "-",
                    func.substr(_BEHIND, 1, 1) != "S",
                ),
                cast(_BEHIND, BigInteger),
            ),
        ).label("number"),
    )
    .join_from(sales, callers, callers.c.caller_id == sales.c.terminal_id)
    .where(
        sales.c.store_id == bindparam("store_id", type_=sales.c.store_id.type),
        sales.c.business_date.between(bindparam("from", type_=_DAY), bindparam("to", type_=_DAY)),
        sales.c.kind == SaleKind.SALE.value,
    )
    .subquery()
)
_IN_ORDER: Final[dict[str, Any]] = {
    "partition_by": _NUMBERED.c.code,
    "order_by": (_NUMBERED.c.number, _NUMBERED.c.sold_at),
}
_STEPS: Final = (
    select(
        _NUMBERED,
        func.lag(_NUMBERED.c.number, type_=BigInteger()).over(**_IN_ORDER).label("before"),
        func.lag(_NUMBERED.c.business_date, type_=_DAY).over(**_IN_ORDER).label("date_before"),
    )
    .where(_NUMBERED.c.number.is_not(None))
    .subquery()
)
_MISSING: Final = _STEPS.c.number - _STEPS.c.before - 1
_TOUCHES: Final = and_(
    _STEPS.c.business_date >= bindparam("first", type_=_DAY), _STEPS.c.date_before <= bindparam("last", type_=_DAY)
)
_WITHIN: Final = _STEPS.c.business_date.between(bindparam("first", type_=_DAY), bindparam("last", type_=_DAY))
GAPS: Final = (
    select(_STEPS)
    .where(
        _MISSING > 0,
        _TOUCHES,
        tuple_(_STEPS.c.code, _STEPS.c.before + 1)
        > tuple_(bindparam("after_code", type_=String()), bindparam("after_number", type_=BigInteger())),
    )
    .order_by(_STEPS.c.code, _STEPS.c.before)
    .limit(bindparam("limit"))
)
_ONLY_WITHIN: Final = case((_WITHIN, _STEPS.c.number))
_COUNTED: Final = and_(_TOUCHES, _MISSING > 0, bindparam("numbers_max", type_=BigInteger()) >= _MISSING)
SERIES: Final = (
    select(
        _STEPS.c.code,
        func.min(_ONLY_WITHIN).label("first"),
        func.max(_ONLY_WITHIN).label("last"),
        func.count(_ONLY_WITHIN).label("documents"),
        func.count(distinct(_ONLY_WITHIN)).label("numbers"),
        func.coalesce(func.sum(case((_COUNTED, _MISSING))), 0).label("missing"),
    )
    .group_by(_STEPS.c.code)
    .having(func.count(_ONLY_WITHIN) > 0)
    .order_by(_STEPS.c.code)
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

    def mails(self, sale_id: int) -> Sequence[ReceiptMail]:
        return [_mail(row) for row in self._transaction.execute(_MAILS, {"sale_id": sale_id})]

    def record_mail(self, mail: ReceiptMail) -> None:
        self._transaction.execute(_RECORD_MAIL, {**asdict(mail), "state": mail.state.value})

    def next_mail(self, *, until: datetime) -> ReceiptMail | None:
        row = self._transaction.execute(_NEXT_MAIL, {"now": self._transaction.now}).one_or_none()
        if row is None:
            return None
        mail = replace(_mail(row), attempts=row.attempts + 1, due_at=until)
        self.update_mail(mail)
        return mail

    def lock_mail(self, mail_id: int) -> ReceiptMail:
        return _mail(self._transaction.execute(_MAIL, {"of_mail": mail_id}).one())

    def update_mail(self, mail: ReceiptMail) -> None:
        changed = {**asdict(mail), "state": mail.state.value}
        del changed["mail_id"]
        self._transaction.execute(_UPDATE_MAIL.values(changed), {"of_mail": mail.mail_id})

    def mail_due(self) -> bool:
        return bool(self._transaction.execute(_MAIL_DUE, {"now": self._transaction.now}).scalar_one())

    def series(self, store_id: int, first: date, last: date, *, gap_numbers_max: int) -> Sequence[ReceiptSeries]:
        rows = self._transaction.execute(SERIES, {**_around(store_id, first, last), "numbers_max": gap_numbers_max})
        return [
            ReceiptSeries(row.code, row.first, row.last, row.documents, int(row.missing), row.documents - row.numbers)
            for row in rows
        ]

    def gaps(
        self,
        store_id: int,
        first: date,
        last: date,
        *,
        gap_numbers_max: int,
        after: tuple[str, int] | None,
        limit: int,
    ) -> Sequence[ReceiptGap]:
        code, number = after or ("", 0)
        asked = {**_around(store_id, first, last), "after_code": code, "after_number": number, "limit": limit}
        return [
            ReceiptGap(
                row.code,
                row.before + 1,
                row.number - 1,
                row.date_before.isoformat(),
                row.business_date.isoformat(),
                _cause(row, gap_numbers_max),
            )
            for row in self._transaction.execute(GAPS, asked)
        ]


def _mail(row: Any) -> ReceiptMail:
    return ReceiptMail(**{**row._mapping, "state": MailState(row.state), "address_cipher": bytes(row.address_cipher)})


def _around(store_id: int, first: date, last: date) -> dict[str, object]:
    """The period, and the days beside it: a number that turns up there is not missing."""
    return {
        "store_id": store_id,
        "first": first,
        "last": last,
        "from": max(first, date.min + NEXT_DAY) - NEXT_DAY,
        "to": min(last, date.max - NEXT_DAY) + NEXT_DAY,
    }


def _cause(row: Any, numbers_max: int) -> GapCause:
    if row.number - row.before - 1 > numbers_max:
        return GapCause.OTHER_SERIES
    return GapCause.NOT_ARRIVED if row.uploaded else GapCause.NOT_SOLD
