"""Promotions with limits at the till: what their limits leave, what a sale uses, what a return gives back.

A sale made without connection is priced as if nothing had been used yet, as its terminal did, unless the setting
`promotion_limits_upload` says otherwise. What it takes beyond a limit is counted, marked and told.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from application.ports.identity import Chain
from application.ports.kernel import UnitOfWork
from application.ports.sales import SaleNeeds, SaleState, StoredSale, UseNeed
from application.sales.basket import ResolvedBasket, ResolvedLine
from domain.identity.organisation import Caller, Store
from domain.pricing.basket import PricedBasket
from domain.pricing.goods import Goods, Remaining
from domain.pricing.limits import AMOUNTS, Campaign, LimitLeft
from domain.pricing.price_book import context_at
from domain.pricing.promoting import Considered
from domain.pricing.promotion import Promotion, Unmet, unmet_by
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.promotion_use import (
    CounterKey,
    Counters,
    PromotionUse,
    Subject,
    counter_keys,
    deltas,
    limits_in_force,
    limits_left,
)
from domain.sales.sale import SaleLine
from domain.shared.errors import Rejected
from domain.shared.period import zone

CLOSED: Final = frozenset({Unmet.PAUSED, Unmet.NOT_NOW, Unmet.NOT_HERE, Unmet.NOT_IN_CHANNEL, Unmet.MEMBERS_ONLY})
"""Reasons that are known before the member is, and for which nothing is locked."""


class BeyondLimits(Rejected):
    en = "Promotion “{code}” is beyond its limits by this sale, which was made without connection."
    zh = "本次离线销售使促销“{code}”超出限额。"


class UsedUpSince(Rejected):
    en = "Promotion “{code}” has been used up since this basket was quoted. Quote it again."
    zh = "促销“{code}”在报价后已用完，请重新报价。"


@dataclass(slots=True)
class Limited:
    """The promotions with limits that a basket may get, their campaigns and counters.

    `day` is the business date on which uses count, `local_day` the day of the calendar, both ISO texts; `member_id` is
    0 for somebody who is no member. Uses change the counters, so that the next sale of a batch sees them.
    """

    promotions: Sequence[Promotion]
    campaigns: Mapping[str, Campaign]
    counters: Counters
    member_id: int
    day: str
    local_day: str

    def left(self) -> tuple[LimitLeft, ...]:
        """What every limit leaves at this moment, in the one order in which a situation holds it."""
        lefts = [one for promotion in self.promotions for one in self._left_of(promotion)]
        return tuple(sorted(lefts, key=lambda one: (one.promotion_code, one.limit)))

    def exceeded_by(self, promotion: Promotion, discount_minor: int) -> bool:
        """Whether one more use, with so much discount, takes more than some limit leaves."""
        return any(one.left < (discount_minor if one.limit in AMOUNTS else 1) for one in self._left_of(promotion))

    def campaign_of(self, promotion: Promotion) -> Campaign | None:
        return self.campaigns.get(_campaign_code(promotion))

    def _left_of(self, promotion: Promotion) -> list[LimitLeft]:
        return limits_left(
            promotion,
            self.campaign_of(promotion),
            self.counters,
            member_id=self.member_id,
            day=self.day,
            local_day=self.local_day,
        )


def limited_promotions(
    basket: ResolvedBasket, *, chain: Chain, book: PromotionBook, at: datetime, on: date
) -> Sequence[Promotion]:
    """The promotions with limits that the basket may get, as far as is known before the member is; mostly none."""
    limited = book.limited
    if not limited:
        return ()
    for_all = bool(limited.points)
    goods = Remaining([_goods(line, chain) for line in basket.lines if for_all or line.terminal is None])
    concerning = limited.concerning(goods) if goods else ()
    if not concerning:
        return ()
    situation = context_at(
        chain.place(basket.store.store_id),
        at=at,
        business_date=on,
        channel=basket.channel,
        tier="" if basket.member_key else None,
    ).situation
    return [
        listed.promotion
        for listed in concerning
        if unmet_by(listed.promotion, situation) not in CLOSED
        and (basket.member_key or not (listed.promotion.limits and listed.promotion.limits.per_member))
    ]


def with_promised(limited: Sequence[Promotion], codes: Iterable[str], book: PromotionBook) -> Sequence[Promotion]:
    """These promotions and those with limits that a quote has promised, whether they hold now or not."""
    known = {promotion.code for promotion in limited}
    promised = [book.promotions[code] for code in codes if code in book.promotions and code not in known]
    return [*limited, *[promotion for promotion in promised if promotion.limits is not None]]


def check_promised(applied: Iterable[Considered], limited: Limited | None) -> None:
    """Raises UsedUpSince where a limit leaves less than a quote has promised: a quote holds prices, not budgets."""
    if limited is None:
        return
    promised = {one.code: one.off_minor for one in applied}
    for promotion in limited.promotions:
        if promotion.code in promised and limited.exceeded_by(promotion, promised[promotion.code]):
            raise UsedUpSince("quote_token", code=promotion.code)


def check_counted(priced: PricedBasket, limited: Limited | None, book: PromotionBook) -> None:
    """Raises AssertionError when a promotion with limits was applied whose counters were not loaded: always a bug."""
    if not book.limited:
        return
    counted = {promotion.code for promotion in limited.promotions} if limited is not None else set()
    for one in priced.considered:
        if one.applied and one.code not in counted and book.promotions[one.code].limits is not None:
            raise AssertionError(f"promotion {one.code} was applied uncounted")


def need_counters(needs: SaleNeeds, promotions: Iterable[Promotion], *, member_key: str, day: date) -> None:
    """Adds the counters of these promotions to what a batch must load."""
    needs.uses.update(
        [UseNeed(promotion.code, _campaign_code(promotion), member_key, day.isoformat()) for promotion in promotions]
    )


def loaded_limits(
    promotions: Sequence[Promotion],
    state: SaleState,
    basket: ResolvedBasket,
    *,
    member_id: int,
    day: date,
    at: datetime,
) -> Limited | None:
    """The promotions over counters that were loaded with the batch; None when there are none."""
    if not promotions:
        return None
    return Limited(
        promotions, state.campaigns, state.counters, member_id, day.isoformat(), _local_day(basket.store, at)
    )


def seen_limits(
    uow: UnitOfWork, promotions: Sequence[Promotion], basket: ResolvedBasket, *, member_id: int, day: date, at: datetime
) -> Limited | None:
    """The promotions over counters as they stand, nothing locked; None when there are none."""
    if not promotions:
        return None
    keys: set[CounterKey] = set()
    for promotion in promotions:
        campaign_code = _campaign_code(promotion)
        keys.update(counter_keys(promotion.code, campaign_code, member_id=member_id, day=day.isoformat()))
    campaigns = uow.promotion_uses.campaigns({key.code for key in keys if key.subject is Subject.CAMPAIGN})
    counters = uow.promotion_uses.counters(keys)
    return Limited(promotions, campaigns, counters, member_id, day.isoformat(), _local_day(basket.store, at))


def record_uses(
    uow: UnitOfWork,
    limited: Limited,
    priced: PricedBasket,
    *,
    sale_id: int,
    store: Store,
    day: date,
    uploaded: bool,
    at: datetime,
) -> list[str]:
    """Adds an entry for each promotion with limits that was applied; the codes of those now beyond their limits."""
    applied = {one.code for one in priced.considered if one.applied}
    beyond = []
    for promotion in limited.promotions:
        if promotion.code not in applied:
            continue
        code = f"promotion:{promotion.code}"
        off = sum([d.amount_minor for line in priced.lines for d in line.discounts if d.code == code])
        exceeds = uploaded and limited.exceeded_by(promotion, off)
        own = CounterKey(Subject.PROMOTION, limited.member_id, "", promotion.code)
        first = limited.member_id != 0 and limited.counters[own].uses == 0
        use = PromotionUse(
            sale_id=sale_id,
            promotion_code=promotion.code,
            campaign_code=_campaign_code(promotion),
            member_id=limited.member_id,
            store_id=store.store_id,
            business_date=day,
            uses=1,
            discount_minor=off,
            members=int(first),
            beyond=exceeds,
            limits=limits_in_force(promotion, limited.campaign_of(promotion)),
            posted_at=at,
        )
        for key, delta in deltas([use]).items():
            limited.counters[key].uses += delta.uses
            limited.counters[key].discount_minor += delta.discount_minor
        uow.add(use)
        if exceeds:
            beyond.append(promotion.code)
    return beyond


def beyond_warnings(codes: Sequence[str], caller: Caller) -> list[str]:
    """What the cashier is told of promotions that went beyond their limits."""
    return [BeyondLimits("basket", code=code).message(caller.language) for code in codes]


def give_uses_back(
    uow: UnitOfWork,
    original: StoredSale,
    earlier: Sequence[StoredSale],
    returned: Sequence[SaleLine],
    *,
    sale_id: int,
    lapsed: Collection[str] = (),
) -> None:
    """Gives back what a sale used of promotions with limits, on the day on which it was counted.

    The discount comes back as it was stored with the returned lines. The use comes back when all goods on which the
    promotion fell have, and that of those that have `lapsed` for the goods that are kept.
    """
    documents = [original, *earlier]
    entries = uow.promotion_uses.of_sales([document.sale.sale_id for document in documents])
    given = [entry for entry in entries if entry.sale_id == original.sale.sale_id]
    if not given:
        return
    keys = {
        key
        for entry in given
        for key in counter_keys(
            entry.promotion_code,
            entry.campaign_code,
            member_id=entry.member_id,
            day=entry.business_date.isoformat(),
        )
    }
    leaders = _leaders(uow, given[0].member_id, original)
    keys |= {key._replace(member_id=leader) for key in keys if key.member_id for leader in leaders}
    counters = uow.promotion_uses.lock(keys)
    back_again = []
    open_lines = _open_lines(original, [*[line for document in earlier for line in document.lines], *returned])
    for entry in given:
        code = f"promotion:{entry.promotion_code}"
        back = sum([d.amount_minor for line in returned for d in line.discounts if d.code == code])
        fell_on = {line.line_number for line in original.lines if any(d.code == code for d in line.discounts)}
        used = sum([one.uses for one in entries if one.promotion_code == entry.promotion_code])
        gone = not ((fell_on or {line.line_number for line in original.lines}) & open_lines)
        over = used > 0 and (gone or entry.promotion_code in lapsed)
        if not back and not over:
            continue
        person = CounterKey(Subject.PROMOTION, [entry.member_id, *leaders][-1], "", entry.promotion_code)
        last = over and entry.member_id != 0 and counters[person].uses == 1
        back_again.append(
            PromotionUse(
                sale_id=sale_id,
                promotion_code=entry.promotion_code,
                campaign_code=entry.campaign_code,
                member_id=entry.member_id,
                store_id=entry.store_id,
                business_date=entry.business_date,
                uses=-int(over),
                discount_minor=back,
                members=-int(last),
                beyond=False,
                limits={},
                posted_at=uow.now,
            )
        )
    uow.add(*back_again)
    if leaders:
        uow.merge_counts.give_uses_back(leaders, back_again)


def _leaders(uow: UnitOfWork, file_id: int, original: StoredSale) -> Sequence[int]:
    """The members for whom a sale counts too, because the file that it was made under was merged; mostly none."""
    merged = file_id not in (0, original.sale.member_id)
    return uow.merge_counts.leaders(file_id) if merged else ()


def _open_lines(original: StoredSale, returned: Iterable[SaleLine]) -> set[int]:
    """The lines of a sale of which some goods have not come back."""
    left = {line.line_number: line.quantity_milli for line in original.lines}
    for line in returned:
        left[line.original_line_number] += line.quantity_milli
    return {number for number, quantity in left.items() if quantity}


def _goods(line: ResolvedLine, chain: Chain) -> Goods:
    """A line as far as it takes to know which promotions are about it."""
    product = line.product.product
    return Goods(
        sku=product.sku,
        categories=chain.category_codes[product.category_id],
        quantity_milli=0,
        value_minor=0,
        brand=product.brand,
        supplier_code=product.supplier_code,
        tags=product.tags,
    )


def _campaign_code(promotion: Promotion) -> str:
    return promotion.limits.campaign_code if promotion.limits is not None else ""


def _local_day(store: Store, at: datetime) -> str:
    return at.astimezone(zone(store.time_zone)).date().isoformat()
