"""Coupons are given out: by HQ, one or ten thousand at a time, or claimed by a member."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from application.coupon_ledger import Issued, Use, record_issued
from application.fields import at_most, within
from application.named_members import UnknownMember, member_id_of, member_ids_of
from application.ports.coupons import StoredBatch
from application.ports.kernel import UnitOfWork
from application.pricing.coupon_batches import NotForSharedCode, batch_of
from domain.identity.organisation import Store
from domain.pricing.coupon import CouponHolder
from domain.shared.errors import Invalid, Rejected

COUPONS_AT_ONCE_MAX: Final = 10_000


class MembersOrCount(Invalid):
    en = "Say either how many coupons are wanted or which members get one each."
    zh = "请填写张数，或列出各得一张的会员，二者只能选一。"


class CouponsNeedMembers(Invalid):
    en = "Coupons of “{batch_code}” belong to members. Name the members who get one each."
    zh = "“{batch_code}”的优惠券仅限会员持有，请列出会员。"


class NoCouponsLeft(Rejected):
    en = "Of the {total_max} coupons of “{batch_code}” {left} are left, not {asked}."
    zh = "“{batch_code}”共 {total_max} 张，仅剩 {left} 张，不足 {asked} 张。"


class NotClaimable(Rejected):
    en = "Coupons of “{batch_code}” are not for members to claim."
    zh = "“{batch_code}”的优惠券不能由会员领取。"


class NotClaimableNow(Rejected):
    en = "Coupons of “{batch_code}” can no longer be used, so none is given out."
    zh = "“{batch_code}”的优惠券已过有效期，不再发放。"


class ClaimedOften(Rejected):
    en = "This member has claimed {claims} coupons of “{batch_code}”, and may not claim more."
    zh = "该会员已领取 {claims} 张“{batch_code}”，达到上限。"


@dataclass(frozen=True, slots=True)
class IssueCoupons:
    """`count` coupons for whoever shows them, or one for each of `member_keys`; a member may be named several times."""

    batch_code: str
    count: int = 0
    member_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CouponsIssued:
    """The codes in the order of the members."""

    issued: int
    codes: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClaimCoupon:
    batch_code: str
    member_key: str


@dataclass(frozen=True, slots=True)
class CouponClaimed:
    coupon_id: int
    code: str = field(repr=False)
    from_date: str
    until_date: str


def issue_coupons(uow: UnitOfWork, command: IssueCoupons) -> CouponsIssued:
    """Makes up to 10,000 coupons, all or none, each with a code of its own.

    Days count from today by the calendar of the calling terminal's store, for others in UTC. Raises UnknownCouponBatch,
    UnknownMember, NoCouponsLeft and NotClaimableNow.
    """
    batch = batch_of(uow, command.batch_code, field="batch_code")
    if batch.terms.shared:
        raise NotForSharedCode("batch_code")
    if bool(command.count) == bool(command.member_keys):
        raise MembersOrCount("count")
    if command.member_keys:
        at_most(command.member_keys, COUPONS_AT_ONCE_MAX, field="member_keys")
        members = member_ids_of(uow, command.member_keys)
    else:
        within(command.count, 1, COUPONS_AT_ONCE_MAX, field="count")
        if batch.terms.holder is CouponHolder.MEMBER:
            raise CouponsNeedMembers("member_keys", batch_code=batch.terms.code)
        members = [0] * command.count
    made = issued_of(uow, batch, members, _here(uow))
    return CouponsIssued(len(made), [one.code for one in made])


def claim_coupon(uow: UnitOfWork, command: ClaimCoupon) -> CouponClaimed:
    """Gives a member one coupon of a batch that is open to claims, as long as there are any.

    Raises UnknownCouponBatch, UnknownMember, NotClaimable, ClaimedOften, NoCouponsLeft and NotClaimableNow.
    """
    batch = batch_of(uow, command.batch_code, field="batch_code")
    terms = batch.terms
    if not terms.claimable:
        raise NotClaimable("batch_code", batch_code=terms.code)
    member_id = member_id_of(uow, command.member_key)
    if member_id is None:
        raise UnknownMember("member_key")
    uow.members.hold([member_id])
    allowance = uow.coupons.lock_allowance(batch.batch_id, member_id)
    if terms.claims_per_member_max and allowance.claims >= terms.claims_per_member_max:
        raise ClaimedOften("member_key", claims=allowance.claims, batch_code=terms.code)
    [made] = issued_of(uow, batch, [member_id], _here(uow), claimed=True)
    coupon = made.coupon
    return CouponClaimed(
        coupon.coupon_id,
        made.code,
        coupon.from_date.isoformat() if coupon.from_date else "",
        coupon.until_date.isoformat() if coupon.until_date else "",
    )


def issued_of(
    uow: UnitOfWork, batch: StoredBatch, members: Sequence[int], use: Use, *, claimed: bool = False
) -> list[Issued]:
    """The new coupons, no more than there may be of the batch and none that is over already."""
    terms = batch.terms
    if terms.until_date and terms.until_date <= use.on.isoformat():
        raise NotClaimableNow("batch_code", batch_code=terms.code)
    if terms.total_max:
        # The one row for which everybody who gives out coupons of a bounded batch has to wait.
        left = terms.total_max - uow.coupons.lock_counts([batch.batch_id])[batch.batch_id].issued
        if left < len(members):
            raise NoCouponsLeft(
                "batch_code", total_max=terms.total_max, batch_code=terms.code, left=max(left, 0), asked=len(members)
            )
    return record_issued(uow, batch, members, use, claimed=claimed)


def _here(uow: UnitOfWork) -> Use:
    return Use(None, calling_store(uow), uow.caller, uow.now, uow.now)


def calling_store(uow: UnitOfWork) -> Store | None:
    """The store of the calling terminal; None for everybody else."""
    return None if uow.caller.store_id is None else uow.chain.stores[uow.caller.store_id]
