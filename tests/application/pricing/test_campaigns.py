"""Campaigns and the limits of promotions as HQ puts them, and who sees what they have cost."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.sql.tables.pricing import campaigns as table
from adapters.sql.tables.pricing import promotions
from application.fields import EmptyPeriod, InvalidDate, Missing, NamedTwice, OutOfRange, TooMany
from application.pricing.draft_promotion import DraftPromotion, draft_promotion
from application.pricing.figures import (
    GetCampaign,
    GetPromotionFigures,
    ListCampaigns,
    ListPromotionFigures,
    get_campaign,
    get_promotion_figures,
    list_campaigns,
    list_promotion_figures,
)
from application.pricing.promotion_fields import CurrencyNeeded
from application.pricing.promotion_views import UnknownPromotion
from application.pricing.put_campaigns import (
    CampaignsOfHeadOffice,
    CampaignsPut,
    CurrencyFixed,
    NotInItsCurrency,
    PutCampaigns,
    TooManyCampaigns,
    UnknownCampaign,
    put_campaigns,
)
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.limits import Campaign, Limits
from domain.shared.errors import Refusal
from domain.shared.money import UnknownCurrency
from tests.application.pricing.promotions import RATE
from tests.application.small_chain import HQ, S01, S02, S88, SmallChain, terminal

XMAS = Campaign("XMAS", "Christmas", "CNY", "2025-12-01", "2026-01-07", 500_000)
EASTER = Campaign("EASTER", "Easter", "CNY")


def put(chain: SmallChain, *campaigns: Campaign) -> CampaignsPut:
    result: CampaignsPut = chain.write(put_campaigns, PutCampaigns(campaigns))
    return result


def publish(chain: SmallChain, code: str, **terms: Any) -> None:
    chain.write(put_promotions, PutPromotions((replace(RATE, code=code, **terms),)))


def test_creates_changes_and_leaves_alone(stocked: SmallChain):
    assert put(stocked, XMAS, EASTER) == CampaignsPut(2, 0)
    assert put(stocked, replace(XMAS, budget_minor=0), EASTER) == CampaignsPut(0, 1)
    assert put(stocked, replace(XMAS, name="  Noël ")) == CampaignsPut(0, 1)
    assert stocked.rows(table) == [
        ("EASTER", "Easter", "CNY", "", "", 0),
        ("XMAS", "Noël", "CNY", "2025-12-01", "2026-01-07", 500_000),
    ]


@pytest.mark.parametrize(
    ("campaigns", "refusal", "field"),
    [
        ((), Missing, "campaigns"),
        ((EASTER,) * 1_001, TooMany, "campaigns"),
        ((EASTER, EASTER), NamedTwice, "campaigns[1].code"),
        ((replace(EASTER, code=""),), Missing, "campaigns[0].code"),
        ((replace(EASTER, name=" "),), Missing, "campaigns[0].name"),
        ((replace(EASTER, currency="yuan"),), UnknownCurrency, "campaigns[0].currency"),
        ((replace(EASTER, from_date="2025-02-30"),), InvalidDate, "campaigns[0].from_date"),
        ((replace(XMAS, until_date="2025-12-01"),), EmptyPeriod, "campaigns[0].until_date"),
        ((EASTER, replace(XMAS, budget_minor=-1)), OutOfRange, "campaigns[1].budget_minor"),
        ((EASTER, replace(XMAS, currency="USD")), CurrencyFixed, "campaigns[1].currency"),
    ],
)
def test_refuses_and_writes_nothing(
    stocked: SmallChain, campaigns: tuple[Campaign, ...], refusal: type[Refusal], field: str
):
    put(stocked, XMAS)
    with pytest.raises(refusal) as refused:
        put(stocked, *campaigns)
    assert (refused.value.field, len(stocked.rows(table))) == (field, 1)


def test_refuses_more_than_are_supported(stocked: SmallChain, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("application.pricing.put_campaigns.CAMPAIGNS_MAX", 1)
    put(stocked, XMAS)
    with pytest.raises(TooManyCampaigns):
        put(stocked, EASTER)
    assert put(stocked, replace(XMAS, name="Noël")) == CampaignsPut(0, 1)


@pytest.mark.parametrize(
    ("terms", "refusal", "field"),
    [
        ({"limits": Limits("X"), "currency": "CNY"}, UnknownCampaign, "limits.campaign_code"),
        ({"limits": Limits("XMAS")}, NotInItsCurrency, "currency"),
        ({"limits": Limits("XMAS"), "currency": "USD"}, NotInItsCurrency, "currency"),
        ({"limits": Limits(uses_max=-1)}, OutOfRange, "limits.uses_max"),
        ({"limits": Limits(discount_minor_per_day_max=10**15 + 1)}, OutOfRange, "limits.discount_minor_per_day_max"),
        ({"limits": Limits(discount_minor_total_max=1)}, CurrencyNeeded, "currency"),
        ({"limits": Limits(campaign_code=" X")}, Refusal, "limits.campaign_code"),
    ],
)
def test_refuses_limits_that_cannot_be_kept(
    stocked: SmallChain, terms: dict[str, Any], refusal: type[Refusal], field: str
):
    put(stocked, XMAS)
    with pytest.raises(refusal) as refused:
        publish(stocked, "P", **terms)
    assert refused.value.field == f"promotions[0].{field}"


@pytest.mark.capability("SEC-02")
def test_who_is_bounded_by_stores_neither_puts_campaigns_nor_spends_their_budgets(stocked: SmallChain):
    put(stocked, XMAS)
    manager = terminal(S01)
    with pytest.raises(CampaignsOfHeadOffice) as refused:
        stocked.write(put_campaigns, PutCampaigns((replace(XMAS, budget_minor=0),)), caller=manager)
    assert refused.value.field == "campaigns"
    own = replace(RATE, store_codes=("S01",), currency="CNY")
    for code in ("XMAS", "NONE"):
        spending = replace(own, limits=Limits(code))
        with pytest.raises(CampaignsOfHeadOffice) as refused:
            stocked.write(put_promotions, PutPromotions((spending,)), caller=manager)
        assert refused.value.field == "promotions[0].limits.campaign_code"
        with pytest.raises(CampaignsOfHeadOffice) as refused:
            stocked.write(draft_promotion, DraftPromotion(spending), caller=manager)
        assert refused.value.field == "promotion.limits.campaign_code"
    assert [row[5] for row in stocked.rows(table)] == [500_000]
    assert stocked.rows(promotions) == []
    # Limits of their own are theirs.
    stocked.write(put_promotions, PutPromotions((replace(own, limits=Limits(uses_max=1)),)), caller=manager)
    assert [row[0] for row in stocked.rows(promotions, "code")] == [own.code]


def test_figures_are_for_those_in_whose_stores_alone_a_promotion_holds(stocked: SmallChain):
    put(stocked, XMAS)
    publish(stocked, "EAST", limits=Limits(), region_codes=("EAST",))
    publish(stocked, "EVERYWHERE", limits=Limits())
    publish(stocked, "ONE", limits=Limits(), store_codes=("S01",))
    publish(stocked, "PLAIN", store_codes=("S01",))
    publish(stocked, "REST", limits=Limits(), excluded_store_codes=("S02", "S88"))
    manager = terminal(S01)
    east = replace(manager, store_ids=frozenset({S01, S88}))
    seen = {
        caller: [
            one.code for one in stocked.read(list_promotion_figures, ListPromotionFigures(), caller=caller).figures
        ]
        for caller in (HQ, manager, east, terminal(S02))
    }
    assert list(seen.values()) == [["EAST", "EVERYWHERE", "ONE", "REST"], ["ONE", "REST"], ["EAST", "ONE", "REST"], []]
    for code in ("EVERYWHERE", "PLAIN", "X"):
        with pytest.raises(UnknownPromotion):
            stocked.read(get_promotion_figures, GetPromotionFigures(code), caller=manager)
    assert stocked.read(get_promotion_figures, GetPromotionFigures("ONE"), caller=manager).uses == 0
    assert stocked.read(list_campaigns, ListCampaigns(), caller=manager).campaigns == []
    for caller, code in ((manager, "XMAS"), (HQ, "X")):
        with pytest.raises(UnknownCampaign):
            stocked.read(get_campaign, GetCampaign(code), caller=caller)


def test_lists_come_page_by_page(stocked: SmallChain):
    put(stocked, *[replace(EASTER, code=f"C{number}") for number in range(3)])
    for number in range(3):
        publish(stocked, f"P{number}", limits=Limits())
    codes: list[str] = []
    token = ""
    while True:
        found = stocked.read(list_promotion_figures, ListPromotionFigures(page_size=2, page_token=token))
        codes += [one.code for one in found.figures]
        token = found.next_page_token
        if not token:
            break
    assert codes == ["P0", "P1", "P2"]
    first = stocked.read(list_campaigns, ListCampaigns(page_size=2))
    rest = stocked.read(list_campaigns, ListCampaigns(page_token=first.next_page_token))
    assert [one.campaign.code for one in (*first.campaigns, *rest.campaigns)] == ["C0", "C1", "C2"]
