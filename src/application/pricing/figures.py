"""What promotions and campaigns have been used for and have cost, from their counters: no sale is read.

Figures are those of the whole chain. A caller who does not see all of it sees those of the promotions that hold in no
store outside the caller's scope, and no campaigns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from application.fields import optional_code, optional_date, required_code
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.pricing.promotion_views import UnknownPromotion
from application.pricing.put_campaigns import UnknownCampaign
from domain.identity.organisation import Store
from domain.pricing.limits import AMOUNTS, Campaign, Limit
from domain.pricing.promotion import Promotion
from domain.pricing.promotion_use import CounterKey, Counters, Subject, limits_in_force
from domain.shared.money import divide

RATE_BP: Final = 10_000


@dataclass(frozen=True, slots=True)
class GetPromotionFigures:
    """With `participation`, the sales of its stores in its period are counted too."""

    code: str
    day: str = ""
    participation: bool = False


@dataclass(frozen=True, slots=True)
class ListPromotionFigures:
    campaign_code: str = ""
    day: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class LimitFigures:
    """A limit of the whole promotion or of the day, with what it leaves."""

    limit: str
    most: int
    left: int


@dataclass(frozen=True, slots=True)
class PromotionFigures:
    """What came back on returns is taken off; `day_*` are those of the day that was asked for.

    `sales` and `participation_bp` are zero where they were not asked for.
    """

    code: str
    name: str
    campaign_code: str
    currency: str
    uses: int
    members: int
    discount_minor: int
    day_uses: int
    day_discount_minor: int
    limits: Sequence[LimitFigures]
    sales: int = 0
    participation_bp: int = 0


@dataclass(frozen=True, slots=True)
class PromotionFiguresPage:
    figures: Sequence[PromotionFigures]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GetCampaign:
    code: str


@dataclass(frozen=True, slots=True)
class ListCampaigns:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """A campaign with what its promotions have cost; `left_minor` is zero where it has no budget."""

    campaign: Campaign
    uses: int
    discount_minor: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class CampaignPage:
    campaigns: Sequence[CampaignFigures]
    next_page_token: str


def get_promotion_figures(uow: UnitOfWork, query: GetPromotionFigures) -> PromotionFigures:
    """The figures of one promotion that has limits; raises UnknownPromotion."""
    required_code(query.code, field="code")
    optional_date(query.day, field="day")
    uow.refresh()
    promotion = uow.pricing.promotion_book().promotions.get(query.code)
    if promotion is None or promotion.limits is None or not _visible(uow, promotion):
        raise UnknownPromotion("code", code=query.code)
    return _figures(uow, [promotion], query.day, participation=query.participation)[0]


def list_promotion_figures(uow: UnitOfWork, query: ListPromotionFigures) -> PromotionFiguresPage:
    """The figures of all promotions that have limits, or of those of a campaign, by code."""
    asked = page(query.page_size, query.page_token, key=(str,))
    optional_code(query.campaign_code, field="campaign_code")
    optional_date(query.day, field="day")
    uow.refresh()
    after = asked.after[0] if asked.after else ""
    found = [
        promotion
        for code, promotion in sorted(uow.pricing.promotion_book().promotions.items())
        if code > after
        and promotion.limits is not None
        and query.campaign_code in ("", promotion.limits.campaign_code)
        and _visible(uow, promotion)
    ]
    rows = found[: asked.limit + 1]
    figures = _figures(uow, rows[: asked.limit], query.day)
    return PromotionFiguresPage(figures, next_token(rows, asked.limit, lambda row: (row.code,)))


def get_campaign(uow: UnitOfWork, query: GetCampaign) -> CampaignFigures:
    """A campaign with what it has cost; raises UnknownCampaign."""
    required_code(query.code, field="code")
    found = uow.promotion_uses.campaigns([query.code]) if uow.caller.store_ids is None else {}
    if query.code not in found:
        raise UnknownCampaign("code", code=query.code)
    return _of_campaigns(uow, [found[query.code]])[0]


def list_campaigns(uow: UnitOfWork, query: ListCampaigns) -> CampaignPage:
    """Campaigns by code, with what they have cost."""
    asked = page(query.page_size, query.page_token, key=(str,))
    if uow.caller.store_ids is not None:
        return CampaignPage([], "")
    # No code is empty, so the first page starts after the empty one.
    after = asked.after[0] if asked.after else ""
    rows = uow.promotion_uses.list_campaigns(after=after, limit=asked.limit + 1)
    return CampaignPage(_of_campaigns(uow, rows[: asked.limit]), next_token(rows, asked.limit, lambda row: (row.code,)))


def _of_campaigns(uow: UnitOfWork, campaigns: Sequence[Campaign]) -> list[CampaignFigures]:
    counters = uow.promotion_uses.counters([_campaign_key(campaign.code) for campaign in campaigns])
    figures = []
    for campaign in campaigns:
        counter = counters.get(_campaign_key(campaign.code))
        uses, spent = (counter.uses, counter.discount_minor) if counter else (0, 0)
        figures.append(CampaignFigures(campaign, uses, spent, max(0, campaign.budget_minor - spent)))
    return figures


def _figures(
    uow: UnitOfWork, promotions: Sequence[Promotion], day: str, *, participation: bool = False
) -> list[PromotionFigures]:
    campaign_codes = {p.limits.campaign_code for p in promotions if p.limits and p.limits.campaign_code}
    campaigns = uow.promotion_uses.campaigns(campaign_codes)
    days = ("", day) if day else ("",)
    counters = uow.promotion_uses.counters(
        [
            *[CounterKey(Subject.PROMOTION, 0, when, promotion.code) for promotion in promotions for when in days],
            *[_campaign_key(code) for code in campaign_codes],
        ]
    )
    return [
        _of_promotion(uow, promotion, campaigns, counters, day, participation=participation) for promotion in promotions
    ]


def _of_promotion(
    uow: UnitOfWork,
    promotion: Promotion,
    campaigns: Mapping[str, Campaign],
    counters: Counters,
    day: str,
    *,
    participation: bool,
) -> PromotionFigures:
    assert promotion.limits is not None
    code, campaign_code = promotion.code, promotion.limits.campaign_code
    total = counters.get(CounterKey(Subject.PROMOTION, 0, "", code))
    of_day = counters.get(CounterKey(Subject.PROMOTION, 0, day, code)) if day else None
    uses = total.uses if total else 0
    campaign = campaigns.get(campaign_code)
    sales = _sales(uow, promotion, campaign) if participation else 0
    return PromotionFigures(
        code=code,
        name=promotion.name,
        campaign_code=campaign_code,
        currency=promotion.currency,
        uses=uses,
        members=total.members if total else 0,
        discount_minor=total.discount_minor if total else 0,
        day_uses=of_day.uses if of_day else 0,
        day_discount_minor=of_day.discount_minor if of_day else 0,
        limits=_limits(promotion, campaign, counters, day),
        sales=sales,
        participation_bp=divide(uses * RATE_BP, sales) if sales else 0,
    )


def _limits(promotion: Promotion, campaign: Campaign | None, counters: Counters, day: str) -> list[LimitFigures]:
    keys = {
        Limit.USES: ("", promotion.code),
        Limit.DISCOUNT: ("", promotion.code),
    }
    if day:
        keys |= {Limit.USES_PER_DAY: (day, promotion.code), Limit.DISCOUNT_PER_DAY: (day, promotion.code)}
    figures = []
    for name, most in limits_in_force(promotion, campaign).items():
        limit = Limit(name)
        if limit is Limit.BUDGET and campaign is not None:
            counter = counters.get(_campaign_key(campaign.code))
        elif limit in keys:
            counter = counters.get(CounterKey(Subject.PROMOTION, 0, *keys[limit]))
        else:
            continue
        used = 0 if counter is None else counter.discount_minor if limit in AMOUNTS else counter.uses
        figures.append(LimitFigures(name, most, max(0, most - used)))
    return figures


def _sales(uow: UnitOfWork, promotion: Promotion, campaign: Campaign | None) -> int:
    """How many sales its stores have made since it began."""
    starts = [promotion.from_date, campaign.from_date if campaign else ""]
    ends = [end for end in (promotion.until_date, campaign.until_date if campaign else "") if end]
    tomorrow = (uow.now + timedelta(days=2)).date().isoformat()
    stores = [store.store_id for store in uow.chain.stores.values() if _holds_in(uow, promotion, store)]
    return uow.promotion_uses.count_sales(
        stores, from_date=max([*starts, "0001-01-01"]), until_date=min([*ends, tomorrow])
    )


def _visible(uow: UnitOfWork, promotion: Promotion) -> bool:
    if uow.caller.store_ids is None:
        return True
    stores = [store for store in uow.chain.stores.values() if _holds_in(uow, promotion, store)]
    return bool(stores) and all(uow.caller.sees(store.store_id) for store in stores)


def _holds_in(uow: UnitOfWork, promotion: Promotion, store: Store) -> bool:
    return (
        (not promotion.store_codes or store.code in promotion.store_codes)
        and store.code not in promotion.excluded_store_codes
        and (not promotion.region_codes or uow.chain.regions[store.region_id].code in promotion.region_codes)
    )


def _campaign_key(code: str) -> CounterKey:
    return CounterKey(Subject.CAMPAIGN, 0, "", code)
