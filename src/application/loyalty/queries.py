"""Questions about members' points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from application.fields import required_name
from application.loyalty.views import PointsEntryView, PointsLiability
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.scope import selected, trading_day
from domain.shared.errors import NotFound


class UnknownMember(NotFound):
    en = "No member has this number, phone, card or code."
    zh = "没有此号码、手机、会员卡或会员码的会员。"


@dataclass(frozen=True, slots=True)
class GetPointsBalance:
    member_key: str


@dataclass(frozen=True, slots=True)
class PointsBalance:
    member_number: str
    points_balance: int
    next_expiry_on: str
    next_expiry_points: int


@dataclass(frozen=True, slots=True)
class GetPointsStatement:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class PointsStatement:
    member_number: str
    points_balance: int
    entries: Sequence[PointsEntryView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GetPointsLiability:
    store_code: str = ""


def get_points_balance(uow: UnitOfWork, query: GetPointsBalance) -> PointsBalance:
    """The balance, and what of it lapses next; a lot that lapsed today or before is named no more."""
    account = _account(uow, query.member_key)
    lapsing = uow.points.next_expiry(account.member_id, after=_today(uow))
    return PointsBalance(
        account.member_number,
        account.points_balance,
        lapsing.expires_on if lapsing else "",
        lapsing.points if lapsing else 0,
    )


def get_points_statement(uow: UnitOfWork, query: GetPointsStatement) -> PointsStatement:
    """Every movement of the member's points in whatever store, newest first; all of them sum to the balance."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    account = _account(uow, query.member_key)
    rows = uow.points.statement(account.member_id, after=asked.after, limit=asked.limit + 1)
    return PointsStatement(
        account.member_number,
        account.points_balance,
        [entry for _, entry in rows[: asked.limit]],
        next_token(rows, asked.limit, lambda row: row[0]),
    )


def points_liability(uow: UnitOfWork, query: GetPointsLiability) -> Sequence[PointsLiability]:
    """Points issued, redeemed and outstanding with the liability they carry, by store; without a store all in scope."""
    return uow.points.liability(selected(uow, store_code=query.store_code, from_date="", to_date="").store_ids)


def _account(uow: UnitOfWork, member_key: str) -> MemberAccount:
    account = uow.members.account(required_name(member_key, field="member_key"))
    if account is None:
        raise UnknownMember("member_key")
    return account


def _today(uow: UnitOfWork) -> date:
    """The business date where the caller stands, that of UTC for a caller without a store."""
    if uow.caller.store_id is None:
        return uow.now.date()
    store = uow.chain.stores[uow.caller.store_id]
    return trading_day(uow, store)
