"""Asks the database whether the invariants hold; what they are in SQL stands in invariants.py."""

from functools import cache
from typing import Any, Final

from sqlalchemy import Row, TextClause, bindparam, text

from adapters.sql import (
    approval_invariants,
    assembly_invariants,
    care_invariants,
    count_invariants,
    follow_up_invariants,
    goods_receipt_invariants,
    invariants,
    layer_invariants,
    lifecycle_invariants,
    order_invariants,
    parking_invariants,
    purchase_invariants,
    replenishment_invariants,
    reservation_invariants,
    returned_goods_invariants,
    serial_invariants,
    shipment_invariants,
    staff_purchase_invariants,
    stock_alert_invariants,
    stock_invariants,
    supplier_invariants,
    tier_invariants,
    tip_invariants,
    transfer_invariants,
    voucher_invariants,
)
from adapters.sql.comparison import Comparison
from adapters.sql.credit_invariants import CREDIT_COMPARISONS
from adapters.sql.exchange_invariants import EXCHANGE_COMPARISONS
from adapters.sql.marketing_invariants import MARKETING_COMPARISONS
from adapters.sql.member_invariants import MEMBER_COMPARISONS
from adapters.sql.membership_invariants import MEMBERSHIP_COMPARISONS
from adapters.sql.payment_invariants import PAYMENT_COMPARISONS
from adapters.sql.points_quota_invariants import POINTS_QUOTA_COMPARISONS
from adapters.sql.promotion_invariants import PROMOTION_COMPARISONS
from adapters.sql.promotion_life_invariants import PROMOTION_LIFE_COMPARISONS
from adapters.sql.receipt_invariants import RECEIPT_COMPARISONS
from adapters.sql.settlement_invariants import SETTLEMENT_COMPARISONS
from adapters.sql.shift_invariants import SHIFT_COMPARISONS
from adapters.sql.transaction import Transaction
from adapters.sql.wallet_invariants import WALLET_COMPARISONS
from application.ports import check as ports
from application.ports.check import Examined

_COMPARISONS: Final = {
    **invariants.COMPARISONS,
    **PROMOTION_COMPARISONS,
    **PROMOTION_LIFE_COMPARISONS,
    **POINTS_QUOTA_COMPARISONS,
    **MARKETING_COMPARISONS,
    **WALLET_COMPARISONS,
    **SETTLEMENT_COMPARISONS,
    **CREDIT_COMPARISONS,
    **RECEIPT_COMPARISONS,
    **PAYMENT_COMPARISONS,
    **EXCHANGE_COMPARISONS,
    **SHIFT_COMPARISONS,
    **MEMBER_COMPARISONS,
    **MEMBERSHIP_COMPARISONS,
    **approval_invariants.COMPARISONS,
    **layer_invariants.COMPARISONS,
    **purchase_invariants.COMPARISONS,
    **goods_receipt_invariants.COMPARISONS,
    **count_invariants.COMPARISONS,
    **shipment_invariants.COMPARISONS,
    **supplier_invariants.COMPARISONS,
    **reservation_invariants.COMPARISONS,
    **stock_alert_invariants.COMPARISONS,
    **replenishment_invariants.COMPARISONS,
    **assembly_invariants.COMPARISONS,
    **tier_invariants.COMPARISONS,
    **care_invariants.COMPARISONS,
    **lifecycle_invariants.COMPARISONS,
    **follow_up_invariants.COMPARISONS,
    **order_invariants.COMPARISONS,
    **parking_invariants.COMPARISONS,
    **returned_goods_invariants.COMPARISONS,
    **serial_invariants.COMPARISONS,
    **voucher_invariants.COMPARISONS,
    **stock_invariants.COMPARISONS,
    **tip_invariants.COMPARISONS,
    **transfer_invariants.COMPARISONS,
    **staff_purchase_invariants.COMPARISONS,
}


class Checks(ports.Checks):
    """One statement per invariant passes once over the tables; one more only where something differs."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def examine(self, check_id: str, *, violations_max: int) -> Examined:
        execute, dialect = self._transaction.execute, self._transaction.dialect
        comparisons = _COMPARISONS[check_id]
        stores = {"stores": self._forbidding_stores()} if any(one.by_settings for one in comparisons) else {}
        checked = violated = 0
        violations: list[str] = []
        for counts in execute(_counts(check_id, dialect), stores).all():
            checked += counts.checked
            violated += counts.violated
            left = violations_max - len(violations)
            if counts.violated and left:
                comparison = comparisons[counts.place]
                parameters = stores if comparison.by_settings else {}
                rows = execute(_list(comparison, dialect), {**parameters, "violations_max": left})
                violations += [_violation(comparison, row) for row in rows]
        return Examined(checked, violated, violations)

    def _forbidding_stores(self) -> list[int]:
        """The stores whose settings allow negative stock neither online nor for uploads."""
        chain = self._transaction.chain
        return [
            store_id
            for store_id in chain.stores
            for policies in (chain.policies(store_id),)
            if policies.negative_stock == "forbid" and policies.negative_stock_upload == "forbid"
        ]


@cache
def _counts(check_id: str, dialect: str) -> TextClause:
    """Per comparison of an invariant, by its place: how many rows are compared, and how many of them differ."""
    comparisons = _COMPARISONS[check_id]
    counts = [
        f"SELECT {place} AS place, COUNT(*) AS checked, COUNT(CASE WHEN {_differs(comparison)} THEN 1 END) AS violated "
        f"FROM ({comparison.sql(dialect)}) AS compared"
        for place, comparison in enumerate(comparisons)
    ]
    by_settings = any(one.by_settings for one in comparisons)
    return _bound(" UNION ALL ".join(counts) + " ORDER BY place", by_settings=by_settings)


def _list(comparison: Comparison, dialect: str) -> TextClause:
    """The first rows that differ, in the order of their keys."""
    return _bound(
        f"SELECT * FROM ({comparison.sql(dialect)}) AS compared WHERE {_differs(comparison)} "
        f"ORDER BY {', '.join(comparison.key)} LIMIT :violations_max",
        by_settings=comparison.by_settings,
    )


def _bound(sql: str, *, by_settings: bool) -> TextClause:
    statement = text(sql)
    return statement.bindparams(bindparam("stores", expanding=True)) if by_settings else statement


def _differs(comparison: Comparison) -> str:
    # What is null was not there to be compared, which is a difference too.
    return " OR ".join(f"({pair.found} {pair.relation} {pair.expected}) IS NOT TRUE" for pair in comparison.pairs)


def _violation(comparison: Comparison, row: Row[Any]) -> str:
    figures = row._mapping
    key = " ".join(f"{name}={figures[name]}" for name in comparison.key)
    differing = [
        f"{pair.found_name} {_shown(figures[pair.found])}, {pair.expected_name} {_shown(figures[pair.expected])}"
        for pair in comparison.pairs
        if not _holds(figures[pair.found], pair.relation, figures[pair.expected])
    ]
    return f"{comparison.table} {key}: {'; '.join(differing)}"


def _holds(found: Any, relation: str, expected: Any) -> bool:
    if found is None or expected is None:
        return False
    return bool(found == expected if relation == "=" else found <= expected)


def _shown(figure: Any) -> str:
    return "nothing" if figure is None else str(int(figure))
