"""What took money at tills, in SQL: sales with their tenders and their change, and what was paid over the counter."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, literal, or_, select, text

from adapters.sql.statements import any_of
from adapters.sql.tables.credit import credit_entries
from adapters.sql.tables.orders import order_payments, orders
from adapters.sql.tables.sales import sale_lines, sale_tenders, sales
from adapters.sql.tables.wallet import PAID, gift_card_entries, stored_value_entries
from adapters.sql.transaction import Transaction
from domain.pricing.basket import MANUAL
from domain.sales.sale import TenderKind
from domain.sales.shift_figures import TillDocument

_SALES: Final = (
    select(
        sales.c.sale_id,
        sales.c.terminal_id,
        sales.c.kind,
        sales.c.cashier_id,
        sales.c.sold_at,
        sales.c.stored_at,
        sales.c.business_date,
        sales.c.receipt_number,
        sales.c.change_minor,
        sale_tenders.c.kind.label("tender"),
        sale_tenders.c.amount_minor,
    )
    .join_from(sales, sale_tenders, sale_tenders.c.sale_id == sales.c.sale_id, isouter=True)
    .order_by(sales.c.business_date, sales.c.sold_at, sales.c.sale_id, sale_tenders.c.tender_number)
)
_OVER_THE_COUNTER: Final = (
    ("stored_value", stored_value_entries, stored_value_entries.c.principal_minor),
    ("gift_card", gift_card_entries, gift_card_entries.c.amount_minor),
    ("credit_payment", credit_entries, -credit_entries.c.owed_minor),
)


def _within(statement: Select[Any], table: Any, at: Any, terminal: Any, *, of_terminal: bool) -> Select[Any]:
    """The documents of a store, of its dates and the time asked for; with `of_terminal` those of one till."""
    found = statement.where(
        table.c.store_id == bindparam("store_id", type_=table.c.store_id.type),
        table.c.business_date.between(
            bindparam("from_date", type_=table.c.business_date.type),
            bindparam("to_date", type_=table.c.business_date.type),
        ),
        at >= bindparam("since", type_=at.type),
        at < bindparam("until", type_=at.type),
    )
    return found.where(terminal == bindparam("terminal_id", type_=terminal.type)) if of_terminal else found


def _paid(kind: str, table: Any, amount: Any, *, of_terminal: bool) -> Select[Any]:
    # The index of these entries holds what was paid over the counter, by the same words.
    found = select(
        literal(kind).label("kind"),
        table.c.document_id,
        table.c.caller_id,
        table.c.staff_id,
        table.c.posted_at,
        table.c.business_date,
        table.c.tender,
        amount.label("amount_minor"),
    ).where(text(PAID))
    return _within(found, table, table.c.posted_at, table.c.caller_id, of_terminal=of_terminal)


def _for_orders(*, of_terminal: bool) -> Select[Any]:
    """Deposits and what of them was paid out; what a sale has used up was no money of its till."""
    table = order_payments
    found = (
        select(
            literal("order_payment").label("kind"),
            table.c.document_id,
            table.c.caller_id,
            table.c.staff_id,
            table.c.paid_at.label("posted_at"),
            table.c.business_date,
            table.c.kind.label("tender"),
            table.c.amount_minor,
        )
        .join_from(table, orders, orders.c.order_id == table.c.order_id)
        .where(or_(orders.c.sale_id.is_(None), orders.c.sale_id != table.c.document_id))
    )
    return _within(found, table, table.c.paid_at, table.c.caller_id, of_terminal=of_terminal)


_SALES_OF: Final = {
    one: _within(_SALES, sales, sales.c.sold_at, sales.c.terminal_id, of_terminal=one) for one in (False, True)
}
_PAID_OF: Final = {
    one: [
        *[_paid(kind, table, amount, of_terminal=one) for kind, table, amount in _OVER_THE_COUNTER],
        _for_orders(of_terminal=one),
    ]
    for one in (False, True)
}
_DISCOUNTED: Final = select(sale_lines.c.discounts).where(
    any_of(sale_lines.c.sale_id, "sale_ids"), sale_lines.c.discount_minor != 0
)


def read(transaction: Transaction, asked: Mapping[str, object], *, terminal_id: int | None) -> Sequence[TillDocument]:
    """The documents of a store that were asked for, one row for each tender; see the port."""
    of_terminal = terminal_id is not None
    asked = {**asked, "terminal_id": terminal_id} if of_terminal else asked
    found: list[TillDocument] = []
    before = 0
    for row in transaction.execute(_SALES_OF[of_terminal], asked):
        found += _rows_of_sale(row, first=row.sale_id != before)
        before = row.sale_id
    for statement in _PAID_OF[of_terminal]:
        found += [
            TillDocument(
                row.document_id, row.caller_id, row.kind, row.staff_id or 0, row.posted_at, row.posted_at,
                row.business_date, "", 0, row.tender, row.amount_minor,
            )
            for row in transaction.execute(statement, asked)
        ]  # fmt: skip
    return found


def by_hand(transaction: Transaction, sale_ids: Collection[int]) -> tuple[int, int]:
    """How many discounts people gave on lines of these sales, and their sum."""
    amounts = [
        one["amount_minor"]
        for row in transaction.execute(_DISCOUNTED, {"sale_ids": sorted(sale_ids)})
        for one in row.discounts
        if one["code"] == MANUAL
    ]
    return len(amounts), sum(amounts)


def _rows_of_sale(row: Row[Any], *, first: bool) -> list[TillDocument]:
    sequence = _sequence(row.receipt_number)
    head = (
        row.sale_id, row.terminal_id, row.kind, row.cashier_id or 0, row.sold_at, row.stored_at, row.business_date,
        row.receipt_number, sequence,
    )  # fmt: skip
    rows = [TillDocument(*head, row.tender or "", row.amount_minor or 0)]
    # Change stands in the sale, once; its first tender brings it along.
    if row.change_minor and first:
        rows.append(TillDocument(*head, TenderKind.CASH, -row.change_minor))
    return rows


def _sequence(receipt_number: str) -> int:
    """The number that a till gave its receipt, 0 for one that the server named."""
    number = receipt_number.rpartition("-")[2]
    return int(number) if number.isascii() and number.isdigit() else 0
