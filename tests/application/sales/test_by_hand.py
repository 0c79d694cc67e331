"""Prices and discounts that people give: how far each may go, and what a second person can let them do."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from application.identity.approve import Approve, ApproverNeeded, NotASaleRequestId, approve
from application.identity.identifying import SignInLocked, WrongStaffOrPin
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.basket import TerminalPrice
from application.sales.checkout import checkout
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale
from application.scope import StoreNeeded, UnknownStore
from domain.identity.approval import MayNotApprove, NotApprovable, SelfApproval
from domain.identity.limits import Limit
from domain.identity.organisation import Caller, CallerKind
from domain.pricing.basket import Manual, Override
from domain.shared.errors import Refusal
from tests.application.sales.shift import Shift, new_id, start_shift
from tests.world import Till, World

MANUAL, OVERRIDE = "sales.manual_discount", "sales.price_override"
ABOVE, FLOOR = "sales.price_above_list", "sales.below_floor"


@pytest.fixture
def shift(world: World) -> Shift:
    return start_shift(world)


def tea(off_minor: int, **options: Any) -> Till:
    """A tea of 100.00 with so much off."""
    discounts = (Manual("Damaged box", 0, off_minor),) if off_minor else ()
    return Till().line("TEA", discounts=discounts, **options)


def named(unit_price_minor: int) -> Till:
    return Till().line("TEA", price_override=Override(unit_price_minor, "Damaged box"))


def approved(till: Till, *tokens: str) -> Till:
    return Till(replace(till.command, approval_tokens=tokens))


def refused(world: World, till: Till, caller: Caller, request_id: str = "") -> tuple[str, str, dict[str, Any]]:
    """Reason, field and details of the refusal; nothing is written."""
    before = {**world.counts(), "approval_uses": world.count("approval_uses")}
    with pytest.raises(Refusal) as found:
        world.sell(till.command, caller, request_id)
    assert found.value.message("zh") != found.value.message("en")
    assert {**world.counts(), "approval_uses": world.count("approval_uses")} == before
    return found.value.reason, found.value.field, found.value.details


def test_a_cashier_takes_up_to_five_percent_off(world: World, shift: Shift):
    ann = shift.signed_in("ann")
    assert world.sell(tea(500).cash(9_500).command, ann).total_minor == 9_500
    assert world.sell(named(9_500).cash(9_500).command, ann).total_minor == 9_500
    beyond = ("APPROVAL_NEEDED", "basket.lines[0].discounts", {"action": MANUAL, "amount_minor": 501})
    assert refused(world, tea(501).cash(9_499), ann) == beyond
    assert refused(world, named(9_499).cash(9_499), ann) == (
        "APPROVAL_NEEDED", "basket.lines[0].price_override", {"action": OVERRIDE, "amount_minor": 501},
    )  # fmt: skip


def test_a_limit_lets_a_rate_that_is_rounded_up(world: World, shift: Shift):
    # 5 % of 2.99 is 14.95 fen.
    world.do(put_prices, PutPrices("BASE", (PriceEntry("WRAP", 299),)))
    till = Till().line("WRAP", discounts=(Manual("x", 500, 0),)).line("WRAP", discounts=(Manual("x", 500, 0),))
    assert world.sell(till.cash(568).command, shift.signed_in("ann")).discount_minor == 30


def test_everything_that_is_taken_off_by_hand_counts_together(world: World, shift: Shift):
    ann = shift.signed_in("ann")
    reason = (Manual("Regular customer", 0, 300),)
    till = tea(300).basket(discounts=reason)
    assert refused(world, till.cash(9_400), ann) == (
        "APPROVAL_NEEDED", "basket.lines[0].discounts", {"action": MANUAL, "amount_minor": 600},
    )  # fmt: skip
    both = Till().line("TEA", price_override=Override(9_700, "Box"), discounts=reason)
    assert refused(world, both.cash(9_400), ann)[2] == {"action": MANUAL, "amount_minor": 600}
    # Of two teas, 3.00 each way are 3 %.
    assert world.sell(till.line("TEA").cash(19_400).command, ann).total_minor == 19_400


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [
        (Limit(MANUAL), True),
        (Limit(MANUAL, line_share_bp_max=1_000), True),
        (Limit(MANUAL, line_share_bp_max=999), False),
        (Limit(MANUAL, line_minor_max=1_000), True),
        (Limit(MANUAL, line_minor_max=999), False),
        # 10.00 off 150.00 is 6.67 %.
        (Limit(MANUAL, sale_share_bp_max=667), True),
        (Limit(MANUAL, sale_share_bp_max=666), False),
        (Limit(MANUAL, sale_minor_max=1_000), True),
        (Limit(MANUAL, sale_minor_max=999), False),
    ],
)
def test_every_bound_of_a_limit_holds(world: World, shift: Shift, limit: Limit, allowed: bool):
    ann = shift.signed_in("ann", limits=(limit,))
    till = tea(1_000).line("MUG").cash(14_000)
    if allowed:
        assert world.sell(till.command, ann).total_minor == 14_000
    else:
        assert refused(world, till, ann)[2] == {"action": MANUAL, "amount_minor": 1_000}


def test_a_named_price_needs_its_permission_and_comes_back_on_a_return(world: World, shift: Shift):
    till = named(8_000).line("TEA").cash(18_000)
    assert refused(world, till, world.s1)[:2] == ("PERMISSION_NEEDED", "basket.lines[0].price_override")
    sale = world.sell(till.command, shift.signed_in("mia"))
    assert [(d.code, d.name, d.amount_minor, d.base_minor) for d in sale.lines[0].discounts] == [
        ("override", "Damaged box", 2_000, 10_000)
    ]
    back = world.refund(RefundSale(sale.sale_id, reason="Back")).sale
    assert [line.total_minor for line in back.lines] == [-8_000, -10_000]


def test_a_price_above_the_list_needs_a_permission_of_its_own(world: World, shift: Shift):
    till = named(12_000).cash(12_000)
    assert refused(world, till, shift.signed_in("ann")) == (
        "APPROVAL_NEEDED", "basket.lines[0].price_override", {"action": ABOVE, "amount_minor": 2_000},
    )  # fmt: skip
    sale = world.sell(till.command, shift.signed_in("mia"))
    assert (sale.total_minor, sale.lines[0].unit_price_minor, sale.discount_minor) == (12_000, 12_000, 0)
    assert [(d.code, d.amount_minor, d.base_minor) for d in sale.lines[0].discounts] == [("override", 0, 10_000)]


def test_a_supervisor_lets_one_sale_go_further(world: World, shift: Shift):
    ann, request_id = shift.signed_in("ann"), new_id()
    given = shift.approve(MANUAL, request_id, 2_000)
    assert (given.expires_at, given.approver_code) == (world.clock() + timedelta(seconds=120), "mia")
    assert given.approval_token not in repr(given)
    sale = world.sell(approved(tea(2_000).cash(8_000), given.approval_token).command, ann, request_id)
    assert sale.total_minor == 8_000
    [row] = world.rows(
        "SELECT a.action, a.amount_minor, a.reason, a.approver_id, a.seller_id, a.terminal_id, u.sale_id, u.seller_id,"
        " u.terminal_id FROM approvals a JOIN approval_uses u ON u.approval_id = a.approval_id"
    )
    mia, seller = shift.staff_id("mia"), shift.staff_id("ann")
    assert row == (MANUAL, 2_000, "Damaged box", mia, seller, ann.caller_id, sale.sale_id, seller, ann.caller_id)
    # The same sale sent again is answered, not sold.
    answers = [
        world.transactor.execute_batch(checkout, [world.call(command, ann, request_id)], lambda _: b"")
        for command in [approved(tea(2_000).cash(8_000), given.approval_token).command]
    ]
    assert answers[0][0].replayed


@pytest.mark.capability("SEC-01")
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"other_sale": True}, "APPROVAL_FOR_OTHER"),
        ({"amount_minor": 1_999}, "APPROVAL_FOR_OTHER"),
        ({"amount_minor": 2_001}, "APPROVAL_FOR_OTHER"),
        ({"action": OVERRIDE}, "APPROVAL_FOR_OTHER"),
        ({"seconds": 120}, "APPROVAL_EXPIRED"),
        ({"seconds": 3_600}, "APPROVAL_EXPIRED"),
        ({"store_code": "S2"}, "UNKNOWN_APPROVAL"),
        ({"token": "made up"}, "UNKNOWN_APPROVAL"),
        ({"token": ""}, "UNKNOWN_APPROVAL"),
        ({"seller": "mia"}, "APPROVAL_FOR_OTHER"),
        ({"seller": "mia as cashier"}, "SELF_APPROVAL"),
        ({"seller": ""}, "SELLER_UNKNOWN"),
        ({"twice": True}, "APPROVAL_USED"),
    ],
)
def test_an_approval_is_for_one_store_sale_action_amount_and_two_minutes(
    world: World, shift: Shift, wrong: dict[str, Any], reason: str
):
    ann, request_id = shift.signed_in("ann"), new_id()
    elsewhere = {"store_code": wrong["store_code"], "at": hq(shift)} if "store_code" in wrong else {}
    token = shift.token(
        wrong.get("action", MANUAL),
        new_id() if "other_sale" in wrong else request_id,
        wrong.get("amount_minor", 2_000),
        **elsewhere,
    )
    world.clock.advance(seconds=wrong.get("seconds", 119))
    seller = {
        "mia": lambda: shift.signed_in("mia"),
        "mia as cashier": lambda: shift.signed_in("mia", role="cashier"),
        "": lambda: replace(ann, staff_id=None, staff_code=""),
    }.get(wrong.get("seller", "ann"), lambda: ann)()
    token = wrong.get("token", token)
    tokens = (token, token) if "twice" in wrong else (token,)
    if "twice" in wrong:
        # Beside each other in one sale, the second has nothing left to approve.
        assert refused(world, approved(tea(2_000).cash(8_000), *tokens), seller, request_id)[:2] == (
            reason, "approval_tokens[1]",
        )  # fmt: skip
        return
    assert refused(world, approved(tea(2_000).cash(8_000), *tokens), seller, request_id)[:2] == (
        reason, "approval_tokens[0]",
    )  # fmt: skip


def hq(shift: Shift) -> Caller:
    """A caller that sees both stores."""
    return replace(shift.world.s1, kind=CallerKind.SERVICE, store_id=None, store_ids=None, staff_id=None, staff_code="")


def test_a_used_approval_works_for_nobody_again(world: World, shift: Shift):
    request_id = new_id()
    token = shift.token(MANUAL, request_id, 2_000)
    till = approved(tea(2_000).cash(8_000), token)
    world.sell(till.command, shift.signed_in("ann"), request_id)
    # The same request id from another terminal is another sale.
    other = replace(shift.signed_in("bob"), caller_id=world.s2.caller_id, code="T2")
    assert refused(world, till, other, request_id)[:2] == ("APPROVAL_USED", "approval_tokens[0]")


def test_of_fifty_terminals_with_one_approval_one_sells(world: World, shift: Shift):
    request_id = new_id()
    token = shift.token(MANUAL, request_id, 2_000)
    till = approved(tea(2_000).cash(8_000), token)
    ann = shift.signed_in("ann")
    outcomes: list[str] = []

    def sell(number: int) -> None:
        # Terminals that were not enrolled: what counts is that their requests are not each other's.
        caller = replace(ann, caller_id=ann.caller_id if number == 0 else -1_000 - number)
        try:
            world.sell(till.command, caller, request_id)
            outcomes.append("sold")
        except Refusal as refusal:
            outcomes.append(refusal.reason)

    threads = [threading.Thread(target=sell, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["APPROVAL_USED"] * 49 + ["sold"]
    assert (world.count("sales"), world.count("approval_uses")) == (1, 1)
    # Whoever was first stands for a terminal of the chain, so that what is stored names nobody unknown.
    with world.engine.begin() as connection:
        for table in ("sales", "approval_uses"):
            connection.exec_driver_sql(f"UPDATE {table} SET terminal_id = {ann.caller_id}")
        connection.exec_driver_sql(f"UPDATE requests SET caller_id = {ann.caller_id}")


def test_in_one_batch_an_approval_works_once(world: World, shift: Shift):
    request_id = new_id()
    command = approved(tea(2_000).cash(8_000), shift.token(MANUAL, request_id, 2_000)).command
    ann = shift.signed_in("ann")
    other = replace(ann, caller_id=world.s2.caller_id)
    first, second = world.sell_all([world.call(command, ann, request_id), world.call(command, other, request_id)])
    assert (first.total_minor, second.reason) == (8_000, "APPROVAL_USED")


def test_the_approver_is_measured_too(world: World, shift: Shift):
    lead = (Limit(MANUAL, sale_share_bp_max=2_000),)
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            'UPDATE roles SET limits = \'[{"permission": "sales.manual_discount", "sale_share_bp_max": 2000}]\''
            " WHERE code = 'manager'"
        )
    assert shift.signed_in("mia", limits=lead).limits == lead
    ann = shift.signed_in("ann")
    for off, reason in ((2_000, ""), (2_001, "APPROVAL_TOO_LOW")):
        request_id = new_id()
        till = approved(tea(off).cash(10_000 - off), shift.token(MANUAL, request_id, off))
        if reason:
            assert refused(world, till, ann, request_id)[:2] == (reason, "approval_tokens[0]")
        else:
            assert world.sell(till.command, ann, request_id).total_minor == 8_000


def test_a_sale_may_need_several_approvals(world: World, shift: Shift):
    world.do(put_prices, PutPrices("BASE", (PriceEntry("TEA", 10_000, minimum_unit_price_minor=8_000),)))
    ann, request_id = shift.signed_in("ann"), new_id()
    till = Till().line("TEA", price_override=Override(9_000, "Box"), discounts=(Manual("Old", 0, 2_000),)).cash(7_000)
    quote = world.ask(quote_basket, QuoteBasket(till.command.basket), ann)
    needed = [(need.action, need.amount_minor, need.field) for need in quote.approvals_needed]
    assert needed == [
        (MANUAL, 3_000, "lines[0].discounts"), (OVERRIDE, 3_000, "lines[0].price_override"), (FLOOR, 7_000, "lines[0]"),
    ]  # fmt: skip
    tokens = [shift.token(action, request_id, amount) for action, amount, _ in needed]
    assert refused(world, approved(till, *tokens[:2]), ann, request_id) == (
        "APPROVAL_NEEDED", "basket.lines[0]", {"action": FLOOR, "amount_minor": 7_000},
    )  # fmt: skip
    assert world.sell(approved(till, *tokens).command, ann, request_id).total_minor == 7_000
    assert world.count("approval_uses") == 3


# Giving an approval.


@pytest.mark.parametrize(
    ("command", "refusal", "field"),
    [
        (Approve("sales.refund", new_id(), 1, "x", "mia", "9731"), NotApprovable, "action"),
        (Approve(MANUAL, "1", 1, "x", "mia", "9731"), NotASaleRequestId, "sale_request_id"),
        (Approve(MANUAL, new_id(), 1, "x"), SelfApproval, ""),
        (Approve(MANUAL, new_id(), 1, "x", "ann", "1357"), SelfApproval, "staff_code"),
        (Approve(MANUAL, new_id(), 1, "x", "bob", "2468", "S2"), UnknownStore, "store_code"),
        (Approve(ABOVE, new_id(), 1, "x", "bob", "2468"), MayNotApprove, "action"),
        (Approve(MANUAL, new_id(), 1, "x", "mia", "0000"), WrongStaffOrPin, ""),
        (Approve(MANUAL, new_id(), 1, "x", "zoe", "0000"), WrongStaffOrPin, ""),
    ],
)
def test_refuses_an_approval_that_nobody_may_give(
    world: World, shift: Shift, command: Approve, refusal: type[Refusal], field: str
):
    if not command.staff_code:
        # Ann is signed in and may give discounts; it is her own sale that she cannot approve.
        request_id = new_id()
        token = world.do(
            approve, replace(command, sale_request_id=request_id, amount_minor=2_000), shift.signed_in("ann")
        )
        till = approved(tea(2_000).cash(8_000), token.approval_token)
        assert refused(world, till, shift.signed_in("ann"), request_id)[0] == "SELF_APPROVAL"
        return
    with pytest.raises(refusal) as found:
        world.do(approve, command, shift.signed_in("ann"))
    assert (type(found.value), found.value.field) == (refusal, field)
    assert world.count("approvals") == 0


def test_a_supervisor_approves_from_elsewhere_when_signed_in(world: World, shift: Shift):
    ann, request_id = shift.signed_in("ann"), new_id()
    office = replace(shift.signed_in("mia", at="T2"), store_ids=None)
    token = shift.token(MANUAL, request_id, 2_000, by="", at=office, store_code="S1")
    assert world.sell(approved(tea(2_000).cash(8_000), token).command, ann, request_id).total_minor == 8_000
    with pytest.raises(ApproverNeeded):
        shift.approve(MANUAL, request_id, 2_000, by="", at=hq(shift), store_code="S1")
    with pytest.raises(StoreNeeded):
        shift.approve(MANUAL, request_id, 2_000, at=hq(shift))


def test_wrong_pins_lock_approving_and_signing_in_alike(world: World, shift: Shift):
    for _ in range(5):
        with pytest.raises(WrongStaffOrPin):
            shift.approve(MANUAL, new_id(), 1, pin="0000")
    with pytest.raises(SignInLocked):
        shift.approve(MANUAL, new_id(), 1)
    assert world.count("approvals") == 0
    world.clock.advance(minutes=15)
    shift.approve(MANUAL, new_id(), 1)
    assert world.rows("SELECT failed_attempts, locked_until FROM staff WHERE code = 'mia'") == [(0, None)]


# Floors.


def minimum(world: World, minor: int, sku: str = "TEA", price_minor: int = 10_000) -> None:
    world.do(put_prices, PutPrices("BASE", (PriceEntry(sku, price_minor, minimum_unit_price_minor=minor),)))


@pytest.mark.parametrize(("policy", "lowest"), [("off", 0), ("minimum", 8_000), ("cost", 6_780), ("both", 8_000)])
def test_nothing_by_hand_goes_below_the_floor(world: World, shift: Shift, policy: str, lowest: int):
    # Tea costs 60.00, which is 67.80 with 13 % tax.
    minimum(world, 8_000)
    world.set("price_floor", policy)
    seller = replace(shift.signed_in("mia"), permissions=shift.signed_in("mia").permissions - {FLOOR})
    assert (
        world.sell(
            tea(10_000 - lowest).cash(max(lowest, 1)).command if lowest else tea(10_000).command, seller
        ).total_minor
        == lowest
    )
    if lowest:
        for till in (
            tea(10_001 - lowest),
            named(lowest - 1),
            Till().line("TEA", terminal_price=TerminalPrice(lowest - 1)),
        ):
            reason, field, details = refused(world, till.cash(lowest - 1), seller)
            assert (reason, field, details) == (
                "APPROVAL_NEEDED", "basket.lines[0]", {"action": FLOOR, "amount_minor": lowest - 1},
            )  # fmt: skip
            assert world.sell(till.cash(lowest - 1).command, shift.signed_in("mia")).total_minor == lowest - 1


def test_a_minimum_is_at_most_the_price(world: World):
    with pytest.raises(Refusal) as found:
        minimum(world, 10_001)
    assert (found.value.reason, found.value.field) == ("OUT_OF_RANGE", "prices[0].minimum_unit_price_minor")


def test_nobody_learns_a_cost_from_what_is_refused(world: World, shift: Shift):
    world.set("price_floor", "cost")
    ann = shift.signed_in("ann", limits=())
    for language in ("en", "zh"):
        quote = world.ask(quote_basket, QuoteBasket(tea(9_000).command.basket), replace(ann, language=language))
        assert "6000" not in repr(quote) and "6780" not in repr(quote)
    reason, _, details = refused(world, tea(9_000).cash(1_000), ann)
    assert (reason, details) == ("APPROVAL_NEEDED", {"action": FLOOR, "amount_minor": 1_000})


def test_a_sale_that_has_happened_is_stored_with_a_warning(world: World, shift: Shift):
    minimum(world, 8_000)
    ann = shift.signed_in("ann")
    till = tea(3_000).cash(7_000).offline(world.clock())
    sale = world.sell(till.command, ann, str(uuid4()))
    assert sale.total_minor == 7_000
    assert sale.warnings == [
        "This goes beyond what you may do: sales.manual_discount for 3000. Have a supervisor approve exactly that."
    ]
