"""What a draft of a promotion would have done to past baskets, before it is published.

Nothing about customers is made up: every basket holds the quantities that were sold, at the prices, with the discounts
by hand and beside the promotions of its own time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from application.paging import next_token, page
from application.policies import Policies
from application.ports.identity import Chain
from application.ports.kernel import UnitOfWork
from application.ports.priced_sales import PricedSale
from application.pricing.promotion_fields import checked_promotion
from application.pricing.put_promotions import check_names
from application.scope import selected
from domain.inventory.costing import issue
from domain.pricing.basket import Basis, PricedBasket
from domain.pricing.conditions import Festivals
from domain.pricing.facts import ENGINE_VERSION, basis_of, basis_of_lines, differences, priced_again
from domain.pricing.gift_lines import GiftLine, gift_lines
from domain.pricing.goods import Goods, Remaining
from domain.pricing.plug_in import PlugIn, check_plug_in
from domain.pricing.price_book import context_at
from domain.pricing.promoting import Promoting, Stacking
from domain.pricing.promotion import Promotion, Situation
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.rewards import gift_skus
from domain.pricing.tax import TaxRounding
from domain.shared.applied import given_by
from domain.shared.errors import Refusal
from domain.shared.money import Rounding, divide

ALL_BP: Final = 10_000


@dataclass(frozen=True, slots=True)
class SimulatePromotion:
    promotion: Promotion
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(slots=True)
class SimulatedSales:
    """What a draft does to the baskets of one store, or of all together where the code is empty, in one currency."""

    store_code: str
    currency: str
    baskets: int = 0
    baskets_touched: int = 0
    baskets_left_out: int = 0
    participation_bp: int = 0
    discount_before_minor: int = 0
    discount_after_minor: int = 0
    draft_discount_minor: int = 0
    total_before_minor: int = 0
    total_after_minor: int = 0
    revenue_before_minor: int = 0
    revenue_after_minor: int = 0
    cost_minor: int = 0
    margin_before_minor: int = 0
    margin_after_minor: int = 0
    gift_cost_before_minor: int = 0
    gift_cost_after_minor: int = 0

    def add(self, other: "SimulatedSales") -> None:
        """Takes the figures of further baskets in."""
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.participation_bp = divide(self.baskets_touched * ALL_BP, self.baskets) if self.baskets else 0


@dataclass(frozen=True, slots=True)
class SimulationPage:
    stores: Sequence[SimulatedSales]
    totals: Sequence[SimulatedSales]
    next_page_token: str


def simulate_promotion(uow: UnitOfWork, query: SimulatePromotion) -> SimulationPage:
    """Prices a page of past baskets under a draft, newest first; the sums of all pages are those of all baskets.

    Raises the refusals of `checked_promotion`, `check_names`, `selected` and `page`.
    """
    asked = page(query.page_size, query.page_token, key=(date, datetime, int))
    draft = checked_promotion(query.promotion, field="promotion")
    uow.refresh()
    check_names(uow, draft, field="promotion")
    check_plug_in(uow.pricing.plug_ins, draft.benefit, field="promotion.benefit")
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    rows = uow.priced_sales.page(selection, after=asked.after, limit=asked.limit + 1, sales_only=True)
    draft = replace(draft, paused=False, from_date="", until_date="")
    baskets = [sold for _, sold in rows[: asked.limit]]
    gift_costs = GiftCosts(uow, draft, baskets)
    simulation = Simulation(uow.chain, draft, uow.pricing.festivals, uow.pricing.plug_ins, gift_costs)
    found = [simulation.of(sold) for sold in baskets]
    return SimulationPage(
        stores=summed(found),
        totals=summed(replace(one, store_code="") for one in found),
        next_page_token=next_token(rows, asked.limit, lambda row: row[0]),
    )


def summed(parts: Iterable[SimulatedSales]) -> list[SimulatedSales]:
    """One sum for each store and currency, in this order."""
    sums: dict[tuple[str, str], SimulatedSales] = {}
    for part in parts:
        key = part.store_code, part.currency
        sums.setdefault(key, SimulatedSales(*key)).add(part)
    return [sums[key] for key in sorted(sums)]


class GiftCosts:
    """What gifts cost that were not given then: what they would leave stock at now, by store; read once for a page."""

    def __init__(self, uow: UnitOfWork, draft: Promotion, baskets: Sequence[PricedSale]) -> None:
        skus = gift_skus(draft).union(*[gift_skus(promotion) for sold in baskets for promotion in sold.promotions])
        self._sku_ids = uow.catalog.sku_ids(skus) if skus else {}
        store_ids = {sold.sale.store_id for sold in baskets}
        levels = (
            uow.stock.list_levels(
                location_ids=store_ids,
                sku_ids=list(self._sku_ids.values()),
                after=None,
                limit=len(store_ids) * len(self._sku_ids),
            )
            if self._sku_ids
            else ()
        )
        self._levels = {(level.location_id, level.sku_id): level for _, level in levels}

    def of(self, gift: GiftLine, *, store_id: int) -> int:
        """At the moving-average cost of the store; nothing where nobody knows one, as of what is not kept in stock."""
        level = self._levels.get((store_id, self._sku_ids[gift.sku]))
        return issue(level, quantity_milli=gift.quantity_milli) if level is not None else 0


class Simulation:
    """Prices stored baskets of a chain under a draft."""

    def __init__(
        self,
        chain: Chain,
        draft: Promotion,
        festivals: Festivals,
        plug_ins: Mapping[str, PlugIn],
        gift_costs: GiftCosts,
    ) -> None:
        self._gift_costs = gift_costs
        self._chain = chain
        self._festivals = festivals
        self._draft = draft
        self._plug_ins = plug_ins
        self._book = PromotionBook([draft], plug_ins=plug_ins)

    def of(self, sold: PricedSale) -> SimulatedSales:
        """What the draft does to one basket."""
        sale = sold.sale
        found = SimulatedSales(self._chain.stores[sale.store_id].code, sale.currency)
        policies = self._chain.policies(sale.store_id)
        basis = self._basis(sold, policies)
        after: PricedBasket | None = None
        if basis is None:
            found.baskets_left_out = 1
            return found
        if self._concerns(basis, sold):
            after = self._under_draft(basis, sold, policies)
            if after is None:
                found.baskets_left_out = 1
                return found
        found.baskets = 1
        found.discount_before_minor = found.discount_after_minor = sale.discount_minor
        found.total_before_minor = found.total_after_minor = sale.total_minor
        found.revenue_before_minor = found.revenue_after_minor = sale.net_minor
        if after is not None:
            off = sum(one.off_minor for one in after.considered if one.code == self._draft.code)
            found.draft_discount_minor = off
            found.discount_after_minor = after.discount_minor
            found.total_after_minor = after.total_minor
            found.revenue_after_minor = after.net_minor
            found.baskets_touched = int(off > 0 or after.total_minor != sale.total_minor)
        self._cost(found, sold, after)
        return found

    def _cost(self, found: SimulatedSales, sold: PricedSale, after: PricedBasket | None) -> None:
        """Adds what goods and gifts have cost, and would have: gifts that were given cost what they did."""
        given: dict[tuple[str, int, str], list[int]] = {}
        for line in sold.lines:
            if code := given_by(line.discounts):
                key = sold.products[line.sku_id].sku, line.quantity_milli, code
                given.setdefault(key, []).append(line.cost_minor)
        before = then = sum(cost for costs in given.values() for cost in costs)
        if after is not None:
            others = 0
            then = 0
            for gift in gift_lines(after):
                known = given.get((gift.sku, gift.quantity_milli, gift.promotion_code))
                others += not known
                then += known.pop() if known else self._gift_costs.of(gift, store_id=sold.sale.store_id)
            found.baskets_touched |= int(others > 0 or any(given.values()))
        found.gift_cost_before_minor, found.gift_cost_after_minor = before, then
        found.cost_minor = sum(line.cost_minor for line in sold.lines)
        found.margin_before_minor = found.revenue_before_minor - found.cost_minor
        found.margin_after_minor = found.revenue_after_minor - found.cost_minor + before - then

    def _basis(self, sold: PricedSale, policies: Policies) -> Basis | None:
        """What the basket was priced from; None when another version of the engine has done that."""
        lines = sold.bought_lines()
        if sold.facts is not None:
            if sold.facts.engine_version != ENGINE_VERSION:
                return None
            return basis_of(sold.facts.facts, lines, promotions=sold.promotions, plug_ins=self._plug_ins)
        basis = basis_of_lines(
            lines,
            tax_rounding=TaxRounding(policies.tax_rounding),
            rounding=Rounding(policies.rounding_mode),
            as_stored=False,
        )
        # Gifts stand behind what was bought.
        for request, line in zip(basis.lines, sold.lines, strict=False):
            product = sold.products[line.sku_id]
            request.categories = self._chain.category_codes[product.category_id]
            request.brand, request.supplier_code, request.tags = product.brand, product.supplier_code, product.tags
        return basis

    def _concerns(self, basis: Basis, sold: PricedSale) -> bool:
        goods = Remaining(
            Goods(line.sku, line.categories, line.quantity_milli, 0, line.brand, line.supplier_code, line.tags)
            for line in basis.lines
            if line.terminal is None
        )
        replaced = any(promotion.code == self._draft.code for promotion in sold.promotions)
        return replaced or bool(self._book.concerning(goods))

    def _under_draft(self, basis: Basis, sold: PricedSale, policies: Policies) -> PricedBasket | None:
        """The basket under the draft; None when without it it does not come to what is stored."""
        was = basis.promoting
        promoting = Promoting(
            PromotionBook([*sold.promotions, self._draft], plug_ins=self._plug_ins),
            self._situation(sold, None if was is None else was.situation),
            Stacking(policies.discount_stacking) if was is None else was.stacking,
        )
        try:
            if differences(sold.bought_lines(), priced_again(basis).lines):
                return None
            return priced_again(replace(basis, promoting=promoting, promised=None))
        except Refusal:
            return None

    def _situation(self, sold: PricedSale, kept: Situation | None) -> Situation:
        """The situation of a basket, as it was kept with it or else as far as it is known; the tier is that of now."""
        sale = sold.sale
        if kept is None:
            place = self._chain.place(sale.store_id)
            kept = context_at(
                place, at=sale.sold_at, business_date=sale.business_date, channel=sale.channel, tier=sold.tier
            ).situation
        return replace(kept, festivals=self._festivals(kept.on)) if self._book.asks_festivals else kept


_SUMMED: Final = tuple(
    name for name in SimulatedSales.__slots__ if name not in {"store_code", "currency", "participation_bp"}
)
