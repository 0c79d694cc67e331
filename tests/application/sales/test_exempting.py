"""Sales without taxes: by a certificate, allowed or approved, in the books, on the receipt, quoted and taken back."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.pricing.entries import PriceListEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.sales.exempting import ExemptBuyer, ExemptionView
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.queries import GetSale, get_sale
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale
from domain.identity.organisation import SYSTEM
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.application.sales.shift import Shift, new_id, start_shift
from tests.world import Till, World

EMBASSY = ExemptBuyer("D-7", "Diplomatic mission")
ALLOWED = "sales.tax_exempt"


@pytest.fixture
def shift(world: World) -> Shift:
    return start_shift(world)


def exempt(units: int = 1, buyer: ExemptBuyer = EMBASSY) -> Till:
    """Teas of 100.00, tax of 13 % inside: 88.50 without it."""
    return Till().line("TEA", units).basket(tax_exemption=buyer)


def refused(world: World, till: Till, caller: Any) -> tuple[str, str, dict[str, Any]]:
    before = {**world.counts(), "tax_exemptions": world.count("tax_exemptions")}
    with pytest.raises(Refusal) as found:
        world.sell(till.command, caller)
    assert found.value.message("zh") != found.value.message("en")
    assert {**world.counts(), "tax_exemptions": world.count("tax_exemptions")} == before
    return found.value.reason, found.value.field, found.value.details


@pytest.mark.capability("SAL-01")
def test_the_tax_is_taken_out_of_the_price_and_out_of_the_books(world: World, shift: Shift) -> None:
    mia = shift.signed_in("mia")
    sale = world.sell(exempt(2).cash(20_000).command, mia)
    assert (sale.gross_minor, sale.discount_minor, sale.tax_minor, sale.total_minor) == (20_000, 2_301, 0, 17_699)
    assert (sale.change_minor, sale.lines[0].taxes) == (2_301, [])
    assert sale.tax_exemption == ExemptionView("D-7", "Diplomatic mission", 2_301)
    [discount] = sale.lines[0].discounts
    assert (discount.code, discount.name, discount.amount_minor) == ("tax_exemption", "D-7", 2_301)
    kept = world.ask(get_sale, GetSale(sale.sale_id), mia).sale
    assert (kept.tax_exemption, kept.total_minor) == (sale.tax_exemption, 17_699)
    explained = world.ask(explain_sale, ExplainSale(sale.sale_id), mia)
    assert (explained.proven, explained.differences) == (True, [])
    world.sell(Till().line("TEA").cash(10_000).command, mia)
    assert world.rows("SELECT certificate, reason, exempt_minor FROM tax_exemptions") == [
        ("D-7", "Diplomatic mission", 2_301)
    ]
    taxes = "SELECT COUNT(*) FROM sales WHERE tax_minor = 0"
    assert world.rows(taxes) == [(1,)]


@pytest.mark.capability("SAL-01")
def test_it_needs_its_permission_or_an_approval_of_exactly_this_tax(world: World, shift: Shift) -> None:
    ann, till = shift.signed_in("ann"), exempt().cash(8_850)
    needed = {"action": ALLOWED, "amount_minor": 1_150}
    assert refused(world, till, ann) == ("APPROVAL_NEEDED", "basket.tax_exemption", needed)
    quote = world.ask(quote_basket, QuoteBasket(till.command.basket), ann)
    assert [(one.action, one.amount_minor) for one in quote.approvals_needed] == [(ALLOWED, 1_150)]
    request_id = new_id()
    token = shift.token(ALLOWED, request_id, 1_150)
    sale = world.sell(replace(till.command, approval_tokens=(token,)), ann, request_id)
    assert (sale.total_minor, world.count("approval_uses")) == (8_850, 1)
    # What has been sold already is stored, and head office told.
    offline = world.sell(till.offline(world.clock()).command, ann)
    assert (offline.total_minor, len(offline.warnings)) == (8_850, 1)


@pytest.mark.capability("SAL-01")
def test_a_quote_holds_it_for_this_certificate_only(world: World, shift: Shift) -> None:
    mia = shift.signed_in("mia")
    quote = world.ask(quote_basket, QuoteBasket(exempt().command.basket, hold_price=True), mia)
    assert (quote.total_minor, quote.tax_minor) == (8_850, 0)
    other = exempt(buyer=replace(EMBASSY, certificate="D-8")).cash(8_850)
    for till in (other, Till().line("TEA").cash(10_000)):
        asked = Till(replace(till.command, quote_token=quote.quote_token))
        assert refused(world, asked, mia)[:2] == ("NOT_AS_QUOTED", "basket")
    sale = world.sell(replace(exempt().cash(8_850).command, quote_token=quote.quote_token), mia)
    assert sale.total_minor == 8_850


@pytest.mark.capability("SAL-01")
@pytest.mark.parametrize("includes_tax", [True, False])
def test_returns_give_back_what_was_paid(world: World, shift: Shift, *, includes_tax: bool) -> None:
    world.do(put_price_lists, PutPriceLists((PriceListEntry("BASE", "List price", "CNY", includes_tax=includes_tax),)))
    mia = shift.signed_in("mia")
    price = 26_549 if includes_tax else 30_000
    sale = world.sell(exempt(3).cash(price).command, mia)
    assert (sale.total_minor, sale.tax_minor, sale.change_minor) == (price, 0, 0)
    back = [
        world.refund(RefundSale(sale.sale_id, "Torn", (ReturnRequest(1, 1_000, amount_only=False),)), mia).sale
        for _ in range(3)
    ]
    assert (sum(one.total_minor for one in back), {one.tax_minor for one in back}) == (-price, {0})
    told = world.ask(get_sale, GetSale(back[0].sale_id), mia).sale
    assert told.tax_exemption == sale.tax_exemption
    assert world.ask(explain_sale, ExplainSale(back[2].sale_id), mia).proven


@pytest.mark.capability("SAL-01")
def test_the_check_finds_a_certificate_beside_a_tax(world: World, shift: Shift) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command, shift.signed_in("mia"))
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text(f"INSERT INTO tax_exemptions VALUES ({sale.sale_id}, 'D-7', 'Mission', 0)"))
        found = {result.id: result.violations for result in run_checks(uow) if result.violated}
    assert found == {"I7": [f"tax_exemptions sale_id={sale.sale_id}: tax of lines 1150, expected 0"]}


@pytest.mark.parametrize(
    ("buyer", "reason", "field"),
    [
        (ExemptBuyer("", "Mission"), "MISSING", "basket.tax_exemption.certificate"),
        (ExemptBuyer("D-7", ""), "MISSING", "basket.tax_exemption.reason"),
        (ExemptBuyer("D" * 65, "Mission"), "TEXT_TOO_LONG", "basket.tax_exemption.certificate"),
    ],
)
def test_the_certificate_and_the_reason_are_required(
    world: World, shift: Shift, buyer: ExemptBuyer, reason: str, field: str
) -> None:
    assert refused(world, exempt(buyer=buyer).cash(8_850), shift.signed_in("mia"))[:2] == (reason, field)
