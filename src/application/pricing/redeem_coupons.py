"""Coupons used by systems that price themselves, and coupons kept for a purchase that is not paid yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from application.coupon_ledger import (
    COUPONS_SHOWN_MAX,
    Use,
    check_usable,
    checked_codes,
    checked_hold_id,
    record_hold,
    record_release,
    record_use,
)
from application.fields import at_most, optional_name, within
from application.named_members import UnknownMember, member_id_of
from application.ports.coupons import CouponNeeds, LoadedCoupons
from application.ports.kernel import UnitOfWork
from application.pricing.issue_coupons import calling_store
from application.scope import CLOCK_AHEAD_MAX, UnknownStore
from application.transactor import Call
from domain.identity.organisation import Caller, Store
from domain.pricing.coupon import read_code
from domain.shared.errors import Invalid, Refusal

HOLD_MINUTES: Final = 15
HOLD_MINUTES_MAX: Final = 24 * 60


class RedeemedInFuture(Invalid):
    en = "redeemed_at is more than {hours} hours ahead. Set the clock of the sender."
    zh = "redeemed_at 超前 {hours} 小时以上，请校准发送方时钟。"


@dataclass(frozen=True, slots=True)
class RedeemCoupon:
    """A coupon that was used at `redeemed_at` (now, when that is left out) by a member, or by whoever showed it."""

    code: str = field(repr=False)
    member_key: str = ""
    store_code: str = ""
    redeemed_at: datetime | None = None
    reference: str = ""
    hold_id: str = ""


@dataclass(frozen=True, slots=True)
class CouponRedeemed:
    """Which coupon it was; `uses_left` is -1 for a shared code without end."""

    coupon_id: int
    batch_code: str
    batch_name: str
    uses_left: int


@dataclass(frozen=True, slots=True)
class HoldCoupons:
    """Coupons that nobody else may use for `minutes` (15, when that is 0)."""

    codes: tuple[str, ...] = field(repr=False)
    member_key: str = ""
    store_code: str = ""
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class CouponsHeld:
    """`hold_id` is to be sent with the basket that uses them."""

    hold_id: str
    until: datetime
    batch_codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class ReleaseCoupons:
    hold_id: str


@dataclass(frozen=True, slots=True)
class CouponsReleased:
    released: int


def redeem_coupons(uow: UnitOfWork, calls: Sequence[Call[RedeemCoupon]]) -> list[CouponRedeemed | Refusal]:
    """Uses each coupon once, in order; a refusal refuses only itself, and each sees what the ones before it used.

    Validity is that of the day in the store at `redeemed_at`. Raises UnknownMember, UnknownStore, RedeemedInFuture and
    the refusals of `check_usable`.
    """
    needs = CouponNeeds({(read_code(call.command.code), call.command.member_key) for call in calls})
    # Without the lock that orders what needs both: no points move here.
    member_ids = uow.members.ids({call.command.member_key for call in calls if call.command.member_key})
    if member_ids:
        # What counts for a member who is just being merged would count for the file alone.
        uow.members.hold(set(member_ids.values()))
    coupons = uow.coupons.lock(needs)
    outcomes: list[CouponRedeemed | Refusal] = []
    for call in calls:
        try:
            outcomes.append(_redeem(uow, call, coupons, member_ids.get(call.command.member_key)))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


def hold_coupons(uow: UnitOfWork, command: HoldCoupons) -> CouponsHeld:
    """Keeps all these coupons for the caller, or none; they come free by themselves when the time is over.

    A shared code without end needs no hold and gets none. Raises the refusals of `check_usable`.
    """
    at_most(command.codes, COUPONS_SHOWN_MAX, field="codes")
    checked_codes(command.codes, field="codes")
    within(command.minutes, 0, HOLD_MINUTES_MAX, field="minutes")
    store = _store(uow, uow.caller, command.store_code)
    member_id = member_id_of(uow, command.member_key)
    coupons = uow.coupons.lock(CouponNeeds({(read_code(code), command.member_key) for code in command.codes}))
    use = Use(member_id, store, uow.caller, uow.now, uow.now)
    until = uow.now + timedelta(minutes=command.minutes or HOLD_MINUTES)
    batch_codes = []
    for index, code in enumerate(command.codes):
        found = check_usable(coupons, code, use, field=f"codes[{index}]")
        batch_codes.append(found.batch.code)
        if found.coupon.uses_max:
            record_hold(uow, found, use, request_id=uow.request_id, until_at=until)
    return CouponsHeld(uow.request_id, until, batch_codes)


def release_coupons(uow: UnitOfWork, command: ReleaseCoupons) -> CouponsReleased:
    """Gives free what is still held under a hold of this caller; 0 when nothing is."""
    hold_id = checked_hold_id(command.hold_id, field="hold_id")
    holds = uow.coupons.open_holds(caller_id=uow.caller.caller_id, request_id=hold_id)
    found = uow.coupons.lock_by_id([hold.coupon_id for hold in holds]) if holds else {}
    use = Use(None, calling_store(uow), uow.caller, uow.now, uow.now)
    released = 0
    for one in found.values():
        # Those that are open now that the coupon is locked.
        for hold in one.holds:
            if (hold.caller_id, hold.request_id) == (uow.caller.caller_id, hold_id):
                record_release(uow, one, hold, use, reason="released")
                released += 1
    return CouponsReleased(released)


def _redeem(uow: UnitOfWork, call: Call[RedeemCoupon], coupons: LoadedCoupons, member_id: int | None) -> CouponRedeemed:
    command = call.command
    if command.member_key and member_id is None:
        raise UnknownMember("member_key")
    optional_name(command.reference, field="reference")
    at = command.redeemed_at or call.received_at
    if at > call.received_at + CLOCK_AHEAD_MAX:
        raise RedeemedInFuture("redeemed_at", hours=CLOCK_AHEAD_MAX // timedelta(hours=1))
    hold_id = checked_hold_id(command.hold_id, field="hold_id") if command.hold_id else ""
    use = Use(
        member_id,
        _store(uow, call.caller, command.store_code),
        call.caller,
        at,
        call.received_at,
        (call.caller.caller_id, hold_id) if hold_id else None,
    )
    found = check_usable(coupons, command.code, use, field="code")
    record_use(uow, coupons, found, use, document_id=0, reason=command.reference)
    coupon = found.coupon
    left = coupon.uses_max - coupon.uses if coupon.uses_max else -1
    return CouponRedeemed(coupon.coupon_id, found.batch.code, found.batch.name, left)


def _store(uow: UnitOfWork, caller: Caller, store_code: str) -> Store | None:
    """The store that is named, else the terminal's own; None where nobody names one."""
    if not store_code:
        return None if caller.store_id is None else uow.chain.stores[caller.store_id]
    store_id = uow.chain.store_ids.get(store_code)
    if store_id is None or not caller.sees(store_id) or caller.store_id not in (None, store_id):
        raise UnknownStore("store_code", store_code=store_code)
    return uow.chain.stores[store_id]
