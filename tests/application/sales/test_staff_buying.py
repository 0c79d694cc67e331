"""Staff purchases: a discount of their own, somebody else who sells, and a limit a month that returns give back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.identity.staff import PutStaff, put_staff
from application.identity.views import StaffView
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.parked_content import basket_of, content_of
from application.sales.queries import GetSale, get_sale
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.receipts import RenderReceipt, render_receipt
from application.sales.refund import RefundSale, VoidSale, void_sale
from application.sales.staff_buying import StaffLimitReached
from application.sales.staff_purchases import ListStaffPurchases, StaffPurchaseRow, list_staff_purchases
from application.sales.views import SaleView
from domain.identity.organisation import SYSTEM, ScopeKind
from domain.pricing.basket import Manual
from domain.sales.receipt import Pair
from domain.sales.receipt_log import ReceiptFormat
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.application.sales.shift import Shift, new_id, start_shift
from tests.world import Till, World

pytestmark = pytest.mark.capability("SAL-01")
OWN = "sales.own_purchase"


@pytest.fixture
def shift(world: World) -> Shift:
    world.set("staff_discount_bp", "2000")
    return start_shift(world)


def buys(code: str, units: int = 1, sku: str = "TEA") -> Till:
    return Till().line(sku, units).basket(staff_buyer_code=code)


def refused(world: World, till: Till, caller: Any) -> tuple[str, str, dict[str, Any]]:
    before = {**world.counts(), "staff_purchases": world.count("staff_purchases")}
    with pytest.raises(Refusal) as found:
        world.sell(till.command, caller)
    assert found.value.message("zh") != found.value.message("en")
    assert {**world.counts(), "staff_purchases": world.count("staff_purchases")} == before
    return found.value.reason, found.value.field, found.value.details


def month(world: World) -> list[StaffPurchaseRow]:
    return list(world.ask(list_staff_purchases, ListStaffPurchases("2026-11", 50)).rows)


def test_the_staff_discount_comes_off_last_and_by_its_own_name(world: World, shift: Shift) -> None:
    ann = shift.signed_in("ann", role="manager")
    till = Till().line("TEA").line("MUG").basket(staff_buyer_code="bob", discounts=(Manual("Torn", 1_000, 0),))
    sale = world.sell(till.cash(10_800).command, ann)
    # 150.00 less 10 % by hand is 135.00, of which the staff pay 80 %.
    assert (sale.total_minor, sale.discount_minor, sale.staff_buyer_code) == (10_800, 4_200, "bob")
    assert [(one.code, one.name, one.amount_minor, one.base_minor) for one in sale.lines[0].discounts] == [
        ("basket", "Torn", 1_000, 10_000), ("staff_purchase", "bob", 1_800, 9_000)
    ]  # fmt: skip
    kept = world.ask(get_sale, GetSale(sale.sale_id)).sale
    assert (kept.staff_buyer_code, kept.total_minor) == ("bob", 10_800)
    told = world.ask(explain_sale, ExplainSale(sale.sale_id))
    assert (told.proven, told.differences, told.sale.lines[1].discounts[-1].code) == (True, [], "staff_purchase")
    receipt = world.once(render_receipt, RenderReceipt(new_id(), ReceiptFormat.TEXT, sale.sale_id), ann).receipt
    assert ("Staff discount (bob)", "-18.00") in [
        (one.left, one.right) for one in receipt.parts if isinstance(one, Pair)
    ]
    assert month(world) == [StaffPurchaseRow("bob", "CNY", 10_800, 2_700, 0, 0)]
    quote = world.ask(quote_basket, QuoteBasket(till.command.basket, hold_price=True), ann)
    assert (quote.total_minor, quote.approvals_needed) == (10_800, [])
    again = world.sell(replace(till.cash(10_800).command, quote_token=quote.quote_token), ann)
    assert again.total_minor == 10_800
    basket = till.command.basket
    assert basket_of(content_of(basket), member_key="", store_code="").staff_buyer_code == "bob"


def test_nobody_sells_to_themselves_alone(world: World, shift: Shift) -> None:
    mia, till = shift.signed_in("mia"), buys("mia").cash(8_000)
    needed = {"action": OWN, "amount_minor": 8_000}
    assert refused(world, till, mia) == ("APPROVAL_NEEDED", "basket.staff_buyer_code", needed)
    # Whoever is at a till where nobody is signed in may be the buyer.
    assert refused(world, buys("bob").cash(8_000), world.s1)[:2] == ("APPROVAL_NEEDED", "basket.staff_buyer_code")
    quote = world.ask(quote_basket, QuoteBasket(till.command.basket), mia)
    assert [(one.action, one.amount_minor) for one in quote.approvals_needed] == [(OWN, 8_000)]
    request_id = new_id()
    bobs = buys("bob").cash(8_000)
    token = shift.token(OWN, request_id, 8_000, at=shift.signed_in("bob"))
    sale = world.sell(replace(bobs.command, approval_tokens=(token,)), shift.signed_in("bob"), request_id)
    assert (sale.total_minor, world.count("approval_uses")) == (8_000, 1)
    offline = world.sell(till.offline(world.clock()).command, mia)
    assert (offline.total_minor, len(offline.warnings)) == (8_000, 1)
    assert refused(world, buys("eve").cash(8_000), mia)[:2] == ("UNKNOWN_STAFF_BUYER", "basket.staff_buyer_code")
    world.do(put_staff, PutStaff(StaffView("bob", "Bob", "cashier", ScopeKind.REGION, "EAST", active=False), ""))
    assert refused(world, buys("bob").cash(8_000), mia)[0] == "UNKNOWN_STAFF_BUYER"


def test_a_month_has_its_limit_which_returns_give_back(world: World, shift: Shift) -> None:
    world.set("staff_purchase_limit", "20000")
    ann = shift.signed_in("ann")

    def sells(units: int = 1) -> SaleView:
        return world.sell(buys("bob", units).cash(8_000 * units).command, ann)

    first = sells(2)
    left = {"staff_code": "bob", "left_minor": 4_000, "total_minor": 8_000, "month": "2026-11"}
    assert refused(world, buys("bob").cash(8_000), ann) == ("STAFF_LIMIT_REACHED", "basket.staff_buyer_code", left)
    world.sell(buys("ann").cash(8_000).command, shift.signed_in("mia"))
    back = world.refund(RefundSale(first.sale_id, "Torn", (ReturnRequest(1, 1_000, amount_only=False),)), ann).sale
    assert (back.total_minor, back.staff_buyer_code) == (-8_000, "bob")
    second = sells()
    assert month(world)[1] == StaffPurchaseRow("bob", "CNY", 16_000, 4_000, 20_000, 0)
    assert world.once(void_sale, VoidSale(second.sale_id, "Mistake"), ann).sale.total_minor == -8_000
    third = sells()
    # What was sold without connection is stored, told, and listed first.
    late = world.sell(buys("bob").cash(8_000).offline(world.clock()).command, ann)
    assert late.warnings == ["The purchases of “bob” in 2026-11 exceed the limit for staff of 20000 by this sale."]
    assert month(world)[0] == StaffPurchaseRow("bob", "CNY", 24_000, 6_000, 20_000, 1)
    assert world.rows("SELECT subject_id FROM outbox WHERE topic = 'StaffLimitExceeded'") == [(late.sale_id,)]
    world.refund(RefundSale(late.sale_id, "Torn"), ann)
    world.refund(RefundSale(third.sale_id, "Torn"), ann)
    assert month(world)[0].bought_minor == 8_000
    # A sale of a batch finds less by what the one before it took.
    both = world.sell_all([world.call(buys("bob").cash(8_000).command, ann) for _ in range(2)])
    assert [getattr(one, "reason", "sold") for one in both] == ["sold", "STAFF_LIMIT_REACHED"]


def test_tills_that_sell_at_once_keep_to_the_limit_together(world: World, shift: Shift) -> None:
    world.set("staff_purchase_limit", "20000")
    ann = shift.signed_in("ann")
    world.receive("TEA", 10_000, 10_000)

    def sells(_: int) -> bool:
        try:
            world.sell(buys("bob").cash(8_000).command, ann)
        except StaffLimitReached:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(sells, range(6))) == [False] * 4 + [True] * 2
    assert [one.bought_minor for one in month(world)] == [16_000]


def test_the_check_finds_a_purchase_that_is_not_as_its_sale(world: World, shift: Shift) -> None:
    sale = world.sell(buys("bob").cash(8_000).command, shift.signed_in("ann"))
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text("UPDATE staff_purchases SET bought_minor = 7000, limit_minor = 6000"))
        found = {result.id: result.violations for result in run_checks(uow) if result.violated}
    bob = shift.staff_id("bob")
    assert found["SAL-staff"] == [
        f"staff_purchases document_id={sale.sale_id}: bought 7000, total of the document 8000",
        f"staff_purchases staff_id={bob} currency=CNY month=2026-11: bought 7000, the limit and what is marked 6000",
    ]
    assert list(found) == ["PRM-limits", "SAL-staff"]
