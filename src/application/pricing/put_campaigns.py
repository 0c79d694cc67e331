"""HQ creates and changes campaigns: promotions that run in one period and share one budget."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.fields import (
    at_most,
    in_order,
    named_once,
    optional_date,
    required_code,
    required_name,
    within,
)
from application.ports.kernel import UnitOfWork
from domain.pricing.limits import Campaign
from domain.pricing.promotion import Promotion
from domain.shared.errors import Forbidden, Invalid, NotFound, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, minor_digits

CAMPAIGNS_PER_REQUEST_MAX: Final = 1_000
CAMPAIGNS_MAX: Final = 20_000


class TooManyCampaigns(Rejected):
    en = "The chain would have {count} campaigns; {count_max} are supported."
    zh = "连锁将有 {count} 个营销计划，最多支持 {count_max} 个。"


class CurrencyFixed(Rejected):
    en = "Campaign “{code}” is kept in {currency}, which never changes. Put another campaign under a code of its own."
    zh = "营销计划“{code}”以 {currency} 核算，不可更改。请用新代码建立另一个营销计划。"


class UnknownCampaign(NotFound):
    en = "There is no campaign “{code}”. Create it with PutCampaigns first."
    zh = "没有营销计划“{code}”，请先用 PutCampaigns 创建。"


class CampaignsOfHeadOffice(Forbidden):
    en = "Campaigns and their budgets are those of the whole chain. Ask somebody responsible for it."
    zh = "营销计划及其预算属于整个连锁，请联系总部。"


class NotInItsCurrency(Invalid):
    en = "Campaign “{code}” is kept in {currency}: its promotions state this currency."
    zh = "营销计划“{code}”以 {currency} 核算，其促销必须使用该货币。"


@dataclass(frozen=True, slots=True)
class PutCampaigns:
    campaigns: tuple[Campaign, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignsPut:
    """How many were new and how many were different before."""

    created: int
    changed: int


def put_campaigns(uow: UnitOfWork, command: PutCampaigns) -> CampaignsPut:
    """Creates or replaces up to 1,000 campaigns by code, all or none; what has been spent stays spent.

    Raises CampaignsOfHeadOffice, CurrencyFixed and TooManyCampaigns.
    """
    at_most(command.campaigns, CAMPAIGNS_PER_REQUEST_MAX, field="campaigns")
    campaigns = [_checked(campaign, f"campaigns[{index}]") for index, campaign in enumerate(command.campaigns)]
    named_once([campaign.code for campaign in campaigns], field="campaigns")
    if uow.caller.store_ids is not None:
        raise CampaignsOfHeadOffice("campaigns")
    # Whoever puts campaigns or promotions waits here for the one before, so that what is compared stays true.
    uow.bump("promotions")
    stored = uow.promotion_uses.campaigns([campaign.code for campaign in campaigns])
    for index, campaign in enumerate(campaigns):
        before = stored.get(campaign.code, campaign)
        if before.currency != campaign.currency:
            raise CurrencyFixed(f"campaigns[{index}].currency", code=campaign.code, currency=before.currency)
    created = [campaign for campaign in campaigns if campaign.code not in stored]
    changed = [campaign for campaign in campaigns if stored.get(campaign.code, campaign) != campaign]
    if created:
        count = uow.promotion_uses.count_campaigns() + len(created)
        if count > CAMPAIGNS_MAX:
            raise TooManyCampaigns("campaigns", count=count, count_max=CAMPAIGNS_MAX)
    uow.promotion_uses.put_campaigns(created + changed)
    return CampaignsPut(len(created), len(changed))


def check_campaigns(uow: UnitOfWork, promotions: Sequence[Promotion], *, field: str) -> None:
    """Refuses the first promotion whose campaign does not exist, or is kept in another currency than its own.

    Whoever is bounded by a region or by stores may name none: its budget would be spent on their goods. Raises
    CampaignsOfHeadOffice, UnknownCampaign, NotInItsCurrency.
    """
    named = [
        (f"{field}[{index}]", promotion, promotion.limits.campaign_code)
        for index, promotion in enumerate(promotions)
        if promotion.limits is not None and promotion.limits.campaign_code
    ]
    if not named:
        return
    if uow.caller.store_ids is not None:
        raise CampaignsOfHeadOffice(f"{named[0][0]}.limits.campaign_code")
    campaigns = uow.promotion_uses.campaigns({code for _, _, code in named})
    for path, promotion, code in named:
        campaign = campaigns.get(code)
        if campaign is None:
            raise UnknownCampaign(f"{path}.limits.campaign_code", code=code)
        if promotion.currency != campaign.currency:
            raise NotInItsCurrency(f"{path}.currency", code=code, currency=campaign.currency)


def _checked(campaign: Campaign, field: str) -> Campaign:
    """The campaign itself, its name without the space around it."""
    required_code(campaign.code, field=f"{field}.code")
    name = required_name(campaign.name, field=f"{field}.name")
    minor_digits(campaign.currency, field=f"{field}.currency")
    start = optional_date(campaign.from_date, field=f"{field}.from_date")
    end = optional_date(campaign.until_date, field=f"{field}.until_date")
    in_order(start, end, field=f"{field}.until_date")
    within(campaign.budget_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}.budget_minor")
    return replace(campaign, name=name)
