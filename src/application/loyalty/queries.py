"""Questions about members' points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from application.fields import optional_date, required_name
from application.loyalty.views import PointsEntryView, PointsFigures, PointsHeld, PointsLiability
from application.paging import next_token, page
from application.points_ledger import points_standing
from application.ports.kernel import UnitOfWork
from application.ports.loyalty import Until
from application.ports.membership import MemberAccount
from application.scope import selected
from domain.loyalty.ledger import PointsReason
from domain.shared.errors import Invalid, NotFound
from domain.shared.period import business_date, day_end

FIRST_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing was posted before; the first moments of the calendar have no date in every time zone."""

NAMED: Final = frozenset({PointsReason.AWARDED, PointsReason.REDEEMED, PointsReason.REDEEM_REVERSED})
"""Reasons whose documents may have a name that members know."""


HOLDS_MAX: Final = 100


class UnknownMember(NotFound):
    en = "No member has this number, phone, card or code."
    zh = "没有此号码、手机、会员卡或会员码的会员。"


class MomentOrDate(Invalid):
    en = "Send as_of or as_of_date, not both."
    zh = "as_of 和 as_of_date 只能提供一个。"


class NotYet(Invalid):
    en = "This lies ahead: what a balance will be, nobody knows. Send a moment or a business date up to {latest}."
    zh = "该时间尚未到来，余额无法预知。请提供不晚于 {latest} 的时刻或营业日期。"


@dataclass(frozen=True, slots=True)
class GetPointsBalance:
    """As of a past moment or the end of a business date, or of now without either."""

    member_key: str
    as_of: datetime | None = None
    as_of_date: str = ""


@dataclass(frozen=True, slots=True)
class PointsBalance:
    """`expired_points` of the balance are worth nothing any more: the next expiry run takes them out.

    `owed_points` (0 or more) have been taken off the balance: they were spent, and their sale was taken back.
    `pending_points` cannot be spent before `pending_until` (the first date on which some of them can), `held_points`
    not before the hold ends; `spendable_points` are what is left. `holds` are those that stand now, up to 100.
    """

    member_number: str
    points_balance: int
    next_expiry_on: str
    next_expiry_points: int
    expired_points: int = 0
    owed_points: int = 0
    spendable_points: int = 0
    pending_points: int = 0
    pending_until: str = ""
    held_points: int = 0
    holds: Sequence[PointsHeld] = ()


@dataclass(frozen=True, slots=True)
class GetPointsStatement:
    """As of a past moment or the end of a business date, or of now without either."""

    member_key: str
    page_size: int = 0
    page_token: str = ""
    as_of: datetime | None = None
    as_of_date: str = ""


@dataclass(frozen=True, slots=True)
class PointsStatement:
    member_number: str
    points_balance: int
    entries: Sequence[PointsEntryView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GetPointsLiability:
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class GetPointsFigures:
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""


@dataclass(frozen=True, slots=True)
class PointsFiguresList:
    figures: Sequence[PointsFigures]


def get_points_balance(uow: UnitOfWork, query: GetPointsBalance) -> PointsBalance:
    """The balance, and what of it lapses next; a lot that lapsed that day or before is named no more.

    Raises UnknownMember, MomentOrDate and NotYet.
    """
    until = _until(uow, query.as_of, query.as_of_date)
    account = _account(uow, query.member_key)
    day = _day_of(uow, query.as_of or uow.now) if until is None or query.as_of is not None else until.on
    found = uow.points.by_expiry(account.member_id, until=until)
    at = uow.now if until is None else until.at if query.as_of is not None else min(uow.now, _end_of(uow, day))
    owed = sum(one.owed for one in found)
    standing = points_standing(account.member_id, found, on=day, at=at, debt=owed)
    lapsing: dict[date, int] = {}
    for one in found:
        if one.expires_on and one.expires_on > day:
            lapsing[one.expires_on] = lapsing.get(one.expires_on, 0) + one.points
    next_expiry_on = min((on for on, points in lapsing.items() if points), default=None)
    return PointsBalance(
        member_number=account.member_number,
        points_balance=sum(one.points for one in found),
        next_expiry_on=next_expiry_on.isoformat() if next_expiry_on else "",
        next_expiry_points=lapsing[next_expiry_on] if next_expiry_on else 0,
        expired_points=sum(
            one.points
            for one in found
            if one.expires_on and one.expires_on <= day and not (one.held_until and at < one.held_until)
        ),
        owed_points=owed,
        spendable_points=standing.points,
        pending_points=standing.pending,
        pending_until=standing.free_on.isoformat() if standing.free_on else "",
        held_points=standing.held,
        holds=_holds(uow, account) if standing.held and until is None else (),
    )


def get_points_statement(uow: UnitOfWork, query: GetPointsStatement) -> PointsStatement:
    """Every movement of the member's points in whatever store, newest first; all of them sum to the balance.

    As of then, it is what a statement was at that moment, or at the end of that business date.
    """
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    until = _until(uow, query.as_of, query.as_of_date)
    account = _account(uow, query.member_key)
    rows = uow.points.statement(account.member_id, until=until, after=asked.after, limit=asked.limit + 1)
    balance = account.points_balance
    if until is not None:
        balance = sum(one.points for one in uow.points.by_expiry(account.member_id, until=until))
    return PointsStatement(
        account.member_number,
        balance,
        _named(uow, [entry for _, entry in rows[: asked.limit]]),
        next_token(rows, asked.limit, lambda row: row[0]),
    )


def points_liability(uow: UnitOfWork, query: GetPointsLiability) -> Sequence[PointsLiability]:
    """Points issued, redeemed and outstanding with the liability they carry, by store; without a store all in scope."""
    return uow.points.liability(selected(uow, store_code=query.store_code, from_date="", to_date="").store_ids)


def get_points_figures(uow: UnitOfWork, query: GetPointsFigures) -> PointsFiguresList:
    """Points issued, redeemed, expired, reversed and outstanding with their liability, by store, in a period.

    Without dates since the beginning, or until now. What is outstanding at the end is what the books owe then: every
    movement of points is booked in the store and on the business date of its entry. Raises what `selected` raises.
    """
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    return PointsFiguresList(uow.points.figures(selection))


def _named(uow: UnitOfWork, entries: Sequence[PointsEntryView]) -> Sequence[PointsEntryView]:
    """The entries themselves, with the names of activities and rewards that moved points, in at most one query."""
    documents = {entry.sale_id for entry in entries if entry.reason in NAMED}
    names = uow.activities.names(documents) if documents else {}
    for entry in entries:
        if (name := names.get(entry.sale_id)) is not None:
            entry.name_en, entry.name_zh = name
    return entries


def _account(uow: UnitOfWork, member_key: str) -> MemberAccount:
    account = uow.members.account(required_name(member_key, field="member_key"))
    if account is None:
        raise UnknownMember("member_key")
    return account


def _until(uow: UnitOfWork, as_of: datetime | None, as_of_date: str) -> Until | None:
    """Up to where entries count; None for all that there are."""
    on = optional_date(as_of_date, field="as_of_date")
    if as_of is not None and on is not None:
        raise MomentOrDate("as_of_date")
    if as_of is not None:
        if as_of > uow.now:
            raise NotYet("as_of", latest=uow.now.isoformat())
        return Until(as_of, date.max)
    if on is not None:
        today = _day_of(uow, uow.now)
        if on > today:
            raise NotYet("as_of_date", latest=today)
        return Until(datetime.max.replace(tzinfo=UTC), on)
    return None


def _holds(uow: UnitOfWork, account: MemberAccount) -> Sequence[PointsHeld]:
    return [
        PointsHeld(hold.hold_id, account.member_number, hold.points, hold.reference, hold.expires_at)
        for hold in uow.points_holds.standing(account.member_id, at=uow.now, limit=HOLDS_MAX)
        if uow.caller.sees(hold.store_id)
    ]


def _end_of(uow: UnitOfWork, on: date) -> datetime:
    """When a business date ends where the caller stands."""
    if uow.caller.store_id is None:
        return day_end(on, time_zone="UTC", day_cutoff_minutes=0)
    store = uow.chain.stores[uow.caller.store_id]
    return day_end(on, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)


def _day_of(uow: UnitOfWork, at: datetime) -> date:
    """The business date of a moment where the caller stands, that of UTC for a caller without a store."""
    at = max(at, FIRST_MOMENT)
    if uow.caller.store_id is None:
        return at.date()
    store = uow.chain.stores[uow.caller.store_id]
    return business_date(at, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)
