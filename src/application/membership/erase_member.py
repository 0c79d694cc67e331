"""A member is erased: what is known of the person is gone, what the books need stays by the file's id."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from application.coupon_ledger import Use, record_ended, record_lapsed
from application.fields import required_name
from application.membership.queries import found_id
from application.paging import PAGE_SIZE_MAX
from application.ports.kernel import Contention, UnitOfWork
from application.ports.personal_data import MemberErasure
from application.scope import WholeChainOnly, chain_day
from domain.identity.organisation import WHOLE_CHAIN
from domain.pricing.coupon import Ended
from domain.shared.errors import Rejected

TOPIC: Final = "MemberErased"


class MemberStillHolds(Rejected):
    en = "The member still has {held_en}, which cannot be erased with the file. Settle it first."
    zh = "该会员仍有{held_zh}，不能随档案删除，请先结清。"


class NotGivenUp(Rejected):
    en = "They would lose {points} points and {coupons} coupons. Let them use these, or send give_up if they agree."
    zh = "删除将使会员失去 {points} 积分和 {coupons} 张优惠券。请先使用，或在会员同意后发送 give_up。"


class Held(NamedTuple):
    """What keeps a file from being erased, in both languages, with the way out."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class EraseMember:
    """`give_up`: the member wants it although points and coupons lapse by it. The reason holds no personal data."""

    member_key: str
    reason: str
    give_up: bool = False


@dataclass(frozen=True, slots=True)
class MemberErased:
    """The number that leads to nobody any more, what lapses, and how many files the person had."""

    member_number: str
    points: int
    coupons: int
    files: int
    erased_at: datetime


def erase_member(uow: UnitOfWork, command: EraseMember) -> MemberErased:
    """Destroys the data keys of a member's files, all that they encrypted, and every key that leads to the files.

    Sales, entries and the books keep the id of the file, and stay as they are. Points end on the chain's day of today,
    and the ordinary expiry takes them out; coupons are voided. Raises UnknownMember, WholeChainOnly, MemberStillHolds,
    which lists what has to be settled before, and NotGivenUp.
    """
    reason = required_name(command.reason, field="reason")
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    uow.refresh()
    member_id = found_id(uow, command.member_key)
    files = [member_id, *uow.merges.files_of(member_id)]
    # In the order of sales, which find the accounts locked; and nobody merges or changes the files meanwhile.
    state = uow.merges.lock([member_id], merged_ids=files)[member_id]
    if uow.personal_data.erased([member_id]):
        raise Contention("the member was erased meanwhile")
    held = [*_held(uow, member_id), *_cases(uow, files)]
    if held:
        raise MemberStillHolds(
            "member_key", held_en=", ".join(one.en for one in held), held_zh="、".join(one.zh for one in held)
        )
    points, coupons = uow.points.lock(member_id).account.points_balance, uow.merges.coupons_of(member_id)
    if (points or coupons) and not command.give_up:
        raise NotGivenUp("give_up", points=points, coupons=len(coupons))
    uow.points.end_lots(member_id, on=chain_day(uow))
    _void(uow, coupons, reason)
    uow.personal_data.erase(files, at=uow.now)
    uow.personal_data.record_erasures([_erasure(uow, file_id, reason, points, len(coupons)) for file_id in files])
    uow.publish(TOPIC, member_id, {"member_id": member_id, "files": files, "erased_at": uow.now.isoformat()})
    return MemberErased(state.member_number, points, len(coupons), len(files), uow.now)


def _held(uow: UnitOfWork, member_id: int) -> Iterator[Held]:
    """What is somebody's money or duty, and cannot end because a file does."""
    for (_, currency), account in uow.stored_value.lock([member_id]).items():
        if account.balance_minor:
            amount = f"{account.balance_minor} {currency}"
            yield Held(
                f"stored value of {amount} in minor units (CloseStoredValue)",
                f"储值 {amount}（最小货币单位，请用 CloseStoredValue）",
            )
    for credit in uow.credit.accounts(member_id):
        if credit.owed_minor:
            amount = f"{credit.owed_minor} {credit.currency}"
            yield Held(
                f"an open account of {amount} in minor units (ReceivePayment)",
                f"赊账 {amount}（最小货币单位，请用 ReceivePayment）",
            )
    if uow.points_holds.standing(member_id, at=uow.now, limit=1):
        yield Held("held points (ReleasePoints)", "冻结积分（请用 ReleasePoints）")
    debt = uow.points.lock(member_id).account.points_debt
    if debt:
        yield Held(f"a debt of {debt} points (AdjustPoints)", f"积分欠额 {debt}（请用 AdjustPoints）")
    if uow.points_pools.owner_of(member_id) is not None or uow.points_pools.members(member_id):
        yield Held("a pool of points (LeavePointsPool)", "积分共享组（请用 LeavePointsPool）")
    if any(listed.card.uses_left for listed in uow.times_cards.list_of(member_id, after=0, limit=PAGE_SIZE_MAX)):
        yield Held("a times card with uses left (RefundSale)", "未用完的计次卡（请用 RefundSale）")
    if uow.paid_memberships.lock_open([member_id]):
        yield Held(
            "a paid membership (VoidSale or RefundSale, or wait for its end)",
            "未到期的付费会员（请退货或等待到期）",
        )


def _cases(uow: UnitOfWork, files: Sequence[int]) -> Iterator[Held]:
    """Whoever answers a complaint afterwards would write about somebody of whom nothing may be known."""
    for case in uow.service_cases.list_of_member(files, None, after=None, limit=PAGE_SIZE_MAX):
        if case.closed_at is None:
            yield Held(
                f"the open service case {case.case_id} (AnswerServiceCase)",
                f"未结工单 {case.case_id}（请用 AnswerServiceCase）",
            )
    for listed in uow.follow_ups.list_of_member(files[0], None, after=None, limit=PAGE_SIZE_MAX):
        if listed.task.closed_at is None:
            number = listed.task.follow_up_id
            yield Held(f"the open follow-up {number} (CloseFollowUp)", f"未完成回访 {number}（请用 CloseFollowUp）")


def _void(uow: UnitOfWork, coupon_ids: Sequence[int], reason: str) -> None:
    use = Use(None, None, uow.caller, uow.now, uow.now)
    for found in uow.coupons.lock_by_id(coupon_ids).values() if coupon_ids else ():
        record_lapsed(uow, found, use)
        record_ended(uow, found, use, Ended.VOIDED, reason=reason)


def _erasure(uow: UnitOfWork, file_id: int, reason: str, points: int, coupons: int) -> MemberErasure:
    return MemberErasure(
        member_id=file_id,
        points=points,
        coupons=coupons,
        reason=reason,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        request_id=uow.request_id,
        erased_at=uow.now,
    )
