"""Quotes, floors, limits and approvals through the contract, with the figures of the capabilities."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.transactor import Call
from domain.identity.organisation import SYSTEM, Caller
from domain.shared.errors import Refusal
from entrypoints.grpc.identity import SERVICE as IDENTITY
from entrypoints.grpc.pricing import SERVICE as PRICING
from entrypoints.grpc.rpc import Kind, Service
from entrypoints.grpc.sales import SERVICE as SALES
from liansuo.identity.v1 import identity_pb2
from liansuo.pricing.v1 import pricing_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.application.sales.shift import PINS, Shift, new_id, start_shift
from tests.world import World

UNKNOWN = bytes([0xF8, 0x3F, 1, 0x80, 0x40, 1])
"""Fields 1023 and 1024 of any message, with the value 1."""


@pytest.fixture
def shift(world: World) -> Shift:
    return start_shift(world)


def send(world: World, service: Service, name: str, request: Any, caller: Caller = SYSTEM) -> Any:
    """The response of an RPC, from message to message; refusals are raised."""
    method = service.methods[f"/{service.name}/{name}"]
    command = method.decode(request)
    if method.row.kind is Kind.READ:
        return method.row.response.FromString(method.show(world.ask(method.use_case, command, caller)))
    if method.row.kind is not Kind.BATCHED:
        return method.row.response.FromString(method.show(world.do(method.use_case, command, caller)))
    fingerprint = request.SerializeToString(deterministic=True)
    call = Call(command, caller, request.request_id, method.operation, fingerprint, world.clock())
    [answer] = world.transactor.execute_batch(method.use_case, [call], method.encode)
    if answer.error is not None:
        raise answer.error
    return method.row.response.FromString(answer.payload)


def basket(*lines: pb2.BasketLine) -> pb2.Basket:
    return pb2.Basket(lines=lines or [pb2.BasketLine(sku="TEA", quantity_milli=1_000)])


def sale(of: pb2.Basket, cash: int, **options: Any) -> pb2.CheckoutRequest:
    options.setdefault("request_id", new_id())
    tenders = [pb2.Tender(kind=pb2.TENDER_KIND_CASH, amount_minor=cash)]
    return pb2.CheckoutRequest(basket=of, tenders=tenders, **options)


def discounted(off_minor: int) -> pb2.Basket:
    line = pb2.BasketLine(sku="TEA", quantity_milli=1_000)
    line.discounts.add(reason="Damaged box", amount_minor=off_minor)
    return basket(line)


def refused(world: World, request: pb2.CheckoutRequest, caller: Caller) -> tuple[str, str, dict[str, Any]]:
    with pytest.raises(Refusal) as found:
        send(world, SALES, "Checkout", request, caller)
    assert world.count("sales") == world.count("requests") == 0
    return found.value.reason, found.value.field, found.value.details


def put_price(world: World, minor: int, *, starts: timedelta | None = None, minimum: int = 0) -> None:
    request = pricing_pb2.PutPricesRequest(price_list_code="BASE")
    price = request.prices.add(sku="TEA", unit_price_minor=minor, minimum_unit_price_minor=minimum)
    if starts is not None:
        price.valid_from.FromDatetime(world.clock() + starts)
    send(world, PRICING, "PutPrices", request)


@pytest.mark.capability("PRM-06")
def test_the_same_basket_quoted_a_thousand_times_gives_one_answer(world: World):
    items = pricing_pb2.ItemSet(everything=True)
    request = pricing_pb2.PutPromotionsRequest()
    for number, rate_bp in enumerate((700, 1_100, 1_300)):
        benefit = pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_RATE, items=items, rate_bp=rate_bp)
        request.promotions.add(code=f"P{number}", name="Rate", benefit=benefit, stage=number % 2)
    send(world, PRICING, "PutPromotions", request)
    lines = [
        pb2.BasketLine(sku=sku, quantity_milli=1_000 * units) for sku, units in (("TEA", 3), ("MUG", 2), ("WRAP", 7))
    ]
    asked = pb2.QuoteBasketRequest(basket=basket(*lines), hold_price=True)
    answers = {send(world, SALES, "QuoteBasket", asked, world.s1).SerializeToString() for _ in range(1_000)}
    assert len(answers) == 1


@pytest.mark.capability("PRM-09")
def test_a_scheduled_price_leaves_quotes_in_flight_as_they_are(world: World):
    put_price(world, 12_000, starts=timedelta(minutes=5))
    quoted = send(world, SALES, "QuoteBasket", pb2.QuoteBasketRequest(basket=basket(), hold_price=True), world.s1)
    assert (quoted.total_minor, quoted.expires_at.ToSeconds() - int(world.clock().timestamp())) == (10_000, 900)
    world.clock.advance(minutes=14, seconds=59)
    # The price has changed ten minutes ago: an in-flight quote keeps its own until it expires.
    assert send(world, SALES, "QuoteBasket", pb2.QuoteBasketRequest(basket=basket()), world.s1).total_minor == 12_000
    kept = send(world, SALES, "Checkout", sale(basket(), 10_000, quote_token=quoted.quote_token), world.s1).sale
    assert (kept.total_minor, kept.lines) == (10_000, quoted.lines)
    world.clock.advance(seconds=1)
    with pytest.raises(Refusal) as expired:
        send(world, SALES, "Checkout", sale(basket(), 10_000, quote_token=quoted.quote_token), world.s1)
    assert (expired.value.reason, expired.value.field) == ("QUOTE_EXPIRED", "quote_token")
    assert send(world, SALES, "Checkout", sale(basket(), 12_000), world.s1).sale.total_minor == 12_000


@pytest.mark.capability("SAL-06")
def test_a_price_that_changed_since_the_cart_is_told_with_both_values(world: World):
    put_price(world, 12_000)
    assert refused(world, sale(basket(), 20_000, expected_total_minor=10_000), world.s1) == (
        "PRICE_CHANGED", "expected_total_minor", {"expected_minor": 10_000, "total_minor": 12_000},
    )  # fmt: skip
    sold = send(world, SALES, "Checkout", sale(basket(), 12_000, expected_total_minor=12_000), world.s1).sale
    assert sold.total_minor == 12_000


@pytest.mark.capability("SEC-01")
def test_a_cashier_changes_no_price_by_more_than_five_percent(world: World, shift: Shift):
    ann = shift.signed_in("ann")
    named = basket(
        pb2.BasketLine(sku="TEA", quantity_milli=1_000, price_override={"unit_price_minor": 9_499, "reason": "Box"})
    )
    beyond = {"action": "sales.price_override", "amount_minor": 501}
    assert refused(world, sale(named, 9_499), ann) == ("APPROVAL_NEEDED", "basket.lines[0].price_override", beyond)
    by_hand = {"action": "sales.manual_discount", "amount_minor": 501}
    assert refused(world, sale(discounted(501), 9_499), ann) == (
        "APPROVAL_NEEDED", "basket.lines[0].discounts", by_hand,
    )  # fmt: skip
    named.lines[0].price_override.unit_price_minor = 9_500
    assert send(world, SALES, "Checkout", sale(named, 9_500), ann).sale.total_minor == 9_500
    assert send(world, SALES, "Checkout", sale(discounted(500), 9_500), ann).sale.total_minor == 9_500


def approve(world: World, at: Caller, request_id: str, amount_minor: int, by: str = "mia") -> Any:
    request = identity_pb2.ApproveRequest(
        action="sales.manual_discount", sale_request_id=request_id, amount_minor=amount_minor, reason="Damaged",
        staff_code=by, pin=PINS[by],
    )  # fmt: skip
    return send(world, IDENTITY, "Approve", request, at)


@pytest.mark.capability("SEC-01")
def test_a_supervisor_approves_at_the_till_what_the_quote_says(world: World, shift: Shift):
    ann, request_id = shift.signed_in("ann"), new_id()
    quoted = send(world, SALES, "QuoteBasket", pb2.QuoteBasketRequest(basket=discounted(2_000), hold_price=True), ann)
    [need] = quoted.approvals_needed
    assert (need.action, need.amount_minor, need.field) == ("sales.manual_discount", 2_000, "lines[0].discounts")
    approved = approve(world, ann, request_id, need.amount_minor)
    assert (approved.approver_code, approved.expires_at.ToSeconds() - int(world.clock().timestamp())) == ("mia", 120)
    request = sale(
        discounted(2_000), 8_000, request_id=request_id, quote_token=quoted.quote_token,
        approval_tokens=[approved.approval_token], expected_total_minor=8_000,
    )  # fmt: skip
    assert send(world, SALES, "Checkout", request, ann).sale.total_minor == 8_000


@pytest.mark.capability("SEC-01")
def test_no_approval_works_twice_elsewhere_later_or_for_oneself(world: World, shift: Shift):
    """Reliability B-09: reuse, other sale, other amount, after 120 s, self-approval."""
    ann, mia = shift.signed_in("ann"), shift.signed_in("mia", role="cashier")
    request_id = new_id()
    token = approve(world, ann, request_id, 2_000).approval_token

    def with_token(off: int, request_id: str) -> pb2.CheckoutRequest:
        return sale(discounted(off), 10_000 - off, request_id=request_id, approval_tokens=[token])

    with pytest.raises(Refusal) as own:
        approve(world, shift.signed_in("mia"), request_id, 2_000)
    assert own.value.reason == "SELF_APPROVAL"
    place = "approval_tokens[0]"
    assert refused(world, with_token(2_000, new_id()), ann)[:2] == ("APPROVAL_FOR_OTHER", place)
    assert refused(world, with_token(2_001, request_id), ann)[:2] == ("APPROVAL_FOR_OTHER", place)
    assert refused(world, with_token(2_000, request_id), mia)[:2] == ("SELF_APPROVAL", place)
    world.clock.advance(seconds=120)
    assert refused(world, with_token(2_000, request_id), ann)[:2] == ("APPROVAL_EXPIRED", place)
    world.clock.advance(seconds=-1)
    assert send(world, SALES, "Checkout", with_token(2_000, request_id), ann).sale.total_minor == 8_000
    elsewhere = replace(ann, caller_id=world.s2.caller_id)
    with pytest.raises(Refusal) as again:
        send(world, SALES, "Checkout", with_token(2_000, request_id), elsewhere)
    assert (again.value.reason, again.value.field, world.count("sales")) == ("APPROVAL_USED", place, 1)


def test_nothing_that_the_server_decides_can_be_set_by_a_till(world: World, shift: Shift):
    """Reliability B-06: what a till states of price, cost or approver counts for nothing, or is refused."""
    ann = shift.signed_in("ann")
    till = replace(ann, permissions=ann.permissions - {"sales.terminal_pricing"})
    stated = basket(pb2.BasketLine(sku="TEA", quantity_milli=1_000, terminal_price={"gross_minor": 1}))
    assert refused(world, sale(stated, 1), till)[:2] == ("PERMISSION_NEEDED", "basket.lines[0].terminal_price")
    override = {"unit_price_minor": 1, "reason": "x"}
    named = basket(pb2.BasketLine(sku="TEA", quantity_milli=1_000, price_override=override))
    assert refused(world, sale(named, 1), till)[0] == "APPROVAL_NEEDED"
    # Fields that no request has.
    request = sale(basket(), 10_000)
    request.basket.lines[0].MergeFromString(UNKNOWN)
    request.MergeFromString(UNKNOWN)
    assert send(world, SALES, "Checkout", request, till).sale.total_minor == 10_000


def test_promotions_stop_at_the_lowest_price_and_say_so(world: World):
    put_price(world, 10_000, minimum=8_000)
    benefit = pricing_pb2.Benefit(
        kind=pricing_pb2.BENEFIT_KIND_RATE, items=pricing_pb2.ItemSet(everything=True), rate_bp=5_000
    )
    request = pricing_pb2.PutPromotionsRequest()
    request.promotions.add(code="HALF", name="Half", benefit=benefit)
    request.promotions.add(code="MORE", name="More", benefit=benefit, stage=1)
    send(world, PRICING, "PutPromotions", request)
    quoted = send(
        world, SALES, "QuoteBasket", pb2.QuoteBasketRequest(basket=basket()), replace(world.s1, language="zh")
    )
    half, more = quoted.promotions
    assert (quoted.total_minor, half.discount_minor, half.floor_cut_minor) == (8_000, 2_000, 3_000)
    assert (more.applied, more.reason, more.floor_cut_minor, more.explanation) == (
        False, "at_floor", 4_000, "这些商品已是允许的最低价。",
    )  # fmt: skip
    sold = send(world, SALES, "Checkout", sale(basket(), 8_000), world.s1).sale
    assert sold.total_minor == 8_000


def test_roles_have_limits_that_nobody_widens_beyond_their_own(world: World, shift: Shift):
    role = identity_pb2.Role(code="lead", name="Lead", permissions=["sales.manual_discount"])
    role.limits.add(permission="sales.manual_discount", line_share_bp_max=1_000, sale_minor_max=5_000)
    send(world, IDENTITY, "PutRoles", identity_pb2.PutRolesRequest(roles=[role]))
    assert role in send(world, IDENTITY, "ListRoles", identity_pb2.ListRolesRequest()).roles
    cashiers = next(
        one
        for one in send(world, IDENTITY, "ListRoles", identity_pb2.ListRolesRequest()).roles
        if one.code == "cashier"
    )
    assert [(limit.permission, limit.line_share_bp_max, limit.sale_share_bp_max) for limit in cashiers.limits] == [
        ("sales.manual_discount", 500, 500), ("sales.price_override", 500, 500),
    ]  # fmt: skip
    ann = shift.signed_in("ann")
    narrow = replace(SYSTEM, permissions=frozenset({"identity.manage", "sales.manual_discount"}), limits=ann.limits)
    mine = identity_pb2.Role(code="mine", name="Mine", permissions=["sales.manual_discount"])
    mine.limits.add(permission="sales.manual_discount", line_share_bp_max=500, sale_share_bp_max=500)
    send(world, IDENTITY, "PutRoles", identity_pb2.PutRolesRequest(roles=[mine]), narrow)
    for wider in ({"line_share_bp_max": 501}, {"sale_share_bp_max": 0}):
        changed = identity_pb2.Role()
        changed.CopyFrom(mine)
        for name, value in wider.items():
            setattr(changed.limits[0], name, value)
        with pytest.raises(Refusal) as found:
            send(world, IDENTITY, "PutRoles", identity_pb2.PutRolesRequest(roles=[changed]), narrow)
        assert (found.value.reason, found.value.field) == ("BEYOND_OWN_LIMITS", "roles[0].limits")


def test_who_approved_what_for_whom_can_be_read(world: World, shift: Shift):
    ann, request_id = shift.signed_in("ann"), new_id()
    token = approve(world, ann, request_id, 2_000).approval_token
    sold = send(
        world, SALES, "Checkout",
        sale(discounted(2_000), 8_000, request_id=request_id, approval_tokens=[token]), ann,
    ).sale  # fmt: skip
    for seconds in (1, 2):
        world.clock.advance(seconds=1)
        approve(world, ann, new_id(), seconds)
    request = identity_pb2.ListApprovalsRequest(store_code="S1", page_size=2)
    first = send(world, IDENTITY, "ListApprovals", request)
    assert [(one.amount_minor, one.sale_id, one.HasField("used_at")) for one in first.approvals] == [
        (2, 0, False), (1, 0, False),
    ]  # fmt: skip
    request.page_token = first.next_page_token
    [oldest] = send(world, IDENTITY, "ListApprovals", request).approvals
    assert (oldest.action, oldest.store_code, oldest.sale_request_id, oldest.amount_minor, oldest.reason) == (
        "sales.manual_discount", "S1", request_id, 2_000, "Damaged",
    )  # fmt: skip
    assert (oldest.approver_code, oldest.seller_code, oldest.terminal_code, oldest.sale_id) == (
        "mia", "ann", "T1", sold.sale_id,
    )  # fmt: skip
    assert oldest.used_at.ToSeconds() - oldest.approved_at.ToSeconds() == 0
    with pytest.raises(Refusal) as foreign:
        send(world, IDENTITY, "ListApprovals", identity_pb2.ListApprovalsRequest(store_code="S2"), world.s1)
    assert (foreign.value.reason, foreign.value.field) == ("UNKNOWN_STORE", "store_code")
