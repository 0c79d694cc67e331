from datetime import UTC, datetime

from domain.sales.sale import TenderKind
from domain.sales.tenders import TenderedTooLittle, settle
from domain.shared.money import Rounding
from domain.wallet.gift_card import GiftCard, check_pays
from domain.wallet.stored_value import StoredValueAccount, spend_split
from tests.conformance.baskets import line, percent_off, priced
from tests.conformance.stored_cases import deciding, minor


def card(balance):
    return GiftCard(1, b"", b"", "…1", "X", "CNY", balance, balance, 1, 0, 0, datetime(2026, 1, 1, tzinfo=UTC))


def due_after(cards, total):
    """What is left to pay when the cards pay as much as they hold and as is due."""
    paid = []
    for one in cards:
        amount = min(one.balance_minor, total - sum(paid))
        check_pays(one, amount_minor=amount, currency="CNY", field="")
        one.balance_minor -= amount
        paid.append(amount)
    tenders = [(TenderKind.GIFT_CARD, amount) for amount in paid]
    try:
        settle(tenders, total_minor=total, cash_step=0, rounding=Rounding.HALF_UP)
    except TenderedTooLittle as short:
        return short.details["missing"]
    return 0


@deciding("loy-36")
def test_a_wallet_pays_a_sale(case, conformance):
    wallet = StoredValueAccount(1, "CNY", minor(case["given"]["wallet"]), 0, 0)
    due = minor(case["when"]["sale"])
    taken = spend_split(wallet, amount_minor=due, order="bonus_first", field="tenders[0].amount_minor")
    assert sum(taken) == due
    assert wallet.balance_minor - sum(taken) == minor(case["expected"]["wallet"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("gc-02")
def test_a_gift_card_pays_what_is_due_and_keeps_the_rest(case, conformance):
    sale, mine = case["given"]["sale"], card(minor(case["given"]["card"]))
    total = priced([line(sale["net"], taxes=[sale["tax"]], included=False)]).total_minor
    assert due_after([mine], total) == minor(case["expected"]["due"])
    assert mine.balance_minor == minor(case["expected"]["card"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("gc-03")
def test_several_gift_cards_pay_what_they_hold(case, conformance):
    sale = case["given"]["sale"]
    total = priced([line(sale["net"], taxes=[sale["tax"]], included=False)]).total_minor
    assert due_after([card(minor(held)) for held in case["given"]["cards"]], total) == minor(case["expected"]["due"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("gc-07")
def test_a_discount_comes_off_before_a_gift_card_pays(case, conformance):
    given, expected = case["given"], case["expected"]
    total = priced([line(given["sale"])], off=[percent_off(given["order_discount_percent"])]).total_minor
    due = due_after([card(minor(case["when"]["pay_gift_card"]))], total)
    assert (due, due == minor(expected["wrong_result_reported"])) == (minor(expected["due"]), False)
    conformance.record(case["id"], area=case["area"], verdict="agree")
