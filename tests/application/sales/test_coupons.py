"""Coupons at the till: what they take off, who may use them when, and that each is used once."""

import pytest

from application.coupon_ledger import (
    CouponExpired,
    CouponNeedsMember,
    CouponNotYetValid,
    CouponOfAnother,
    CouponUsed,
    CouponUsedOften,
    CouponVoided,
    UnknownCoupon,
    Use,
    award_coupons,
)
from application.pricing.coupon_changes import VoidCoupons, void_coupons
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.queries import GetSale, get_sale
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest
from domain.pricing.coupon import CouponHolder
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.shared.errors import Refusal
from tests.application.sales.coupons import TEA, history, issue, kinds, put_batch, second_member, showing, unlock
from tests.world import MEMBER, Till, World


def refused(world: World, till: Till) -> Refusal:
    """What a checkout is refused for; nothing is written by it."""
    before = world.counts()
    with pytest.raises(Refusal) as refusal:
        world.sell(till.command)
    assert world.counts() == before
    return refusal.value


@pytest.mark.capability("CPN-03")
def test_a_second_use_anywhere_is_refused_with_who_and_when(world: World):
    put_batch(world)
    unlock(world)
    [code] = issue(world)
    sale = world.sell(showing(Till().line("TEA"), code).cash(9_000).command)
    [used] = sale.coupons
    assert (sale.total_minor, used.redeemed, used.batch_code, used.code) == (9_000, True, "SUMMER", f"…{code[-4:]}")

    refusal = refused(world, showing(Till().line("TEA"), code.lower().replace("-", " ")).cash(10_000))
    assert (type(refusal), refusal.field) == (CouponUsed, "basket.coupon_codes[0]")
    assert refusal.message() == (
        f"This coupon was used at 2026-11-22 02:00:00 UTC in store “S1” by “T1”, sale {sale.sale_id}. It is used up."
    )
    with pytest.raises(CouponUsed):
        world.sell(showing(Till().line("TEA"), code).cash(10_000).command, world.s2)
    told = history(world, code)
    assert kinds(world, code) == ["issued", "redeemed"]
    assert (told.coupon.state, told.coupon.uses, told.events[0].store_code, told.events[0].caller_code) == (
        "used", 1, "S1", "T1",
    )  # fmt: skip
    assert (told.events[0].sale_id, told.events[0].happened_at) == (sale.sale_id, world.clock())
    assert world.broken() == []


def test_without_its_coupon_a_promotion_gives_nothing_and_says_so(world: World):
    put_batch(world)
    unlock(world)
    asked = world.ask(quote_basket, QuoteBasket(Till().line("TEA").command.basket), world.s1)
    [told] = asked.promotions
    assert (asked.total_minor, told.reason) == (10_000, "coupon_missing")
    assert told.explanation == "Only for a coupon. Ask for it, and scan its code."


@pytest.mark.parametrize(
    ("shown", "bottles", "used", "total"), [(2, 3, 2, 28_000), (3, 2, 2, 18_000), (1, 3, 1, 29_000)]
)
def test_one_coupon_is_one_application(world: World, shown: int, bottles: int, used: int, total: int):
    put_batch(world)
    unlock(world)
    codes = issue(world, count=shown)
    sale = world.sell(showing(Till().line("TEA", bottles), *codes).cash(total).command)
    assert sale.total_minor == total
    assert [one.redeemed for one in sale.coupons].count(True) == used
    reasons = {one.reason for one in sale.coupons if not one.redeemed}
    assert reasons == ({"not_needed"} if shown > used else set())
    assert world.rows("SELECT sum(uses) FROM coupons") == [(used,)]


def test_the_order_of_coupons_changes_nothing(world: World):
    put_batch(world)
    put_batch(world, "LATER")
    unlock(world)
    unlock(world, "LATER", 500, stage=1)
    first, second, third = [*issue(world, count=2), *issue(world, "LATER")]
    answers = [
        world.ask(quote_basket, QuoteBasket(showing(Till().line("TEA"), *codes).command.basket), world.s1)
        for codes in ((first, second, third), (third, second, first), (second, third, first))
    ]
    assert {answer.total_minor for answer in answers} == {8_500}
    used = [sorted(one.coupon_id for one in answer.coupons if one.redeemed) for answer in answers]
    assert used[0] == used[1] == used[2]


def test_a_coupon_that_brings_nothing_stays_and_is_explained(world: World):
    put_batch(world)
    put_batch(world, "MUGS")
    unlock(world, needs=())
    unlock(world, "MUGS", 500, ItemSet(skus=("MUG",)))
    [tea], [mug] = issue(world), issue(world, "MUGS")
    sale = world.sell(showing(Till().line("TEA"), tea, mug).cash(9_000).command)
    assert [(one.redeemed, one.reason) for one in sale.coupons] == [(True, ""), (False, "no_promotion")]
    assert sale.coupons[1].explanation.startswith("The basket holds nothing")
    assert kinds(world, mug) == ["issued"]
    assert world.sell(showing(Till().line("MUG"), mug).cash(4_500).command).total_minor == 4_500


def test_of_several_promotions_of_a_batch_its_coupons_go_to_the_best(world: World):
    put_batch(world)
    unlock(world, code="SMALL", off_minor=300)
    unlock(world, code="LARGE", off_minor=700, stage=2)
    [code] = issue(world)
    asked = world.ask(quote_basket, QuoteBasket(showing(Till().line("TEA", 2), code).command.basket), world.s1)
    told = {one.code: (one.applied, one.reason, list(one.beaten_by)) for one in asked.promotions}
    assert (asked.total_minor, told) == (
        19_300, {"LARGE": (True, "", []), "SMALL": (False, "beaten", ["LARGE"])},
    )  # fmt: skip


def test_refuses_what_may_not_be_used(world: World):
    other = second_member(world)
    put_batch(world)
    put_batch(world, "OVER", until_date="2026-11-22")
    put_batch(world, "SOON", from_date="2026-11-23")
    put_batch(world, "MINE", CouponHolder.MEMBER)
    put_batch(world, "ONCE", uses_per_member_max=1)
    unlock(world, "ONCE")
    [good] = issue(world)
    [over], [soon] = made_at_noon(world, "OVER"), issue(world, "SOON")
    [mine] = issue(world, "MINE", members=(other,))
    once, again = issue(world, "ONCE", count=2)
    [gone] = issue(world)
    world.do(void_coupons, VoidCoupons("stolen", (gone,)))
    world.sell(showing(Till().line("TEA"), once).member().cash(9_000).command)
    till = Till().line("TEA").cash(10_000)
    for code, member, kind in (
        ("NOSUCHCODE", "", UnknownCoupon),
        (over, "", CouponExpired),
        (soon, "", CouponNotYetValid),
        (mine, "", CouponNeedsMember),
        (mine, MEMBER, CouponOfAnother),
        (again, "", CouponNeedsMember),
        (again, MEMBER, CouponUsedOften),
        (gone, "", CouponVoided),
    ):
        refusal = refused(world, showing(till.member(member), good, code))
        assert (type(refusal), refusal.field) == (kind, "basket.coupon_codes[1]")
        assert refusal.message("zh") != refusal.message("en")
    assert kinds(world, good) == ["issued"]
    assert world.broken() == []


def made_at_noon(world: World, batch: str) -> list[str]:
    """Coupons made while their batch still held: the day before."""
    now = world.clock.now
    world.clock.now = now.replace(day=21)
    codes = issue(world, batch)
    world.clock.now = now
    return codes


def test_a_batch_of_sales_uses_a_coupon_once(world: World):
    put_batch(world)
    unlock(world)
    [code] = issue(world)
    till = showing(Till().line("TEA"), code).cash(9_000)
    outcomes = world.sell_all([world.call(till.command, world.s1) for _ in range(5)])
    assert [type(outcome).__name__ for outcome in outcomes] == ["SaleView", *["CouponUsed"] * 4]
    assert world.broken() == []


def test_a_shared_code_is_used_as_often_as_it_may_be(world: World):
    put_batch(world, "WELCOME", shared=True, shared_code="WELCOME-10", total_max=2)
    put_batch(world, "EVER", shared=True, shared_code="FOREVER", uses_per_member_max=1)
    unlock(world, "WELCOME")
    unlock(world, "EVER", 500, stage=1)
    till = showing(Till().line("TEA"), "welcome10").cash(9_000)
    assert [world.sell(till.command).coupons[0].redeemed for _ in range(2)] == [True, True]
    assert isinstance(refused(world, till), CouponUsed)
    ever = showing(Till().line("TEA"), "FOREVER").cash(9_500)
    assert isinstance(refused(world, ever), CouponNeedsMember)
    assert world.sell(ever.member().command).total_minor == 9_500
    assert isinstance(refused(world, ever.member()), CouponUsedOften)
    # Nobody waits for another one's use of a code without end: its row does not move.
    assert world.rows("SELECT uses_max, uses FROM coupons ORDER BY uses_max") == [(0, 0), (2, 2)]
    assert world.broken() == []


@pytest.mark.capability("CPN-05")
@pytest.mark.parametrize(
    ("policy", "day", "again"),
    [("restore_if_valid", 22, True), ("restore_if_valid", 25, False), ("consume", 22, False)],
)
def test_a_full_return_gives_a_valid_coupon_back(world: World, policy: str, day: int, again: bool):
    world.set("coupon_on_full_return", policy)
    put_batch(world, valid_days=3)
    unlock(world)
    [code] = issue(world, members=(MEMBER,))
    sale = world.sell(showing(Till().line("TEA", 2), code).member().cash(19_000).command)
    assert history(world, code).coupon.until_date == "2026-11-25"
    half = world.refund(RefundSale(sale.sale_id, "one too many", (ReturnRequest(1, 1_000, amount_only=False),)))
    # A part that comes back is worth what was paid for it, and the coupon stays used.
    assert (half.sale.total_minor, history(world, code).coupon.uses) == (-9_500, 1)
    world.clock.now = world.clock.now.replace(day=day)
    rest = world.refund(RefundSale(sale.sale_id, "the other one too"))
    assert (rest.sale.total_minor, history(world, code).coupon.uses) == (-9_500, 0 if again else 1)
    assert kinds(world, code) == ["issued", "redeemed", *(["restored"] if again else [])]
    if again:
        assert world.sell(showing(Till().line("TEA"), code).member().cash(9_000).command).total_minor == 9_000
    assert world.rows("SELECT sum(uses) FROM coupon_allowances") == [(1,)]
    assert world.broken() == []


def test_a_stored_sale_tells_its_coupons(world: World):
    put_batch(world)
    unlock(world)
    [code] = issue(world)
    sale = world.sell(showing(Till().line("TEA"), code).cash(9_000).command)
    found = world.ask(get_sale, GetSale(sale.sale_id), world.s1).sale
    assert found.coupons == sale.coupons


def test_an_uploaded_sale_uses_the_coupon_at_its_own_time(world: World):
    put_batch(world, until_date="2026-11-22")
    unlock(world)
    [code] = made_at_noon(world, "SUMMER")
    yesterday = world.clock.now.replace(day=21)
    till = showing(Till().line("TEA"), code).cash(9_000)
    assert isinstance(refused(world, till), CouponExpired)
    assert world.sell(till.offline(yesterday).command).coupons[0].redeemed
    assert history(world, code).events[0].happened_at == yesterday


@pytest.mark.capability("CPN-06")
def test_an_order_shows_what_coupons_cost_by_dish_group(world: World):
    put_batch(world, "DINNER")
    put_batch(world, "LUNCH")
    unlock(world, "DINNER", 500, ItemSet(skus=("TEA", "MUG")))
    unlock(world, "LUNCH", 200, TEA, stage=1)
    codes = [*issue(world, "DINNER", count=3), *issue(world, "LUNCH")]
    till = showing(Till().line("TEA", 2).line("MUG").basket(channel="dine_in"), *codes)
    shown = world.ask(quote_basket, QuoteBasket(till.command.basket), world.s1).coupon_costs
    assert [(one.batch_code, one.department_code, one.discount_minor) for one in shown] == [
        ("DINNER", "FOOD", 1_000), ("DINNER", "HOME", 500), ("LUNCH", "FOOD", 200),
    ]  # fmt: skip
    sale = world.sell(till.cash(23_300).command)
    found = world.ask(get_sale, GetSale(sale.sale_id), world.s1).sale
    assert (sale.channel, sale.coupon_costs, found.coupon_costs) == ("dine_in", shown, shown)


def test_a_sale_may_earn_coupons_as_many_as_are_left(world: World):
    put_batch(world, "NEXT", CouponHolder.MEMBER, total_max=3, valid_days=30)
    put_batch(world, "ANY")
    put_batch(world, "OVER", until_date="2026-11-22")
    put_batch(world, "OPEN", shared=True, shared_code="OPENSESAME")
    sale = world.sell(Till().line("TEA").member().cash(10_000).command)

    def award(*, member: bool) -> list[str]:
        with world.units.begin(caller=world.s1, now=world.clock()) as uow:
            uow.refresh()
            member_id = uow.members.ids([MEMBER])[MEMBER] if member else None
            store = uow.chain.stores[world.s1.store_id]
            use = Use(member_id, store, world.s1, uow.now, uow.now)
            awards = [("NEXT", 2), ("ANY", 1), ("OVER", 1), ("OPEN", 1), ("NONE", 1)]
            made = award_coupons(uow, awards, use, document_id=sale.sale_id)
            uow.commit()
        assert all(kinds(world, one.code) == ["issued"] for _, one in made)
        return [batch.terms.code for batch, _ in made]

    assert award(member=True) == ["ANY", "NEXT", "NEXT"]
    assert award(member=False) == ["ANY"]
    assert award(member=True) == ["ANY", "NEXT"]
    assert award(member=True) == ["ANY"]
    assert world.broken() == []


@pytest.mark.parametrize("used", [False, True])
def test_coupons_that_a_sale_earned_are_void_when_all_of_it_comes_back(world: World, *, used: bool):
    put_batch(world, "NEXT", CouponHolder.MEMBER)
    benefit = Benefit(BenefitKind.COUPON, TEA, coupon_batch_code="NEXT", units=1)
    world.do(put_promotions, PutPromotions((Promotion("EARN", "Next time", benefit),)))
    unlock(world, "NEXT", 500, ItemSet(skus=("MUG",)))
    sale = world.sell(Till().line("TEA", 2).member().cash(20_000).command)
    [awarded] = sale.coupons_awarded
    assert history(world, awarded.code).events[0].sale_id == sale.sale_id
    if used:
        world.sell(showing(Till().line("MUG"), awarded.code).member().cash(4_500).command)
    world.refund(RefundSale(sale.sale_id, "one", (ReturnRequest(1, 1_000, amount_only=False),)))
    assert history(world, awarded.code).coupon.state == ("used" if used else "available")
    world.refund(RefundSale(sale.sale_id, "rest"))
    assert kinds(world, awarded.code) == ["issued", "redeemed" if used else "voided"]
    assert world.sell(Till().line("TEA").cash(10_000).command).coupons_awarded == []
    assert world.broken() == []


def test_a_sale_with_coupons_is_explained_to_the_same_cent_when_the_terms_are_others(world: World):
    put_batch(world)
    put_batch(world, "MUGS")
    unlock(world)
    unlock(world, "MUGS", 300, ItemSet(skus=("MUG",)), stage=1)
    codes = [*issue(world, count=2), *issue(world, "MUGS")]
    till = showing(Till().line("TEA", 3).line("MUG"), *codes)
    sale = world.sell(till.cash(32_700).command)
    unlock(world, off_minor=9_000)
    world.do(void_coupons, VoidCoupons("over", tuple(issue(world))))
    told = world.ask(explain_sale, ExplainSale(sale_id=sale.sale_id))
    assert (told.proven, told.sale.total_minor) == (True, 32_700)
    assert {one.code: (one.applied, one.discount_minor) for one in told.promotions} == {
        "SUMMER-OFF": (True, 2_000), "MUGS-OFF": (True, 300),
    }  # fmt: skip
