"""What merged files have used of limits per member counts for one person, on both engines."""

from typing import Any

import pytest

from application.loyalty.adjust_points import AdjustPoints, adjust_points
from application.marketing.put_reward import PutReward, put_reward
from application.marketing.queries import GetDraw, get_draw
from application.marketing.redeem_reward import RedeemReward, redeem_reward
from application.marketing.tickets import ClaimTickets, claim_tickets
from application.membership.change_tier import ChangeTier, change_tier
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.membership.tier_programme import PutTierProgramme, put_tier_programme
from application.membership.use_benefit import ListBenefits, UseBenefit, list_benefits, use_benefit
from application.pricing.figures import GetPromotionFigures, get_promotion_figures
from application.pricing.issue_coupons import ClaimCoupon, claim_coupon
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.refund import RefundSale
from domain.identity.organisation import SYSTEM
from domain.marketing.reward import Reward, RewardKind
from domain.membership.tier import Tier, TierBenefit, TierProgramme
from domain.pricing.coupon import CouponHolder
from domain.pricing.limits import Limits
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.shared.errors import Refusal
from tests.application.marketing.draws import grant, play, published, thanks
from tests.application.sales.coupons import issue, put_batch, showing, unlock
from tests.world import MEMBER, Till, World

OTHER, THIRD = "13900139000", "13700137000"


@pytest.fixture
def three(world: World) -> World:
    for phone in (OTHER, THIRD):
        world.do(register_member, RegisterMember(phone=phone))
    return world


def merge(world: World, survivor: str = MEMBER, merged: str = OTHER) -> int:
    return int(world.once(merge_members, MergeMembers(survivor, merged, "One person", "S1"), SYSTEM).merge_id)


def undo(world: World, merge_id: int) -> None:
    world.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), SYSTEM)


def limited(world: World, **limits: Any) -> None:
    benefit = Benefit(BenefitKind.AMOUNT, ItemSet(everything=True), off_minor=1_000)
    world.do(
        put_promotions, PutPromotions((Promotion("P", "P off", benefit, currency="CNY", limits=Limits(**limits)),))
    )


def buy(world: World, member: str) -> Any:
    """A tea of 100.00, less 10.00 while the limit leaves it."""
    return world.sell(Till().line("TEA").member(member).cash(10_000).command)


def figures(world: World) -> tuple[int, int]:
    """Uses, and members who have used it."""
    found = world.ask(get_promotion_figures, GetPromotionFigures("P"))
    return found.uses, found.members


@pytest.mark.capability("MEM-12")
def test_one_person_does_not_get_twice_what_one_may_get(three: World) -> None:
    limited(three, uses_per_member_max=2)
    first = [buy(three, MEMBER), buy(three, OTHER)]
    assert ([one.discount_minor for one in first], figures(three)) == ([1_000, 1_000], (2, 2))
    merge_id = merge(three)
    assert (buy(three, MEMBER).discount_minor, buy(three, OTHER).discount_minor, figures(three)) == (0, 0, (2, 1))
    # What the file had bought comes back: one more is to be had.
    three.refund(RefundSale(first[1].sale_id, "Broken"))
    assert (figures(three), three.broken()) == ((1, 1), [])
    assert (buy(three, MEMBER).discount_minor, buy(three, MEMBER).discount_minor) == (1_000, 0)
    undo(three, merge_id)
    # Both of those are the survivor's; the file has used nothing that has not come back.
    assert figures(three) == (2, 1)
    assert [buy(three, one).discount_minor for one in (MEMBER, OTHER, OTHER, OTHER)] == [0, 1_000, 1_000, 0]
    assert figures(three) == (4, 2)


def test_files_of_files_count_too_and_are_taken_off_one_by_one(three: World) -> None:
    limited(three, uses_per_member_per_day_max=3)
    third = buy(three, THIRD)
    buy(three, OTHER)
    buy(three, MEMBER)
    first = merge(three, OTHER, THIRD)
    second = merge(three, MEMBER, OTHER)
    assert (figures(three), buy(three, THIRD).discount_minor) == ((3, 1), 0)
    three.refund(RefundSale(third.sale_id, "Broken"))
    undo(three, second)
    assert figures(three) == (2, 2)
    undo(three, first)
    assert [buy(three, THIRD).discount_minor for _ in range(4)] == [1_000, 1_000, 1_000, 0]
    assert [buy(three, OTHER).discount_minor for _ in range(3)] == [1_000, 1_000, 0]


@pytest.mark.capability("MEM-12")
def test_coupons_that_one_may_claim_and_use_once_are_not_had_twice(three: World) -> None:
    put_batch(three, "ONCE", CouponHolder.MEMBER, claimable=True, claims_per_member_max=1, uses_per_member_max=1)
    unlock(three, "ONCE")
    [used] = claim(three, OTHER)
    own = issue(three, "ONCE", members=(MEMBER,))[0]
    sale = three.sell(showing(Till().line("TEA").member(OTHER), used).cash(9_000).command)
    merge_id = merge(three)
    with pytest.raises(Refusal) as refused:
        claim(three, MEMBER)
    assert refused.value.reason == "CLAIMED_OFTEN"
    till = showing(Till().line("TEA").member(), own).cash(9_000).command
    with pytest.raises(Refusal) as refused:
        three.sell(till)
    assert refused.value.reason == "COUPON_USED_OFTEN"
    three.refund(RefundSale(sale.sale_id, "Broken"))
    three.sell(till)
    undo(three, merge_id)
    # The file has used none, and claimed one; the survivor has claimed none.
    assert len(claim(three, MEMBER)) == 1
    with pytest.raises(Refusal):
        claim(three, OTHER)


def claim(world: World, member: str) -> list[str]:
    return [world.do(claim_coupon, ClaimCoupon("ONCE", member)).code]


@pytest.mark.capability("MEM-12")
def test_tickets_of_the_file_are_played_by_the_survivor_and_the_unused_go_back(three: World) -> None:
    """1 and 4 tickets, one of each played. Of 4 plays in all two are left: of the three unused one goes back."""
    published(three, thanks(chance=1_000_000), plays_per_member_max=4)
    grant(three, 1)
    grant(three, 4, OTHER)
    play(three)
    play(three, OTHER)
    merge_id = merge(three)
    assert tickets(three, MEMBER) == tickets(three, OTHER) == (5, 2, 3)
    play(three)
    play(three, OTHER)
    assert (tickets(three, MEMBER), three.broken()) == ((5, 4, 1), [])
    with pytest.raises(Refusal) as refused:
        play(three)
    assert refused.value.reason == "PLAYED_OFTEN"
    undo(three, merge_id)
    assert (tickets(three, MEMBER), tickets(three, OTHER)) == ((3, 3, 0), (2, 1, 1))
    play(three, OTHER)


def tickets(world: World, member: str) -> tuple[int, int, int]:
    """Granted, used, and those that may be played."""
    found = world.ask(get_draw, GetDraw("XMAS", member)).member
    assert found is not None
    return found.granted, found.used, found.playable


@pytest.mark.capability("MEM-12")
def test_a_sale_of_the_file_brings_the_survivor_its_tickets(three: World) -> None:
    published(three, thanks(chance=1_000_000), spend_step_minor=5_000)
    sale = buy(three, OTHER)
    with pytest.raises(Refusal):
        three.do(claim_tickets, ClaimTickets("XMAS", sale.sale_id, MEMBER))
    merge_id = merge(three)
    assert len(three.do(claim_tickets, ClaimTickets("XMAS", sale.sale_id, MEMBER)).ticket_ids) == 2
    undo(three, merge_id)
    assert (tickets(three, MEMBER), tickets(three, OTHER)) == ((2, 0, 2), (0, 0, 0))


@pytest.mark.capability("MEM-12")
def test_benefits_of_the_month_are_those_of_one_person(three: World) -> None:
    """Three a month. The one has parked once, the other twice."""
    parking = TierBenefit("PARKING", "2 h parking", "免费停车 2 小时", 3, ("gold",))
    programme = TierProgramme("CNY", (Tier("gold", "Gold", "金卡", spend_minor=1),), benefits=(parking,))
    three.do(put_tier_programme, PutTierProgramme(programme))
    for member in (MEMBER, OTHER):
        three.do(change_tier, ChangeTier(member, "gold", "Known from before"))
    for member in (MEMBER, OTHER, OTHER):
        three.do(use_benefit, UseBenefit(member, "PARKING", "沪A12345"), three.s1)
    merge_id = merge(three)
    assert parked(three, MEMBER) == 3
    with pytest.raises(Refusal) as refused:
        three.do(use_benefit, UseBenefit(MEMBER, "PARKING", "沪A12345"), three.s1)
    assert refused.value.reason == "BENEFIT_USED_UP"
    undo(three, merge_id)
    assert (parked(three, MEMBER), parked(three, OTHER)) == (1, 2)
    three.do(use_benefit, UseBenefit(MEMBER, "PARKING", "沪A12345"), three.s1)


def parked(world: World, member: str) -> int:
    [benefit] = world.ask(list_benefits, ListBenefits(member), world.s1).benefits
    return int(benefit.used)


@pytest.mark.capability("MEM-12")
def test_a_reward_that_one_may_have_once_is_not_had_twice(three: World) -> None:
    reward = Reward("MUG50", "A mug", "马克杯", RewardKind.GOODS, 50, sku="MUG", pieces=1, times_per_member_max=1)
    three.do(put_reward, PutReward(reward))
    for member in (MEMBER, OTHER):
        three.once(adjust_points, AdjustPoints(member, 100, "Welcome", "S1"), SYSTEM)
    three.once(redeem_reward, RedeemReward("MUG50", OTHER), three.s1)
    merge_id = merge(three)
    with pytest.raises(Refusal) as refused:
        three.once(redeem_reward, RedeemReward("MUG50", MEMBER), three.s1)
    assert refused.value.reason == "REDEEMED_OFTEN"
    undo(three, merge_id)
    three.once(redeem_reward, RedeemReward("MUG50", MEMBER), three.s1)
