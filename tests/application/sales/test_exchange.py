"""Exchanges through the use cases: goods back, goods out, and only the difference moves."""

from dataclasses import replace

import pytest

from application.sales.find_returnable import FindReturnable, find_returnable
from application.sales.queries import GetSale, get_sale
from application.sales.refund import RefundSale, VoidSale, void_sale
from application.wallet.credit import SetCreditLimit, set_credit_limit
from domain.sales.sale import SaleKind, TenderKind
from domain.shared.errors import Refusal
from tests.application.sales.coupons import OTHER, issue, kinds, put_batch, second_member, showing, unlock
from tests.application.sales.exchanging import back, exchange, paid
from tests.application.sales.paying import MUG_MINOR, PayingTill
from tests.application.sales.tills import opened, report
from tests.application.wallet.cards import balance, paid_by, sold
from tests.application.wallet.paying_in import held, pay_in
from tests.world import MEMBER, Till, World

CASH, CARD, EXCHANGE, POINTS = TenderKind.CASH, TenderKind.CARD, TenderKind.EXCHANGE, TenderKind.POINTS


@pytest.mark.capability("SAL-03")
def test_dearer_goods_cost_the_difference(world: World) -> None:
    sale = world.sell(Till().line("MUG").card(5_000).command)
    before = world.ledger()
    found = exchange(world, sale.sale_id, Till().line("TEA").cash(6_000))
    assert (found.exchanged_minor, found.sale.total_minor, found.sale.change_minor) == (5_000, 10_000, 1_000)
    assert paid(found.returned.sale) == [(EXCHANGE, -5_000, CARD)]
    assert paid(found.sale) == [(CASH, 6_000, None), (EXCHANGE, 5_000, CARD)]
    assert [one.reference for one in found.sale.tenders] == ["", "A1"]
    after = world.ledger()
    # 50.00 more in the drawer, nothing on the card, a mug back and a tea out.
    assert after["1001"] - before.get("1001", 0) == 5_000
    assert (after["101201"], after.get("122105", 0)) == (before["101201"], 0)
    assert after["1405"] - before["1405"] == 2_000 - 6_000


@pytest.mark.capability("SAL-03")
def test_cheaper_goods_bring_the_difference_back(world: World) -> None:
    sale = world.sell(Till().line("TEA", 2).card(15_000).cash(5_000).command)
    found = exchange(world, sale.sale_id, Till().line("MUG", 2), back(1, 2))
    # Three quarters by card and one by cash, of what pays for the mugs and of what is paid out.
    assert paid(found.returned.sale) == [
        (CARD, -7_500, None), (EXCHANGE, -7_500, CARD), (CASH, -2_500, None), (EXCHANGE, -2_500, CASH)
    ]  # fmt: skip
    assert paid(found.sale) == [(EXCHANGE, 7_500, CARD), (EXCHANGE, 2_500, CASH)]
    assert (found.returned.sale.total_minor, found.sale.total_minor, found.exchanged_minor) == (-20_000, 10_000, 10_000)


@pytest.mark.capability("SAL-03")
def test_equal_goods_move_no_money_at_all(world: World) -> None:
    sale = world.sell(Till().line("TEA", 3).cash(30_000).command)
    before = world.ledger()
    found = exchange(world, sale.sale_id, Till().line("TEA"), back(1, 1))
    assert (paid(found.returned.sale), paid(found.sale)) == (
        [(EXCHANGE, -10_000, CASH)], [(EXCHANGE, 10_000, CASH)]
    )  # fmt: skip
    assert world.ledger() == before
    [left] = world.ask(find_returnable, FindReturnable(sale.sale_id)).sales
    assert [(one.kind, one.amount_minor) for one in left.tenders] == [(CASH, 20_000)]
    [new] = world.ask(find_returnable, FindReturnable(found.sale.sale_id)).sales
    assert [(one.kind, one.amount_minor) for one in new.tenders] == [(CASH, 10_000)]


@pytest.mark.capability("SAL-03")
def test_what_goods_had_paid_goes_back_by_what_had_really_paid_through_a_chain(world: World) -> None:
    first = world.sell(Till().line("TEA").card(10_000).command)
    second = exchange(world, first.sale_id, Till().line("MUG", 3).cash(5_000)).sale
    third = exchange(world, second.sale_id, Till().line("RICE", 10).cash(3_000), back(1, 1)).sale
    assert paid(third) == [(CASH, 3_000, None), (EXCHANGE, 1_667, CASH), (EXCHANGE, 3_333, CARD)]
    chain = world.ask(get_sale, GetSale(second.sale_id)).exchanges
    assert [(one.returned_sale_id, one.sale_id) for one in chain] == [
        (first.sale_id, second.sale_id), (second.sale_id, third.sale_id)
    ]  # fmt: skip
    last = [world.refund(RefundSale(one.sale_id, "all of it")).sale for one in (third, second)]
    kinds: dict[TenderKind, int] = {}
    for document in last:
        for tender in document.tenders:
            kinds[tender.kind] = kinds.get(tender.kind, 0) + tender.amount_minor
    assert kinds == {CARD: -10_000, CASH: -5_000 - 3_000}


@pytest.mark.capability("SAL-03", "MEM-03")
def test_points_and_stored_value_pay_again_as_they_had(world: World) -> None:
    world.sell(Till().line("TEA", 20).member().cash(200_000).command)
    sale = world.sell(Till().line("TEA").member().points(500).cash(9_500).command)
    before, ledger = world.points(), world.ledger()
    found = exchange(world, sale.sale_id, Till().line("MUG", 2))
    assert [(one.kind, one.amount_minor, one.points) for one in found.sale.tenders] == [
        (POINTS, 500, 500), (EXCHANGE, 9_500, 0)
    ]  # fmt: skip
    assert (found.returned.sale.points_redeemed, found.sale.points_redeemed, world.points()) == (-500, 500, before)
    world.refund(RefundSale(found.sale.sale_id, "no more"))
    assert world.points() == before + 500 - sale.points_earned
    assert world.ledger()["1001"] == ledger["1001"] - 9_500


@pytest.mark.capability("SAL-03")
def test_a_cheaper_exchange_gives_back_its_share_of_the_points(world: World) -> None:
    world.sell(Till().line("TEA", 20).member().cash(200_000).command)
    sale = world.sell(Till().line("TEA").member().points(1_000).card(9_000).command)
    found = exchange(world, sale.sale_id, Till().line("MUG"))
    assert [(one.kind, one.amount_minor, one.points) for one in found.sale.tenders] == [
        (POINTS, 500, 500), (EXCHANGE, 4_500, 0)
    ]  # fmt: skip
    assert paid(found.returned.sale) == [(POINTS, -1_000, None), (CARD, -4_500, None), (EXCHANGE, -4_500, CARD)]


@pytest.mark.capability("SAL-03", "OMN-08")
def test_goods_of_another_store_are_exchanged_where_the_customer_is(world: World) -> None:
    sale = world.sell(Till().line("TEA").card(10_000).command)
    there = world.terminal("T2", "sales.refund_elsewhere")
    stock = world.level("TEA", "S2"), world.level("MUG", "S2")
    found = exchange(world, sale.sale_id, Till().line("MUG"), caller=there)
    assert (found.returned.sale.store_code, found.sale.store_code) == ("S2", "S2")
    assert (world.level("TEA", "S2"), world.level("MUG", "S2")) == (
        (stock[0][0] + 1_000, stock[0][1] + 6_000), (stock[1][0] - 1_000, stock[1][1] - 2_000)
    )  # fmt: skip
    assert paid(found.returned.sale) == [(CARD, -5_000, None), (EXCHANGE, -5_000, CARD)]


@pytest.mark.capability("SAL-03")
def test_neither_document_of_an_exchange_is_voided_alone(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    found = exchange(world, sale.sale_id, Till().line("MUG", 2))
    counts = world.counts()
    for sale_id, reason in (
        (sale.sale_id, "ALREADY_RETURNED"),
        (found.returned.sale.sale_id, "NOT_A_SALE"),
        (found.sale.sale_id, "EXCHANGE_NOT_VOIDED"),
    ):
        with pytest.raises(Refusal) as refused:
            world.once(void_sale, VoidSale(sale_id, "mistake"), world.s1)
        assert refused.value.reason == reason
    assert world.counts() == counts


def test_what_is_refused_leaves_nothing_behind(world: World) -> None:
    sale = world.sell(Till().line("TEA").member().cash(10_000).command)
    counts, ledger, level = world.counts(), world.ledger(), world.level("TEA")
    goods = Till().line("MUG", 2)
    cases = (
        (goods.cash(1), {}, "NOTHING_TO_PAY", "sale.tenders"),
        (Till().line("TEA", 2).cash(9_999), {}, "TENDERED_TOO_LITTLE", "sale.tenders"),
        (Till().line("NOTEA"), {}, "UNKNOWN_SKU", "sale.basket.lines[0].sku"),
        (goods.tender(EXCHANGE, 10), {}, "EXCHANGE_OF_NOTHING", "sale.tenders[0].kind"),
        (goods.basket(member_key="00000000000"), {}, "UNKNOWN_MEMBER", "sale.basket.member_key"),
        (goods.basket(store_code="S2"), {}, "FOREIGN_STORE", "sale.basket.store_code"),
        (goods, {"sale_id": 1}, "UNKNOWN_SALE", "returned.sale_id"),
    )
    for till, options, reason, field in cases:
        with pytest.raises(Refusal) as refused:
            exchange(world, options.get("sale_id", sale.sale_id), till)
        assert (refused.value.reason, refused.value.field) == (reason, field)
    without = replace(world.s1, permissions=world.s1.permissions - {"sales.checkout"})
    with pytest.raises(Refusal) as refused:
        exchange(world, sale.sale_id, goods, caller=without)
    assert (refused.value.reason, refused.value.field) == ("PERMISSION_NEEDED", "sale")
    assert (world.counts(), world.ledger(), world.level("TEA")) == (counts, ledger, level)


@pytest.mark.capability("SAL-03")
def test_one_request_exchanges_once(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    request_id = "0b6c7e0e-8f5b-4c36-9f0e-3a1d5a0f7c11"
    first = exchange(world, sale.sale_id, Till().line("MUG", 2), request_id=request_id)
    counts = world.counts()
    assert exchange(world, sale.sale_id, Till().line("MUG", 2), request_id=request_id) is None
    assert world.counts() == counts
    assert first.sale.request_id == request_id
    # The id of the refund belongs to it as well.
    with pytest.raises(Refusal) as refused:
        world.sell(Till().line("TEA").cash(10_000).command, request_id=first.returned.sale.request_id)
    assert refused.value.reason == "REQUEST_REUSED"
    found = world.ask(get_sale, GetSale(first.returned.sale.sale_id))
    assert (found.sale.kind, found.exchanges[0].sale_id) == (SaleKind.REFUND, first.sale.sale_id)


@pytest.mark.capability("SAL-03", "MEM-03")
def test_gift_cards_and_stored_value_get_back_what_goods_had_been_paid_by(world: World) -> None:
    [card] = sold(world)
    pay_in(world, 3_000, bonus_minor=1_000, caller=world.terminal("T1", "wallet.bonus"))
    till = Till().line("TEA").member().tender(TenderKind.STORED_VALUE, 4_000)
    sale = world.sell(till._tender(paid_by(world, card, 6_000)).command)
    found = exchange(world, sale.sale_id, Till().line("MUG"))
    # Half of it: 20.00 of stored value, of which a quarter is bonus, and 30.00 of the card.
    assert paid(found.sale) == [(TenderKind.STORED_VALUE, 2_000, None), (EXCHANGE, 3_000, TenderKind.GIFT_CARD)]
    assert (held(world), balance(world, card)) == ((1_500, 500, False), 7_000)
    world.refund(RefundSale(found.sale.sale_id, "no more"))
    assert (held(world), balance(world, card)) == ((3_000, 1_000, False), 10_000)


@pytest.mark.capability("SAL-03")
def test_stored_value_may_pay_the_difference_besides(world: World) -> None:
    pay_in(world, 12_000)
    sale = world.sell(Till().line("MUG").member().tender(TenderKind.STORED_VALUE, 5_000).command)
    found = exchange(world, sale.sale_id, Till().line("TEA").tender(TenderKind.STORED_VALUE, 5_000))
    assert paid(found.sale) == [(TenderKind.STORED_VALUE, 10_000, None)]
    assert held(world) == (2_000, 0, False)


@pytest.mark.capability("SAL-03")
def test_what_was_bought_on_account_is_owed_until_it_is_returned(world: World) -> None:
    world.do(set_credit_limit, SetCreditLimit(MEMBER, 50_000, "Regular", "S1"))
    sale = world.sell(Till().line("MUG").member().tender(TenderKind.ON_ACCOUNT, 5_000).command)
    found = exchange(world, sale.sale_id, Till().line("TEA").cash(5_000))
    assert world.ledger()["112201"] == 5_000
    refund = world.refund(RefundSale(found.sale.sale_id, "no more")).sale
    assert paid(refund) == [(CASH, -5_000, None), (TenderKind.ON_ACCOUNT, -5_000, None)]
    assert world.ledger().get("112201", 0) == 0


@pytest.mark.capability("SAL-03", "INT-01")
def test_the_provider_that_was_paid_pays_back_what_goods_had_carried(world: World) -> None:
    till = PayingTill(world)
    payment = till.start()
    sale = world.sell(till.basket(payment.payment_id))
    found = exchange(world, sale.sale_id, Till().line("TEA").cash(5_000))
    till.reconcile()
    [account] = till.provider.accounts.values()
    assert account.taken == MUG_MINOR
    world.clock.advance(minutes=1)
    refund = world.refund(RefundSale(found.sale.sale_id, "Broken")).sale
    assert [(one.kind, one.amount_minor, one.reference) for one in refund.tenders] == [
        (CASH, -5_000, ""), (CARD, -5_000, payment.reference)
    ]  # fmt: skip
    till.reconcile()
    assert (till.read(payment.payment_id).state, account.taken) == ("refunded", 0)


@pytest.mark.capability("SAL-03")
def test_a_coupon_that_comes_back_may_be_used_for_the_new_goods(world: World) -> None:
    put_batch(world)
    unlock(world)
    [code] = issue(world)
    sale = world.sell(showing(Till().line("TEA"), code).cash(9_000).command)
    found = exchange(world, sale.sale_id, showing(Till().line("TEA", 2), code).cash(10_000))
    # It takes 10.00 off one of the two.
    assert (found.returned.coupons_restored, found.exchanged_minor, found.sale.total_minor) == (1, 9_000, 19_000)
    assert [event for event in kinds(world, code) if event == "redeemed"] == ["redeemed"] * 2
    world.refund(RefundSale(found.sale.sale_id, "no more"))
    assert kinds(world, code)[-1] != "redeemed"


@pytest.mark.capability("SAL-03", "SAL-06")
def test_no_drawer_and_no_takings_see_what_goods_have_paid(world: World) -> None:
    opened(world)
    world.clock.advance(minutes=1)
    first = world.sell(Till().line("TEA").cash(10_000).command)
    exchange(world, first.sale_id, Till().line("MUG"))
    second = world.sell(Till().line("MUG").card(5_000).command)
    exchange(world, second.sale_id, Till().line("TEA").cash(5_000))
    world.clock.advance(minutes=1)
    figures = report(world)
    taken = {one.tender: (one.sales_minor, one.reversed_minor, one.expected_minor) for one in figures.tenders}
    # A tea for 100.00, of which 50.00 came back, and 50.00 more for the second one.
    assert figures.expected_cash_minor == 10_000
    assert taken[CASH] == (15_000, -5_000, 10_000)
    assert taken[CARD] == (5_000, 0, 5_000)
    assert taken[EXCHANGE] == (10_000, -10_000, 0)


def test_cash_is_rounded_only_where_it_is_paid_out(world: World) -> None:
    world.set("cash_rounding_step", "10")
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    found = exchange(world, sale.sale_id, Till().line("RICE", quantity_milli=1_234))
    # Rice for 9.87; 90.13 are paid out as 90.10, and the goods are worth all of the 9.87.
    assert paid(found.returned.sale) == [(CASH, -9_010, None), (EXCHANGE, -987, CASH)]
    assert (found.returned.sale.rounding_minor, found.sale.total_minor, found.sale.rounding_minor) == (3, 987, 0)
    refund = world.refund(RefundSale(found.sale.sale_id, "no more")).sale
    assert (paid(refund), refund.rounding_minor) == ([(CASH, -990, None)], -3)
    assert world.ledger().get("660301", 0) == 0


@pytest.mark.capability("SAL-03")
def test_the_rest_may_be_paid_out_in_cash_by_who_may_do_that(world: World) -> None:
    sale = world.sell(Till().line("TEA").card(10_000).command)
    counts = world.counts()
    with pytest.raises(Refusal) as refused:
        exchange(world, sale.sale_id, Till().line("MUG"), cash_instead=True)
    assert (refused.value.reason, refused.value.field) == ("APPROVAL_NEEDED", "returned.approval_tokens")
    # What pays for goods is not paid out.
    assert refused.value.details["amount_minor"] == 5_000
    assert world.counts() == counts
    caller = world.terminal("T1", "sales.refund_in_cash")
    found = exchange(world, sale.sale_id, Till().line("MUG"), caller=caller, cash_instead=True)
    assert paid(found.returned.sale) == [(CASH, -5_000, CARD), (EXCHANGE, -5_000, CARD)]


@pytest.mark.capability("SAL-03")
def test_only_the_member_who_bought_exchanges_and_points_pay_once(world: World) -> None:
    second_member(world)
    world.sell(Till().line("TEA", 20).member().cash(200_000).command)
    sale = world.sell(Till().line("TEA").member().points(500).cash(9_500).command)
    for till, reason, field in (
        (Till().line("MUG", 2).member(OTHER), "EXCHANGE_OF_ANOTHER_MEMBER", "sale.basket.member_key"),
        (Till().line("TEA", 2).points(500).cash(9_500), "POINTS_PAY_ALREADY", "sale.tenders[0].kind"),
    ):
        with pytest.raises(Refusal) as refused:
            exchange(world, sale.sale_id, till)
        assert (refused.value.reason, refused.value.field) == (reason, field)
    assert exchange(world, sale.sale_id, Till().line("MUG", 2).member()).sale.total_minor == 10_000
