"""How much may come back, and how late: by settings, and beyond them by permission or a second person."""

from dataclasses import replace

import pytest

from application.identity.settings import PutSetting, put_setting
from application.sales.refund import RefundSale, VoidSale, refund_sale, void_sale
from domain.identity.organisation import ScopeKind
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.application.sales.shift import new_id, start_shift
from tests.world import Till, World


def back(line_number: int, units: int) -> ReturnRequest:
    return ReturnRequest(line_number, units * 1000, amount_only=False)


@pytest.mark.capability("SAL-03")
def test_a_refund_above_the_amount_takes_a_second_person_for_exactly_that(world: World) -> None:
    shift = start_shift(world)
    world.set("refund_amount_max", "20000")
    sale = world.sell(Till().line("TEA", 6).cash(60_000).command)
    ann = shift.signed_in("ann")
    # 200.00 is no more than the limit; 100.00 on top of it is, whoever cuts it in pieces.
    world.refund(RefundSale(sale.sale_id, "two", (back(1, 2),)), ann)
    command = RefundSale(sale.sale_id, "one more", (back(1, 1),))
    before = world.counts()
    with pytest.raises(Refusal) as refused:
        world.refund(command, ann)
    assert (refused.value.reason, refused.value.field) == ("APPROVAL_NEEDED", "approval_tokens")
    assert "sales.refund_beyond for 10000" in refused.value.message("en")
    assert world.counts() == before
    request_id = new_id()
    wrong = replace(command, approval_tokens=(shift.token("sales.refund_beyond", request_id, 30_000),))
    with pytest.raises(Refusal) as refused:
        world.once(refund_sale, wrong, ann, request_id)
    assert refused.value.reason == "APPROVAL_FOR_OTHER"
    right = replace(command, approval_tokens=(shift.token("sales.refund_beyond", request_id, 10_000),))
    assert world.once(refund_sale, right, ann, request_id).sale.total_minor == -10_000
    assert world.refund(RefundSale(sale.sale_id, "the rest"), shift.signed_in("mia")).sale.total_minor == -30_000


@pytest.mark.capability("SAL-03")
def test_a_late_refund_takes_a_second_person_in_the_store_that_sets_it(world: World) -> None:
    world.do(put_setting, PutSetting("refund_days_max", ScopeKind.STORE, "S1", "14"))
    sale = world.sell(Till().line("TEA", 3).cash(30_000).command)
    world.clock.advance(days=14)
    assert world.refund(RefundSale(sale.sale_id, "in time", (back(1, 1),))).sale.total_minor == -10_000
    world.clock.advance(days=1)
    with pytest.raises(Refusal) as refused:
        world.refund(RefundSale(sale.sale_id, "late", (back(1, 1),)))
    assert refused.value.reason == "APPROVAL_NEEDED"
    other_store = world.terminal("T2", "sales.refund_elsewhere")
    assert world.refund(RefundSale(sale.sale_id, "late", (back(1, 1),)), other_store).sale.store_code == "S2"
    may = world.terminal("T1", "sales.refund_beyond")
    assert world.refund(RefundSale(sale.sale_id, "late", (back(1, 1),)), may).sale.total_minor == -10_000


def test_a_void_has_a_window_of_its_own(world: World) -> None:
    world.set("refund_amount_max", "1")
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    assert world.once(void_sale, VoidSale(sale.sale_id, "typing error"), world.s1).sale.total_minor == -10_000
