"""When members buy again, as it is read: of one member, and who is due."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from application.fields import optional_date, required_code
from application.named_members import UnknownMember
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.next_purchases import DueMember
from application.scope import chain_day, selected
from domain.forecasting.purchase_run import MemberPurchase
from domain.membership.consent import MARKETING, PROFILING
from domain.shared.errors import Forbidden, NotFound

DUE_DAYS: Final = 7
"""How many days are asked about where no last one is named."""


class NothingTold(NotFound):
    en = "Next purchases have not been forecast yet. Run ForecastPurchases or `liansuo forecast purchases`."
    zh = "尚未预测会员的下次购买，请先用 ForecastPurchases 或 `liansuo forecast purchases` 运行预测。"


class UnknownDepartment(NotFound):
    en = "“{department_code}” is no category at the top of the tree. Those are: {known}."
    zh = "“{department_code}”不是顶级品类。可用：{known}。"


class MemberOfOtherStore(Forbidden):
    en = "This member's home store is not one of yours. Ask head office, or their store."
    zh = "该会员的归属门店不在您的管理范围内，请联系总部或其归属门店。"


@dataclass(frozen=True, slots=True)
class ListNextPurchases:
    member_key: str


@dataclass(frozen=True, slots=True)
class ListMembersDue:
    """Days are ISO, both included; empty for today, and for six days later."""

    department_code: str
    from_date: str = ""
    to_date: str = ""
    store_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedPurchase:
    """See the message of this name in the contract."""

    department_code: str
    last_on: str
    purchase_days: int
    interval_days: int
    next_on: str
    from_on: str
    until_on: str
    confidence_bp: int
    told_on: str


@dataclass(frozen=True, slots=True)
class NextPurchasesOfMember:
    """`refused`: the member refuses the purpose `profiling`, so nothing is told."""

    member_number: str
    refused: bool
    purchases: Sequence[ExpectedPurchase]


@dataclass(frozen=True, slots=True)
class MemberDue:
    """`may_contact_for` names the purposes of marketing in force to which the member consents."""

    member_number: str
    store_code: str
    purchase: ExpectedPurchase
    may_contact_for: Sequence[str]


@dataclass(frozen=True, slots=True)
class MembersDue:
    members: Sequence[MemberDue]
    next_page_token: str


def list_next_purchases(uow: UnitOfWork, query: ListNextPurchases) -> NextPurchasesOfMember:
    """When a member will buy again, the earliest department first; nothing of who refuses `profiling`.

    Raises UnknownMember, MemberOfOtherStore, NothingTold and the refusals of fields.
    """
    key = required_code(query.member_key, field="member_key")
    uow.refresh()
    file = uow.members.find(key)
    if file is None:
        raise UnknownMember("member_key")
    member = file.member
    if not _sees(uow, member.store_id):
        raise MemberOfOtherStore("member_key")
    _refuse_untold(uow)
    said = uow.consents.current([member.member_id]).get((member.member_id, PROFILING))
    if said is not None and not said.given:
        return NextPurchasesOfMember(member.member_number, refused=True, purchases=())
    found = uow.next_purchases.of_member(member.member_id)
    shown = [_expected(uow, one) for one in found]
    return NextPurchasesOfMember(member.member_number, refused=False, purchases=shown)


def list_members_due(uow: UnitOfWork, query: ListMembersDue) -> MembersDue:
    """Members expected to buy of a department from day to day, the earliest first, by home store in the caller's scope.

    Without those who refuse `profiling` or all marketing they were asked about. Raises UnknownDepartment, UnknownStore,
    LastBeforeFirst, NothingTold and the refusals of fields.
    """
    asked = page(query.page_size, query.page_token, key=(date, int))
    code = required_code(query.department_code, field="department_code")
    first = optional_date(query.from_date, field="from_date")
    uow.refresh()
    first = first or chain_day(uow)
    # Who asks about the end of all days asks about fewer of them.
    week = min(DUE_DAYS - 1, (date.max - first).days)
    last = query.to_date or (first + timedelta(days=week)).isoformat()
    selection = selected(uow, store_code=query.store_code, from_date=first.isoformat(), to_date=last)
    departments = {known: department_id for department_id, known in uow.chain.departments.items()}
    if code not in departments:
        raise UnknownDepartment("department_code", department_code=code, known=", ".join(sorted(departments)))
    _refuse_untold(uow)
    after = None if asked.after is None else (asked.after[0], asked.after[1])
    found = uow.next_purchases.due(departments[code], selection, after=after, limit=asked.limit + 1)
    token = next_token(found, asked.limit, lambda one: (one.purchase.expected.next_on, one.purchase.member_id))
    return MembersDue(_due(uow, found[: asked.limit]), token)


def _due(uow: UnitOfWork, found: Sequence[DueMember]) -> list[MemberDue]:
    purposes = [one for one, _ in uow.chain.chain_policies.consent_purposes if one.startswith(MARKETING)]
    ids = [one.purchase.member_id for one in found]
    agreed = uow.consents.allowed(ids, purposes) if ids and purposes else {}
    nothing: Collection[str] = ()
    return [
        MemberDue(
            one.member_number,
            uow.chain.stores[one.purchase.store_id].code if one.purchase.store_id else "",
            _expected(uow, one.purchase),
            sorted(agreed.get(one.purchase.member_id, nothing)),
        )
        for one in found
    ]


def _sees(uow: UnitOfWork, store_id: int | None) -> bool:
    """Members of head office are the whole chain's."""
    caller = uow.caller
    return caller.store_ids is None or (store_id is not None and caller.sees(store_id))


def _refuse_untold(uow: UnitOfWork) -> None:
    if uow.next_purchases.newest() is None:
        raise NothingTold("")


def _expected(uow: UnitOfWork, one: MemberPurchase) -> ExpectedPurchase:
    expected = one.expected
    return ExpectedPurchase(
        department_code=uow.chain.departments.get(one.department_id, ""),
        last_on=expected.last_on.isoformat(),
        purchase_days=expected.purchase_days,
        interval_days=expected.interval_days,
        next_on=expected.next_on.isoformat(),
        from_on=expected.from_on.isoformat(),
        until_on=expected.until_on.isoformat(),
        confidence_bp=expected.confidence_bp,
        told_on=one.told_on.isoformat(),
    )
