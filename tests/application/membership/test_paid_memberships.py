"""Memberships that are sold at the till: tier, revenue by days, renewal, refunds and the end, on both engines."""

from typing import Any

import pytest

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.membership.paid_memberships import (
    ListPaidMemberships,
    MembershipsOfChain,
    ReleaseMemberships,
    list_paid_memberships,
    release_memberships,
)
from application.membership.review_tiers import ReviewTiers, review_tiers
from application.membership.tier_programme import MonthsOrDays, PutTierProgramme, put_tier_programme
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.memberships import (
    LaterMembershipFirst,
    MembershipIsNoGoods,
    MembershipNeedsMember,
    PeriodsAreCounted,
)
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest, VoidSale, void_sale
from application.sales.views import SaleView
from domain.membership.paid import MembershipBegun
from domain.membership.tier import MembershipPlan, Tier, TierProgramme
from tests.world import MEMBER, Till, World

LIABILITY, REVENUE = "220506", "6001"
PLAN = MembershipPlan("PLUS", "Plus", "会员卡", "PLUS", "gold", days=10)
PROGRAMME = TierProgramme(
    "CNY",
    (Tier("basic", "Basic", "普通"), Tier("silver", "Silver", "银", spend_minor=1_000_000),
     Tier("gold", "Gold", "金", spend_minor=5_000_000)),
    grace_days=0,
    plans=(PLAN,),
)  # fmt: skip


@pytest.fixture
def club(world: World) -> World:
    """Ten days of Plus cost 113.00 with 13 % tax, so that 10.00 are earned each day."""
    product = ProductEntry("PLUS", "Plus, 10 days", "HOME", "EA", "standard", unstocked=True, excluded_from_points=True)
    world.do(put_products, PutProducts((product,)))
    world.do(put_prices, PutPrices("BASE", (PriceEntry("PLUS", 11_300),)))
    world.do(put_tier_programme, PutTierProgramme(PROGRAMME))
    return world


def buy(world: World, units: int = 1) -> SaleView:
    return world.sell(Till().line("PLUS", units).member().cash(11_300 * units).command)


def run(world: World, on: str = "") -> tuple[int, int]:
    done = world.do(release_memberships, ReleaseMemberships(on))
    return done.memberships, done.ended


def give_back(world: World, sale: SaleView, units: int) -> Any:
    return world.refund(RefundSale(sale.sale_id, "Moved", (ReturnRequest(1, units * 1_000, amount_only=False),)))


def books(world: World) -> tuple[int, int]:
    """What waits, and what is revenue."""
    ledger = world.ledger()
    return -ledger.get(LIABILITY, 0), -ledger.get(REVENUE, 0)


def tier(world: World) -> tuple[str, str]:
    [(code, until)] = world.rows("SELECT tier, tier_until FROM members")
    return code, str(until)


def history(world: World) -> list[tuple[str, str]]:
    return world.rows("SELECT cause, to_tier FROM tier_entries ORDER BY number")


def kept(world: World) -> list[tuple[str, str, int, bool]]:
    found = world.ask(list_paid_memberships, ListPaidMemberships(MEMBER)).memberships
    return [(one.starts_on, one.ends_on, one.value_left_minor, one.ended) for one in found]


def test_brings_its_tier_and_earns_its_revenue_day_by_day(club: World):
    buy(club)
    assert (tier(club), books(club)) == (("gold", "2026-12-02"), (10_000, 0))
    assert kept(club) == [("2026-11-22", "2026-12-02", 10_000, False)]
    assert run(club) == (0, 0)
    club.clock.advance(days=3)
    assert (run(club), books(club)) == ((1, 0), (7_000, 3_000))
    # Again it changes nothing, also for a day that has been.
    assert (run(club), run(club, "2026-11-24"), books(club)) == ((0, 0), (0, 0), (7_000, 3_000))
    club.clock.advance(days=20)
    # No review takes a tier that is paid for; the end of the membership decides.
    club.do(review_tiers, ReviewTiers())
    assert tier(club)[0] == "gold"
    assert (run(club), books(club)) == ((1, 1), (0, 10_000))
    assert (tier(club), kept(club)) == (("basic", "None"), [("2026-11-22", "2026-12-02", 0, True)])
    assert history(club) == [("paid", "gold"), ("paid_end", "basic")]
    with pytest.raises(MembershipsOfChain):
        club.do(release_memberships, ReleaseMemberships(), club.s1)


def test_a_renewal_begins_when_the_membership_ends(club: World):
    buy(club)
    club.clock.advance(days=4)
    second = buy(club, 2)
    assert tier(club) == ("gold", "2026-12-22")
    assert [(one[0], one[1]) for one in kept(club)] == [("2026-11-22", "2026-12-02"), ("2026-12-02", "2026-12-22")]
    club.clock.advance(days=8)
    assert (run(club), books(club)) == ((2, 1), (18_000, 12_000))
    assert tier(club) == ("gold", "2026-12-22")
    give_back(club, second, 1)
    assert (books(club), kept(club)[1][1], tier(club)[1]) == ((8_000, 12_000), "2026-12-12", "2026-12-12")


def test_who_has_earned_a_tier_meanwhile_keeps_that(club: World):
    buy(club)
    club.sell(Till().line("TEA", 99).line("TEA", 1).member().cash(1_000_000).command)
    club.clock.advance(days=15)
    assert run(club) == (1, 1)
    assert (tier(club)[0], history(club)[-1]) == ("silver", ("paid_end", "silver"))


def test_is_taken_back_with_its_sale(club: World):
    sale = buy(club)
    club.once(void_sale, VoidSale(sale.sale_id, "mistake"), club.s1)
    assert (tier(club), books(club), kept(club)[0][2:]) == (("basic", "None"), (0, 0), (0, True))


def test_periods_that_have_begun_are_refunded_by_the_setting(club: World):
    sale = buy(club, 3)
    club.clock.advance(days=2)
    run(club)
    with pytest.raises(MembershipBegun, match="2 of these 3 periods"):
        give_back(club, sale, 3)
    assert books(club) == (28_000, 2_000)
    give_back(club, sale, 2)
    assert (books(club), tier(club)) == ((8_000, 2_000), ("gold", "2026-12-02"))
    club.set("membership_refund", "whole")
    give_back(club, sale, 1)
    # All of the money is back, so that what was earned is none.
    assert (books(club), tier(club)[0]) == ((0, 0), "basic")


def test_the_last_one_comes_back_first(club: World):
    first = buy(club)
    buy(club)
    with pytest.raises(LaterMembershipFirst):
        give_back(club, first, 1)


def test_refuses_what_is_no_membership_of_anybody(club: World):
    with pytest.raises(MembershipNeedsMember):
        club.sell(Till().line("PLUS").cash(11_300).command)
    with pytest.raises(PeriodsAreCounted):
        club.ask(quote_basket, QuoteBasket(Till().line("PLUS", 121).member().command.basket), club.s1)
    plans = (MembershipPlan("MUG", "Mug", "杯", "MUG", "gold", months=1),)
    club.do(put_tier_programme, PutTierProgramme(TierProgramme("CNY", PROGRAMME.tiers, plans=plans)))
    with pytest.raises(MembershipIsNoGoods):
        club.sell(Till().line("MUG").member().cash(5_000).command)
    wrong = (MembershipPlan("X", "X", "X", "X", "gold", months=1, days=1),)
    with pytest.raises(MonthsOrDays):
        club.do(put_tier_programme, PutTierProgramme(TierProgramme("CNY", PROGRAMME.tiers, plans=wrong)))
    assert (kept(club), history(club)) == ([], [])
