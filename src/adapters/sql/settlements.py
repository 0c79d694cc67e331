"""Settlements between stores in SQL.

Entries that await one are found by when they were posted, through indexes that hold only entries of these kinds: what a
settlement costs is what has moved since the last one, however long the history is.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, exists, func, or_, select, text, tuple_

from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.finance import journal_entries
from adapters.sql.tables.identity import stores
from adapters.sql.tables.loyalty import CROSSING, points_entries, points_hold_ends, points_lots
from adapters.sql.tables.marketing import reward_redemptions
from adapters.sql.tables.sales import returns_elsewhere, sale_tenders, sales
from adapters.sql.tables.settlement import settlement_movements as movements
from adapters.sql.tables.settlement import settlement_pairs as pairs
from adapters.sql.tables.settlement import settlements
from adapters.sql.tables.settlement import stored_value_paid_in as paid_in
from adapters.sql.tables.wallet import PAYING as CARDS_PAYING
from adapters.sql.tables.wallet import USED as CARDS_USED
from adapters.sql.tables.wallet import gift_card_entries, stored_value_entries, times_card_entries, times_cards
from adapters.sql.transaction import Transaction
from application.ports import settlement as ports
from application.ports.settlement import PairKey, Window
from domain.finance.paid_in import PaidIn, PaidInLedger, ValueEntry, ValueMove
from domain.finance.settlement import (
    PointsUse,
    Settlement,
    SettlementBasis,
    SettlementKind,
    SettlementMovement,
    SettlementPair,
)
from domain.loyalty.ledger import PointsReason
from domain.sales.sale import TenderKind
from domain.wallet.gift_card import GiftCardReason
from domain.wallet.stored_value import StoredValueReason

_MOVES: Final = {
    StoredValueReason.TOPPED_UP: ValueMove.PAID_IN,
    StoredValueReason.RETURNED: ValueMove.PAID_IN,
    StoredValueReason.SPENT: ValueMove.SPENT,
    StoredValueReason.SPEND_REVERSED: ValueMove.RETURNED,
    StoredValueReason.TRANSFERRED_OUT: ValueMove.HANDED_OUT,
    StoredValueReason.TRANSFERRED_IN: ValueMove.HANDED_IN,
    StoredValueReason.MERGED_OUT: ValueMove.HANDED_OUT,
    StoredValueReason.MERGED_IN: ValueMove.HANDED_IN,
    StoredValueReason.CLOSED: ValueMove.PAID_OUT,
}


def _reasons(*moves: ValueMove) -> list[str]:
    return [reason.value for reason, move in _MOVES.items() if move in moves]


_LAST: Final = select(settlements).order_by(settlements.c.to_date.desc()).limit(1)
_OF_PERIOD: Final = select(settlements).where(
    settlements.c.to_date == bindparam("to_date", type_=settlements.c.to_date.type)
)
_BY_ID: Final = select(settlements).where(
    settlements.c.settlement_id == bindparam("settlement_id", type_=settlements.c.settlement_id.type)
)


def _within(table: Any) -> list[Any]:
    return [
        table.c.posted_at >= bindparam("since", type_=table.c.posted_at.type),
        table.c.business_date <= bindparam("to_date", type_=table.c.business_date.type),
    ]


def _unsettled(kind: SettlementKind, entry_id: Any) -> Any:
    return ~exists().where(movements.c.kind == kind.value, movements.c.entry_id == entry_id)


_PAID: Final = (
    select(func.sum(sale_tenders.c.amount_minor))
    .where(sale_tenders.c.sale_id == points_entries.c.sale_id, sale_tenders.c.kind == TenderKind.POINTS.value)
    .scalar_subquery()
)
_PAYS: Final = points_entries.c.reason.in_(
    [PointsReason.REDEEMED.value, PointsReason.REDEEM_REVERSED.value, PointsReason.CAPTURED.value]
)
# What they have paid in a sale, what a reward has cost, or what is owed for captured ones. Every document that opens a
# lot has one journal entry, whose store it is that owes the points.
_POINTS: Final = (
    select(
        points_entries.c.entry_id,
        points_entries.c.sale_id.label("document_id"),
        points_entries.c.store_id,
        journal_entries.c.store_id.label("issuer_id"),
        stores.c.currency,
        points_entries.c.points,
        points_entries.c.value_minor.label("carrying_minor"),
        _PAYS.label("pays"),
        func.coalesce(_PAID, reward_redemptions.c.cost_minor, points_hold_ends.c.paid_minor).label("paid_minor"),
    )
    .join_from(points_entries, stores, stores.c.store_id == points_entries.c.store_id)
    .outerjoin(reward_redemptions, reward_redemptions.c.redemption_id == points_entries.c.sale_id)
    .outerjoin(points_hold_ends, points_hold_ends.c.end_id == points_entries.c.sale_id)
    .join(points_lots, points_lots.c.lot_id == points_entries.c.lot_id)
    .join(journal_entries, journal_entries.c.document_id == points_lots.c.sale_id)
    .where(
        text(f"points_entries.{CROSSING}"),
        or_(_PAYS, and_(journal_entries.c.store_id != points_entries.c.store_id, points_entries.c.value_minor != 0)),
        *_within(points_entries),
        _unsettled(SettlementKind.POINTS, points_entries.c.entry_id),
    )
    .order_by(points_entries.c.entry_id)
)

_SOLD: Final = gift_card_entries.alias("sold")
_CARDS: Final = (
    select(
        gift_card_entries.c.entry_id,
        _SOLD.c.store_id.label("issuer_id"),
        gift_card_entries.c.document_id,
        gift_card_entries.c.store_id.label("redeemer_id"),
        gift_card_entries.c.currency,
        (-gift_card_entries.c.amount_minor).label("amount_minor"),
    )
    .join_from(gift_card_entries, _SOLD, _SOLD.c.card_id == gift_card_entries.c.card_id)
    .where(
        text(f"gift_card_entries.{CARDS_PAYING}"),
        _SOLD.c.reason == GiftCardReason.SOLD.value,
        _SOLD.c.store_id != gift_card_entries.c.store_id,
        *_within(gift_card_entries),
        _unsettled(SettlementKind.GIFT_CARD, gift_card_entries.c.entry_id),
    )
    .order_by(gift_card_entries.c.entry_id)
)

_USES: Final = (
    select(
        times_card_entries.c.entry_id,
        times_cards.c.store_id.label("issuer_id"),
        times_card_entries.c.document_id,
        times_card_entries.c.store_id.label("redeemer_id"),
        times_card_entries.c.currency,
        (-times_card_entries.c.value_minor).label("amount_minor"),
    )
    .join_from(times_card_entries, times_cards, times_cards.c.card_id == times_card_entries.c.card_id)
    .where(
        text(f"times_card_entries.{CARDS_USED}"),
        times_cards.c.store_id != times_card_entries.c.store_id,
        *_within(times_card_entries),
        _unsettled(SettlementKind.TIMES_CARD, times_card_entries.c.entry_id),
    )
    .order_by(times_card_entries.c.entry_id)
)

_RETURNS: Final = (
    select(
        returns_elsewhere.c.sale_id.label("entry_id"),
        returns_elsewhere.c.selling_store_id.label("issuer_id"),
        sales.c.original_sale_id.label("document_id"),
        returns_elsewhere.c.store_id.label("redeemer_id"),
        sales.c.currency,
        returns_elsewhere.c.owed_minor.label("amount_minor"),
        returns_elsewhere.c.revenue_minor,
        returns_elsewhere.c.tax_minor,
        returns_elsewhere.c.cost_minor,
    )
    .join_from(returns_elsewhere, sales, sales.c.sale_id == returns_elsewhere.c.sale_id)
    .where(*_within(returns_elsewhere), _unsettled(SettlementKind.RETURN, returns_elsewhere.c.sale_id))
    .order_by(returns_elsewhere.c.sale_id)
)

_VALUE: Final = select(
    stored_value_entries.c.entry_id,
    stored_value_entries.c.member_id,
    stored_value_entries.c.currency,
    stored_value_entries.c.reason,
    stored_value_entries.c.principal_minor,
    stored_value_entries.c.bonus_minor,
    func.coalesce(sales.c.original_sale_id, stored_value_entries.c.document_id).label("document_id"),
    stored_value_entries.c.store_id,
    stored_value_entries.c.posted_at,
).outerjoin_from(stored_value_entries, sales, sales.c.sale_id == stored_value_entries.c.document_id)
_SETTLING_VALUE: Final = _VALUE.where(
    stored_value_entries.c.reason.in_(_reasons(ValueMove.SPENT, ValueMove.RETURNED, ValueMove.PAID_OUT)),
    *_within(stored_value_entries),
    _unsettled(SettlementKind.STORED_VALUE, stored_value_entries.c.entry_id),
)
_FOLLOWED: Final = exists().where(paid_in.c.entry_id == stored_value_entries.c.entry_id)
_BROUGHT: Final = _VALUE.where(
    stored_value_entries.c.reason.in_(_reasons(ValueMove.PAID_IN, ValueMove.HANDED_IN)),
    _within(stored_value_entries)[0],
    ~_FOLLOWED,
)
_HANDED_OUT: Final = _VALUE.where(
    stored_value_entries.c.reason.in_(_reasons(ValueMove.HANDED_OUT)),
    any_of(stored_value_entries.c.document_id, "document_ids"),
)

_LEFT: Final = select(paid_in).where(
    any_of(paid_in.c.member_id, "member_ids"), or_(paid_in.c.principal_minor > 0, paid_in.c.bonus_minor > 0)
)
_OF_SALES: Final = (
    select(movements)
    .where(any_of(movements.c.document_id, "document_ids"), movements.c.kind == SettlementKind.STORED_VALUE.value)
    .order_by(movements.c.entry_id, movements.c.issuer_id)
)
_PUT_PAID_IN: Final = upsert(paid_in)


def _either(*within: Any) -> Select[Any]:
    return (
        select(pairs)
        .where(
            pairs.c.settlement_id == bindparam("settlement_id", type_=pairs.c.settlement_id.type),
            tuple_(pairs.c.currency, pairs.c.debtor_id, pairs.c.creditor_id)
            > tuple_(
                bindparam("after_currency", type_=pairs.c.currency.type),
                bindparam("after_debtor", type_=pairs.c.debtor_id.type),
                bindparam("after_creditor", type_=pairs.c.creditor_id.type),
            ),
            *within,
        )
        .order_by(pairs.c.currency, pairs.c.debtor_id, pairs.c.creditor_id)
        .limit(bindparam("limit"))
    )


_PAIRS: Final = _either()
_PAIRS_OF_STORES: Final = _either(or_(any_of(pairs.c.debtor_id, "store_ids"), any_of(pairs.c.creditor_id, "store_ids")))


class Settlements(ports.Settlements):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def last(self) -> Settlement | None:
        return _settlement(self._transaction.execute(_LAST).one_or_none())

    def of_period(self, to_date: date) -> Settlement | None:
        return _settlement(self._transaction.execute(_OF_PERIOD, {"to_date": to_date}).one_or_none())

    def settlement(self, settlement_id: int) -> Settlement | None:
        return _settlement(self._transaction.execute(_BY_ID, {"settlement_id": settlement_id}).one_or_none())

    def points_uses(self, window: Window) -> Sequence[PointsUse]:
        # PostgreSQL sums integers to decimals.
        return [
            PointsUse(**{**row, "paid_minor": int(row["paid_minor"] or 0), "pays": bool(row["pays"])})
            for row in self._transaction.execute(_POINTS, _parameters(window)).mappings()
        ]

    def card_movements(self, window: Window, *, settlement_id: int) -> Sequence[SettlementMovement]:
        return [
            SettlementMovement(
                kind=kind, settlement_id=settlement_id, liability_minor=row["amount_minor"], bonus_minor=0, **row
            )
            for kind, statement in ((SettlementKind.GIFT_CARD, _CARDS), (SettlementKind.TIMES_CARD, _USES))
            for row in self._transaction.execute(statement, _parameters(window)).mappings()
        ]

    def returns(self, window: Window, *, settlement_id: int) -> Sequence[SettlementMovement]:
        return [
            SettlementMovement(
                kind=SettlementKind.RETURN, settlement_id=settlement_id, liability_minor=0, bonus_minor=0, **row
            )
            for row in self._transaction.execute(_RETURNS, _parameters(window)).mappings()
        ]

    def value_entries(self, window: Window) -> Sequence[ValueEntry]:
        execute = self._transaction.execute
        # In this order: what one statement finds spent, a later one finds paid in.
        settling = execute(_SETTLING_VALUE, _parameters(window)).all()
        brought = execute(_BROUGHT, {"since": window.since}).all()
        handed = sorted({row.document_id for row in brought if _MOVES[row.reason] is ValueMove.HANDED_IN})
        out = execute(_HANDED_OUT, {"document_ids": handed}).all() if handed else []
        entries = []
        for row in (*brought, *out, *settling):
            columns = dict(row._mapping)
            move = _MOVES[StoredValueReason(columns.pop("reason"))]
            entries.append(ValueEntry(move=move, **columns))
        return entries

    def paid_in(self, entries: Sequence[ValueEntry]) -> Sequence[PaidIn]:
        member_ids = sorted({entry.member_id for entry in entries})
        rows = self._transaction.execute(_LEFT, {"member_ids": member_ids})
        return [PaidIn(**row._mapping) for row in rows]

    def settled_sales(self, document_ids: Sequence[int]) -> Sequence[SettlementMovement]:
        rows = self._transaction.execute(_OF_SALES, {"document_ids": document_ids}).mappings()
        return [SettlementMovement(**{**row, "kind": SettlementKind(row["kind"])}) for row in rows]

    def record_paid_in(self, ledger: PaidInLedger) -> None:
        changed = [ledger.changed[key] for key in sorted(ledger.changed)]
        if changed:
            self._transaction.execute(_PUT_PAID_IN, [{n: getattr(one, n) for n in PaidIn.__slots__} for one in changed])

    def pairs(
        self, settlement_id: int, *, store_ids: Sequence[int] | None, after: PairKey | None, limit: int
    ) -> Sequence[SettlementPair]:
        currency, debtor, creditor = after or ("", 0, 0)
        parameters: dict[str, Any] = {
            "settlement_id": settlement_id,
            "after_currency": currency,
            "after_debtor": debtor,
            "after_creditor": creditor,
            "limit": limit,
        }
        if store_ids is None:
            rows = self._transaction.execute(_PAIRS, parameters).mappings()
        else:
            rows = self._transaction.execute(_PAIRS_OF_STORES, {**parameters, "store_ids": store_ids}).mappings()
        return [SettlementPair(**{**row, "basis": SettlementBasis(row["basis"])}) for row in rows]


def _parameters(window: Window) -> dict[str, Any]:
    return {"since": window.since, "to_date": window.to_date}


def _settlement(row: Row[Any] | None) -> Settlement | None:
    return None if row is None else Settlement(**row._mapping)
