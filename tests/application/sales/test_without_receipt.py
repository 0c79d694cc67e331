"""Goods that come back without a receipt: by two people, at the lowest price of late, never more than was sold."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.check import INVARIANTS, examine
from application.finance.settling import SettleStores, settle_stores
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.queries import GetSale, get_sale
from application.sales.refund import RefundSale
from application.sales.replaying import ExplanationBasis
from application.sales.without_receipt import (
    RefundedWithoutReceipt,
    RefundWithoutReceipt,
    UnreceiptedLine,
    refund_without_receipt,
)
from domain.catalog.product import SellingTerms
from domain.identity.organisation import SYSTEM, Caller
from domain.pricing.basket import Manual
from domain.sales.returned import Condition
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.sales.shift import Shift, new_id, start_shift
from tests.world import MEMBER, Till, World

ACTION = "sales.refund_without_receipt"
CASH, STORED_VALUE = TenderKind.CASH, TenderKind.STORED_VALUE
TABLES = ("returned_lines", "approval_uses", "stored_value_entries", "set_aside_entries")


def asked(*lines: tuple[str, int], tender: TenderKind = CASH, **changes: Any) -> RefundWithoutReceipt:
    goods = tuple([UnreceiptedLine(sku, quantity_milli) for sku, quantity_milli in lines])
    return RefundWithoutReceipt(goods, tender, "lost the receipt", **changes)


def approved(
    shift: Shift, command: RefundWithoutReceipt, amount: int, seller: Caller | None = None
) -> RefundedWithoutReceipt:
    """What comes of it with the approval that the cashier's manager gives."""
    request_id = new_id()
    token = shift.token(ACTION, request_id, amount)
    command = replace(command, approval_tokens=(token,))
    done: RefundedWithoutReceipt = shift.world.once(
        refund_without_receipt, command, seller or shift.signed_in("ann"), request_id
    )
    return done


def refusal(world: World, command: RefundWithoutReceipt, caller: Caller) -> Refusal:
    """How it is refused, with nothing written."""
    before = (world.counts(), [world.count(table) for table in TABLES])
    with pytest.raises(Refusal) as refused:
        world.once(refund_without_receipt, command, caller)
    assert (world.counts(), [world.count(table) for table in TABLES]) == before
    return refused.value


@pytest.mark.capability("SAL-03", "OMN-08")
def test_brings_the_lowest_price_of_late_with_its_tax_at_todays_cost(world: World) -> None:
    shift = start_shift(world)
    world.sell(Till().line("TEA", 2).cash(20_000).command)
    world.sell(Till().line("TEA", 3, discounts=(Manual("opening", 1_000, 0),)).member().cash(27_000).command)
    world.sell(Till().line("MUG", 4).cash(20_000).command)
    world.receive("TEA", 105_000, 105 * 9_000)
    stock, books, points = (world.level("TEA"), world.level("MUG")), world.ledger(), world.points()
    lines = (UnreceiptedLine("TEA", 2_000), UnreceiptedLine("MUG", 1_000, "faulty", Condition.TO_SUPPLIER))
    command = RefundWithoutReceipt(lines, CASH, "lost the receipt")
    told = refusal(world, command, shift.signed_in("ann"))
    assert (told.reason, told.field) == ("APPROVAL_NEEDED", "approval_tokens")
    assert f"{ACTION} for 23000" in told.message("en")
    done = approved(shift, command, 23_000)
    refund = done.sale
    assert (refund.kind, refund.original_sale_id, refund.total_minor, refund.tax_minor) == (
        "refund",
        0,
        -23_000,
        -2_645,
    )
    assert [(one.sku, one.unit_price_minor, one.total_minor) for one in refund.lines] == [
        ("TEA", 9_000, -18_000), ("MUG", 5_000, -5_000)
    ]  # fmt: skip
    assert [(one.kind, one.amount_minor) for one in refund.tenders] == [(CASH, -23_000)]
    # 95 teas at 60.00 and 105 at 90.00 lie there: 75.75 each, whatever the two had once cost.
    assert stock[0] == (200_000, 1_515_000)
    assert (world.level("TEA"), world.level("MUG")) == ((202_000, 1_530_150), stock[1])
    now = world.ledger()
    moved = {code: now.get(code, 0) - books.get(code, 0) for code in now | books}
    assert {code: amount for code, amount in moved.items() if amount} == {
        "1001": -23_000, "140501": 2_000, "1405": 15_150, "6401": -17_150, "6001": 20_355, "222101": 2_645,
    }  # fmt: skip
    assert world.points() == points
    assert [(one.reason_code, one.condition) for one in done.returned_lines] == [
        ("", Condition.TO_STOCK), ("faulty", Condition.TO_SUPPLIER)
    ]  # fmt: skip
    found = world.ask(get_sale, GetSale(refund.sale_id))
    assert (found.sale.lines, found.returned_lines) == (refund.lines, done.returned_lines)
    assert world.ask(explain_sale, ExplainSale(refund.sale_id)).rests_on is ExplanationBasis.WITHOUT_RECEIPT


@pytest.mark.capability("SAL-03")
def test_two_people_agree_whoever_stands_at_the_till(world: World) -> None:
    shift = start_shift(world)
    world.sell(Till().line("TEA", 2).cash(20_000).command)
    command = asked(("TEA", 1_000))
    assert refusal(world, command, shift.signed_in("mia")).reason == "APPROVAL_NEEDED"
    for amount, seller, reason in ((10_000, "mia", "SELF_APPROVAL"), (9_000, "ann", "APPROVAL_FOR_OTHER")):
        with pytest.raises(Refusal) as refused:
            approved(shift, command, amount, shift.signed_in(seller))
        assert refused.value.reason == reason
    with pytest.raises(Refusal) as refused:
        approved(shift, command, 10_000, world.s1)
    assert refused.value.reason == "SELLER_UNKNOWN"


def test_no_more_comes_back_than_was_sold_of_late(world: World) -> None:
    shift = start_shift(world)
    sale = world.sell(Till().line("TEA", 3).cash(30_000).command)
    world.sell(Till().line("TEA", 9).cash(90_000).command, world.s2)
    world.refund(RefundSale(sale.sale_id, "one", (ReturnRequest(1, 1_000, amount_only=False),)))
    approved(shift, asked(("TEA", 1_000)), 10_000)
    told = refusal(world, asked(("TEA", 2_000)), shift.signed_in("ann"))
    assert (told.reason, told.field) == ("NOT_SOLD_LATELY", "lines[0].quantity_milli")
    assert "sold 1000 thousandths" in told.message("en")
    world.clock.advance(days=31)
    assert refusal(world, asked(("TEA", 1_000)), shift.signed_in("ann")).reason == "NOT_SOLD_LATELY"
    world.set("refund_without_receipt_days", "31")
    approved(shift, asked(("TEA", 1_000)), 10_000)
    assert refusal(world, asked(("TEA", 1_000)), shift.signed_in("ann")).reason == "NOT_SOLD_LATELY"


def test_of_four_tills_one_takes_the_only_piece_that_was_sold(world: World) -> None:
    shift = start_shift(world)
    world.sell(Till().line("TEA").cash(10_000).command)
    ann, request_ids = shift.signed_in("ann"), [new_id() for _ in range(4)]
    tokens = [shift.token(ACTION, request_id, 10_000) for request_id in request_ids]

    def take(request_id: str, token: str) -> str:
        try:
            world.once(
                refund_without_receipt, replace(asked(("TEA", 1_000)), approval_tokens=(token,)), ann, request_id
            )
        except Refusal as refused:
            return refused.reason
        return "taken"

    with ThreadPoolExecutor(4) as pool:
        came = sorted(pool.map(take, request_ids, tokens))
    assert came == ["NOT_SOLD_LATELY"] * 3 + ["taken"]
    assert [take(request_id, token) for request_id, token in zip(request_ids, tokens, strict=True)].count("taken") == 1


@pytest.mark.capability("SAL-03")
def test_stored_value_is_paid_in_and_settles_as_such(world: World) -> None:
    shift = start_shift(world)
    world.sell(Till().line("MUG", 2).cash(10_000).command)
    done = approved(shift, asked(("MUG", 2_000), tender=STORED_VALUE, member_key=MEMBER), 10_000)
    assert [(one.kind, one.amount_minor) for one in done.sale.tenders] == [(STORED_VALUE, -10_000)]
    assert world.rows("SELECT reason, principal_minor, bonus_minor FROM stored_value_entries") == [
        ("returned", 10_000, 0)
    ]  # fmt: skip
    assert world.ledger()["220502"] == -10_000
    # It is spent in the other store, which the store that took the goods owes for it.
    world.sell(Till().line("MUG", 2).member().tender(STORED_VALUE, 10_000).command, world.s2)
    world.do(settle_stores, SettleStores())
    [pair] = world.rows("SELECT stored_value_minor, net_minor FROM settlement_pairs")
    assert [abs(amount) for amount in pair] == [10_000, 10_000]


def test_what_the_member_bought_goes_back_by_its_sale(world: World) -> None:
    shift = start_shift(world)
    sale = world.sell(Till().line("TEA", 1).member().cash(10_000).command)
    world.sell(Till().line("TEA", 1).line("MUG", 1).cash(15_000).command)
    ann = shift.signed_in("ann")
    told = refusal(world, asked(("MUG", 1_000), ("TEA", 1_000), member_key=MEMBER), ann)
    assert (told.reason, told.field) == ("BOUGHT_WITH_RECEIPT", "lines[1].sku")
    assert sale.receipt_number in told.message("en")
    world.refund(RefundSale(sale.sale_id, "too strong"))
    assert approved(shift, asked(("TEA", 1_000), member_key=MEMBER), 10_000).sale.member_number


REFUSED = (
    (asked(("WRAP", 1_000)), "ONLY_GOODS", "lines[0].sku"),
    (asked(("CAMERA", 1_000)), "SERIAL_NUMBER_TELLS", "lines[0].sku"),
    (asked(("NONE", 1_000)), "UNKNOWN_SKU", "lines[0].sku"),
    (asked(("TEA", 1_000), ("TEA", 1_000)), "NAMED_TWICE", "lines[1].sku"),
    (asked(("TEA", 500)), "QUANTITY_TOO_FINE", "lines[0].quantity_milli"),
    (asked(), "MISSING", "lines"),
    (asked(("TEA", 1_000), tender=TenderKind.CARD), "CASH_OR_STORED_VALUE", "tender"),
    (asked(("TEA", 1_000), tender=STORED_VALUE), "MEMBER_NEEDED_FOR_STORED_VALUE", "member_key"),
    (asked(("TEA", 1_000), member_key="nobody"), "UNKNOWN_MEMBER", "member_key"),
    (replace(asked(("TEA", 1_000)), lines=(UnreceiptedLine("TEA", 1_000, "x"),)), "UNKNOWN_RETURN_REASON",
     "lines[0].reason_code"),
    (asked(("RICE", 1)), "WORTH_NOTHING", "lines"),
    (asked(("TEA", 1_000), store_code="S2"), "UNKNOWN_STORE", "store_code"),
)  # fmt: skip


def test_refuses_what_needs_no_second_person_to_see(world: World) -> None:
    camera = ProductEntry("CAMERA", "Camera", "HOME", "EA", "standard", selling=SellingTerms(serial_numbers=True))
    world.do(put_products, PutProducts((camera,)))
    world.sell(Till().line("TEA", 2).line("RICE").cash(20_800).command)
    for command, reason, field in REFUSED:
        told = refusal(world, command, world.s1)
        assert (told.reason, told.field) == (reason, field)


def test_a_store_may_forbid_it_and_cash_is_rounded(world: World) -> None:
    shift = start_shift(world)
    world.sell(Till().line("RICE", quantity_milli=1_234).cash(1_000).command)
    world.set("cash_rounding_step", "10")
    # 9.87 for 1.234 kg is 4.99 for 0.625 kg, which coins make 5.00.
    refund = approved(shift, asked(("RICE", 625)), 499).sale
    assert (refund.total_minor, refund.rounding_minor, refund.tenders[0].amount_minor) == (-499, -1, -500)
    world.set("refund_without_receipt", "forbid")
    assert refusal(world, asked(("RICE", 100)), shift.signed_in("ann")).reason == "NOT_WITHOUT_RECEIPT"


def test_the_check_finds_a_refund_that_nobody_has_approved(world: World) -> None:
    shift = start_shift(world)
    world.sell(Till().line("TEA").cash(10_000).command)
    approved(shift, asked(("TEA", 1_000)), 10_000)
    [invariant] = [one for one in INVARIANTS if one.id == "SAL-returns"]
    for tampering in ("DELETE FROM approval_uses", "UPDATE stock_movements SET reason = 'gift' WHERE reason = 'sale'"):
        # Undone, because it is not committed.
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, 1)
