"""What a member did is recorded once, and gives the points that it earns."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import Missing, optional_name, required_name
from application.marketing.put_activity import NobodyIsBrought, activity_of
from application.marketing.taking_part import Place, award_points, place_in, post_award
from application.named_members import UnknownMember, files_of
from application.ports.activities import StoredActivity
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.scope import store_in_scope
from domain.marketing.activity import (
    BRINGING,
    PROFILE_FIELDS,
    REFERENCED,
    Activity,
    ActivityKind,
    ActivityRecord,
    is_new,
)
from domain.membership.member import Member
from domain.pricing.conditions import days_after_birthday
from domain.shared.errors import Invalid, Rejected
from domain.shared.period import holds_day

DOCUMENT_KIND: Final = "points_activity"


class ActivityNotOpen(Rejected):
    en = "“{code}” earns points from {from_date} to {to_date}, and today is {on}."
    zh = "“{code}”的积分期间为 {from_date} 至 {to_date}，今天是 {on}。"


class RecordedBefore(Rejected):
    en = "This was recorded for “{code}” before, and counts once."
    zh = "此项此前已计入“{code}”，只计一次。"


class TimesPerDayReached(Rejected):
    en = "This member has done “{code}” {times} times today, which is all that times_per_day_max allows."
    zh = "该会员今天已参与“{code}”{times} 次，已达每日上限（times_per_day_max）。"


class TimesReached(Rejected):
    en = "This member has done “{code}” {times} times, which is all that times_max allows."
    zh = "该会员已参与“{code}”{times} 次，已达总次数上限（times_max）。"


class BudgetUsedUp(Rejected):
    en = "“{code}” has given {given} of its points_budget of {budget} points; {points} more are too many."
    zh = "“{code}”的积分预算（points_budget）为 {budget}，已发放 {given}，不足以再发 {points}。"


class NoReference(Invalid):
    en = "“{code}” is counted without a reference. Leave this field empty."
    zh = "“{code}”无需 reference，请留空。"


class BroughtThemselves(Invalid):
    en = "A member cannot bring themselves. Name the new member."
    zh = "会员不能邀请自己，请填写新会员。"


class NotNew(Rejected):
    en = "This member is not new: “{code}” counts {days} days from the registration on."
    zh = "该会员不是新会员：“{code}”只计注册后 {days} 天内。"


class NotTheBirthday(Rejected):
    en = "Today is not this member's birthday, or their birthday is not known. Ask them, and correct their file."
    zh = "今天不是该会员生日，或生日未登记。请与会员核对并更正资料。"


class ProfileIncomplete(Rejected):
    en = "This member's file lacks {lacking}. Complete it with UpdateMember first."
    zh = "该会员资料缺少 {lacking}，请先用 UpdateMember 补全。"


@dataclass(frozen=True, slots=True)
class RecordActivity:
    """`reference` is the event or the link, `new_member_key` whom the member brought, as the kind has it.

    The store is the terminal's own unless one is named; an activity with a store of its own is booked there.
    """

    activity_code: str
    member_key: str
    reference: str = ""
    new_member_key: str = ""
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class ActivityRecorded:
    """What it gave, and how often the member may do it again today and in all; -1 where nothing bounds that."""

    record_id: int
    member_number: str
    points: int
    new_member_points: int
    points_balance: int
    left_today: int
    left_in_all: int


@dataclass(frozen=True, slots=True)
class _Doing:
    """Who did what: `subject_id` and `reference` make it once."""

    stored: StoredActivity
    place: Place
    member: Member
    new_member: Member | None
    subject_id: int
    reference: str


def record_activity(uow: UnitOfWork, command: RecordActivity) -> ActivityRecorded:
    """Gives the member the points of an activity, as a lot of their own, and a new member theirs; all or nothing.

    Once for what its kind says, because whoever records has locked the accounts of both. Raises UnknownActivity,
    UnknownMember, UnknownStore, StoreClosed, ActivityNotOpen, RecordedBefore, the bound that is reached, and the
    refusals of single kinds.
    """
    uow.refresh()
    doing = _doing(uow, command)
    terms, place = doing.stored.terms, doing.place
    accounts = _locked(uow, doing)
    left_today, left_in_all = _check_bounds(uow, doing)
    points = terms.points + (terms.new_member_points if doing.new_member else 0)
    if not uow.activities.give(doing.stored.activity_id, points):
        given = activity_of(uow, terms.code).terms.given_points
        raise BudgetUsedUp("activity_code", code=terms.code, given=given, budget=terms.points_budget, points=points)
    record_id = uow.new_id()
    member = accounts[doing.member.member_id]
    value = award_points(uow, member, terms.points, place, document_id=record_id)
    if doing.new_member and terms.new_member_points:
        brought = accounts[doing.new_member.member_id]
        value += award_points(uow, brought, terms.new_member_points, place, document_id=record_id)
    _record(uow, doing, record_id, value)
    return ActivityRecorded(
        record_id, member.member_number, terms.points, points - terms.points, member.points_balance, left_today,
        left_in_all,
    )  # fmt: skip


def _doing(uow: UnitOfWork, command: RecordActivity) -> _Doing:
    stored = activity_of(uow, command.activity_code)
    terms = stored.terms
    store = uow.chain.stores[stored.store_id] if stored.store_id else store_in_scope(uow, command.store_code)
    place = place_in(uow, store, field="store_code")
    reference = optional_name(command.reference, field="reference")
    if terms.kind in REFERENCED and not reference:
        raise Missing("reference")
    if terms.kind not in REFERENCED and reference:
        raise NoReference("reference", code=terms.code)
    if not holds_day(terms.from_date, terms.to_date, on=place.on):
        raise ActivityNotOpen(
            "activity_code", code=terms.code, from_date=terms.from_date or "-", to_date=terms.to_date or "-",
            on=place.on.isoformat(),
        )  # fmt: skip
    member = _member(uow, command.member_key, field="member_key")
    new_member = _brought(uow, terms, member, command.new_member_key, place.on)
    match terms.kind:
        case ActivityKind.BIRTHDAY:
            if days_after_birthday(member.birthday, place.on) != 0:
                raise NotTheBirthday("member_key")
            reference = str(place.on.year)
        case ActivityKind.PROFILE:
            if lacking := [name for name in PROFILE_FIELDS if not getattr(member, name)]:
                raise ProfileIncomplete("member_key", lacking=", ".join(lacking))
    return _Doing(stored, place, member, new_member, (new_member or member).member_id, reference)


def _member(uow: UnitOfWork, member_key: str, *, field: str) -> Member:
    found = uow.members.find(required_name(member_key, field=field))
    if found is None:
        raise UnknownMember(field)
    return found.member


def _brought(uow: UnitOfWork, terms: Activity, member: Member, new_member_key: str, on: date) -> Member | None:
    if terms.kind not in BRINGING:
        if new_member_key:
            raise NobodyIsBrought("new_member_key", kind=terms.kind)
        return None
    brought = _member(uow, new_member_key, field="new_member_key")
    if brought.member_id == member.member_id:
        raise BroughtThemselves("new_member_key")
    if not is_new(registered_on=brought.registered_on, on=on, days=terms.new_member_days):
        raise NotNew("new_member_key", code=terms.code, days=terms.new_member_days)
    return brought


def _locked(uow: UnitOfWork, doing: _Doing) -> dict[int, MemberAccount]:
    """The accounts of both members, locked in the order of ids, as sales lock them."""
    member_ids = sorted({doing.member.member_id, doing.subject_id})
    return {member_id: uow.points.lock(member_id).account for member_id in member_ids}


def _check_bounds(uow: UnitOfWork, doing: _Doing) -> tuple[int, int]:
    """How often the member may do it again after this time, today and in all; -1 is not bounded."""
    activity_id, terms = doing.stored.activity_id, doing.stored.terms
    if uow.activities.is_recorded(activity_id, subject_ids=files_of(uow, doing.subject_id), reference=doing.reference):
        raise RecordedBefore("new_member_key" if doing.new_member else "member_key", code=terms.code)
    per_day, in_all = terms.times_per_day_max, terms.times_max
    if not per_day and not in_all:
        return -1, -1
    files = files_of(uow, doing.member.member_id)
    done = uow.activities.times(activity_id, files, on=doing.place.on, counted_max=max(per_day, in_all))
    if per_day and done.on_day >= per_day:
        raise TimesPerDayReached("activity_code", code=terms.code, times=done.on_day)
    if in_all and done.in_all >= in_all:
        raise TimesReached("activity_code", code=terms.code, times=done.in_all)
    return per_day - done.on_day - 1 if per_day else -1, in_all - done.in_all - 1 if in_all else -1


def _record(uow: UnitOfWork, doing: _Doing, record_id: int, value: int) -> None:
    terms, place, caller = doing.stored.terms, doing.place, uow.caller
    new_points = terms.new_member_points if doing.new_member else 0
    uow.add(
        ActivityRecord(
            record_id, doing.stored.activity_id, doing.member.member_id, doing.subject_id, doing.reference,
            terms.points, new_points, value, place.store.store_id, caller.caller_id, caller.staff_id, place.on, uow.now,
        )
    )  # fmt: skip
    post_award(uow, place, document_kind=DOCUMENT_KIND, document_id=record_id, points_value_minor=value)
    uow.publish(
        "ActivityRecorded",
        record_id,
        {
            "activity_code": terms.code,
            "member_id": doing.member.member_id,
            "subject_id": doing.subject_id,
            "store_id": place.store.store_id,
            "points": terms.points,
            "new_member_points": new_points,
        },
    )
