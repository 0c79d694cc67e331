"""What is recorded when a coupon is made, held, used or given back; the loaded coupon is moved along with it.

Shared by the use cases of pricing and of sales: whoever calls has locked the coupon, and the allowance of the member.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from application.fields import TooMany, optional_name
from application.ports.coupons import LoadedCoupons, StoredBatch
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import Caller, Store
from domain.pricing.coupon import (
    Coupon,
    CouponAllowance,
    CouponBatch,
    CouponEvent,
    CouponEventKind,
    CouponHold,
    CouponHolder,
    CouponTrouble,
    CouponUse,
    Ended,
    FoundCoupon,
    lapsed_holds,
    new_code,
    own_hold,
    read_code,
    trouble,
)
from domain.shared.errors import Invalid, NotFound, Rejected
from domain.shared.period import zone

BEHIND_UTC_MAX: Final = timedelta(hours=12)
"""How far the calendar of a store may lie behind UTC."""


COUPONS_SHOWN_MAX: Final = 50
"""In one basket, or in one hold."""
CODE_CHARACTERS_MAX: Final = 64


class UnknownCoupon(NotFound):
    en = "There is no coupon with this code. Check the code, letter by letter."
    zh = "没有此优惠券码，请逐字核对。"


class CouponVoided(Rejected):
    en = "This coupon has been voided and cannot be used."
    zh = "此优惠券已作废，不能使用。"


class CouponExpired(Rejected):
    en = "This coupon was valid until {until_date}, that day not included."
    zh = "此优惠券已于 {until_date} 起失效。"


class CouponNotYetValid(Rejected):
    en = "This coupon is valid from {from_date} on. Use it then."
    zh = "此优惠券自 {from_date} 起方可使用。"


class CouponOfAnother(Rejected):
    en = "This coupon was given to another member. Only that member may use it."
    zh = "此优惠券属于其他会员，仅限本人使用。"


class CouponUsed(Rejected):
    en = "This coupon was used at {at} in store “{store_code}” by “{caller_code}”, sale {sale_id}. It is used up."
    zh = "此优惠券已于 {at} 在门店“{store_code}”由“{caller_code}”核销（销售单 {sale_id}），次数已用完。"


class CouponHeld(Rejected):
    en = "This coupon is kept for another purchase at the moment. Try again when that is completed or given up."
    zh = "此优惠券正被另一笔交易占用，请在其完成或取消后再试。"


class CouponNeedsMember(Rejected):
    en = "Only a member can use this coupon. Send the member's number, phone or card."
    zh = "此优惠券仅限会员使用，请提供会员号、手机或会员卡。"


class CouponUsedOften(Rejected):
    en = "This member has used coupons of “{batch_code}” {uses} times, and may not more often."
    zh = "该会员使用“{batch_code}”优惠券已达 {uses} 次上限。"


class CodeTwice(Invalid):
    en = "This code is shown twice. Show each coupon once."
    zh = "此券码重复出现，每张优惠券只能出示一次。"


class InvalidHoldId(Invalid):
    en = "This is no request id of a hold: send the UUID under which HoldCoupons was called."
    zh = "不是占用请求的 id：请填写调用 HoldCoupons 时的 UUID。"


@dataclass(frozen=True, slots=True)
class Use:
    """Where, when and by whom coupons are used; `hold` is the caller and the request of the hold they are under."""

    member_id: int | None
    store: Store | None
    caller: Caller
    at: datetime
    now: datetime
    hold: tuple[int, str] | None = None

    @property
    def on(self) -> date:
        """The day by the store's calendar; without a store by UTC."""
        return local_day(self.store, self.at)


@dataclass(slots=True)
class Issued:
    """A coupon that was just made, with its code."""

    coupon: Coupon
    code: str = field(repr=False)


def local_day(store: Store | None, at: datetime) -> date:
    """The day of the calendar in a store; without one in UTC."""
    return (at.astimezone(zone(store.time_zone)) if store is not None else at).date()


def checked_codes(codes: Sequence[str], *, field: str) -> tuple[str, ...]:
    """The codes themselves, each shown once and no more than one basket takes."""
    if len(codes) > COUPONS_SHOWN_MAX:
        raise TooMany(field, count=len(codes), count_max=COUPONS_SHOWN_MAX)
    seen = set()
    for index, code in enumerate(codes):
        optional_name(code[: CODE_CHARACTERS_MAX + 1], field=f"{field}[{index}]")
        plain = read_code(code)
        if plain in seen:
            raise CodeTwice(f"{field}[{index}]")
        seen.add(plain)
    return tuple(codes)


def checked_hold_id(hold_id: str, *, field: str) -> str:
    """The request id of a hold in lower case; raises InvalidHoldId for what is no UUID."""
    text = hold_id.strip().lower()
    if [len(part) for part in text.split("-")] != [8, 4, 4, 4, 12] or not set(text) <= set("0123456789abcdef-"):
        raise InvalidHoldId(field)
    return text


def check_usable(coupons: LoadedCoupons, code: str, use: Use, *, field: str) -> FoundCoupon:
    """The coupon with this code, which may be used; raises the refusal that says what stands against it."""
    found = coupons.by_code.get(read_code(code))
    if found is None:
        raise UnknownCoupon(field)
    coupon = found.coupon
    allowance = allowance_of(coupons, found, use.member_id)
    stands = trouble(
        found,
        member_id=use.member_id,
        given=(coupon.batch_id, use.member_id) in coupons.given,
        allowance=allowance,
        on=use.on,
        now=use.now,
        hold=use.hold,
    )
    match stands:
        case None:
            return found
        case CouponTrouble.VOIDED:
            raise CouponVoided(field)
        case CouponTrouble.EXPIRED:
            raise CouponExpired(field, until_date=coupon.until_date)
        case CouponTrouble.NOT_YET_VALID:
            raise CouponNotYetValid(field, from_date=coupon.from_date)
        case CouponTrouble.FOREIGN:
            raise CouponOfAnother(field)
        case CouponTrouble.HELD:
            raise CouponHeld(field)
        case CouponTrouble.MEMBER_NEEDED:
            raise CouponNeedsMember(field)
        case CouponTrouble.MEMBER_LIMIT:
            raise CouponUsedOften(field, batch_code=found.batch.code, uses=allowance.uses if allowance else 0)
    last = found.last_use or CouponUse(use.now, "", "", 0)
    at = last.at.strftime("%Y-%m-%d %H:%M:%S UTC")
    raise CouponUsed(
        field, at=at, store_code=last.store_code, caller_code=last.caller_code, sale_id=last.document_id or "-"
    )


def allowance_of(coupons: LoadedCoupons, found: FoundCoupon, member_id: int | None) -> CouponAllowance | None:
    """The locked allowance of a member for the batch of a coupon."""
    return None if member_id is None else coupons.allowances.get((found.coupon.batch_id, member_id))


def valid_on(found: FoundCoupon, day: date) -> bool:
    """Whether a coupon that is given back may be used again on a day, or later."""
    coupon = found.coupon
    return not coupon.ended and (coupon.until_date is None or coupon.until_date > day)


def record_use(
    uow: UnitOfWork, coupons: LoadedCoupons, found: FoundCoupon, use: Use, *, document_id: int, reason: str = ""
) -> None:
    """Uses the coupon once, out of the hold that it is under if there is one."""
    record_lapsed(uow, found, use)
    hold = own_hold(found, use.hold, use.now)
    held = 0
    if hold is not None:
        hold.open_uses -= 1
        held = 1
    coupon = found.coupon
    counted = 1 if coupon.uses_max else 0
    if counted:
        coupon.uses += 1
        coupon.held -= held
        found.last_use = CouponUse(use.at, use.store.code if use.store else "", use.caller.code, document_id)
    allowance = allowance_of(coupons, found, use.member_id)
    if allowance is not None:
        allowance.uses += 1
    uow.add(
        _event(
            uow, coupon, CouponEventKind.REDEEMED, use, uses=counted, held=-held, hold_id=hold.hold_id if hold else 0,
            document_id=document_id, reason=reason,
        )
    )  # fmt: skip


def record_hold(uow: UnitOfWork, found: FoundCoupon, use: Use, *, request_id: str, until_at: datetime) -> None:
    """Keeps one use of the coupon for the caller until an instant."""
    record_lapsed(uow, found, use)
    coupon = found.coupon
    hold = CouponHold(uow.new_id(), coupon.coupon_id, use.caller.caller_id, request_id, use.member_id or 0, until_at, 1)
    coupon.held += 1
    found.holds.append(hold)
    uow.add(hold, _event(uow, coupon, CouponEventKind.HELD, use, held=1, hold_id=hold.hold_id))


def record_release(uow: UnitOfWork, found: FoundCoupon, hold: CouponHold, use: Use, *, reason: str) -> None:
    """Gives a held use free again."""
    hold.open_uses -= 1
    found.coupon.held -= 1
    uow.add(_event(uow, found.coupon, CouponEventKind.RELEASED, use, held=-1, hold_id=hold.hold_id, reason=reason))


def record_lapsed(uow: UnitOfWork, found: FoundCoupon, use: Use) -> None:
    """Gives free what was held for too long."""
    for hold in lapsed_holds(found, use.now):
        record_release(uow, found, hold, use, reason="lapsed")


def record_restored(uow: UnitOfWork, found: FoundCoupon, use: Use, *, document_id: int, reason: str = "") -> None:
    """Gives a use back that a sale had taken; `use.member_id` is the member whom it had counted against."""
    coupon = found.coupon
    counted = 1 if coupon.uses_max else 0
    coupon.uses -= counted
    uow.add(_event(uow, coupon, CouponEventKind.RESTORED, use, uses=-counted, document_id=document_id, reason=reason))


def restored_for_leaders(uow: UnitOfWork, restored: Sequence[tuple[FoundCoupon, int]]) -> None:
    """Takes restored uses, each with its member (0 for nobody), off the counts of those whom that file leads to."""
    for member_id in sorted({member_id for _, member_id in restored if member_id}):
        leaders = uow.merge_counts.leaders(member_id)
        if leaders:
            batches = Counter(found.coupon.batch_id for found, by in restored if by == member_id)
            uow.merge_counts.give_coupons_back(leaders, batches)


def record_ended(uow: UnitOfWork, found: FoundCoupon, use: Use, ended: Ended, *, reason: str = "") -> None:
    """Ends a coupon for ever."""
    coupon = found.coupon
    coupon.ended = ended
    kind = CouponEventKind.VOIDED if ended is Ended.VOIDED else CouponEventKind.EXPIRED
    uow.add(_event(uow, coupon, kind, use, ended=int(ended), reason=reason))


def record_transfer(uow: UnitOfWork, found: FoundCoupon, use: Use, *, document_id: int = 0) -> None:
    """Makes the coupon that of `use.member_id`; `document_id` is the merge of members that did, 0 for none."""
    found.coupon.member_id = use.member_id or 0
    uow.add(_event(uow, found.coupon, CouponEventKind.TRANSFERRED, use, document_id=document_id))


def record_issued(
    uow: UnitOfWork,
    batch: StoredBatch,
    members: Sequence[int],
    use: Use,
    *,
    claimed: bool = False,
    document_id: int = 0,
) -> list[Issued]:
    """Makes a coupon of its own code for each of these members (0 for nobody), valid as the terms say.

    Everybody who is to hear of it is told by an event of the outbox each, which carries no code.
    """
    terms = batch.terms
    start, end = validity(terms.from_date, terms.until_date, terms.valid_days, on=use.on)
    kind = CouponEventKind.CLAIMED if claimed else CouponEventKind.ISSUED
    made = []
    for coupon_id, member_id in zip(uow.new_ids(len(members)), members, strict=True):
        code = new_code(uow.secrets.new_token())
        digest, cipher = uow.coupons.seal(coupon_id, code)
        coupon = Coupon(coupon_id, batch.batch_id, digest, cipher, member_id, 1, 0, 0, 0, start, end, use.now)
        made.append(Issued(coupon, code))
        uow.add(coupon, _event(uow, coupon, kind, use, issued=1, document_id=document_id))
        uow.publish(
            "CouponIssued",
            coupon_id,
            {"coupon_id": coupon_id, "batch_code": terms.code, "member_id": member_id or None, "kind": kind},
        )
    return made


def award_coupons(
    uow: UnitOfWork, awards: Sequence[tuple[str, int]], use: Use, *, document_id: int
) -> list[tuple[StoredBatch, Issued]]:
    """The coupons that a sale earns, made within its transaction: so many of each batch, to its member if it has one.

    Nothing refuses a sale that is otherwise done: of a batch that does not exist, is over, has a shared code, belongs
    to members only where there is none, or has no more left, so many fewer are made. The codes are for the receipt.
    """
    batches = uow.coupons.batches({code for code, _ in awards})
    bounded = [batch.batch_id for batch in batches.values() if batch.terms.total_max]
    counts = uow.coupons.lock_counts(bounded) if bounded else {}
    made: list[tuple[StoredBatch, Issued]] = []
    for code, wanted in sorted(awards):
        batch = batches.get(code)
        if batch is None or not _awardable(batch.terms, use):
            continue
        count = wanted
        if batch.batch_id in counts:
            counted = counts[batch.batch_id]
            count = max(0, min(wanted, counted.total_max - counted.issued))
            counted.issued += count
        issued = record_issued(uow, batch, [use.member_id or 0] * count, use, document_id=document_id)
        made += [(batch, one) for one in issued]
    return made


def _awardable(terms: CouponBatch, use: Use) -> bool:
    over = bool(terms.until_date) and terms.until_date <= use.on.isoformat()
    return not (terms.shared or over or (terms.holder is CouponHolder.MEMBER and use.member_id is None))


def validity(from_date: str, until_date: str, valid_days: int, *, on: date) -> tuple[date | None, date | None]:
    """First day of a coupon that is issued on a day, and the first on which it no longer holds; None is no bound."""
    start = date.fromisoformat(from_date) if from_date else None
    ends: list[date] = [date.fromisoformat(until_date)] if until_date else []
    if valid_days:
        start = max(start or on, on)
        ends.append(start + timedelta(days=valid_days))
    return start, min(ends, default=None)


def presented_batches(found: Iterable[FoundCoupon]) -> tuple[str, ...]:
    """The batch of each coupon, as a situation names them."""
    return tuple(sorted(one.batch.code for one in found))


def _event(
    uow: UnitOfWork,
    coupon: Coupon,
    kind: CouponEventKind,
    use: Use,
    *,
    issued: int = 0,
    uses: int = 0,
    held: int = 0,
    ended: int = 0,
    hold_id: int = 0,
    document_id: int = 0,
    reason: str = "",
) -> CouponEvent:
    return CouponEvent(
        coupon.coupon_id,
        uow.new_id(),
        coupon.batch_id,
        kind,
        (coupon.member_id if issued else use.member_id) or 0,
        issued,
        uses,
        held,
        ended,
        hold_id,
        document_id,
        use.store.store_id if use.store else 0,
        use.caller.caller_id,
        reason,
        use.at,
        use.now,
    )
