"""Partial returns under the setting `coupon_on_partial_return` = `reprice`: the refund, and the coupons to restore."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.coupon_ledger import Use, local_day, record_restored, restored_for_leaders, valid_on
from application.ports.kernel import UnitOfWork
from application.sales.kept_basket import KeptBasket, facts_of_refund, kept_basket
from application.sales.replaying import priced_whole
from domain.identity.organisation import Store
from domain.pricing.coupon import FoundCoupon
from domain.pricing.facts import ENGINE_VERSION
from domain.sales.facts import SaleFacts
from domain.sales.reversal import LineLeft
from domain.shared.errors import Rejected

REPRICE: Final = "reprice"


class KeptCostsMore(Rejected):
    en = "The goods that are kept cost {kept_minor} by themselves, {uncharged_minor} more than was paid: no refund."
    zh = "留下的商品单独计价为 {kept_minor}，比已付金额多 {uncharged_minor}，因此不退款。"


class NotPricedAgain(Rejected):
    en = "The goods that are kept could not be priced by themselves; the refund is what was paid for the lines."
    zh = "留下的商品无法单独重新计价，按原行实付金额退款。"


@dataclass(slots=True)
class Repriced:
    """A refund priced by what is kept, with the coupons of its sale, locked, and the members they count against.

    `kept` is None where what is kept could not be priced.
    """

    kept: KeptBasket | None
    coupons: Sequence[tuple[FoundCoupon, int]]
    version: int


def reprice(
    uow: UnitOfWork,
    sale_id: int,
    left: Mapping[int, LineLeft],
    chosen: Sequence[tuple[LineLeft, int]],
    *,
    reversal_id: int,
    first: bool,
) -> Repriced | None:
    """The refund of `chosen`, priced by what is kept; None for a sale without coupons, which pays by its lines.

    It counts that coupons were used, also when an earlier return has restored them; the `first` return has none before.
    Locks the coupons that the sale still uses up; the sale and its member's points are locked already.
    """
    used = uow.coupons.redeemed_in(sale_id)
    if first and not used:
        return None
    found = uow.coupons.lock_by_id([coupon_id for coupon_id, _ in used]) if used else {}
    coupons = [(found[coupon_id], member_id) for coupon_id, member_id in used]
    sold = uow.priced_sales.get(sale_id)
    assert sold is not None
    whole = priced_whole(uow, sold)
    if not used and not (whole and any(one.applied and one.coupon_batch_code for one in whole.considered)):
        return None
    kept = None
    if whole is not None:
        kept = kept_basket(whole, left, chosen, coupon_batches=_batches(coupons), sale_id=reversal_id)
    return Repriced(kept, coupons, sold.facts.promotions_version if sold.facts is not None else 0)


def record_repriced(
    uow: UnitOfWork, repriced: Repriced, *, sale_id: int, reversal_id: int, store: Store, policy: str
) -> int:
    """Keeps what the refund was priced from, and gives coupons back that it leaves nothing of; how many these are.

    Those of a batch that hold longest come back first, the inverse of how they were taken. With the policy `consume`,
    and when they are over, they stay used.
    """
    kept = repriced.kept
    if kept is None:
        return 0
    facts = facts_of_refund(_batches(repriced.coupons))
    uow.add(SaleFacts(reversal_id, ENGINE_VERSION, repriced.version, facts))
    if policy == "consume":
        return 0
    needed = dict(kept.coupons_needed)
    today = local_day(store, uow.now)
    restored = []
    for one, member_id in sorted(repriced.coupons, key=lambda pair: _expiring_first(pair[0])):
        code = one.batch.code
        if needed.get(code, 0):
            needed[code] -= 1
        elif valid_on(one, today):
            use = Use(member_id or None, store, uow.caller, uow.now, uow.now)
            record_restored(uow, one, use, document_id=sale_id, reason=f"reversal {reversal_id}")
            restored.append((one, member_id))
    restored_for_leaders(uow, restored)
    return len(restored)


def repriced_warnings(repriced: Repriced, *, language: str) -> list[str]:
    """What the cashier tells the customer where a refund is not what the line was paid with."""
    kept = repriced.kept
    if kept is None:
        return [NotPricedAgain("lines").message(language)]
    if kept.uncharged_minor:
        told = KeptCostsMore("lines", kept_minor=kept.kept_minor, uncharged_minor=kept.uncharged_minor)
        return [told.message(language)]
    return []


def _batches(coupons: Sequence[tuple[FoundCoupon, int]]) -> list[str]:
    return sorted([one.batch.code for one, _ in coupons])


def _expiring_first(found: FoundCoupon) -> tuple[date, int]:
    return found.coupon.until_date or date.max, found.coupon.coupon_id
