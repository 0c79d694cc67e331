"""Members get a coupon before their birthday, once a year however often the run is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from application.coupon_ledger import Use
from application.paging import page, token_of
from application.ports.coupons import StoredBatch
from application.ports.kernel import UnitOfWork
from application.pricing.coupon_batches import NotForSharedCode, batch_of
from application.pricing.issue_coupons import issued_of
from application.scope import latest_day
from domain.identity.organisation import WHOLE_CHAIN
from domain.membership.birthday import birthdays_ahead
from domain.membership.consent import MARKETING
from domain.shared.errors import Forbidden, Rejected

MEMBERS_AT_ONCE: Final = 500
DAYS_BETWEEN_MIN: Final = 330
"""Between two birthday coupons of a member: whose birthday is corrected gets no second one soon after the first."""
TOPIC: Final = "BirthdayCouponGiven"
_BEGINNING: Final = (0, 0)


class BirthdaysOfChain(Forbidden):
    en = "Members belong to the whole chain, so only those responsible for all of it give birthday coupons."
    zh = "会员属于整个连锁，只有负责全连锁的人员可以发放生日券。"


class NoBirthdayBatch(Rejected):
    en = "The chain has no batch of birthday coupons. Name one, or put its code into the setting birthday_coupon_batch."
    zh = "未设置生日券批次。请指定批次，或在设置 birthday_coupon_batch 中填写批次代码。"


@dataclass(frozen=True, slots=True)
class IssueBirthdayCoupons:
    """Coupons of this batch, for the birthdays of the next days (`birthday_coupon_days`); `page_token` carries on.

    Without one it is that of the setting `birthday_coupon_batch`.
    """

    batch_code: str = ""
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class BirthdayCouponsIssued:
    """How many were given, and for how many members of before it was noted how to find them.

    `next_page_token` is empty when nobody is left.
    """

    issued: int
    prepared: int
    next_page_token: str


def issue_birthday_coupons(uow: UnitOfWork, command: IssueBirthdayCoupons) -> BirthdayCouponsIssued:
    """Gives the next 500 members whose birthday comes a coupon each; nobody two for one birthday.

    Who was missed on the day, or joined since, gets theirs up to the birthday itself. It costs what the birthdays of
    these days are, not what the chain has members. Raises NoBirthdayBatch, UnknownCouponBatch,
    NotForSharedCode, NotClaimableNow, NoCouponsLeft and BirthdaysOfChain.
    """
    after = page(0, command.page_token, key=(int, int)).after or _BEGINNING
    batch = batch_of(uow, _batch_code(uow, command), field="batch_code")
    if batch.terms.shared:
        raise NotForSharedCode("batch_code")
    if not uow.caller.manages(WHOLE_CHAIN):
        raise BirthdaysOfChain
    # Runs follow each other, so that each finds what the one before has given.
    uow.bump("birthdays")
    uow.refresh()
    prepared = uow.birthdays.mark(limit=MEMBERS_AT_ONCE)
    if prepared == MEMBERS_AT_ONCE:
        return BirthdayCouponsIssued(0, prepared, token_of(_BEGINNING))
    today = latest_day(uow)
    days = uow.chain.chain_policies.birthday_coupon_days
    for year, month_days in birthdays_ahead(today, days).items():
        if year < after[0]:
            continue
        members = uow.birthdays.coming(
            month_days,
            year=year,
            none_since=today - timedelta(days=DAYS_BETWEEN_MIN),
            after=after[1] if year == after[0] else 0,
            limit=MEMBERS_AT_ONCE,
        )
        if members:
            _give(uow, batch, members, year)
            return BirthdayCouponsIssued(len(members), prepared, token_of((year, members[-1])))
    return BirthdayCouponsIssued(0, prepared, "")


def _batch_code(uow: UnitOfWork, command: IssueBirthdayCoupons) -> str:
    if command.batch_code:
        return command.batch_code
    uow.refresh()
    set_for_chain = uow.chain.chain_policies.birthday_coupon_batch
    if not set_for_chain:
        raise NoBirthdayBatch("batch_code")
    return set_for_chain


def _give(uow: UnitOfWork, batch: StoredBatch, members: Sequence[int], year: int) -> None:
    """A coupon for each of the members, with the event that tells whatever sends messages; it names no birthday."""
    uow.members.hold(members)
    made = issued_of(uow, batch, members, Use(None, None, uow.caller, uow.now, uow.now))
    coupons = {one.coupon.member_id: one.coupon.coupon_id for one in made}
    uow.birthdays.given(coupons, year=year, on=latest_day(uow), at=uow.now)
    purposes = uow.chain.chain_policies.consent_purposes
    # A coupon is advertising: whoever sends the message sends it by the channels that the member has agreed to.
    agreed = uow.consents.allowed(coupons, [code for code, _ in purposes if code.startswith(MARKETING)])
    for member_id, coupon_id in coupons.items():
        uow.publish(
            TOPIC,
            coupon_id,
            {
                "member_id": member_id,
                "coupon_id": coupon_id,
                "batch_code": batch.terms.code,
                "may_contact_for": list(agreed.get(member_id, ())),
            },
        )
