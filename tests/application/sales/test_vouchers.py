import threading
from collections import Counter
from dataclasses import replace

import pytest

from application.sales.refund import RefundSale, VoidSale, void_sale
from application.sales.tender import Tender
from application.sales.voucher_views import (
    GetVoucher,
    ListDoubledVouchers,
    UnknownVoucher,
    get_voucher,
    list_doubled_vouchers,
)
from application.sales.vouchers import VoucherNotNeeded, VoucherNumberMissing, VoucherUsed
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.sales.tenders import ChangeOnCashOnly
from domain.shared.errors import Refusal
from tests.application.sales.exchanging import back, exchange
from tests.application.sales.exchanging import paid as paid_by
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


def by(*references: str, issuer: str = "", till: Till | None = None) -> Till:
    till = till or Till().line("MUG")
    for reference in references:
        till = till._tender(Tender(TenderKind.VOUCHER, 5_000 // len(references), reference=reference, issuer=issuer))
    return till


def refused(world: World, till: Till) -> tuple[str, str]:
    before = world.counts(), world.count("voucher_entries")
    with pytest.raises(Refusal) as caught:
        world.sell(till.command)
    assert (world.counts(), world.count("voucher_entries")) == before
    return caught.value.reason, caught.value.field


def pays_for(world: World, reference: str, issuer: str = "") -> list[int]:
    """How many sales the voucher pays for after each of its entries, the newest first."""
    return [entry.holding for entry in world.ask(get_voucher, GetVoucher(reference, issuer))]


@pytest.mark.capability("SAL-02")
def test_a_voucher_pays_one_sale_of_the_chain_until_it_is_given_back(world: World) -> None:
    sale = world.sell(by("V 7a").command)
    for till, field in ((by("v7A"), "tenders[0]"), (by("V8", "V7A"), "tenders[1]"), (by("V8", "v 8"), "tenders[1]")):
        assert refused(world, till) == ("VOUCHER_USED", f"{field}.reference")
    with pytest.raises(Refusal, match="V7A has paid"):
        world.sell(by("V7A").command, world.s2)
    world.sell(by("V7A", issuer="MALL").command, world.s2)
    world.once(void_sale, VoidSale(sale.sale_id, "Mistake"), world.s1)
    world.sell(by("V7A").command, world.s2)
    assert (pays_for(world, "V7A"), pays_for(world, "V7A", "MALL")) == ([1, 0, 1], [1])
    assert refused(world, by("V7A")) == ("VOUCHER_USED", "tenders[0].reference")
    assert world.ask(list_doubled_vouchers, ListDoubledVouchers()) == []


@pytest.mark.capability("SAL-02")
def test_a_voucher_is_freed_when_refunds_have_returned_all_that_it_has_paid(world: World) -> None:
    till = Till().line("MUG", 2)._tender(Tender(TenderKind.VOUCHER, 9_000, reference="V7"))
    sale = world.sell(till.cash(1_000).command)
    for holding in (1, 0):
        world.refund(RefundSale(sale.sale_id, "Broken", (ReturnRequest(1, 1_000, amount_only=False),)))
        assert pays_for(world, "V7")[0] == holding
    world.sell(by("V7").command)


@pytest.mark.capability("SAL-02", "SAL-03")
def test_a_voucher_is_freed_when_the_last_goods_that_it_has_paid_for_in_exchanges_come_back(world: World) -> None:
    first = world.sell(Till().line("MUG", 2)._tender(Tender(TenderKind.VOUCHER, 10_000, reference="V7")).command)
    second = exchange(world, first.sale_id, Till().line("MUG"), back(1, 1)).sale
    third = exchange(world, second.sale_id, Till().line("MUG")).sale
    for sale_id, holding in ((first.sale_id, 1), (third.sale_id, 0)):
        refund = world.refund(RefundSale(sale_id, "Broken")).sale
        assert paid_by(refund) == [(TenderKind.VOUCHER, -5_000, None)]
        assert pays_for(world, "V7")[0] == holding
        assert world.broken() == []
    world.sell(by("V7").command)


@pytest.mark.capability("SAL-02")
def test_a_sale_made_without_connection_keeps_a_voucher_that_had_paid_and_is_listed(world: World) -> None:
    first = world.sell(by("V7").command)
    second = world.sell(by("V7").offline(world.clock()).command, world.s2)
    assert second.warnings == [VoucherUsed("", reference="V7").message("en")]
    [listed] = world.ask(list_doubled_vouchers, ListDoubledVouchers())
    assert (listed.sale_id, listed.store_code, listed.holding) == (second.sale_id, "S2", 2)
    world.refund(RefundSale(first.sale_id, "Paid twice"))
    assert world.ask(list_doubled_vouchers, ListDoubledVouchers()) == []
    assert refused(world, by("V7")) == ("VOUCHER_USED", "tenders[0].reference")
    assert pays_for(world, "V7") == [1, 2, 1]


def test_one_batch_takes_a_voucher_once(world: World) -> None:
    outcomes = world.sell_all([world.call(by("V7").command, caller) for caller in (world.s1, world.s2)])
    assert [getattr(outcome, "reason", "") for outcome in outcomes] == ["", "VOUCHER_USED"]


@pytest.mark.capability("SAL-02")
def test_fifty_terminals_race_for_a_voucher_and_one_gets_it(world: World) -> None:
    told: list[str] = []
    start = threading.Barrier(50)

    def take(number: int) -> None:
        start.wait()
        try:
            told.append(world.sell(by("V7").command, world.s1 if number % 2 else world.s2).store_code)
        except Refusal as refusal:
            told.append(refusal.reason)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(told)["VOUCHER_USED"] == 49
    assert len(told) == 50
    assert pays_for(world, "V7") == [1]


def test_only_vouchers_have_an_issuer_and_an_unknown_one_is_told(world: World) -> None:
    cash = Till().line("MUG")._tender(Tender(TenderKind.CASH, 5_000, issuer="MALL"))
    assert refused(world, cash) == ("ISSUER_OF_NO_VOUCHER", "tenders[0].issuer")
    with pytest.raises(UnknownVoucher):
        world.ask(get_voucher, GetVoucher("V7"))


def test_check_names_a_voucher_whose_entries_were_changed(world: World) -> None:
    world.sell(by("V7").command)
    change = "UPDATE voucher_entries SET holding = {}"
    with world.engine.begin() as connection:
        connection.exec_driver_sql(change.format(2))
    assert world.broken() == [
        "SAL-vouchers voucher_entries issuer= voucher_number=V7: "
        "sales that it pays for after each entry 2, payments less returns 1"
    ]
    with world.engine.begin() as connection:
        connection.exec_driver_sql(change.format(1))
