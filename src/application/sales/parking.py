"""Putting a basket aside, listing what is aside in a store, and splitting a basket for customers who pay apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from application.fields import at_most, required_name
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.sales.basket import LINES_MAX, Basket, selling_store
from application.sales.parked_content import content_of, lines_to_split, part_of
from application.sales.quote import QuoteBasket, quote_basket
from application.scope import store_in_scope, trading_day, who
from domain.identity.organisation import Store
from domain.sales.parking import (
    PARTS_MAX,
    LineShare,
    ParkedBasket,
    ParkedBasketEnd,
    ParkedEndReason,
    check_shares,
)
from domain.shared.errors import Conflict, Invalid, NotFound, Refusal, Rejected


class CouponsNotParked(Invalid):
    en = "A parked basket keeps no coupons. Scan them again when it is taken up."
    zh = "挂单不保存优惠券，请在取单时重新扫描。"


class UnknownParkedBasket(NotFound):
    en = "There is no parked basket {basket_id} in this caller's scope."
    zh = "当前调用方范围内没有挂单 {basket_id}。"


class ParkedBasketTaken(Conflict):
    en = "Parked basket {basket_id} was taken up or split before. List those that are still there."
    zh = "挂单 {basket_id} 已被取走或拆分，请查看仍在的挂单。"


class ParkedBasketOver(Rejected):
    en = "Parked basket {basket_id} was given up at {expires_at}. Put the goods in a new basket."
    zh = "挂单 {basket_id} 已于 {expires_at} 失效，请重新录入商品。"


class SplitInOne(Invalid):
    en = "A split has at least two parts. Take the basket up instead."
    zh = "拆分至少需要两份；不拆分请直接取单。"


@dataclass(frozen=True, slots=True)
class ParkBasket:
    """A basket to put aside under a label that people recognise it by, such as a table; no name of a person."""

    basket: Basket
    label: str


@dataclass(frozen=True, slots=True)
class ListParkedBaskets:
    """What is aside in a store; without one in the caller's own. Pages of 1 to 500, 0 for 50."""

    store_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class PartLine:
    """A line (from 1) with how much of it, in thousandths; 0 for all."""

    line_number: int
    quantity_milli: int = 0


@dataclass(frozen=True, slots=True)
class BasketPart:
    """A part of a basket, with a label of its own."""

    label: str
    lines: tuple[PartLine, ...]


@dataclass(frozen=True, slots=True)
class SplitParkedBasket:
    """A basket to split into 2 to 20 parts, which together hold exactly its goods."""

    basket_id: int
    parts: tuple[BasketPart, ...]


@dataclass(slots=True)
class ParkedBasketView:
    """A basket that is put aside, without its lines; `total_minor` is 0 of a part, priced when it is taken up."""

    basket_id: int
    label: str
    store_code: str
    member_number: str
    lines: int
    total_minor: int
    currency: str
    split_from: int
    parked_by: str
    parked_at: datetime
    expires_at: datetime


@dataclass(slots=True)
class ParkedBaskets:
    baskets: list[ParkedBasketView]
    next_page_token: str


@dataclass(slots=True)
class SplitBaskets:
    """The parts, in the order of the request."""

    parts: list[ParkedBasketView]


def park_basket(uow: UnitOfWork, command: ParkBasket) -> ParkedBasketView:
    """Puts a basket aside for any terminal of its store, with what it costs now; nothing is reserved.

    The setting `parked_basket_hours` says for how long. Raises what QuoteBasket would, and CouponsNotParked.
    """
    label, asked = required_name(command.label, field="label"), command.basket
    if asked.coupon_codes or asked.coupon_hold_id:
        raise CouponsNotParked("basket.coupon_codes")
    quote = quote_basket(uow, QuoteBasket(asked))
    try:
        store = selling_store(asked, caller=uow.caller, chain=uow.chain)
    except Refusal as refusal:
        raise refusal.at("basket") from None
    bought = [line for line in quote.lines if not line.gift_promotion_code]
    content = content_of(asked) | {
        "quantities": [line.quantity_milli for line in bought],
        "priced": [[line.unit_price_minor, line.total_minor] for line in bought],
    }
    expires_at = uow.now + timedelta(hours=uow.chain.policies(store.store_id).parked_basket_hours)
    parked = _parked(uow, store, label, content, quote.member_number, quote.total_minor, expires_at, None)
    uow.add(parked)
    return view_of(uow, parked)


def list_parked_baskets(uow: UnitOfWork, query: ListParkedBaskets) -> ParkedBaskets:
    """What can be taken up in a store now, the first to be given up first; raises UnknownStore and StoreNeeded."""
    uow.refresh()
    store = store_in_scope(uow, query.store_code)
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    found = uow.parked_baskets.standing(store.store_id, at=uow.now, after=asked.after, limit=asked.limit + 1)
    token = next_token(found, asked.limit, lambda parked: (parked.expires_at, parked.basket_id))
    return ParkedBaskets([view_of(uow, parked) for parked in found[: asked.limit]], token)


def split_parked_basket(uow: UnitOfWork, command: SplitParkedBasket) -> SplitBaskets:
    """Makes parked baskets of the parts of one, which ends; each is taken up and sold by itself.

    Nothing is priced: what a part costs is known when it is taken up, by the promotions that it gets by itself. Raises
    UnknownParkedBasket, ParkedBasketTaken, ParkedBasketOver, NoSuchLine, NotDivisible, NotWholly and
    BasketDiscountNotDivisible.
    """
    at_most(command.parts, PARTS_MAX, field="parts")
    if len(command.parts) == 1:
        raise SplitInOne("parts")
    labels = []
    for number, part in enumerate(command.parts):
        labels.append(required_name(part.label, field=f"parts[{number}].label"))
        at_most(part.lines, LINES_MAX, field=f"parts[{number}].lines")
    uow.refresh()
    whole = taken(uow, command.basket_id, ParkedEndReason.SPLIT)
    shares = check_shares(
        lines_to_split(whole.content),
        [[LineShare(line.line_number, line.quantity_milli) for line in part.lines] for part in command.parts],
    )
    store = uow.chain.stores[whole.store_id]
    parts = [
        _parked(
            uow, store, label, part_of(whole.content, part), whole.member_number, 0, whole.expires_at, whole.basket_id
        )
        for label, part in zip(labels, shares, strict=True)
    ]
    uow.add(*parts)
    return SplitBaskets([view_of(uow, part) for part in parts])


def taken(uow: UnitOfWork, basket_id: int, reason: ParkedEndReason) -> ParkedBasket:
    """A basket that still stands, ended now and for this request alone: whoever else wants it comes too late.

    Raises UnknownParkedBasket, alike for those of stores that are none of the caller's business, ParkedBasketTaken and
    ParkedBasketOver.
    """
    found = uow.parked_baskets.lock(basket_id)
    if found is None or not uow.caller.sees(found.store_id):
        raise UnknownParkedBasket("basket_id", basket_id=basket_id)
    # Under the lock: whoever else takes it has waited or is being waited for.
    if uow.parked_baskets.is_ended(basket_id):
        raise ParkedBasketTaken("basket_id", basket_id=basket_id)
    if uow.now >= found.expires_at:
        raise ParkedBasketOver("basket_id", basket_id=basket_id, expires_at=found.expires_at.isoformat())
    caller = uow.caller
    uow.add(ParkedBasketEnd(basket_id, reason, caller.caller_id, caller.staff_id, uow.request_id, uow.now))
    return found


def view_of(uow: UnitOfWork, parked: ParkedBasket) -> ParkedBasketView:
    store = uow.chain.stores[parked.store_id]
    return ParkedBasketView(
        basket_id=parked.basket_id,
        label=parked.label,
        store_code=store.code,
        member_number=parked.member_number,
        lines=parked.lines,
        total_minor=parked.total_minor,
        currency=store.currency,
        split_from=parked.split_from or 0,
        parked_by=who(uow, caller_id=parked.caller_id, staff_id=parked.staff_id),
        parked_at=parked.parked_at,
        expires_at=parked.expires_at,
    )


def _parked(
    uow: UnitOfWork,
    store: Store,
    label: str,
    content: dict[str, Any],
    member_number: str,
    total_minor: int,
    expires_at: datetime,
    split_from: int | None,
) -> ParkedBasket:
    return ParkedBasket(
        basket_id=uow.new_id(),
        store_id=store.store_id,
        label=label,
        member_number=member_number,
        lines=len(content["lines"]),
        quantity_milli=sum(content["quantities"]),
        total_minor=total_minor,
        content=content,
        split_from=split_from,
        business_date=trading_day(uow, store),
        expires_at=expires_at,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        request_id=uow.request_id,
        parked_at=uow.now,
    )
