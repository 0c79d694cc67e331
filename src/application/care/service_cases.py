"""Members complain, and are answered in the time that their tier promises."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from application.fields import required_name, required_text
from application.named_members import files_of, known_member_id, member_id_of
from application.paging import next_token, page
from application.policies import policies_for
from application.ports.kernel import UnitOfWork
from application.scope import UnknownStore
from domain.care.service_case import (
    PRIORITY_DEFAULT,
    CaseEntry,
    CaseEntryKind,
    CaseState,
    ServiceCase,
    is_overdue,
)
from domain.identity.organisation import Caller
from domain.shared.errors import Invalid, NotFound, Rejected

TEXT_CHARACTERS_MAX: Final = 2_000
ENTRIES_MAX: Final = 100


class UnknownCase(NotFound):
    en = "There is no service case {case_id} in this caller's scope."
    zh = "当前调用方范围内没有服务工单 {case_id}。"


class CaseClosed(Rejected):
    en = "Case {case_id} was closed at {closed_at}. Open a new one."
    zh = "工单 {case_id} 已于 {closed_at} 关闭，请新建工单。"


class CaseTooLong(Rejected):
    en = "Case {case_id} has {entries} entries, which is all that are kept. Close it, and open a new one."
    zh = "工单 {case_id} 已有 {entries} 条记录，达到上限。请关闭后新建工单。"


class CaseOrMember(Invalid):
    en = "Ask for one case or for those of one member."
    zh = "请查询单个工单或某一会员的工单，二者只能选一。"


@dataclass(frozen=True, slots=True)
class OpenServiceCase:
    """A complaint of a member, or of somebody who is none; the store is the terminal's own, or none."""

    subject: str
    text: str
    member_key: str = ""
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class ServiceCaseOpened:
    case_id: int
    priority: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class AnswerServiceCase:
    """What is answered; with `closes` the case is closed by it."""

    case_id: int
    text: str
    closes: bool = False


@dataclass(frozen=True, slots=True)
class ServiceCaseAnswered:
    state: CaseState
    overdue: bool


@dataclass(frozen=True, slots=True)
class ListServiceCases:
    """One case with its entries, all of a member, or those that are not closed by deadline."""

    case_id: int = 0
    member_key: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CaseEntryView:
    """`by` is the code of the member of staff, terminal or service."""

    kind: CaseEntryKind
    text: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ServiceCaseView:
    case_id: int
    tier: str
    store_code: str
    subject: str
    priority: int
    state: CaseState
    opened_at: datetime
    due_at: datetime
    overdue: bool
    first_answered_at: datetime | None
    closed_at: datetime | None
    entries: Sequence[CaseEntryView]


@dataclass(frozen=True, slots=True)
class ServiceCasePage:
    cases: Sequence[ServiceCaseView]
    next_page_token: str


def open_service_case(uow: UnitOfWork, command: OpenServiceCase) -> ServiceCaseOpened:
    """Opens a case with the priority and the deadline that the member's tier has at this moment.

    A tier that says nothing, and who has none, gets priority 3 and the hours of the setting `service_case_hours`.
    Raises UnknownMember and UnknownStore.
    """
    subject = required_name(command.subject, field="subject")
    text = required_text(command.text, TEXT_CHARACTERS_MAX, field="text")
    uow.refresh()
    store_id = _store_of(uow, command.store_code)
    member_id = member_id_of(uow, command.member_key)
    if member_id is not None:
        # The case is theirs, not that of a file that is being merged.
        uow.members.hold([member_id])
    tier = uow.tiers.of(member_id).tier if member_id is not None else ""
    priority, hours = _promised(uow, tier, store_id)
    case = ServiceCase(
        uow.new_id(), member_id or 0, tier, store_id, subject, priority, CaseState.OPEN, 1, uow.now,
        uow.now + timedelta(hours=hours),
    )  # fmt: skip
    uow.service_cases.open(case, _entry(uow, case, CaseEntryKind.OPENED, text))
    _announce(uow, "ServiceCaseOpened", case)
    return ServiceCaseOpened(case.case_id, priority, case.due_at)


def answer_service_case(uow: UnitOfWork, command: AnswerServiceCase) -> ServiceCaseAnswered:
    """Notes an answer, and closes the case where it does; raises UnknownCase, CaseClosed and CaseTooLong."""
    text = required_text(command.text, TEXT_CHARACTERS_MAX, field="text")
    case = uow.service_cases.lock(command.case_id)
    if case is None or not _sees(uow.caller, case):
        raise UnknownCase("case_id", case_id=command.case_id)
    if case.closed_at is not None:
        raise CaseClosed("case_id", case_id=case.case_id, closed_at=case.closed_at.isoformat(sep=" "))
    if case.entries >= ENTRIES_MAX - 1 and not command.closes:
        raise CaseTooLong("case_id", case_id=case.case_id, entries=case.entries)
    case = replace(
        case,
        entries=case.entries + 1,
        state=CaseState.CLOSED if command.closes else CaseState.ANSWERED,
        first_answered_at=case.first_answered_at or uow.now,
        closed_at=uow.now if command.closes else None,
    )
    kind = CaseEntryKind.CLOSED if command.closes else CaseEntryKind.ANSWERED
    uow.service_cases.change(case, _entry(uow, case, kind, text))
    _announce(uow, "ServiceCaseClosed" if command.closes else "ServiceCaseAnswered", case)
    return ServiceCaseAnswered(case.state, is_overdue(case, now=uow.now))


def list_service_cases(uow: UnitOfWork, query: ListServiceCases) -> ServiceCasePage:
    """Cases in the caller's scope by deadline; entries are shown where one case is asked for.

    Raises CaseOrMember, UnknownCase and UnknownMember.
    """
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    if query.case_id:
        if query.member_key:
            raise CaseOrMember("member_key")
        case = uow.service_cases.find(query.case_id)
        if case is None or not _sees(uow.caller, case):
            raise UnknownCase("case_id", case_id=query.case_id)
        return ServiceCasePage([_view(uow, case, uow.service_cases.entries(case.case_id, limit=ENTRIES_MAX))], "")
    after = (asked.after[0], asked.after[1]) if asked.after else None
    store_ids = uow.caller.store_ids
    if query.member_key:
        member_id = known_member_id(uow, query.member_key)
        cases = uow.service_cases.list_of_member(
            files_of(uow, member_id), store_ids, after=after, limit=asked.limit + 1
        )
    else:
        cases = uow.service_cases.list_due(store_ids, after=after, limit=asked.limit + 1)
    token = next_token(cases, asked.limit, lambda case: (case.due_at, case.case_id))
    return ServiceCasePage([_view(uow, case, ()) for case in cases[: asked.limit]], token)


def _promised(uow: UnitOfWork, tier: str, store_id: int | None) -> tuple[int, int]:
    """Priority and hours until the first answer that a member of the tier is promised."""
    region_id = uow.chain.stores[store_id].region_id if store_id is not None else 0
    hours = policies_for(uow.chain.settings, store_id=store_id or 0, region_id=region_id).service_case_hours
    stored = uow.chain.tier_programme
    found = next((one for one in stored.programme.tiers if one.code == tier), None) if stored and tier else None
    if found is None:
        return PRIORITY_DEFAULT, hours
    return found.case_priority or PRIORITY_DEFAULT, found.case_hours or hours


def _store_of(uow: UnitOfWork, store_code: str) -> int | None:
    """The store that is named, or the terminal's own; None where head office takes the complaint."""
    if not store_code:
        return uow.caller.store_id
    store_id = uow.chain.store_ids.get(store_code)
    if store_id is None or not uow.caller.sees(store_id):
        raise UnknownStore("store_code", store_code=store_code)
    return store_id


def _sees(caller: Caller, case: ServiceCase) -> bool:
    return caller.store_ids is None or (case.store_id is not None and caller.sees(case.store_id))


def _entry(uow: UnitOfWork, case: ServiceCase, kind: CaseEntryKind, text: str) -> CaseEntry:
    caller = uow.caller
    return CaseEntry(case.case_id, case.entries, kind, text, caller.caller_id, caller.staff_id, uow.now)


def _announce(uow: UnitOfWork, topic: str, case: ServiceCase) -> None:
    """Without what was said, which is personal."""
    uow.publish(
        topic,
        case.case_id,
        {
            "case_id": case.case_id,
            "member_id": case.member_id or None,
            "store_id": case.store_id,
            "priority": case.priority,
            "due_at": case.due_at.isoformat(),
        },
    )


def _view(uow: UnitOfWork, case: ServiceCase, entries: Sequence[CaseEntry]) -> ServiceCaseView:
    chain = uow.chain
    return ServiceCaseView(
        case_id=case.case_id,
        tier=case.tier,
        store_code=chain.stores[case.store_id].code if case.store_id is not None else "",
        subject=case.subject,
        priority=case.priority,
        state=case.state,
        opened_at=case.opened_at,
        due_at=case.due_at,
        overdue=is_overdue(case, now=uow.now),
        first_answered_at=case.first_answered_at,
        closed_at=case.closed_at,
        entries=[
            CaseEntryView(
                one.kind,
                one.text,
                one.at,
                chain.staff_codes.get(one.staff_id or 0) or chain.caller_codes.get(one.caller_id, ""),
            )
            for one in entries
        ],
    )
