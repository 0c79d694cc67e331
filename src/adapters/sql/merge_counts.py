"""What merged files did counts for their survivor, in SQL: one statement for each kind of count."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, Table, bindparam, case, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.sql.dml import Insert, Update

from adapters.sql.statements import any_of
from adapters.sql.tables.coupons import coupon_allowances
from adapters.sql.tables.marketing import draw_member_days, draw_members
from adapters.sql.tables.membership import member_merges
from adapters.sql.tables.pricing import promotion_counters
from adapters.sql.tables.tiers import benefit_counts
from adapters.sql.transaction import Transaction
from application.ports import merge_counts as ports
from domain.pricing.promotion_use import PromotionUse, Subject

_COUNTED: Final[dict[Table, Sequence[str]]] = {
    promotion_counters: ("uses", "discount_minor"),
    coupon_allowances: ("claims", "uses"),
    benefit_counts: ("used",),
    draw_members: ("granted", "used"),
    draw_member_days: ("plays",),
}
"""What adds up of each table; all of them have a row for each member among the columns of their key."""
_MOST: Final = {"uses": "uses_max", "discount_minor": "discount_minor_max"}
"""The bounds that promotion counters keep beside what is used."""


def _add(table: Table, summed: Sequence[str]) -> Insert:
    """Adds the rows of `giver` to those of `taker`, which are made where there are none."""
    giver = table.alias("giver")
    names = [column.name for column in table.columns]
    taken = [_bound(table, "taker") if name == "member_id" else giver.c[name] for name in names]
    # The construct of this dialect compiles on SQLite too, to the same words.
    added = insert_or_leave(table).from_select(names, select(*taken).where(giver.c.member_id == _bound(table, "giver")))
    sums = {name: table.c[name] + added.excluded[name] for name in summed}
    # What both have used lawfully may be more than one may use: the row says so, and no further use is let in.
    bounds = {
        _MOST[name]: case((total > table.c[_MOST[name]], total), else_=table.c[_MOST[name]])
        for name, total in sums.items()
        if table is promotion_counters
    }
    keys = [column.name for column in table.primary_key]
    return added.on_conflict_do_update(index_elements=keys, set_={**sums, **bounds})


def _take(table: Table, summed: Sequence[str]) -> Update:
    giver = table.alias("giver")
    others = [column.name for column in table.primary_key if column.name != "member_id"]
    return (
        update(table)
        .where(
            table.c.member_id == _bound(table, "taker"),
            giver.c.member_id == _bound(table, "giver"),
            *[table.c[name] == giver.c[name] for name in others],
        )
        .values({name: table.c[name] - giver.c[name] for name in summed})
    )


def _bound(table: Table, name: str) -> Any:
    return bindparam(name, type_=table.c.member_id.type)


_ADD: Final = [_add(table, summed) for table, summed in _COUNTED.items()]
_TAKE: Final = [_take(table, summed) for table, summed in _COUNTED.items()]
_other: Final = promotion_counters.alias("other")


def _used(of: Any, name: str) -> list[Any]:
    return [
        of.c.subject == Subject.PROMOTION.value,
        of.c.member_id == _bound(promotion_counters, name),
        of.c.day == "",
        of.c.uses > 0,
    ]


_OF_BOTH: Final = (
    select(promotion_counters.c.code)
    .join_from(promotion_counters, _other, _other.c.code == promotion_counters.c.code)
    .where(*_used(promotion_counters, "member"), *_used(_other, "other"))
    .order_by(promotion_counters.c.code)
)
_HOLDING: Final = member_merges.c.undone_at.is_(None)
_up: Final = (
    select(member_merges.c.survivor_id, member_merges.c.merged_id)
    .where(member_merges.c.merged_id == bindparam("file", type_=member_merges.c.merged_id.type), _HOLDING)
    .cte("up", recursive=True)
)
LEADERS: Final = select(
    _up.union_all(
        select(member_merges.c.survivor_id, member_merges.c.merged_id)
        .join_from(member_merges, _up, _up.c.survivor_id == member_merges.c.merged_id)
        .where(_HOLDING)
    ).c.survivor_id
)
_day: Column[str] = promotion_counters.c.day
_GIVE_BACK: Final = (
    update(promotion_counters)
    .where(
        promotion_counters.c.subject == Subject.PROMOTION.value,
        any_of(promotion_counters.c.member_id, "leader_ids"),
        promotion_counters.c.code == bindparam("of_code"),
        _day.in_(["", bindparam("of_day", type_=_day.type)]),
    )
    .values(
        uses=promotion_counters.c.uses + bindparam("by_uses", type_=promotion_counters.c.uses.type),
        discount_minor=promotion_counters.c.discount_minor
        + bindparam("by_discount", type_=promotion_counters.c.discount_minor.type),
    )
)
_GIVE_COUPONS_BACK: Final = (
    update(coupon_allowances)
    .where(
        coupon_allowances.c.batch_id == bindparam("of_batch", type_=coupon_allowances.c.batch_id.type),
        any_of(coupon_allowances.c.member_id, "leader_ids"),
    )
    .values(uses=coupon_allowances.c.uses - bindparam("by_uses", type_=coupon_allowances.c.uses.type))
)


class MergeCounts(ports.MergeCounts):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add_up(self, giver_id: int, taker_id: int) -> None:
        for statement in _ADD:
            self._transaction.execute(statement, {"giver": giver_id, "taker": taker_id})

    def take_apart(self, giver_id: int, taker_id: int) -> None:
        for statement in _TAKE:
            self._transaction.execute(statement, {"giver": giver_id, "taker": taker_id})

    def promotions_of_both(self, member_id: int, other_id: int) -> Sequence[str]:
        return self._transaction.execute(_OF_BOTH, {"member": member_id, "other": other_id}).scalars().all()

    def leaders(self, file_id: int) -> Sequence[int]:
        return self._transaction.execute(LEADERS, {"file": file_id}).scalars().all()

    def give_uses_back(self, leader_ids: Collection[int], uses: Sequence[PromotionUse]) -> None:
        moved = [
            {
                "leader_ids": sorted(leader_ids),
                "of_code": use.promotion_code,
                "of_day": use.business_date.isoformat(),
                "by_uses": use.uses,
                "by_discount": use.discount_minor,
            }
            for use in uses
        ]
        if moved:
            self._transaction.execute(_GIVE_BACK, moved)

    def give_coupons_back(self, leader_ids: Collection[int], batches: Mapping[int, int]) -> None:
        moved = [
            {"leader_ids": sorted(leader_ids), "of_batch": batch_id, "by_uses": uses}
            for batch_id, uses in sorted(batches.items())
        ]
        if moved:
            self._transaction.execute(_GIVE_COUPONS_BACK, moved)
