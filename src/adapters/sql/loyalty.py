"""The points ledger in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from adapters.sql.reading import NEWEST, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.finance import journal_entries
from adapters.sql.tables.identity import stores
from adapters.sql.tables.loyalty import (
    LAPSED,
    points_accounts,
    points_adjustments,
    points_entries,
    points_lots,
    points_notices,
    points_pool_spendings,
)
from adapters.sql.tables.membership import members
from adapters.sql.tables.settlement import settlement_documents
from adapters.sql.transaction import Transaction
from application.loyalty.views import PointsEntryView, PointsFigures, PointsLiability
from application.ports import loyalty
from application.ports.kernel import Contention
from application.ports.loyalty import (
    ExpiredLots,
    ExpiringPoints,
    ExpiryKey,
    LockedPoints,
    Noticed,
    OpenLots,
    PointsByExpiry,
    StatementKey,
    Until,
)
from application.ports.membership import MemberAccount
from application.ports.selection import Selection
from domain.loyalty.expiry import IssuedLot, Lapsed
from domain.loyalty.ledger import PointsAdjustment, PointsEntry, PointsLot, PointsReason
from domain.loyalty.reminding import Notice

_OF_MEMBER: Final = bindparam("member_id", type_=members.c.member_id.type)

_ACCOUNT: Final = (
    select(
        members.c.member_id,
        members.c.member_number,
        members.c.tier,
        points_accounts.c.points_balance,
        points_accounts.c.visits,
        points_accounts.c.points_debt,
        members.c.segments,
    )
    .join_from(points_accounts, members, members.c.member_id == points_accounts.c.member_id)
    .where(points_accounts.c.member_id == _OF_MEMBER)
    .with_for_update(of=points_accounts)
)
# In the words of the indexes: a parameter instead of the number would keep a prepared statement from using them.
_OPEN: Final = points_lots.c.points > literal_column("0")
_OWED: Final = points_lots.c.points < literal_column("0")
_OPEN_LOTS: Final = select(points_lots).where(points_lots.c.member_id == _OF_MEMBER, _OPEN)
_HELD_FROM: Final = select(points_lots.c.held_from).where(
    any_of(points_lots.c.lot_id, "used_lot_ids"), points_lots.c.held_from.is_not(None)
)
_LOTS: Final = union(
    _OPEN_LOTS,
    select(points_lots).where(points_lots.c.member_id == _OF_MEMBER, _OWED),
    select(points_lots).where(any_of(points_lots.c.lot_id, "used_lot_ids")),
    select(points_lots).where(points_lots.c.lot_id.in_(_HELD_FROM)),
    select(points_lots).where(points_lots.c.sale_id == bindparam("of_sale", type_=points_lots.c.sale_id.type)),
)
# A merge leaves empty lots behind. They are the survivor's too: nobody else can have the merged file's account.
_LEFT_BEHIND: Final = select(members.c.member_id).where(
    members.c.merged_into == _OF_MEMBER, any_of(members.c.member_id, "holder_ids")
)
_FOLLOW: Final = update(points_lots).where(any_of(points_lots.c.lot_id, "lot_ids")).values(member_id=_OF_MEMBER)
_LAPSED: Final = (
    select(
        points_entries.c.lot_id,
        (-func.sum(points_entries.c.points)).label("points"),
        (-func.sum(points_entries.c.value_minor)).label("value_minor"),
    )
    .where(any_of(points_entries.c.lot_id, "used_lot_ids"), text(LAPSED))
    .group_by(points_entries.c.lot_id)
)
_DEBTS: Final = select(points_lots).where(any_of(points_lots.c.member_id, "member_ids"), _OWED)
_END: Final = bindparam("on_date", type_=points_lots.c.expires_on.type)
_END_LOTS: Final = (
    update(points_lots)
    .where(
        points_lots.c.member_id == bindparam("of_member", type_=points_lots.c.member_id.type),
        _OPEN,
        or_(points_lots.c.expires_on.is_(None), points_lots.c.expires_on > _END),
    )
    .values(expires_on=_END)
)
_BY: Final = bindparam("by", type_=points_lots.c.expires_on.type)
_NOT_HELD: Final = or_(
    points_lots.c.held_until.is_(None),
    points_lots.c.held_until <= bindparam("at", type_=points_lots.c.held_until.type),
)
_EXPIRED: Final = (
    select(points_lots.c.expires_on, points_lots.c.member_id, points_lots.c.lot_id)
    .where(_OPEN, points_lots.c.expires_on <= _BY, _NOT_HELD)
    .order_by(points_lots.c.expires_on, points_lots.c.member_id)
    .limit(bindparam("limit"))
)
# What a run has been through is empty, so beginning at its last lot again misses none and finds none twice.
_EXPIRED_FROM: Final = _EXPIRED.where(
    tuple_(points_lots.c.expires_on, points_lots.c.member_id)
    >= tuple_(
        bindparam("from_date", type_=points_lots.c.expires_on.type),
        bindparam("from_member", type_=points_lots.c.member_id.type),
    )
)
# As sales lock them: nothing but accounts, in the order of members' ids.
_LOCK_ACCOUNTS: Final = (
    select(points_accounts.c.member_id)
    .where(any_of(points_accounts.c.member_id, "member_ids"))
    .order_by(points_accounts.c.member_id)
    .with_for_update(key_share=True)
)
# After the lock, by a statement of its own: it sees what a sale has spent meanwhile. Every document that opens a lot
# has one journal entry, whose store it is that owes the points.
_LOCKED_LOTS: Final = (
    select(points_lots, journal_entries.c.store_id)
    .outerjoin(journal_entries, journal_entries.c.document_id == points_lots.c.sale_id)
    .where(any_of(points_lots.c.lot_id, "lot_ids"), _OPEN, _NOT_HELD)
    .order_by(points_lots.c.lot_id)
)
_NOTICES_DONE: Final = select(points_notices.c.expires_on, points_notices.c.days).where(
    points_notices.c.done, points_notices.c.expires_on > bindparam("after", type_=points_notices.c.expires_on.type)
)
# The construct of this dialect compiles on SQLite too, to the same words.
_BEGIN_NOTICE: Final = insert(points_notices).on_conflict_do_nothing()
_LOCK_NOTICE: Final = (
    select(points_notices.c.member_id, points_notices.c.members, points_notices.c.done)
    .where(
        points_notices.c.expires_on == bindparam("expires_on", type_=points_notices.c.expires_on.type),
        points_notices.c.days == bindparam("days"),
    )
    .with_for_update()
)
_EXPIRING: Final = (
    select(points_lots.c.member_id, func.sum(points_lots.c.points).label("points"))
    .where(
        _OPEN,
        points_lots.c.expires_on == bindparam("expires_on", type_=points_lots.c.expires_on.type),
        points_lots.c.member_id > _OF_MEMBER,
    )
    .group_by(points_lots.c.member_id)
    .order_by(points_lots.c.member_id)
    .limit(bindparam("limit"))
)
_MOVE_NOTICE: Final = (
    update(points_notices)
    .where(
        points_notices.c.expires_on == bindparam("of_date", type_=points_notices.c.expires_on.type),
        points_notices.c.days == bindparam("of_days"),
    )
    .values(member_id=bindparam("member_id"), members=bindparam("members"), done=bindparam("done"))
)
_KIND: Final = (points_lots.c.expires_on, points_lots.c.free_on, points_lots.c.held_until)
_STANDING: Final = union_all(
    *[
        select(*_KIND, points_lots.c.points).where(points_lots.c.member_id == _OF_MEMBER, standing)
        for standing in (_OPEN, _OWED)
    ]
).subquery()
_OPEN_BY_EXPIRY: Final = select(
    *[_STANDING.c[column.name] for column in _KIND],
    func.sum(_STANDING.c.points).label("points"),
    func.sum(case((_STANDING.c.points < 0, -_STANDING.c.points), else_=0)).label("owed"),
).group_by(*[_STANDING.c[column.name] for column in _KIND])
_OF_DEBT: Final = or_(
    points_entries.c.reason == PointsReason.OWED.value,
    and_(points_entries.c.reason == PointsReason.REPAID.value, points_entries.c.points > 0),
)
_MOVED_BY_EXPIRY: Final = (
    select(
        *_KIND,
        func.sum(points_entries.c.points).label("points"),
        func.sum(case((_OF_DEBT, -points_entries.c.points), else_=0)).label("owed"),
    )
    .join_from(points_entries, points_lots, points_lots.c.lot_id == points_entries.c.lot_id)
    .where(
        points_entries.c.member_id == _OF_MEMBER,
        points_entries.c.posted_at <= bindparam("until_at", type_=points_entries.c.posted_at.type),
        points_entries.c.business_date <= bindparam("until_on", type_=points_entries.c.business_date.type),
    )
    .group_by(*_KIND)
)
_STATEMENT: Final = (
    select(
        points_entries,
        points_lots.c.expires_on,
        points_lots.c.free_on,
        stores.c.code.label("store_code"),
        members.c.member_number.label("spent_by"),
    )
    .outerjoin(points_lots, points_lots.c.lot_id == points_entries.c.lot_id)
    .outerjoin(stores, stores.c.store_id == points_entries.c.store_id)
    .outerjoin(
        points_pool_spendings,
        and_(
            points_pool_spendings.c.sale_id == points_entries.c.sale_id,
            points_pool_spendings.c.member_id == points_entries.c.member_id,
            points_entries.c.reason.in_([PointsReason.REDEEMED.value, PointsReason.REDEEM_REVERSED.value]),
        ),
    )
    .outerjoin(members, members.c.member_id == points_pool_spendings.c.spender_id)
    .where(
        points_entries.c.member_id == _OF_MEMBER,
        tuple_(points_entries.c.posted_at, points_entries.c.entry_id)
        < tuple_(
            bindparam("before_at", type_=points_entries.c.posted_at.type),
            bindparam("before_id", type_=points_entries.c.entry_id.type),
        ),
        points_entries.c.business_date <= bindparam("until_on", type_=points_entries.c.business_date.type),
    )
    .order_by(points_entries.c.posted_at.desc(), points_entries.c.entry_id.desc())
    .limit(bindparam("limit"))
)
_EARNING: Final = points_entries.c.reason.in_(
    [
        PointsReason.EARNED.value,
        PointsReason.EARN_REVERSED.value,
        PointsReason.AWARDED.value,
        PointsReason.OWED.value,
        PointsReason.REPAID.value,
        PointsReason.REPAY_REVERSED.value,
    ]
)

_REDEEMING: Final = points_entries.c.reason.in_(
    [PointsReason.REDEEMED.value, PointsReason.REDEEM_REVERSED.value, PointsReason.CAPTURED.value]
)
_ADJUSTING: Final = points_entries.c.reason == PointsReason.ADJUSTED.value
_LAPSING: Final = points_entries.c.reason.in_([PointsReason.EXPIRED.value, PointsReason.EXPIRY_REVERSED.value])


def _liability(*within: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            stores.c.code,
            stores.c.currency,
            func.sum(case((_EARNING, points_entries.c.points), else_=0)).label("issued"),
            func.sum(case((_REDEEMING, -points_entries.c.points), else_=0)).label("redeemed"),
            func.sum(case((_LAPSING, -points_entries.c.points), else_=0)).label("expired"),
            func.sum(case((_ADJUSTING, points_entries.c.points), else_=0)).label("adjusted"),
            func.sum(points_entries.c.value_minor).label("value_minor"),
        )
        .join_from(points_entries, stores, stores.c.store_id == points_entries.c.store_id)
        .where(*within)
        .group_by(stores.c.code, stores.c.currency)
        .order_by(stores.c.code)
    )


_FROM: Final = points_entries.c.business_date >= bindparam("from_date", type_=points_entries.c.business_date.type)
_ISSUING: Final = points_entries.c.reason.in_([PointsReason.EARNED.value, PointsReason.AWARDED.value])
_REVERSING: Final = points_entries.c.reason.in_(
    [
        PointsReason.EARN_REVERSED.value,
        PointsReason.REDEEM_REVERSED.value,
        PointsReason.OWED.value,
        PointsReason.REPAID.value,
        PointsReason.REPAY_REVERSED.value,
    ]
)
_SPENDING: Final = points_entries.c.reason.in_([PointsReason.REDEEMED.value, PointsReason.CAPTURED.value])


_SETTLED_IN: Final = settlement_documents.c.business_date >= bindparam(
    "from_date", type_=settlement_documents.c.business_date.type
)
_SETTLED: Final = (
    select(
        settlement_documents.c.store_id,
        settlement_documents.c.currency,
        func.sum(case((_SETTLED_IN, 0), else_=settlement_documents.c.points_minor)).label("before"),
        func.sum(case((_SETTLED_IN, settlement_documents.c.points_minor), else_=0)).label("within"),
    )
    .where(
        settlement_documents.c.business_date <= bindparam("to_date", type_=settlement_documents.c.business_date.type)
    )
    .group_by(settlement_documents.c.store_id, settlement_documents.c.currency)
    .subquery("settled")
)


def _figures(*within: ColumnElement[bool]) -> Select[Any]:
    """One pass over the entries of the stores up to the last date, and one over what they have settled."""
    before, settled = func.coalesce(_SETTLED.c.before, 0), func.coalesce(_SETTLED.c.within, 0)
    sums: list[ColumnElement[int]] = []
    for column, unit in ((points_entries.c.points, "points"), (points_entries.c.value_minor, "minor")):
        sums += [
            func.sum(case((_FROM, 0), else_=column)).label(f"opening_{unit}"),
            func.sum(case((and_(_FROM, _ISSUING), column), else_=0)).label(f"issued_{unit}"),
            func.sum(case((and_(_FROM, _SPENDING), -column), else_=0)).label(f"redeemed_{unit}"),
            func.sum(case((and_(_FROM, _LAPSING), -column), else_=0)).label(f"expired_{unit}"),
            func.sum(case((and_(_FROM, _REVERSING), column), else_=0)).label(f"reversed_{unit}"),
            func.sum(column).label("outstanding_points" if unit == "points" else "liability_minor"),
            func.sum(case((and_(_FROM, _ADJUSTING), column), else_=0)).label(f"adjusted_{unit}"),
        ]
    return (
        select(
            stores.c.code.label("store_code"),
            stores.c.currency,
            *sums,
            before.label("settled_before"),
            settled.label("settled_minor"),
        )
        .join_from(points_entries, stores, stores.c.store_id == points_entries.c.store_id)
        .outerjoin(
            _SETTLED,
            and_(_SETTLED.c.store_id == stores.c.store_id, _SETTLED.c.currency == stores.c.currency),
        )
        .where(
            points_entries.c.business_date <= bindparam("to_date", type_=points_entries.c.business_date.type), *within
        )
        .group_by(stores.c.code, stores.c.currency, _SETTLED.c.before, _SETTLED.c.within)
        .order_by(stores.c.code)
    )


_TEXTS: Final = frozenset({"store_code", "currency"})
_FIGURES: Final = Scoped(_figures, points_entries.c.store_id)
_ADJUSTMENT: Final = select(points_adjustments).where(
    points_adjustments.c.adjustment_id == bindparam("adjustment_id", type_=points_adjustments.c.adjustment_id.type)
)
_REVERSAL: Final = select(points_adjustments.c.adjustment_id).where(
    points_adjustments.c.reverses_id == bindparam("adjustment_id", type_=points_adjustments.c.reverses_id.type),
    points_adjustments.c.reverses_id != literal_column("0"),
)
# All entries of an adjustment were posted at its moment, and a statement finds them by that.
_ADJUSTMENT_ENTRIES: Final = (
    select(points_entries)
    .where(
        points_entries.c.member_id == _OF_MEMBER,
        points_entries.c.posted_at == bindparam("posted_at", type_=points_entries.c.posted_at.type),
        points_entries.c.sale_id == bindparam("adjustment_id", type_=points_entries.c.sale_id.type),
        points_entries.c.reason == PointsReason.ADJUSTED.value,
    )
    .order_by(points_entries.c.entry_id)
)
_LIABILITY: Final = Scoped(_liability, points_entries.c.store_id)
_BY_THEN: Final = points_entries.c.business_date <= bindparam("until_on", type_=points_entries.c.business_date.type)
_NOT_EMPTY: Final = (
    select(points_entries.c.lot_id)
    .where(_BY_THEN)
    .group_by(points_entries.c.lot_id)
    .having(func.sum(points_entries.c.points) != 0)
    .subquery()
)
_HELD_THEN: Final = (
    select(
        stores.c.currency,
        func.count(points_entries.c.lot_id.distinct()).label("lots"),
        func.sum(points_entries.c.points).label("points"),
        func.sum(points_entries.c.value_minor).label("value_minor"),
    )
    .join_from(points_entries, _NOT_EMPTY, _NOT_EMPTY.c.lot_id == points_entries.c.lot_id)
    .join(stores, stores.c.store_id == points_entries.c.store_id)
    .where(_BY_THEN)
    .group_by(stores.c.currency)
    .order_by(stores.c.currency)
)


class Points(loyalty.Points):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(
        self, member_id: int, *, used_lot_ids: Sequence[int] = (), of_sale_id: int = 0, follow: bool = True
    ) -> LockedPoints:
        account = self._transaction.execute(_ACCOUNT, {"member_id": member_id}).one_or_none()
        if account is None:
            raise Contention("the member was merged meanwhile")
        asked = {"member_id": member_id, "used_lot_ids": used_lot_ids, "of_sale": of_sale_id}
        found = [PointsLot(**lot._mapping) for lot in self._transaction.execute(_LOTS, asked)]
        lots = self._own(member_id, found, following=None if follow else of_sale_id)
        # A union has no order, and which lot gives first must not depend on the engine.
        lots.sort(key=lambda lot: lot.lot_id)
        return LockedPoints(
            MemberAccount(**{**account._mapping, "segments": tuple(account.segments)}),
            lots,
            self._lapsed({*used_lot_ids, *[lot.lot_id for lot in lots if lot.sale_id == of_sale_id]}),
        )

    def follow(self, lot: PointsLot, member_id: int) -> None:
        self._transaction.execute(_FOLLOW, {"member_id": member_id, "lot_ids": [lot.lot_id]})
        lot.member_id = member_id

    def _own(self, member_id: int, lots: list[PointsLot], *, following: int | None) -> list[PointsLot]:
        """Lots of the member and those that files merged into theirs left behind; those of others go.

        What was left behind becomes theirs: all of it, or only the lots of the sale that `following` names.
        """
        others = {lot.member_id for lot in lots} - {member_id}
        if not others:
            return lots
        left = self._transaction.execute(_LEFT_BEHIND, {"member_id": member_id, "holder_ids": list(others)})
        files = set(left.scalars())
        theirs = [lot for lot in lots if lot.member_id == member_id or lot.member_id in files]
        coming = [lot for lot in theirs if lot.member_id != member_id and following in (None, lot.sale_id)]
        if coming:
            self._transaction.execute(_FOLLOW, {"member_id": member_id, "lot_ids": [lot.lot_id for lot in coming]})
        for lot in coming:
            lot.member_id = member_id
        return theirs

    def debts(self, member_ids: Collection[int]) -> Mapping[int, list[PointsLot]]:
        found: dict[int, list[PointsLot]] = {}
        for row in self._transaction.execute(_DEBTS, {"member_ids": sorted(member_ids)}):
            found.setdefault(row.member_id, []).append(PointsLot(**row._mapping))
        return found

    def end_lots(self, member_id: int, *, on: date) -> None:
        self._transaction.execute(_END_LOTS, {"of_member": member_id, "on_date": on})

    def lock_expired(self, *, by: date, at: datetime, start: ExpiryKey | None, limit: int) -> ExpiredLots:
        parameters: dict[str, Any] = {"by": by, "at": at, "limit": limit}
        if start is None:
            found = self._transaction.execute(_EXPIRED, parameters).all()
        else:
            from_date, from_member = start
            parameters |= {"from_date": from_date, "from_member": from_member}
            found = self._transaction.execute(_EXPIRED_FROM, parameters).all()
        if not found:
            return ExpiredLots([], None)
        locked = {lot.member_id for lot in found}
        self._transaction.execute(_LOCK_ACCOUNTS, {"member_ids": sorted(locked)})
        rows = self._transaction.execute(_LOCKED_LOTS, {"lot_ids": [lot.lot_id for lot in found], "at": at})
        last = found[-1]
        following = (last.expires_on, last.member_id) if len(found) == limit else None
        # One that a merge has moved meanwhile to a member who is not locked is left to the next run.
        return ExpiredLots([_issued(row._mapping) for row in rows if row.member_id in locked], following)

    def notices_done(self, *, after: date) -> Collection[Notice]:
        return {Notice(row.expires_on, row.days) for row in self._transaction.execute(_NOTICES_DONE, {"after": after})}

    def notice(self, notice: Notice, *, limit: int) -> Noticed:
        execute = self._transaction.execute
        key = {"expires_on": notice.expires_on, "days": notice.days}
        # What is to be locked must be there.
        execute(_BEGIN_NOTICE, {**key, "member_id": 0, "members": 0, "done": False})
        standing = execute(_LOCK_NOTICE, key).one()
        if standing.done:
            return Noticed([], done=True)
        asked = {"expires_on": notice.expires_on, "member_id": standing.member_id, "limit": limit}
        found = [ExpiringPoints(row.member_id, int(row.points)) for row in execute(_EXPIRING, asked)]
        done = len(found) < limit
        execute(
            _MOVE_NOTICE,
            {
                "of_date": notice.expires_on,
                "of_days": notice.days,
                "member_id": found[-1].member_id if found else standing.member_id,
                "members": standing.members + len(found),
                "done": done,
            },
        )
        return Noticed(found, done)

    def by_expiry(self, member_id: int, *, until: Until | None) -> Sequence[PointsByExpiry]:
        if until is None:
            rows = self._transaction.execute(_OPEN_BY_EXPIRY, {"member_id": member_id})
        else:
            asked = {"member_id": member_id, "until_at": until.at, "until_on": until.on}
            rows = self._transaction.execute(_MOVED_BY_EXPIRY, asked)
        return [
            PointsByExpiry(row.expires_on, row.free_on, row.held_until, int(row.points), int(row.owed)) for row in rows
        ]

    def statement(
        self, member_id: int, *, until: Until | None, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, PointsEntryView]]:
        before_at, before_id = NEWEST if until is None else (until.at, NEWEST[1])
        if after is not None:
            before_at, before_id = min(after, (before_at, before_id))
        rows = self._transaction.execute(
            _STATEMENT,
            {
                "member_id": member_id,
                "before_at": before_at,
                "before_id": before_id,
                "until_on": date.max if until is None else until.on,
                "limit": limit,
            },
        )
        return [
            (
                (row.posted_at, row.entry_id),
                PointsEntryView(
                    entry_id=row.entry_id,
                    points=row.points,
                    reason=PointsReason(row.reason),
                    sale_id=row.sale_id,
                    lot_id=row.lot_id,
                    expires_on=row.expires_on.isoformat() if row.expires_on else "",
                    free_on=row.free_on.isoformat() if row.free_on else "",
                    spent_by=row.spent_by or "",
                    store_code=row.store_code,
                    business_date=row.business_date.isoformat(),
                    posted_at=row.posted_at,
                ),
            )
            for row in rows
        ]

    def liability(self, store_ids: Sequence[int] | None) -> Sequence[PointsLiability]:
        # PostgreSQL sums integers to decimals.
        return [
            PointsLiability(
                store_code=row.code,
                currency=row.currency,
                issued=int(row.issued),
                redeemed=int(row.redeemed),
                expired=int(row.expired),
                adjusted=int(row.adjusted),
                outstanding=int(row.issued) - int(row.redeemed) - int(row.expired) + int(row.adjusted),
                value_minor=int(row.value_minor),
            )
            for row in self._transaction.execute(*_LIABILITY.within(store_ids, {}))
        ]

    def adjustment(self, adjustment_id: int) -> PointsAdjustment | None:
        found = self._transaction.execute(_ADJUSTMENT, {"adjustment_id": adjustment_id}).one_or_none()
        return None if found is None else PointsAdjustment(**found._mapping)

    def is_reversed(self, adjustment_id: int) -> bool:
        return self._transaction.execute(_REVERSAL, {"adjustment_id": adjustment_id}).first() is not None

    def adjustment_entries(self, adjustment: PointsAdjustment) -> Sequence[PointsEntry]:
        asked = {
            "member_id": adjustment.member_id,
            "posted_at": adjustment.posted_at,
            "adjustment_id": adjustment.adjustment_id,
        }
        rows = self._transaction.execute(_ADJUSTMENT_ENTRIES, asked)
        return [PointsEntry(**{**row._mapping, "reason": PointsReason(row.reason)}) for row in rows]

    def figures(self, selection: Selection) -> Sequence[PointsFigures]:
        period = {"from_date": selection.from_date, "to_date": selection.to_date}
        found = []
        for row in self._transaction.execute(*_FIGURES.within(selection.store_ids, period)).mappings():
            # PostgreSQL sums integers to decimals.
            totals: dict[str, Any] = {name: int(total) for name, total in row.items() if name not in _TEXTS}
            before = totals.pop("settled_before")
            totals["opening_minor"] += before
            totals["liability_minor"] += before + totals["settled_minor"]
            found.append(PointsFigures(store_code=row["store_code"], currency=row["currency"], **totals))
        return found

    def open_lots(self, on: date) -> Sequence[OpenLots]:
        rows = self._transaction.execute(_HELD_THEN, {"until_on": on})
        # PostgreSQL sums integers to decimals.
        return [OpenLots(row.currency, row.lots, int(row.points), int(row.value_minor)) for row in rows]

    def _lapsed(self, used_lot_ids: Collection[int]) -> dict[int, Lapsed]:
        if not used_lot_ids:
            return {}
        rows = self._transaction.execute(_LAPSED, {"used_lot_ids": sorted(used_lot_ids)})
        return {row.lot_id: Lapsed(int(row.points), int(row.value_minor)) for row in rows}


def _issued(row: Mapping[Any, Any]) -> IssuedLot:
    columns = dict(row)
    store_id = columns.pop("store_id")
    if store_id is None:
        raise AssertionError(f"document {columns['sale_id']} opened a lot of points and has no journal entry")
    return IssuedLot(PointsLot(**columns), store_id)
