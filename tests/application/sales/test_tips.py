"""Tips: on top of the total, owed to the staff, told apart from what was taken, given back by voids, and paid out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from application.check import run_checks
from application.sales.closing_day import GetDayClose, get_day_close
from application.sales.exchange import ExchangeSale, exchange_sale
from application.sales.find_returnable import FindReturnable, find_returnable
from application.sales.queries import GetSale, GetTakings, get_sale, get_takings
from application.sales.receipts import RenderReceipt, render_receipt
from application.sales.refund import RefundSale, VoidSale, void_sale
from application.sales.shift_views import ShiftTipView
from application.sales.shifts import NoPettyAccount, RecordCash, record_cash
from application.sales.tipping import TipsOwedLess
from application.sales.views import SaleView, TakingsDimension
from domain.identity.organisation import SYSTEM
from domain.sales.receipt import Pair
from domain.sales.receipt_log import ReceiptFormat
from domain.sales.reversal import ReturnRequest, refund_tenders, tenders_left
from domain.sales.sale import SaleTender, TenderKind
from domain.sales.shift import CashMove
from domain.sales.tenders import MONEY
from domain.shared.errors import Refusal
from tests.application.sales.shift import new_id, start_shift
from tests.application.sales.tills import closed, moved, opened, report
from tests.world import Till, World

pytestmark = pytest.mark.capability("SAL-01")
TIPS = "224103"


def tipped(world: World, till: Till, tip: int, staff: str = "", caller: Any = None) -> SaleView:
    return world.sell(replace(till.command, tip_minor=tip, tip_staff_code=staff), caller)


def refused(world: World, till: Till, tip: int, staff: str = "") -> tuple[str, str]:
    before = world.counts()
    with pytest.raises(Refusal) as found:
        tipped(world, till, tip, staff)
    assert found.value.message("zh") != found.value.message("en")
    assert world.counts() == before
    return found.value.reason, found.value.field


def test_a_tip_is_owed_to_the_staff_and_changes_nothing_else(world: World) -> None:
    plain = world.sell(Till().line("TEA").member().cash(10_000).command)
    before = world.ledger()
    sale = tipped(world, Till().line("TEA").member().cash(12_000), 1_500)
    assert (sale.total_minor, sale.tip_minor, sale.change_minor) == (10_000, 1_500, 500)
    assert (sale.net_minor, sale.tax_minor, sale.points_earned) == (plain.net_minor, plain.tax_minor, 100)
    books = {code: amount - before.get(code, 0) for code, amount in world.ledger().items()}
    assert (books["1001"], books[TIPS], books["6001"]) == (11_500, -1_500, before["6001"])
    kept = world.ask(get_sale, GetSale(sale.sale_id)).sale
    assert (kept.tip_minor, kept.tip_staff_code, kept.change_minor) == (1_500, "", 500)
    assert world.count("tip_entries") == 1
    receipt = world.once(render_receipt, RenderReceipt(new_id(), ReceiptFormat.TEXT, sale.sale_id), world.s1).receipt
    sums = [(part.left, part.right) for part in receipt.parts if isinstance(part, Pair)]
    assert ("Tip", "15.00") in sums
    assert ("To pay", "115.00") in sums


def test_it_is_the_cashiers_unless_somebody_is_named(world: World) -> None:
    shift = start_shift(world)
    ann = shift.signed_in("ann")
    opened(world, 0, ann)
    mine = tipped(world, Till().line("MUG").cash(5_200), 200, caller=ann)
    bobs = tipped(world, Till().line("MUG").card(5_300), 300, "bob", caller=ann)
    assert (mine.tip_staff_code, bobs.tip_staff_code) == ("ann", "bob")
    assert world.ask(get_sale, GetSale(bobs.sale_id)).sale.tip_staff_code == "bob"
    world.clock.advance(minutes=1)
    found = report(world)
    assert found.tips == [ShiftTipView("ann", 200), ShiftTipView("bob", 300)]
    assert [one.taken_minor for one in found.cashiers] == [10_500]
    voided = world.once(void_sale, VoidSale(bobs.sale_id, "Mistake"), ann).sale
    assert (voided.tip_minor, voided.tip_staff_code, voided.tenders[0].amount_minor) == (-300, "bob", -5_300)
    world.clock.advance(minutes=1)
    assert report(world).tips == [ShiftTipView("ann", 200), ShiftTipView("bob", 0)]


def test_a_tip_is_paid_whole_and_in_money(world: World) -> None:
    basket = Till().line("MUG").command.basket
    for tip, staff, till, expected in (
        (-1, "", Till().cash(5_000), ("INVALID_TIP", "tip_minor")),
        (10**15, "", Till().cash(5_000), ("INVALID_TIP", "tip_minor")),
        (0, "ann", Till().cash(5_000), ("TIP_OF_NOTHING", "tip_staff_code")),
        (100, "eve", Till().cash(5_100), ("UNKNOWN_TIP_STAFF", "tip_staff_code")),
        (100, "", Till().cash(5_000), ("TENDERED_TOO_LITTLE", "tenders")),
        (100, "", Till().card(5_200), ("CHANGE_ON_CASH_ONLY", "tenders")),
        (100, "", Till().tender(TenderKind.MANUFACTURER_COUPON, 5_100), ("TIP_PAID_IN_MONEY", "tip_minor")),
    ):
        assert refused(world, Till(replace(till.command, basket=basket)), tip, staff) == expected
    assert world.count("tip_entries") == 0


def test_returns_leave_the_tip_and_a_void_gives_it_back(world: World) -> None:
    till = Till().line("TEA", 2).tender(TenderKind.MANUFACTURER_COUPON, 4_000).card(16_000).cash(1_000)
    sale = tipped(world, till, 900)
    assert sale.change_minor == 100
    half = world.refund(RefundSale(sale.sale_id, "Torn", (ReturnRequest(1, 1_000, amount_only=False),))).sale
    assert (half.total_minor, half.tip_minor) == (-10_000, 0)
    left = world.ask(find_returnable, FindReturnable(sale.sale_id), world.s1).sales[0].tenders
    assert sum(one.amount_minor for one in left) == 10_000
    rest = world.refund(RefundSale(sale.sale_id, "Torn")).sale
    # What was handed over last has paid the tip, so that no cash comes back.
    assert {one.kind for one in (*half.tenders, *rest.tenders)} == {TenderKind.MANUFACTURER_COUPON, TenderKind.CARD}
    assert (world.ledger()["1001"], world.ledger()[TIPS]) == (900, -900)
    other = tipped(world, Till().line("MUG").card(5_000).cash(700), 700)
    back = world.once(void_sale, VoidSale(other.sale_id, "Mistake"), world.s1).sale
    assert (back.total_minor, back.tip_minor) == (-5_000, -700)
    assert [(one.kind, one.amount_minor) for one in back.tenders] == [
        (TenderKind.CARD, -5_000), (TenderKind.CASH, -700)
    ]  # fmt: skip
    assert (world.ledger()["1001"], world.ledger()[TIPS]) == (900, -900)
    assert world.ask(get_sale, GetSale(back.sale_id)).sale.tip_minor == -700


def test_takings_tell_tips_apart(world: World) -> None:
    tipped(world, Till().line("MUG").cash(5_200), 200)
    tipped(world, Till().line("MUG").card(5_300), 300)
    world.sell(Till().line("MUG").cash(5_000).command)
    [row] = world.ask(get_takings, GetTakings()).rows
    assert (row.sales, row.total_minor, row.tip_minor) == (3, 15_000, 500)
    rows = world.ask(get_takings, GetTakings((TakingsDimension.TENDER,))).rows
    assert [(one.tender, one.total_minor, one.tip_minor) for one in rows] == [
        (None, 0, 500), (TenderKind.CARD, 5_300, 0), (TenderKind.CASH, 10_200, 0)
    ]  # fmt: skip
    assert sum(one.total_minor - one.rounding_minor - one.tip_minor for one in rows) == row.total_minor
    [food] = world.ask(get_takings, GetTakings((TakingsDimension.DEPARTMENT,))).rows
    assert (food.total_minor, food.tip_minor) == (15_000, 0)


def test_tips_are_paid_out_of_the_drawer_up_to_what_is_owed(world: World) -> None:
    opened(world, 1_000)
    tipped(world, Till().line("MUG").card(5_500), 500)
    world.clock.advance(minutes=1)
    with pytest.raises(TipsOwedLess) as refusal:
        moved(world, CashMove.PAID_OUT, 501, TIPS)
    assert (refusal.value.field, refusal.value.details) == ("amount_minor", {"owed": 500, "amount": 501})
    with pytest.raises(NoPettyAccount):
        moved(world, CashMove.PAID_IN, 100, TIPS)
    moved(world, CashMove.PAID_OUT, 450, TIPS)
    x = report(world)
    assert (x.tips_minor, x.tips_paid_out_minor, x.paid_out_minor, x.expected_cash_minor) == (500, 450, 450, 550)
    day = world.ask(get_day_close, GetDayClose("2026-11-22"), world.s1)
    assert (day.tips_minor, day.tips_paid_out_minor, day.tips_owed_minor) == (500, 450, 50)
    z = closed(world, 550, totals={TenderKind.CARD: 5_500})
    assert (z.tips_minor, z.tips_paid_out_minor, [one.variance_minor for one in z.tenders]) == (500, 450, [0, 0])
    assert (report(world, z.shift.shift_id).tips_minor, world.ledger()[TIPS]) == (500, -50)


def test_a_tip_that_is_voided_after_it_was_paid_out_is_made_up_by_the_next_ones(world: World) -> None:
    opened(world, 1_000)
    sale = tipped(world, Till().line("MUG").cash(5_500), 500)
    moved(world, CashMove.PAID_OUT, 500, TIPS)
    world.once(void_sale, VoidSale(sale.sale_id, "Mistake"), world.s1)
    tipped(world, Till().line("MUG").cash(5_600), 600)
    for amount, fits in ((101, False), (100, True), (1, False)):
        if fits:
            moved(world, CashMove.PAID_OUT, amount, TIPS)
        else:
            with pytest.raises(TipsOwedLess):
                moved(world, CashMove.PAID_OUT, amount, TIPS)
    assert world.ledger().get(TIPS, 0) == 0


def test_two_tills_never_pay_the_same_tip(world: World) -> None:
    second = world.terminal("T2")
    opened(world, 1_000)
    opened(world, 1_000, second)
    tipped(world, Till().line("MUG").card(5_500), 500)
    world.clock.advance(minutes=1)

    def pay(caller: Any) -> bool:
        try:
            world.once(record_cash, RecordCash(CashMove.PAID_OUT, 300, TIPS, "TIPS"), caller)
        except TipsOwedLess:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(pay, (world.s1, second))) == [False, True]


def test_a_sale_made_offline_brings_its_tip_along(world: World) -> None:
    till = Till().line("MUG").cash(5_400).offline(world.clock())
    sale = tipped(world, till, 400)
    assert (sale.uploaded, sale.tip_minor, sale.warnings) == (True, 400, [])
    both = world.sell_all(
        [world.call(replace(Till().line("MUG").cash(5_000 + tip).command, tip_minor=tip), world.s1) for tip in (10, 0)]
    )
    assert [one.tip_minor for one in both] == [10, 0]
    assert world.rows("SELECT uses, discount_minor FROM promotion_counters WHERE subject = 'tips_of_store'") == [
        (410, 0)
    ]


def test_the_check_finds_tips_that_no_sale_has(world: World) -> None:
    sale = tipped(world, Till().line("MUG").cash(5_200), 200)
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text(f"UPDATE tip_entries SET given_minor = 150 WHERE document_id = {sale.sale_id}"))
        found = {result.id: result.violations for result in run_checks(uow) if result.violated}
    [(store_id,)] = world.rows("SELECT store_id FROM stores WHERE code = 'S1'")
    assert found == {
        "PRM-limits": [
            f"promotion_counters subject=tips_of_store member_id=0 day= code={store_id}: uses 200, uses of entries 150"
        ],
        "SAL-tips": [
            f"tip_entries document_id={sale.sale_id}: given by entries 150, tip of the sale 200",
            f"stores store_id={store_id} currency=CNY: account 224103 200, tips less what was paid out 150",
        ],
    }


PAID = st.lists(st.tuples(st.sampled_from(sorted(TenderKind)), st.integers(1, 5_000)), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PAID, st.integers(0, 20_000), st.lists(st.integers(1, 4_000), max_size=4))
def test_refunds_in_any_steps_leave_exactly_the_tip_and_take_it_from_money(
    paid: list[tuple[TenderKind, int]], wanted: int, steps: list[int]
) -> None:
    money = sum(amount for kind, amount in paid if kind in MONEY)
    tip = min(wanted, money)
    tenders = [SaleTender(1, number, kind, amount, 0, "") for number, (kind, amount) in enumerate(paid, start=1)]
    returned: list[SaleTender] = []
    total = sum(amount for _, amount in paid) - tip
    for step in [*steps, total]:
        left = tenders_left(tenders, change_minor=0, returned=returned, tip_minor=tip)
        amount = min(step, sum(one.amount_minor for one in left))
        for number, (back, _) in enumerate(refund_tenders(left, amount), start=1):
            assert 0 <= back <= left[number - 1].amount_minor
            returned.append(SaleTender(2, number, left[number - 1].kind, -back, 0, ""))
    kept = tenders_left(tenders, change_minor=0, returned=returned)
    assert sum(one.amount_minor for one in kept) == tip
    assert {one.kind for one in kept if one.amount_minor} <= MONEY


@pytest.mark.capability("SAL-03")
def test_goods_that_are_exchanged_pay_no_tip_and_leave_the_one_that_was_given(world: World) -> None:
    first = tipped(world, Till().line("TEA").cash(10_500), 500)
    new = replace(Till().line("MUG", 2).cash(300).command, tip_minor=300)
    found = world.once(exchange_sale, ExchangeSale(RefundSale(first.sale_id, "another one"), new), world.s1)
    assert (found.exchanged_minor, found.sale.tip_minor, found.returned.sale.tip_minor) == (10_000, 300, 0)
    assert [(one.kind, one.amount_minor) for one in found.sale.tenders] == [
        (TenderKind.CASH, 300), (TenderKind.EXCHANGE, 10_000)
    ]  # fmt: skip
    back = world.refund(RefundSale(found.sale.sale_id, "none of them")).sale
    assert (back.total_minor, [one.amount_minor for one in back.tenders]) == (-10_000, [-10_000])
    assert world.ledger()[TIPS] == -800
    short = replace(Till().line("MUG", 2).command, tip_minor=300)
    sold = world.sell(Till().line("TEA").cash(10_000).command)
    with pytest.raises(Refusal):
        world.once(exchange_sale, ExchangeSale(RefundSale(sold.sale_id, "another one"), short), world.s1)
