"""Payments that providers take, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, case, func, or_, select, tuple_, update

from adapters.sql.statements import any_of
from adapters.sql.tables.payments import payment_events, payment_notices, payment_refunds
from adapters.sql.tables.payments import payment_intents as intents
from adapters.sql.transaction import Transaction
from application.ports import payment_intents as ports
from application.ports.payment_intents import ProviderTakings, Unsettled
from domain.sales.payment import (
    PaymentEvent,
    PaymentEventKind,
    PaymentIntent,
    PaymentRefund,
    PaymentState,
)
from domain.sales.sale import TenderKind

_ID: Final = bindparam("payment_id", type_=intents.c.payment_id.type)
_AT: Final = bindparam("at", type_=intents.c.due_at.type)
_LOCK: Final = (
    select(intents).where(any_of(intents.c.payment_id, "payment_ids")).order_by(intents.c.payment_id).with_for_update()
)
_LOCK_KEY: Final = select(intents).where(intents.c.key == bindparam("key")).with_for_update()
_LOCK_OF_SALE: Final = (
    select(intents)
    .where(intents.c.sale_id == bindparam("sale_id", type_=intents.c.sale_id.type))
    .order_by(intents.c.payment_id)
    .with_for_update()
)
_LOCK_DUE: Final = (
    select(intents)
    .where(intents.c.due_at.is_not(None), intents.c.due_at <= _AT)
    .order_by(intents.c.due_at, intents.c.payment_id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_FIND: Final = select(intents).where(intents.c.payment_id == _ID)
_FIND_REQUEST: Final = select(intents).where(
    intents.c.terminal_id == bindparam("terminal_id", type_=intents.c.terminal_id.type),
    intents.c.request_id == bindparam("request_id", type_=intents.c.request_id.type),
)
_CHANGING: Final = (
    "state",
    "captured_minor",
    "refunded_minor",
    "refund_asked_minor",
    "cancelling",
    "sale_id",
    "tender_number",
    "order_id",
    "reference",
    "reason",
    "hint",
    "to_pay",
    "asked_at",
    "due_at",
)
_SAVE: Final = (
    update(intents)
    .where(intents.c.payment_id == bindparam("this_payment_id", type_=intents.c.payment_id.type))
    .values({name: bindparam(f"new_{name}", type_=intents.c[name].type) for name in _CHANGING})
)
_HISTORY: Final = select(payment_events).where(payment_events.c.payment_id == _ID).order_by(payment_events.c.event_id)
_REFUNDS: Final = (
    select(payment_refunds)
    .where(any_of(payment_refunds.c.payment_id, "payment_ids"), payment_refunds.c.done_at.is_(None))
    .order_by(payment_refunds.c.refund_id)
)
_REFUND_DONE: Final = (
    update(payment_refunds)
    .where(any_of(payment_refunds.c.refund_id, "refund_ids"))
    .values(done_at=bindparam("at", type_=payment_refunds.c.done_at.type))
)
_NOTICED: Final = select(payment_notices.c.event_id).where(
    payment_notices.c.provider == bindparam("provider"), payment_notices.c.event_id == bindparam("event_id")
)
_UNFINISHED: Final = (
    select(intents)
    .where(
        intents.c.due_at.is_not(None),
        intents.c.opened_at < _AT,
    )
    .order_by(intents.c.opened_at, intents.c.payment_id)
    .limit(bindparam("limit"))
)
_HELD: Final = intents.c.captured_minor - intents.c.refunded_minor
_USED: Final = or_(intents.c.sale_id.is_not(None), intents.c.order_id.is_not(None))
_UNSETTLED: Final = (
    select(
        intents.c.payment_id,
        intents.c.kind,
        intents.c.state,
        (_HELD - intents.c.settled_minor).label("unsettled_minor"),
    )
    .where(
        intents.c.provider == bindparam("provider"),
        intents.c.store_id == bindparam("store_id", type_=intents.c.store_id.type),
        intents.c.currency == bindparam("currency"),
        intents.c.settled_minor != _HELD,
        _USED,
    )
    .order_by(intents.c.payment_id)
    .limit(bindparam("limit"))
    .with_for_update()
)
_SETTLE: Final = (
    update(intents)
    .where(any_of(intents.c.payment_id, "payment_ids"))
    .values(
        settled_minor=_HELD,
        state=case((intents.c.state == PaymentState.CAPTURED.value, PaymentState.SETTLED.value), else_=intents.c.state),
    )
)
_TAKINGS: Final = (
    select(
        intents.c.provider,
        intents.c.currency,
        func.count().label("payments"),
        func.sum(_HELD - intents.c.settled_minor).label("unsettled_minor"),
    )
    .where(intents.c.settled_minor != _HELD, _USED)
    .group_by(intents.c.provider, intents.c.currency)
    .order_by(intents.c.provider, intents.c.currency)
)


class Payments(ports.Payments):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, payment_ids: Collection[int]) -> Mapping[int, PaymentIntent]:
        rows = self._transaction.execute(_LOCK, {"payment_ids": sorted(payment_ids)})
        return {row.payment_id: _intent(row) for row in rows}

    def lock_key(self, key: str) -> PaymentIntent | None:
        return self._one(_LOCK_KEY, {"key": key})

    def lock_of_sale(self, sale_id: int) -> Sequence[PaymentIntent]:
        found = [_intent(row) for row in self._transaction.execute(_LOCK_OF_SALE, {"sale_id": sale_id})]
        return sorted(found, key=lambda intent: intent.tender_number)

    def lock_due(self, *, at: datetime, limit: int) -> Sequence[PaymentIntent]:
        return [_intent(row) for row in self._transaction.execute(_LOCK_DUE, {"at": at, "limit": limit})]

    def save(self, changed: Collection[PaymentIntent]) -> None:
        if not changed:
            return
        self._transaction.execute(
            _SAVE,
            [
                {"this_payment_id": one.payment_id, **{f"new_{name}": getattr(one, name) for name in _CHANGING}}
                for one in changed
            ],
        )

    def find(self, payment_id: int) -> PaymentIntent | None:
        return self._one(_FIND, {"payment_id": payment_id})

    def find_request(self, terminal_id: int, request_id: str) -> PaymentIntent | None:
        return self._one(_FIND_REQUEST, {"terminal_id": terminal_id, "request_id": request_id})

    def history(self, payment_id: int) -> Sequence[PaymentEvent]:
        rows = self._transaction.execute(_HISTORY, {"payment_id": payment_id})
        return [
            PaymentEvent(
                **{**row._mapping, "kind": PaymentEventKind(row.kind), "state": PaymentState(row.state)},
            )
            for row in rows
        ]

    def unfinished(
        self,
        store_ids: Sequence[int] | None,
        *,
        opened_before: datetime,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[PaymentIntent]:
        statement = _UNFINISHED
        parameters: dict[str, Any] = {"at": opened_before, "limit": limit}
        if store_ids is not None:
            statement = statement.where(any_of(intents.c.store_id, "store_ids"))
            parameters["store_ids"] = store_ids
        if after is not None:
            statement = statement.where(
                tuple_(intents.c.opened_at, intents.c.payment_id)
                > tuple_(
                    bindparam("after_at", type_=intents.c.opened_at.type),
                    bindparam("after_id", type_=intents.c.payment_id.type),
                )
            )
            parameters |= {"after_at": after[0], "after_id": after[1]}
        return [_intent(row) for row in self._transaction.execute(statement, parameters)]

    def refunds_to_do(self, payment_ids: Collection[int]) -> Sequence[PaymentRefund]:
        rows = self._transaction.execute(_REFUNDS, {"payment_ids": sorted(payment_ids)})
        return [PaymentRefund(**row._mapping) for row in rows]

    def refund_done(self, refund_ids: Collection[int], *, at: datetime) -> None:
        self._transaction.execute(_REFUND_DONE, {"refund_ids": sorted(refund_ids), "at": at})

    def is_noticed(self, provider: str, event_id: str) -> bool:
        asked = {"provider": provider, "event_id": event_id}
        return self._transaction.execute(_NOTICED, asked).first() is not None

    def lock_unsettled(self, provider: str, store_id: int, currency: str, *, limit: int) -> Sequence[Unsettled]:
        asked = {"provider": provider, "store_id": store_id, "currency": currency, "limit": limit}
        return [
            Unsettled(row.payment_id, TenderKind(row.kind), PaymentState(row.state), row.unsettled_minor)
            for row in self._transaction.execute(_UNSETTLED, asked)
        ]

    def settle(self, payment_ids: Collection[int]) -> None:
        self._transaction.execute(_SETTLE, {"payment_ids": sorted(payment_ids)})

    def takings(self) -> Sequence[ProviderTakings]:
        return [
            ProviderTakings(row.provider, row.currency, row.payments, int(row.unsettled_minor))
            for row in self._transaction.execute(_TAKINGS)
        ]

    def _one(self, statement: Any, parameters: Mapping[str, Any]) -> PaymentIntent | None:
        row = self._transaction.execute(statement, parameters).one_or_none()
        return None if row is None else _intent(row)


def _intent(row: Row[Any]) -> PaymentIntent:
    return PaymentIntent(
        **{
            **row._mapping,
            "kind": TenderKind(row.kind),
            "state": PaymentState(row.state),
            "cancelling": bool(row.cancelling),
        }
    )
