"""Tickets of a draw: for sales, from staff, and what becomes of them when a sale is taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.marketing.play_draw import NoTicket
from application.marketing.publish_draw import PublishDraw, publish_draw
from application.marketing.queries import GetDraw, get_draw
from application.marketing.tickets import (
    ClaimTickets,
    GrantTickets,
    SaleInOtherCurrency,
    SaleOutsideDraw,
    SalesBringNoTickets,
    SpentTooLittle,
    TicketsClaimed,
    TicketsOnlyForSales,
    UnknownTicketSale,
    claim_tickets,
    grant_tickets,
)
from application.sales.refund import RefundSale, VoidSale, void_sale
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.application.marketing.draws import END, draw, grant, play, published, put, second_member, thanks
from tests.world import MEMBER, OPENING, Till, World


def claim(world: World, sale_id: int, member: str = MEMBER, code: str = "XMAS") -> list[int]:
    return list(world.do(claim_tickets, ClaimTickets(code, sale_id, member), world.s1).ticket_ids)


def refused(world: World, sale_id: int, member: str = MEMBER, code: str = "XMAS") -> str:
    before = world.count("draw_tickets")
    with pytest.raises(Refusal) as raised:
        claim(world, sale_id, member, code)
    assert world.count("draw_tickets") == before
    return raised.value.reason


def tickets(world: World) -> tuple[int, int, int]:
    """Granted, used, and those that can be played."""
    found = world.ask(get_draw, GetDraw("XMAS", MEMBER)).member
    return found.granted, found.used, found.playable


def teas(count: int) -> Till:
    return Till().line("TEA", count).member().cash(10_000 * count)


@pytest.fixture
def drawn(world: World) -> World:
    """A draw with a ticket for every full 80.00 spent."""
    published(world, thanks(chance=1_000_000), spend_step_minor=8_000, tickets_per_sale_max=3)
    return world


@pytest.mark.capability("PRM-18")
def test_a_sale_brings_a_ticket_for_each_full_step_once(drawn: World):
    sale = drawn.sell(teas(2).command)
    assert len(claim(drawn, sale.sale_id)) == 2
    assert refused(drawn, sale.sale_id) == TicketsClaimed.reason
    assert tickets(drawn) == (2, 0, 2)
    assert len(claim(drawn, drawn.sell(teas(4).command).sale_id)) == 3
    play(drawn)
    assert tickets(drawn) == (5, 1, 4)


@pytest.mark.capability("PRM-18")
def test_brings_none_for_what_is_no_sale_of_the_member_in_the_draw(drawn: World):
    other = second_member(drawn)
    mug = drawn.sell(Till().line("MUG").member().cash(5_000).command)
    strangers = drawn.sell(Till().line("TEA").cash(10_000).command)
    foreign = drawn.sell(teas(1).command, drawn.s2)
    back = drawn.sell(teas(1).command)
    returned = drawn.refund(RefundSale(back.sale_id, "Back"))
    early = drawn.sell(teas(1).offline(OPENING - timedelta(days=1)).command)
    assert refused(drawn, mug.sale_id) == SpentTooLittle.reason
    for sale_id, member in (
        (strangers.sale_id, MEMBER), (foreign.sale_id, MEMBER), (mug.sale_id, other), (999_999_999, MEMBER),
    ):  # fmt: skip
        assert refused(drawn, sale_id, member) == UnknownTicketSale.reason
    assert refused(drawn, back.sale_id) == SpentTooLittle.reason
    assert refused(drawn, returned.sale.sale_id) == TicketsOnlyForSales.reason
    assert refused(drawn, early.sale_id) == SaleOutsideDraw.reason
    published(drawn, thanks(chance=1_000_000), code="NONE")
    assert refused(drawn, back.sale_id, code="NONE") == SalesBringNoTickets.reason
    published(drawn, thanks(chance=1_000_000), code="WEB", spend_step_minor=1, channels=("web",))
    assert refused(drawn, mug.sale_id, code="WEB") == "NOT_IN_CHANNEL"
    drawn.clock.now = END
    assert refused(drawn, back.sale_id) == "DRAW_OVER"


def test_spend_counts_in_the_currency_of_the_draw(world: World):
    put(world, replace(draw(thanks(chance=1), spend_step_minor=1), currency="USD"))
    world.do(publish_draw, PublishDraw("XMAS"))
    assert refused(world, world.sell(teas(1).command).sale_id) == SaleInOtherCurrency.reason


@pytest.mark.capability("PRM-18")
def test_tickets_of_a_voided_sale_cannot_be_played(drawn: World):
    sale = drawn.sell(teas(2).command)
    claim(drawn, sale.sale_id)
    drawn.once(void_sale, VoidSale(sale.sale_id, "Mistake"), drawn.s1)
    assert tickets(drawn) == (2, 0, 0)
    with pytest.raises(NoTicket):
        play(drawn)
    [staffs] = grant(drawn)
    assert play(drawn).ticket_id == staffs
    assert tickets(drawn) == (3, 1, 0)


@pytest.mark.capability("PRM-18")
def test_a_part_that_comes_back_takes_the_last_tickets_with_it(drawn: World):
    sale = drawn.sell(teas(3).command)
    first, _, _ = claim(drawn, sale.sale_id)
    drawn.refund(RefundSale(sale.sale_id, "One back", (ReturnRequest(1, 1_000, amount_only=False),)))
    assert tickets(drawn) == (3, 0, 2)
    drawn.refund(RefundSale(sale.sale_id, "Another", (ReturnRequest(1, 1_000, amount_only=False),)))
    assert tickets(drawn) == (3, 0, 1)
    assert play(drawn).ticket_id == first
    drawn.refund(RefundSale(sale.sale_id, "All"))
    assert tickets(drawn) == (3, 1, 0)


def test_staff_grant_tickets_with_a_reason(drawn: World):
    assert len(grant(drawn, 2)) == 2
    assert drawn.rows("SELECT DISTINCT source, reason, spend_minor FROM draw_tickets") == [("staff", "Opening", 0)]
    for command, field in (
        (GrantTickets("XMAS", MEMBER, 1, " ", "S1"), "reason"),
        (GrantTickets("XMAS", MEMBER, 0, "x", "S1"), "tickets"),
        (GrantTickets("XMAS", MEMBER, 101, "x", "S1"), "tickets"),
        (GrantTickets("NONE", MEMBER, 1, "x", "S1"), "draw_code"),
        (GrantTickets("XMAS", "nobody", 1, "x", "S1"), "member_key"),
        (GrantTickets("XMAS", MEMBER, 1, "x"), "store_code"),
    ):
        with pytest.raises(Refusal) as raised:
            drawn.do(grant_tickets, command)
        assert raised.value.field == field
    assert tickets(drawn) == (2, 0, 2)
