"""Who buys and how, as the conditions of promotions ask for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from application.ports.membership import MemberAccount
from domain.identity.organisation import Store
from domain.pricing.conditions import days_after_birthday
from domain.pricing.promotion import FestivalDay, Situation
from domain.pricing.promotion_book import PromotionBook
from domain.sales.sale import TenderKind
from domain.shared.errors import Invalid, Rejected
from domain.shared.period import zone

Festivals: TypeAlias = Callable[[date], tuple[FestivalDay, ...]]
"""The festivals near a day; see the port of pricing."""


class NotPaidBy(Invalid):
    en = "Nobody pays by {kind}. Leave it out."
    zh = "{kind} 不是付款方式，请删除。"


class PaidByTwice(Invalid):
    en = "{kind} stands in this list twice. Name it once."
    zh = "{kind} 在此列表中出现两次，只能出现一次。"


class PaidOtherwise(Rejected):
    en = "The basket says that it is paid by {said}, but is paid by {paid}. Quote it again for how the customer pays."
    zh = "购物篮声明的付款方式为 {said}，实际为 {paid}。请按实际付款方式重新报价。"


@dataclass(frozen=True, slots=True)
class Buyer:
    """The member, if any, the kinds of tenders, and where to ask for festivals."""

    member: MemberAccount | None
    payment_kinds: Sequence[TenderKind]
    festivals: Festivals


def situation_of(
    buyer: Buyer, store: Store, *, region_code: str, channel: str, book: PromotionBook, at: datetime
) -> Situation:
    """The situation by the store's clock; what costs more than a look is found out only if a promotion asks for it."""
    local = at.astimezone(zone(store.time_zone))
    on, minute = local.date(), local.hour * 60 + local.minute
    # Named once, in one order: the same purchase is the same situation.
    kinds = tuple(sorted({kind.value for kind in buyer.payment_kinds}))
    festivals = buyer.festivals(on) if book.asks_festivals else ()
    member = buyer.member
    born = member.birthday if member is not None and book.asks_birthday else ""
    return Situation(
        store_code=store.code,
        region_code=region_code,
        channel=channel,
        currency=store.currency,
        tier=member.tier if member is not None else "",
        member=member is not None,
        on=on,
        minute=minute,
        member_number=member.member_number if member is not None else "",
        segments=member.segments if member is not None else (),
        visit_number=member.visits + 1 if member is not None else 0,
        days_after_birthday=days_after_birthday(born, on),
        payment_kinds=kinds,
        festivals=festivals,
    )


def check_payment_kinds(kinds: Sequence[TenderKind]) -> None:
    """Refuses kinds by which nobody pays, and one that is named twice."""
    for index, kind in enumerate(kinds):
        if kind is TenderKind.POINTS_SHORTFALL:
            raise NotPaidBy(f"payment_kinds[{index}]", kind=kind.name)
        if kind in kinds[:index]:
            raise PaidByTwice(f"payment_kinds[{index}]", kind=kind.name)


def check_paid_as_said(said: Sequence[TenderKind], paid: Sequence[TenderKind]) -> None:
    """Refuses tenders of other kinds than the basket has been quoted for, if it says any."""
    if said and set(said) != set(paid):
        raise PaidOtherwise("payment_kinds", said=_named(said), paid=_named(paid))


def _named(kinds: Sequence[TenderKind]) -> str:
    return ", ".join(sorted({kind.name for kind in kinds})) or "-"
