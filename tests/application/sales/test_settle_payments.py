import pytest

from application.fields import OutOfRange
from application.sales.pay import ListTakings, list_provider_takings
from application.sales.refund import RefundSale
from application.sales.settle_payments import NothingToSettle, SettlePayments, settle_payments
from application.sales.tender import Tender
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from tests.application.sales.paying import MUG_MINOR, PayingTill
from tests.world import Till, World

CARD_CLEARING, BANK, FEES = "101201", "1002", "660302"


@pytest.mark.capability("INT-01")
def test_clearing_holds_what_a_provider_has_not_paid_out(world: World) -> None:
    till = PayingTill(world)
    for _ in range(2):
        sale = world.sell(till.basket(till.start().payment_id))
    till.reconcile()
    world.clock.advance(minutes=1)
    done = world.do(settle_payments, SettlePayments("fake", "S1", 60))
    assert (done.payments, done.amount_minor, done.more) == (2, 2 * MUG_MINOR, False)
    books = world.ledger()
    assert (CARD_CLEARING in books, books[BANK], books[FEES]) == (False, 2 * MUG_MINOR - 60, 60)
    with pytest.raises(NothingToSettle):
        world.do(settle_payments, SettlePayments("fake", "S1"))
    # A refund after that is owed to the provider, until it has deducted it from what it pays out.
    world.clock.advance(minutes=1)
    world.refund(RefundSale(sale.sale_id, "Broken"))
    world.clock.advance(minutes=1)
    till.reconcile()
    assert [row.unsettled_minor for row in world.ask(list_provider_takings, ListTakings())] == [-MUG_MINOR]
    assert world.ledger()[CARD_CLEARING] == -MUG_MINOR
    world.do(settle_payments, SettlePayments("fake", "S1"))
    assert CARD_CLEARING not in world.ledger()
    states = world.rows("SELECT state, settled_minor FROM payment_intents ORDER BY state")
    assert states == [("refunded", 0), ("settled", MUG_MINOR)]
    with pytest.raises(OutOfRange):
        world.do(settle_payments, SettlePayments("fake", "S1", -1))


def test_a_payment_that_is_settled_is_refunded_in_parts(world: World) -> None:
    till = PayingTill(world)
    paid = till.start(2 * MUG_MINOR)
    tender = Tender(TenderKind.CARD, 2 * MUG_MINOR, payment_id=paid.payment_id)
    sale = world.sell(Till().line("MUG", 2)._tender(tender).command)
    till.reconcile()
    world.do(settle_payments, SettlePayments("fake", "S1"))
    world.clock.advance(minutes=1)
    world.refund(RefundSale(sale.sale_id, "Broken", (ReturnRequest(1, 1_000, amount_only=False),)))
    till.reconcile()
    found = till.read(paid.payment_id)
    assert (found.state, found.refunded_minor) == ("settled", MUG_MINOR)
    assert world.rows("SELECT count(*) FROM payment_refunds WHERE done_at IS NULL") == [(0,)]
