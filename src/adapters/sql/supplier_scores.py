"""Deliveries and score cards of suppliers in SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, case, exists, func, insert, or_, select, text

from adapters.sql.reading import Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.purchase_orders import ON_ORDER, OPEN_PURCHASE, purchase_allocations, purchase_order_events
from adapters.sql.tables.purchase_orders import purchase_orders as orders
from adapters.sql.tables.supplier_returns import supplier_return_lines as returned
from adapters.sql.tables.supplier_scores import supplier_deliveries, supplier_score_cards
from adapters.sql.tables.suppliers import suppliers
from adapters.sql.transaction import Transaction
from application.ports import supplier_scores as ports
from domain.purchasing.purchase_order import PurchaseEventKind
from domain.purchasing.supplier_return import REJECTING, ReturnedFrom
from domain.purchasing.supplier_score import SupplierFigures, SupplierGrade, SupplierScoreCard

_BROUGHT: Final = supplier_deliveries.c
_CARD: Final = supplier_score_cards.c

_SENT_AT: Final = select(func.min(purchase_order_events.c.at, type_=purchase_order_events.c.at.type)).where(
    purchase_order_events.c.order_id == bindparam("of_order", type_=purchase_order_events.c.order_id.type),
    purchase_order_events.c.kind == PurchaseEventKind.SENT.value,
)
_IN_PERIOD: Final = (
    _BROUGHT.received_on >= bindparam("from_date", type_=_BROUGHT.received_on.type),
    _BROUGHT.received_on < bindparam("until", type_=_BROUGHT.received_on.type),
)
# Promised for the period, and still to come of what the supplier knows.
_AWAITED: Final = (
    text(f"purchase_orders.{OPEN_PURCHASE}"),
    orders.c.sent_version > 0,
    orders.c.expected_on >= bindparam("from_date", type_=orders.c.expected_on.type),
    orders.c.expected_on < bindparam("due_before", type_=orders.c.expected_on.type),
    text(f"purchase_allocations.{ON_ORDER}"),
)
_ONES: Final = {
    "deliveries": func.count(),
    "on_time": func.sum(case((_BROUGHT.received_on <= _BROUGHT.promised_on, 1), else_=0)),
    "in_full": func.sum(case((_BROUGHT.accepted_milli >= _BROUGHT.due_milli, 1), else_=0)),
    "accepted_milli": func.sum(_BROUGHT.accepted_milli),
    "rejected_milli": func.sum(_BROUGHT.rejected_milli),
    "paid_minor": func.sum(_BROUGHT.paid_minor),
    "last_paid_minor": func.sum(case((_BROUGHT.last_minor.is_not(None), _BROUGHT.paid_minor), else_=0)),
    "last_minor": func.coalesce(func.sum(_BROUGHT.last_minor), 0),
    "list_paid_minor": func.sum(case((_BROUGHT.list_minor.is_not(None), _BROUGHT.paid_minor), else_=0)),
    "list_minor": func.coalesce(func.sum(_BROUGHT.list_minor), 0),
    "lead_days": func.sum(_BROUGHT.lead_days),
    "lead_squares": func.sum(_BROUGHT.lead_days * _BROUGHT.lead_days),
}
_FIGURES: Final = Scoped(
    lambda *within: (
        select(_BROUGHT.supplier_id, *[one.label(name) for name, one in _ONES.items()])
        .where(any_of(_BROUGHT.supplier_id, "supplier_ids"), *_IN_PERIOD, *within)
        .group_by(_BROUGHT.supplier_id)
    ),
    Filtered(_BROUGHT.store_id),
)
# What goes back out of quarantine was rejected as it came.
_BACK: Final = Scoped(
    lambda *within: (
        select(returned.c.supplier_id, func.sum(returned.c.quantity_milli).label("returned_milli"))
        .where(
            any_of(returned.c.supplier_id, "supplier_ids"),
            returned.c.business_date >= bindparam("from_date", type_=returned.c.business_date.type),
            returned.c.business_date < bindparam("until", type_=returned.c.business_date.type),
            returned.c.reason.in_(sorted(REJECTING)),
            returned.c.returned_from != ReturnedFrom.QUARANTINE.value,
            *within,
        )
        .group_by(returned.c.supplier_id)
    ),
    Filtered(returned.c.store_id),
)
_OVERDUE: Final = Scoped(
    lambda *within: (
        select(orders.c.supplier_id, func.count().label("overdue"))
        .join_from(orders, purchase_allocations, purchase_allocations.c.order_id == orders.c.order_id)
        .where(any_of(orders.c.supplier_id, "supplier_ids"), *_AWAITED, *within)
        .group_by(orders.c.supplier_id)
    ),
    Filtered(purchase_allocations.c.location_id),
)
_OF_SUPPLIER: Final = suppliers.c.supplier_id
_UNSCORED: Final = (
    select(_OF_SUPPLIER)
    .where(
        ~exists().where(
            _CARD.supplier_id == _OF_SUPPLIER, _CARD.month == bindparam("from_date", type_=_CARD.month.type)
        ),
        or_(
            exists().where(_BROUGHT.supplier_id == _OF_SUPPLIER, *_IN_PERIOD),
            exists().where(
                orders.c.supplier_id == _OF_SUPPLIER, purchase_allocations.c.order_id == orders.c.order_id, *_AWAITED
            ),
        ),
    )
    .order_by(_OF_SUPPLIER)
    .limit(bindparam("limit"))
)
_ADD_CARDS: Final = insert(supplier_score_cards)
_CARDS: Final = (
    select(supplier_score_cards)
    .where(
        _CARD.supplier_id == bindparam("of_supplier", type_=_CARD.supplier_id.type),
        _CARD.month < bindparam("before", type_=_CARD.month.type),
    )
    .order_by(_CARD.month.desc())
    .limit(bindparam("limit"))
)


class SupplierScores(ports.SupplierScores):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def sent_at(self, order_id: int) -> datetime | None:
        found: datetime | None = self._transaction.execute(_SENT_AT, {"of_order": order_id}).scalar_one()
        return found

    def figures(
        self,
        supplier_ids: Collection[int],
        *,
        from_date: date,
        until: date,
        due_before: date,
        store_ids: Collection[int] | None,
    ) -> Mapping[int, SupplierFigures]:
        stores = None if store_ids is None else sorted(store_ids)
        asked: dict[str, object] = {"supplier_ids": sorted(supplier_ids), "from_date": from_date}
        found = {
            row.supplier_id: SupplierFigures(**{name: int(row._mapping[name]) for name in _ONES})
            for row in self._transaction.execute(*_FIGURES.within(stores, {**asked, "until": until}))
        }
        for row in self._transaction.execute(*_BACK.within(stores, {**asked, "until": until})):
            known = found.get(row.supplier_id, SupplierFigures())
            found[row.supplier_id] = replace(known, returned_milli=int(row.returned_milli))
        for row in self._transaction.execute(*_OVERDUE.within(stores, {**asked, "due_before": due_before})):
            known = found.get(row.supplier_id, SupplierFigures())
            found[row.supplier_id] = replace(known, overdue=int(row.overdue))
        return found

    def unscored(self, *, month: date, until: date, limit: int) -> Sequence[int]:
        asked = {"from_date": month, "until": until, "due_before": until, "limit": limit}
        return self._transaction.execute(_UNSCORED, asked).scalars().all()

    def add_cards(self, cards: Sequence[SupplierScoreCard]) -> None:
        if cards:
            self._transaction.execute(_ADD_CARDS, [asdict(card) for card in cards])

    def cards(self, supplier_id: int, *, before: date | None, limit: int) -> Sequence[SupplierScoreCard]:
        asked = {"of_supplier": supplier_id, "before": before or date.max, "limit": limit}
        return [_card(row) for row in self._transaction.execute(_CARDS, asked)]


def _card(row: Row[Any]) -> SupplierScoreCard:
    return SupplierScoreCard(**{**row._mapping, "grade": SupplierGrade(row.grade)})
