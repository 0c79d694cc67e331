from dataclasses import replace

import pytest

from application.sales.refund import RefundSale
from application.sales.tender import Tender
from application.sales.vouchers import VoucherNotNeeded, VoucherNumberMissing
from domain.sales.sale import TenderKind
from domain.sales.tenders import ChangeOnCashOnly
from tests.world import Till, World

CLEARING = "122104"


def paid(*amounts: int) -> Till:
    till = Till().line("MUG")
    for number, amount in enumerate(amounts, start=1):
        till = till._tender(Tender(TenderKind.VOUCHER, amount, reference=f"V-{number}"))
    return till


@pytest.mark.capability("SAL-02")
def test_a_voucher_pays_through_an_account_of_its_own(world: World) -> None:
    sale = world.sell(paid(3_000).cash(2_500).command)
    assert (sale.change_minor, world.ledger()[CLEARING]) == (500, 3_000)
    world.clock.advance(minutes=1)
    world.refund(RefundSale(sale.sale_id, "Broken"))
    assert CLEARING not in world.ledger()


@pytest.mark.capability("SAL-02")
def test_no_change_is_given_on_a_voucher_but_its_surplus_may_lapse(world: World) -> None:
    with pytest.raises(ChangeOnCashOnly):
        world.sell(paid(6_000).command)
    world.set("voucher_surplus", "lapse")
    sale = world.sell(paid(3_000, 6_000).command)
    assert [tender.amount_minor for tender in sale.tenders] == [3_000, 2_000]
    assert (sale.change_minor, world.ledger()[CLEARING]) == (0, 5_000)
    with pytest.raises(VoucherNotNeeded):
        world.sell(paid(6_000, 1_000).command)


def test_a_voucher_has_a_number(world: World) -> None:
    command = paid(5_000).command
    with pytest.raises(VoucherNumberMissing):
        world.sell(replace(command, tenders=(replace(command.tenders[0], reference=""),)))
