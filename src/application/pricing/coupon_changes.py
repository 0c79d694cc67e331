"""Coupons are voided, handed to another member, or expire."""

from dataclasses import dataclass, field
from typing import Final

from application.coupon_ledger import (
    BEHIND_UTC_MAX,
    CouponExpired,
    CouponOfAnother,
    UnknownCoupon,
    Use,
    check_usable,
    record_ended,
    record_lapsed,
    record_transfer,
)
from application.fields import at_most, named_once, required_name, within
from application.named_members import UnknownMember, member_id_of
from application.ports.coupons import CouponNeeds
from application.ports.kernel import UnitOfWork
from application.pricing.issue_coupons import calling_store
from domain.pricing.coupon import Ended, FoundCoupon, read_code
from domain.shared.errors import NotFound, Rejected

VOIDED_AT_ONCE_MAX: Final = 1_000
EXPIRED_AT_ONCE_MAX: Final = 1_000


class CouponUsedUp(Rejected):
    en = "This coupon is used up, so there is nothing left to void."
    zh = "此优惠券已用完，无需作废。"


class NotTransferable(Rejected):
    en = "Coupons of “{batch_code}” cannot be handed on."
    zh = "“{batch_code}”的优惠券不可转让。"


class UnknownCouponId(NotFound):
    en = "There is no coupon {coupon_id}."
    zh = "没有优惠券 {coupon_id}。"


@dataclass(frozen=True, slots=True)
class VoidCoupons:
    """Coupons by code or by id."""

    reason: str
    codes: tuple[str, ...] = field(default=(), repr=False)
    coupon_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CouponsVoided:
    voided: int


@dataclass(frozen=True, slots=True)
class TransferCoupon:
    code: str = field(repr=False)
    from_member_key: str
    to_member_key: str


@dataclass(frozen=True, slots=True)
class CouponTransferred:
    coupon_id: int


@dataclass(frozen=True, slots=True)
class ExpireCoupons:
    coupons_max: int = EXPIRED_AT_ONCE_MAX


@dataclass(frozen=True, slots=True)
class CouponsExpired:
    expired: int


def void_coupons(uow: UnitOfWork, command: VoidCoupons) -> CouponsVoided:
    """Ends up to 1,000 coupons for ever, all or none; those already voided stay so and do not count.

    A shared code that was used is ended for whoever comes next. Raises UnknownCoupon and CouponUsedUp.
    """
    reason = required_name(command.reason, field="reason")
    at_most((*command.codes, *command.coupon_ids), VOIDED_AT_ONCE_MAX, field="codes")
    named_once([read_code(code) for code in command.codes], field="codes", key="code")
    by_code = uow.coupons.look(CouponNeeds({(read_code(code), "") for code in command.codes})).by_code
    ids: dict[int, str] = {}
    for index, code in enumerate(command.codes):
        if read_code(code) not in by_code:
            raise UnknownCoupon(f"codes[{index}]")
        ids[by_code[read_code(code)].coupon.coupon_id] = f"codes[{index}]"
    ids |= {coupon_id: f"coupon_ids[{index}]" for index, coupon_id in enumerate(command.coupon_ids)}
    found = uow.coupons.lock_by_id(list(ids))
    use = Use(None, calling_store(uow), uow.caller, uow.now, uow.now)
    voided = 0
    for coupon_id, place in ids.items():
        one = found.get(coupon_id)
        if one is None:
            raise UnknownCouponId(place, coupon_id=coupon_id)
        voided += _void(uow, one, use, reason, place)
    return CouponsVoided(voided)


def transfer_coupon(uow: UnitOfWork, command: TransferCoupon) -> CouponTransferred:
    """Makes an unused coupon that of another member, where its batch allows that.

    Raises NotTransferable, CouponOfAnother, UnknownMember and the refusals of `check_usable`.
    """
    holder = member_id_of(uow, command.from_member_key, field="from_member_key")
    receiver = member_id_of(uow, command.to_member_key, field="to_member_key")
    if holder is None or receiver is None:
        raise UnknownMember("from_member_key" if holder is None else "to_member_key")
    # Members before coupons, as a merge locks them.
    uow.members.hold({holder, receiver})
    coupons = uow.coupons.lock(CouponNeeds({(read_code(command.code), command.from_member_key)}))
    use = Use(holder, calling_store(uow), uow.caller, uow.now, uow.now)
    found = check_usable(coupons, command.code, use, field="code")
    if not found.batch.transferable:
        raise NotTransferable("code", batch_code=found.batch.code)
    if found.coupon.member_id != holder:
        raise CouponOfAnother("code")
    record_transfer(uow, found, Use(receiver, use.store, use.caller, use.at, use.now))
    return CouponTransferred(found.coupon.coupon_id)


def expire_coupons(uow: UnitOfWork, command: ExpireCoupons) -> CouponsExpired:
    """Notes in the ledger that up to so many coupons are over in every time zone; repeated until it says 0.

    It changes nothing for a till: what is over by its date is refused without it.
    """
    within(command.coupons_max, 1, EXPIRED_AT_ONCE_MAX, field="coupons_max")
    lapsed = uow.coupons.lock_lapsed(until=(uow.now - BEHIND_UTC_MAX).date(), limit=command.coupons_max)
    use = Use(None, None, uow.caller, uow.now, uow.now)
    for found in lapsed:
        record_lapsed(uow, found, use)
        record_ended(uow, found, use, Ended.EXPIRED)
    return CouponsExpired(len(lapsed))


def _void(uow: UnitOfWork, found: FoundCoupon, use: Use, reason: str, place: str) -> bool:
    coupon = found.coupon
    if coupon.ended == Ended.VOIDED:
        return False
    if coupon.ended == Ended.EXPIRED:
        raise CouponExpired(place, until_date=coupon.until_date)
    if coupon.uses_max and coupon.uses >= coupon.uses_max:
        raise CouponUsedUp(place)
    record_lapsed(uow, found, use)
    record_ended(uow, found, use, Ended.VOIDED, reason=reason)
    return True
