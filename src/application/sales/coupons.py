"""The coupons that are shown with a basket: which may be used, which were, and what comes back on a return."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from application.coupon_ledger import (
    Use,
    award_coupons,
    check_usable,
    local_day,
    presented_batches,
    record_ended,
    record_lapsed,
    record_release,
    record_restored,
    record_use,
    restored_for_leaders,
    valid_on,
)
from application.ports.coupons import LoadedCoupons
from application.ports.kernel import UnitOfWork
from application.sales.explanations import explanation
from application.sales.views import AwardedCouponView, CouponCostView, SaleCouponView, costs_of
from domain.identity.organisation import Store
from domain.pricing.coupon import Ended, FoundCoupon, masked, own_hold, read_code
from domain.pricing.coupon_promotions import coupons_taken
from domain.pricing.promoting import Considered

NO_PROMOTION: Final = "no_promotion"
NOT_NEEDED: Final = "not_needed"


@dataclass(slots=True)
class ShownCoupons:
    """The coupons of one basket, all of which may be used; `loaded` is the state that using them changes."""

    use: Use
    loaded: LoadedCoupons
    codes: Sequence[str] = ()
    found: list[FoundCoupon] = field(default_factory=list)

    @property
    def batches(self) -> tuple[str, ...]:
        """The batch of each, as the situation of a basket names them."""
        return presented_batches(self.found)


def coupon_needs(codes: Sequence[str], member_key: str) -> set[tuple[str, str]]:
    """What has to be loaded for these codes."""
    return {(read_code(code), member_key) for code in codes}


def show_coupons(codes: Sequence[str], loaded: LoadedCoupons, use: Use) -> ShownCoupons:
    """The coupons with these codes; raises the refusal of the first that may not be used, at `coupon_codes[i]`."""
    found = [check_usable(loaded, code, use, field=f"coupon_codes[{index}]") for index, code in enumerate(codes)]
    return ShownCoupons(use, loaded, codes, found)


def use_coupons(
    uow: UnitOfWork, shown: ShownCoupons, considered: Sequence[Considered], *, sale_id: int, language: str
) -> list[SaleCouponView]:
    """Uses up those that brought something, gives free what the others were held for, and says what became of each."""
    chosen = _chosen(shown, considered)
    for one in shown.found:
        if id(one) in chosen:
            record_use(uow, shown.loaded, one, shown.use, document_id=sale_id)
        elif (hold := own_hold(one, shown.use.hold, shown.use.now)) is not None:
            record_release(uow, one, hold, shown.use, reason="not used")
    return _views(shown, considered, chosen, language)


def coupon_views(shown: ShownCoupons, considered: Sequence[Considered], *, language: str) -> list[SaleCouponView]:
    """What would become of each coupon."""
    return _views(shown, considered, _chosen(shown, considered), language)


def coupon_costs(considered: Sequence[Considered], departments: Sequence[str]) -> list[CouponCostView]:
    """What coupons take off by batch and department, in this order; `departments` has that of every line.

    Gifts stand behind what was bought, and nothing comes off them.
    """
    return costs_of(
        (one.coupon_batch_code, department, off)
        for one in considered
        if one.applied and one.coupon_batch_code
        for department, off in zip(departments, one.off_by_line, strict=False)
    )


def award_earned(
    uow: UnitOfWork, considered: Sequence[Considered], use: Use, *, sale_id: int
) -> list[AwardedCouponView]:
    """Makes the coupons that a sale has earned for the next purchase; their codes are for the receipt."""
    awards = [(award.batch_code, award.count) for one in considered if one.applied for award in one.coupons_awarded]
    if not awards:
        return []
    return [
        AwardedCouponView(
            coupon_id=made.coupon.coupon_id,
            batch_code=batch.terms.code,
            batch_name=batch.terms.name,
            code=made.code,
            from_date=made.coupon.from_date.isoformat() if made.coupon.from_date else "",
            until_date=made.coupon.until_date.isoformat() if made.coupon.until_date else "",
        )
        for batch, made in award_coupons(uow, awards, use, document_id=sale_id)
    ]


def give_coupons_back(uow: UnitOfWork, *, sale_id: int, reversal_id: int, store: Store, policy: str) -> int:
    """After everything of a sale was taken back: its coupons may be used again, those that are still valid; how many.

    With the policy `consume` they stay used. Coupons that the sale had earned are void, those that nobody has used.
    """
    used = uow.coupons.redeemed_in(sale_id) if policy != "consume" else ()
    earned = uow.coupons.issued_in(sale_id)
    if not (used or earned):
        return 0
    today = local_day(store, uow.now)
    found = uow.coupons.lock_by_id([*[coupon_id for coupon_id, _ in used], *earned])
    for coupon_id in earned:
        one = found[coupon_id]
        if not one.coupon.ended and not one.coupon.uses:
            use = Use(None, store, uow.caller, uow.now, uow.now)
            record_lapsed(uow, one, use)
            record_ended(uow, one, use, Ended.VOIDED, reason=f"reversal {reversal_id}")
    restored = []
    for coupon_id, member_id in used:
        one = found[coupon_id]
        if valid_on(one, today):
            use = Use(member_id or None, store, uow.caller, uow.now, uow.now)
            record_restored(uow, one, use, document_id=sale_id, reason=f"reversal {reversal_id}")
            restored.append((one, member_id))
    restored_for_leaders(uow, restored)
    return len(restored)


def _chosen(shown: ShownCoupons, considered: Sequence[Considered]) -> set[int]:
    """Those that are used up, by their identity: of one batch those that expire first, then the older ones."""
    applied = [(one.coupon_batch_code, one.times) for one in considered if one.applied]
    taken = coupons_taken(applied, Counter(shown.batches))
    chosen: set[int] = set()
    for one in sorted(shown.found, key=_expiring_first):
        code = one.batch.code
        if taken[code]:
            taken[code] -= 1
            chosen.add(id(one))
    return chosen


def _expiring_first(found: FoundCoupon) -> tuple[date, int]:
    return found.coupon.until_date or date.max, found.coupon.coupon_id


def _views(
    shown: ShownCoupons, considered: Sequence[Considered], chosen: set[int], language: str
) -> list[SaleCouponView]:
    views = []
    for code, one in zip(shown.codes, shown.found, strict=True):
        used = id(one) in chosen
        reason, words = ("", "") if used else _why_not(one, considered, language)
        views.append(
            SaleCouponView(one.coupon.coupon_id, one.batch.code, one.batch.name, masked(code), used, reason, words)
        )
    return views


def _why_not(found: FoundCoupon, considered: Sequence[Considered], language: str) -> tuple[str, str]:
    """Why a coupon brought nothing: what its promotion lacks, or that others of its batch were enough."""
    mine = [one for one in considered if one.coupon_batch_code == found.batch.code]
    if any(one.applied for one in mine):
        return NOT_NEEDED, _words(NOT_NEEDED, language)
    for one in mine:
        if one.unmet is not None:
            return one.unmet.value, explanation(one, language=language)
    return NO_PROMOTION, _words(NO_PROMOTION, language)


def _words(reason: str, language: str) -> str:
    return (_ZH if language.startswith("zh") else _EN)[reason]


_EN: Final = {
    NOT_NEEDED: "Other coupons of this batch were enough; this one was not used.",
    NO_PROMOTION: "The basket holds nothing for which this coupon is meant; it was not used.",
}
_ZH: Final = {
    NOT_NEEDED: "同批次的其他优惠券已足够，本券未使用。",
    NO_PROMOTION: "购物篮中没有本券适用的商品，本券未使用。",
}
