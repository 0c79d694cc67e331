"""Customers' orders: promised at a price, paid in parts, handed over once, and cancelled without a trace of money."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.catalog.put_products import PutProducts, put_products
from application.identity.settings import PutSetting, put_setting
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.find_returnable import FindReturnable, find_returnable
from application.sales.order_money import (
    CancelOrder,
    Completed,
    CompleteOrder,
    OrderPieces,
    PayOrder,
    cancel_order,
    complete_order,
    pay_order,
)
from application.sales.order_views import OrderLineView, OrderPaymentView, OrderView
from application.sales.orders import (
    AdvanceOrder,
    GetOrder,
    ListOrders,
    PlaceOrder,
    advance_order,
    get_order,
    list_orders,
    place_order,
)
from application.sales.refund import RefundSale
from application.sales.tender import Tender
from domain.catalog.product import SellingTerms
from domain.identity.organisation import ScopeKind
from domain.sales.order import Fulfilment, OrderState
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.sales.tenders import TENDERS_MAX
from domain.shared.errors import Refusal
from tests.application.sales.exchanging import EXCHANGE, exchange, paid
from tests.world import MEMBER, PRODUCTS, Till, World

DEPOSITS, CASH, CARD = "220507", "1001", "101201"


def placed(world: World, *lines: tuple[str, int], **options: Any) -> OrderView:
    options.setdefault("fulfilment", Fulfilment.COLLECT)
    options.setdefault("due_date", world.clock().date().isoformat())
    command = PlaceOrder(tuple(OrderLineView(sku, 1_000 * units) for sku, units in lines), **options)
    order: OrderView = world.once(place_order, command, world.s1)
    return order


def pay(world: World, order: OrderView, *payments: tuple[TenderKind, int]) -> OrderView:
    paid = tuple(OrderPaymentView(kind, amount, f"{kind}-1") for kind, amount in payments)
    view: OrderView = world.once(pay_order, PayOrder(order.order_id, paid), world.s1)
    return view


def complete(world: World, order: OrderView, *tenders: Tender) -> Completed:
    done: Completed = world.once(complete_order, CompleteOrder(order.order_id, tenders, "Parcel 7"), world.s1)
    return done


def cancel(world: World, order: OrderView) -> OrderView:
    view: OrderView = world.once(cancel_order, CancelOrder(order.order_id, "changed her mind"), world.s1)
    return view


def step(world: World, order: OrderView, state: OrderState | None) -> OrderView:
    view: OrderView = world.once(advance_order, AdvanceOrder(order.order_id, state), world.s1)
    return view


def reserved(world: World, sku: str) -> int:
    [row] = world.rows(
        f"SELECT l.reserved_milli FROM stock_levels l JOIN products p ON p.sku_id = l.sku_id"
        f" WHERE p.sku = '{sku}' AND l.location_id = (SELECT store_id FROM stores WHERE code = 'S1')"
    )
    return int(row[0])


@pytest.mark.capability("SAL-07")
def test_tells_an_order_from_placing_to_signing(world: World) -> None:
    order = placed(world, ("TEA", 2), channel="web", member_key=MEMBER, fulfilment=Fulfilment.SHIP)
    assert (order.state, order.total_minor, order.due_minor) == (OrderState.ACCEPTED, 20_000, 20_000)
    pay(world, order, (TenderKind.WALLET, 5_000))
    pay(world, order, (TenderKind.CARD, 15_000))
    step(world, order, OrderState.ALLOCATED)
    step(world, order, OrderState.PICKED)
    done = complete(world, order)
    signed = step(world, order, OrderState.SIGNED)
    assert [event.kind for event in signed.timeline] == [
        "placed", "deposited", "paid", "allocated", "picked", "shipped", "signed",
    ]  # fmt: skip
    assert [event.by for event in signed.timeline] == ["T1"] * 7
    assert signed.timeline[5].note == "Parcel 7"
    assert (done.sale.channel, done.sale.total_minor, done.sale.points_earned) == ("web", 20_000, 200)
    assert [(tender.kind, tender.amount_minor) for tender in done.sale.tenders] == [
        (TenderKind.DEPOSIT, 5_000), (TenderKind.DEPOSIT, 15_000),
    ]  # fmt: skip
    assert signed.sale_id == done.sale.sale_id
    assert world.broken() == []


@pytest.mark.capability("SAL-05")
@pytest.mark.capability("SAL-06")
def test_accepts_an_order_or_refuses_it_with_the_reason(world: World) -> None:
    with pytest.raises(Refusal) as short:
        placed(world, ("MUG", 1), ("TEA", 101), channel="web")
    assert (short.value.reason, short.value.field) == ("NOT_ENOUGH_TO_PROMISE", "lines[1].quantity_milli")
    with pytest.raises(Refusal) as changed:
        placed(world, ("TEA", 1), channel="web", expected_total_minor=9_900)
    assert changed.value.details == {"expected_minor": 9_900, "total_minor": 10_000}
    with pytest.raises(Refusal) as unknown:
        placed(world, ("NOTHING", 1), channel="web")
    assert (unknown.value.reason, unknown.value.field) == ("UNKNOWN_SKU", "lines[0].sku")
    assert (world.count("orders"), reserved(world, "TEA")) == (0, 0)
    assert placed(world, ("TEA", 100), channel="web", expected_total_minor=1_000_000).state is OrderState.ACCEPTED
    with pytest.raises(Refusal, match="free in store"):
        placed(world, ("TEA", 1), channel="web")


@pytest.mark.capability("SAL-11")
def test_takes_an_order_by_phone_with_or_without_a_deposit(world: World) -> None:
    order = placed(world, ("TEA", 1), ("MUG", 1), channel="phone", member_key=MEMBER)
    paid = pay(world, order, (TenderKind.CARD, 3_000))
    assert (paid.paid_minor, paid.due_minor) == (3_000, 12_000)
    assert (world.ledger()[DEPOSITS], world.ledger()[CARD]) == (-3_000, 3_000)
    done = complete(world, order, Tender(TenderKind.CASH, 20_000))
    assert (done.sale.channel, done.sale.change_minor) == ("phone", 8_000)
    assert (done.order.state, done.order.due_minor) == (OrderState.COLLECTED, 0)
    assert DEPOSITS not in world.ledger()
    plain = placed(world, ("TEA", 1), channel="phone")
    assert complete(world, plain, Tender(TenderKind.CASH, 10_000)).sale.total_minor == 10_000
    assert world.broken() == []


def test_keeps_the_goods_and_the_price_until_they_are_handed_over(world: World) -> None:
    order = placed(world, ("TEA", 40), fulfilment=Fulfilment.LAY_BY)
    assert reserved(world, "TEA") == 40_000
    world.do(put_prices, PutPrices("BASE", (PriceEntry("TEA", 12_000),)))
    with pytest.raises(Refusal) as kept:
        world.sell(Till().line("TEA", 61).cash(732_000).command)
    assert kept.value.reason == "INSUFFICIENT_STOCK"
    world.sell(Till().line("TEA", 60).cash(720_000).command)
    world.clock.advance(days=200)
    done = complete(world, order, Tender(TenderKind.CASH, 400_000))
    assert (done.sale.total_minor, world.level("TEA"), reserved(world, "TEA")) == (400_000, (0, 0), 0)
    assert world.broken() == []


def test_pays_out_what_was_paid_in_when_an_order_is_cancelled(world: World) -> None:
    before = world.ledger()
    order = placed(world, ("TEA", 1), ("WRAP", 1))
    pay(world, order, (TenderKind.CASH, 1_000), (TenderKind.CARD, 2_000))
    cancelled = cancel(world, order)
    assert (cancelled.state, cancelled.paid_minor) == (OrderState.CANCELLED, 0)
    assert [(one.kind, one.amount_minor) for one in cancelled.payments[2:]] == [
        (TenderKind.CASH, -1_000), (TenderKind.CARD, -2_000),
    ]  # fmt: skip
    assert (world.ledger(), reserved(world, "TEA")) == (before, 0)
    for act in (
        lambda: cancel(world, order),
        lambda: pay(world, order, (TenderKind.CASH, 1)),
        lambda: complete(world, order),
    ):
        with pytest.raises(Refusal) as closed:
            act()
        assert closed.value.reason == "ORDER_CLOSED"
    assert world.broken() == []


def test_refunds_what_a_deposit_paid_as_it_was_paid_in(world: World) -> None:
    order = placed(world, ("TEA", 2))
    pay(world, order, (TenderKind.CARD, 4_000))
    sale = complete(world, order, Tender(TenderKind.CASH, 16_000)).sale
    back = world.refund(RefundSale(sale.sale_id, "all of it")).sale
    assert [(tender.kind, tender.amount_minor) for tender in back.tenders] == [
        (TenderKind.CARD, -4_000), (TenderKind.CASH, -16_000),
    ]  # fmt: skip
    assert not {DEPOSITS, CARD, CASH} & set(world.ledger())
    assert world.broken() == []


@pytest.mark.capability("SAL-03")
def test_a_deposit_that_paid_for_goods_is_paid_out_as_it_was_paid_in_after_an_exchange(world: World) -> None:
    order = placed(world, ("TEA", 1))
    pay(world, order, (TenderKind.CARD, 4_000))
    sale = complete(world, order, Tender(TenderKind.CASH, 6_000)).sale
    found = exchange(world, sale.sale_id, Till().line("MUG", 2))
    assert paid(found.sale) == [(EXCHANGE, 4_000, TenderKind.CARD), (EXCHANGE, 6_000, TenderKind.CASH)]
    assert [one.reference for one in found.sale.tenders] == ["card-1", ""]
    back = world.refund(RefundSale(found.sale.sale_id, "all of it")).sale
    assert paid(back) == [(TenderKind.CARD, -4_000, None), (TenderKind.CASH, -6_000, None)]
    assert not {DEPOSITS, CARD, CASH} & set(world.ledger())


def test_tells_what_may_still_come_back_of_a_deposit_as_it_was_paid_in(world: World) -> None:
    order = placed(world, ("TEA", 2), member_key=MEMBER)
    pay(world, order, (TenderKind.CARD, 4_000))
    sale = complete(world, order, Tender(TenderKind.CASH, 16_000)).sale
    world.refund(RefundSale(sale.sale_id, "one of it", (ReturnRequest(1, 1_000, False),)))
    plain = world.sell(Till().line("TEA").member().card(10_000).command)
    for query in (FindReturnable(sale.sale_id), FindReturnable(member_key=MEMBER)):
        found = {one.sale.sale_id: one.tenders for one in world.ask(find_returnable, query, world.s1).sales}
        assert [(one.kind, one.amount_minor) for one in found.pop(sale.sale_id)] == [
            (TenderKind.CARD, 2_000), (TenderKind.CASH, 8_000),
        ]  # fmt: skip
        assert [one.kind for tenders in found.values() for one in tenders] == [TenderKind.CARD] * len(found)
        assert found.keys() <= {plain.sale_id}


def test_refuses_what_an_order_cannot_take(world: World) -> None:
    order = placed(world, ("TEA", 1), fulfilment=Fulfilment.SHIP)
    refusals = []
    for act in (
        lambda: pay(world, order, (TenderKind.CASH, 10_001)),
        lambda: pay(world, order),
        lambda: pay(world, order, (TenderKind.GIFT_CARD, 1)),
        lambda: step(world, order, OrderState.PICKED),
        lambda: step(world, order, OrderState.SHIPPED),
        lambda: step(world, order, None),
        lambda: complete(world, order, Tender(TenderKind.CASH, 10_000)),
        lambda: complete(world, order, Tender(TenderKind.DEPOSIT, 10_000)),
        lambda: world.sell(Till().line("TEA").tender(TenderKind.DEPOSIT, 10_000).command),
        lambda: placed(world, ("TEA", 1), due_date=(world.clock() - timedelta(days=1)).date().isoformat()),
        lambda: placed(world, ("TEA", 1), fulfilment=None),
        lambda: world.ask(get_order, GetOrder(order.order_id), world.s2),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        refusals.append((refused.value.reason, refused.value.field))
    assert refusals == [
        ("PAYS_MORE_THAN_DUE", "payments"),
        ("NO_PAYMENTS", "payments"),
        ("NO_MONEY_TO_PAY_IN", "payments[0].kind"),
        ("ORDER_NOT_THERE", "state"),
        ("NO_STEP_TO_NOTE", "state"),
        ("NO_STEP_TO_NOTE", "state"),
        ("ORDER_NOT_THERE", "order_id"),
        ("DEPOSIT_OF_NO_ORDER", "tenders[0].kind"),
        ("DEPOSIT_OF_NO_ORDER", "tenders[0].kind"),
        ("DUE_OUT_OF_RANGE", "due_date"),
        ("FULFILMENT_MISSING", "fulfilment"),
        ("UNKNOWN_ORDER", "order_id"),
    ]
    assert world.broken() == []


def test_lists_orders_newest_first_and_those_of_a_member(world: World) -> None:
    orders = []
    for number in range(3):
        world.clock.advance(minutes=1)
        orders.append(placed(world, ("TEA", 1), member_key=MEMBER if number else ""))
    cancel(world, orders[2])
    number = orders[1].member_number

    def listed(**options: Any) -> list[int]:
        return [one.order_id for one in world.ask(list_orders, ListOrders(**options), world.s1).orders]

    newest = [order.order_id for order in orders[::-1]]
    assert listed() == listed(store_code="S1") == newest
    assert listed(open_only=True) == newest[1:]
    assert listed(member_number=number) == newest[:2]
    assert listed(member_number=number, open_only=True) == newest[1:2]
    first = world.ask(list_orders, ListOrders(page_size=2), world.s1)
    rest = world.ask(list_orders, ListOrders(page_size=2, page_token=first.next_page_token), world.s1)
    assert [one.order_id for one in (*first.orders, *rest.orders)] == newest
    assert world.ask(list_orders, ListOrders(), world.s2).orders == []


def test_a_completion_that_is_sent_again_is_the_same_sale(world: World) -> None:
    order = placed(world, ("TEA", 1))
    pay(world, order, (TenderKind.CASH, 10_000))
    request_id = str(uuid4())
    for _ in range(2):
        world.once(complete_order, CompleteOrder(order.order_id), world.s1, request_id)
    assert (world.count("sales"), world.level("TEA")[0]) == (1, 99_000)
    assert world.broken() == []


PAID = st.lists(st.tuples(st.sampled_from([TenderKind.CASH, TenderKind.CARD]), st.integers(1, 6_000)), max_size=4)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payments=PAID, cancelled=st.booleans())
def test_whatever_is_paid_in_is_used_up_or_paid_out(
    world: World, payments: list[tuple[TenderKind, int]], cancelled: bool
) -> None:
    before = world.ledger()
    world.do(put_setting, PutSetting("points_earning", ScopeKind.CHAIN, "", "no"))
    world.receive("TEA", 1_000, 6_000)
    order, stock = placed(world, ("TEA", 1)), world.level("TEA")
    paid = 0
    for kind, amount in payments:
        if paid + amount <= 10_000:
            pay(world, order, (kind, amount))
            paid += amount
    if cancelled:
        cancel(world, order)
        assert world.level("TEA") == stock
    else:
        rest = [Tender(TenderKind.CASH, 10_000 - paid)] if paid < 10_000 else []
        world.refund(RefundSale(complete(world, order, *rest).sale.sale_id, "all of it"))
    after = world.ledger()
    # What came in with the goods of this test is all that is left of it.
    assert {code: amount for code, amount in after.items() if before.get(code) != amount} == {
        "1405": before.get("1405", 0) + 6_000,
        "220202": before.get("220202", 0) - 6_000,
    }
    assert world.broken() == []


def asks(world: World, **terms: Any) -> None:
    """Mugs ask for something at the till from now on."""
    mug = next(product for product in PRODUCTS if product.sku == "MUG")
    world.do(put_products, PutProducts((replace(mug, selling=SellingTerms(**terms)),)))


def hand_over(world: World, order: OrderView, *tenders: Tender, **options: Any) -> Completed:
    done: Completed = world.once(complete_order, CompleteOrder(order.order_id, tenders, **options), world.s1)
    return done


@pytest.mark.capability("SAL-07")
def test_pieces_with_serial_numbers_are_scanned_when_they_are_handed_over(world: World) -> None:
    asks(world, serial_numbers=True)
    order = placed(world, ("TEA", 1), ("MUG", 2))
    pay(world, order, (TenderKind.CASH, 20_000))
    for pieces, reason, field in (
        ((), "SERIAL_NUMBERS_NEEDED", "pieces"),
        ((OrderPieces(2, ("A1",)),), "SERIAL_NUMBERS_NEEDED", "pieces[0].serial_numbers"),
        ((OrderPieces(2, ("A1", "A1")),), "NAMED_TWICE", "pieces[0].serial_numbers[1]"),
        ((OrderPieces(1, ("A1",)),), "NO_SERIAL_NUMBERS", "pieces[0].serial_numbers"),
        ((OrderPieces(3, ("A1",)),), "UNKNOWN_ORDER_LINE", "pieces[0].line_number"),
        ((OrderPieces(2, ("A1",)), OrderPieces(2, ("A2",))), "NAMED_TWICE", "pieces[1].line_number"),
    ):
        before = world.counts()
        with pytest.raises(Refusal) as caught:
            hand_over(world, order, pieces=pieces)
        assert (caught.value.reason, caught.value.field) == (reason, field)
        assert world.counts() == before
    sale = hand_over(world, order, pieces=(OrderPieces(2, ("A1", "A2")),)).sale
    assert world.rows(f"SELECT serial_number FROM serial_entries WHERE sale_id = {sale.sale_id} ORDER BY 1") == [
        ("A1",), ("A2",),
    ]  # fmt: skip
    world.refund(RefundSale(sale.sale_id, "chipped", (ReturnRequest(2, 1_000, False, ("A2",)),)))
    assert world.broken() == []


@pytest.mark.capability("SAL-07")
def test_goods_for_adults_are_handed_over_once_somebody_has_looked(world: World) -> None:
    asks(world, age_min=18)
    order = placed(world, ("MUG", 1))
    pay(world, order, (TenderKind.CASH, 1_000))
    cash = Tender(TenderKind.CASH, 4_000)
    with pytest.raises(Refusal) as caught:
        hand_over(world, order, cash)
    assert (caught.value.reason, caught.value.field) == ("AGE_NOT_CONFIRMED", "age_confirmed")
    with pytest.raises(Refusal) as caught:
        hand_over(world, order, Tender(TenderKind.CARD, -1), age_confirmed=True)
    assert caught.value.field.startswith("tenders[0]")
    assert hand_over(world, order, cash, age_confirmed=True).sale.total_minor == 5_000


@pytest.mark.capability("SAL-07")
def test_a_lay_by_in_many_instalments_is_handed_over_all_the_same(world: World) -> None:
    order = placed(world, ("TEA", 1), fulfilment=Fulfilment.LAY_BY)
    for number in range(TENDERS_MAX + 1):
        paid = OrderPaymentView(TenderKind.CARD, 400, f"A{number}")
        world.once(pay_order, PayOrder(order.order_id, (paid,)), world.s1)
    with pytest.raises(Refusal) as caught:
        complete(world, order, *[Tender(TenderKind.CASH, 80)] * (TENDERS_MAX + 1))
    assert (caught.value.reason, caught.value.field) == ("TOO_MANY_TENDERS", "tenders")
    sale = complete(world, order, *[Tender(TenderKind.CASH, 80)] * TENDERS_MAX).sale
    assert len(sale.tenders) == 2 * TENDERS_MAX + 1
    refund = world.refund(RefundSale(sale.sale_id, "too late")).sale
    assert sum(tender.amount_minor for tender in refund.tenders if tender.kind is TenderKind.CARD) == -8_400
    assert world.broken() == []


def test_an_order_promises_no_price_that_is_keyed_in(world: World) -> None:
    asks(world, open_price=True)
    with pytest.raises(Refusal) as caught:
        placed(world, ("TEA", 1), ("MUG", 1))
    assert (caught.value.reason, caught.value.field) == ("NO_PRICE_TO_PROMISE", "lines[1].sku")
    assert "MUG" in caught.value.message("zh")


def test_a_deposit_by_card_is_paid_out_in_cash_where_that_is_asked_for(world: World) -> None:
    order = placed(world, ("TEA", 1))
    pay(world, order, (TenderKind.CARD, 4_000), (TenderKind.CASH, 6_000))
    sale = complete(world, order).sale
    with pytest.raises(Refusal) as caught:
        world.refund(RefundSale(sale.sale_id, "card machine is down", cash_instead=True))
    assert caught.value.reason == "APPROVAL_NEEDED"
    manager = world.terminal("T1", "sales.refund_in_cash")
    refund = world.refund(RefundSale(sale.sale_id, "card machine is down", cash_instead=True), manager).sale
    assert [(one.kind, one.paid_kind, one.amount_minor) for one in refund.tenders] == [
        (TenderKind.CASH, TenderKind.CARD, -4_000), (TenderKind.CASH, None, -6_000),
    ]  # fmt: skip
    assert world.broken() == []


def test_cash_that_was_paid_in_is_paid_out_in_coins_that_there_are(world: World) -> None:
    world.set("cash_rounding_step", "10")
    order = placed(world, ("TEA", 3))
    pay(world, order, (TenderKind.CASH, 10_000))
    sale = complete(world, order, Tender(TenderKind.CARD, 20_000)).sale
    for units in (1_000, 2_000):
        refund = world.refund(RefundSale(sale.sale_id, "too strong", (ReturnRequest(1, units, False),))).sale
        assert [one.amount_minor % 10 for one in refund.tenders if one.kind is TenderKind.CASH] == [0]
    assert world.broken() == []
