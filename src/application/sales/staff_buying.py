"""Staff purchases: who of the staff buys, at which discount, and how much they may still buy in the month.

What has been bought is counted by a counter for each person, month and currency, one of those of promotions with
limits: nobody locks it to sell, and the statement that commits tests it, so that fifty tills at once sell no more than
one (decision 0013).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from application.policies import Policies
from application.ports.identity import Chain
from application.ports.kernel import UnitOfWork
from application.ports.sales import StoredSale
from domain.identity.organisation import Caller, Store
from domain.pricing.basket import PricedBasket, StaffPurchase
from domain.pricing.promotion_use import UNBOUNDED, CounterKey, PromotionCounter, Subject
from domain.sales.sale import Sale, SaleLine
from domain.sales.staff_purchase import StaffPurchaseEntry
from domain.shared.applied import STAFF_PURCHASE, bought_by
from domain.shared.errors import Invalid, Rejected


class UnknownStaffBuyer(Invalid):
    en = "“{staff_code}” is no member of staff, or none any more. Send the code of who buys, or leave it out."
    zh = "员工“{staff_code}”不存在或已离职。请填写购买者的工号，或省略此项。"


class StaffLimitReached(Rejected):
    en = (
        "“{staff_code}” may buy for {left_minor} more in {month} as staff, and this comes to {total_minor}, in minor"
        " units. Take something out, or sell it as to any customer."
    )
    zh = (
        "员工“{staff_code}”{month} 的内购额度还剩 {left_minor}，本单为 {total_minor}（最小货币单位）。"
        "请减少商品，或按普通顾客销售。"
    )


class StaffLimitExceeded(Rejected):
    en = "The purchases of “{staff_code}” in {month} exceed the limit for staff of {limit_minor} by this sale."
    zh = "本单使员工“{staff_code}”{month} 的内购超出额度 {limit_minor}（最小货币单位）。"


@dataclass(frozen=True, slots=True)
class StaffBuyer:
    """Who buys; `own` where the seller is the same person, or nobody knows who sells."""

    staff_id: int
    purchase: StaffPurchase
    own: bool


@dataclass(frozen=True, slots=True)
class StaffBought:
    """What a sale to a member of staff counts, with the loaded counters that it changes."""

    entry: StaffPurchaseEntry
    counters: Mapping[CounterKey, PromotionCounter]


def staff_buyer(staff_code: str, *, chain: Chain, caller: Caller, policies: Policies) -> StaffBuyer:
    """The member of staff with this code; raises UnknownStaffBuyer."""
    staff_id = chain.staff_ids.get(staff_code)
    if staff_id is None or staff_id in chain.former_staff:
        raise UnknownStaffBuyer("staff_buyer_code", staff_code=staff_code[:64])
    return StaffBuyer(
        staff_id, StaffPurchase(staff_code, policies.staff_discount_bp), caller.staff_id in (None, staff_id)
    )


def month_of_purchase(on: date) -> str:
    """The month in which a business date counts."""
    return on.isoformat()[:7]


def purchase_counter(staff_id: int, currency: str, month: str) -> CounterKey:
    return CounterKey(Subject.STAFF_PURCHASES, 0, month, f"{staff_id}:{currency}")


def purchase_deltas(entries: Iterable[StaffPurchaseEntry]) -> dict[CounterKey, PromotionCounter]:
    """By how much entries move each counter, and within which limit; what comes to nothing moves none."""
    moved: dict[CounterKey, PromotionCounter] = {}
    for entry in entries:
        if not entry.bought_minor:
            continue
        key = purchase_counter(entry.staff_id, entry.currency, entry.month)
        delta = moved.get(key)
        if delta is None:
            delta = moved[key] = PromotionCounter(*key, 0, 0, 0, 0, 0)
        delta.uses += entry.bought_minor
        if entry.bought_minor > 0:
            bounded = entry.limit_minor and not entry.beyond
            delta.uses_max = max(delta.uses_max, entry.limit_minor if bounded else UNBOUNDED)
            # The limit bounds what is bought alone; zero would keep what the counter has, as a return does.
            delta.discount_minor_max = UNBOUNDED
    return moved


def bought_by_staff(
    buyer: StaffBuyer,
    priced: PricedBasket,
    counters: Mapping[CounterKey, PromotionCounter],
    *,
    store: Store,
    policies: Policies,
    on: date,
    at: datetime,
    uploaded: bool,
) -> StaffBought:
    """What the sale counts; its document is named when it is recorded.

    Raises StaffLimitReached, but for what was `uploaded`: that has happened, and is marked.
    """
    limit, month = policies.staff_purchase_limit, month_of_purchase(on)
    total = priced.total_minor
    beyond = False
    if limit and total:
        counter = counters.get(purchase_counter(buyer.staff_id, store.currency, month))
        left = limit - (counter.uses if counter is not None else 0)
        beyond = total > left
        if beyond and not uploaded:
            raise StaffLimitReached(
                "basket.staff_buyer_code",
                staff_code=buyer.purchase.staff_code,
                left_minor=max(0, left),
                total_minor=total,
                month=month,
            )
    off = sum([one.amount_minor for line in priced.lines for one in line.discounts if one.code == STAFF_PURCHASE])
    entry = StaffPurchaseEntry(
        0, buyer.staff_id, store.store_id, store.currency, month, total, off, limit, beyond, at
    )  # fmt: skip
    return StaffBought(entry, counters)


def record_bought(uow: UnitOfWork, bought: StaffBought, sale: Sale, *, staff_code: str, language: str) -> list[str]:
    """Adds the entry, so that the next sale of the batch finds less; what the cashier is told where it goes beyond."""
    entry = bought.entry
    entry.document_id = sale.sale_id
    counter = bought.counters.get(purchase_counter(entry.staff_id, entry.currency, entry.month))
    if counter is not None:
        counter.uses += entry.bought_minor
    uow.add(entry)
    if not entry.beyond:
        return []
    uow.publish(
        "StaffLimitExceeded",
        sale.sale_id,
        {
            "sale_id": sale.sale_id,
            "store_id": entry.store_id,
            "staff_id": entry.staff_id,
            "month": entry.month,
            "limit_minor": entry.limit_minor,
            "bought_minor": entry.bought_minor,
            "currency": entry.currency,
        },
    )
    told = StaffLimitExceeded("basket", staff_code=staff_code, month=entry.month, limit_minor=entry.limit_minor)
    return [told.message(language)]


def give_purchase_back(uow: UnitOfWork, original: StoredSale, reversal: Sale, returned: Iterable[SaleLine]) -> None:
    """Gives what comes back to the month in which it was bought; nothing where no member of staff had bought.

    Nobody has to lock a counter to give back: there is no limit to it that others could reach.
    """
    if not original.lines or not bought_by(original.lines[0].discounts):
        return
    entry = uow.staff_purchases.of_document(original.sale.sale_id)
    if entry is not None:
        off = sum(one.amount_minor for line in returned for one in line.discounts if one.code == STAFF_PURCHASE)
        uow.add(
            StaffPurchaseEntry(
                reversal.sale_id, entry.staff_id, entry.store_id, entry.currency, entry.month,
                reversal.total_minor, off, 0, beyond=False, posted_at=reversal.stored_at,
            )
        )  # fmt: skip
