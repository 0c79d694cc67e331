"""Members get tickets of a draw: for a sale of theirs, or from staff with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.fields import required_name, within
from application.marketing.draw_fields import TICKETS_AT_ONCE_MAX
from application.marketing.draw_scope import check_here, published_draw
from application.marketing.taking_part import locked_member, record_tickets
from application.ports.kernel import UnitOfWork
from application.ports.marketing import SpentSale
from application.scope import store_in_scope
from domain.marketing.draw import LuckyDraw, tickets_for
from domain.marketing.draw_ledger import TicketSource
from domain.shared.errors import NotFound, Rejected


class UnknownTicketSale(NotFound):
    """Absent sales, those of other members and those of stores that the caller does not see are refused alike."""

    en = "There is no such sale of this member in this caller's scope."
    zh = "当前调用方范围内没有该会员的此销售单。"


class TicketsOnlyForSales(Rejected):
    en = "Document {sale_id} is a refund or a void, and only sales bring tickets. Name the sale."
    zh = "单据 {sale_id} 是退货或作废单，只有销售单可领取抽奖券。"


class SalesBringNoTickets(Rejected):
    en = "Sales bring no tickets of “{code}”."
    zh = "“{code}”不因消费赠送抽奖券。"


class SaleInOtherCurrency(Rejected):
    en = "Sale {sale_id} was paid in {currency}; tickets of “{code}” are for spend in {wanted}."
    zh = "销售单 {sale_id} 的币种为 {currency}，“{code}”只计 {wanted} 消费。"


class SaleOutsideDraw(Rejected):
    en = "Sale {sale_id} was not made in the period of “{code}”."
    zh = "销售单 {sale_id} 不在“{code}”活动期间。"


class SpentTooLittle(Rejected):
    en = "What is left of sale {sale_id} is {left_minor} minor units; the first ticket of “{code}” takes {step_minor}."
    zh = "销售单 {sale_id} 剩余金额为 {left_minor}（最小货币单位），不足“{code}”首张抽奖券所需的 {step_minor}。"


class TicketsClaimed(Rejected):
    en = "Sale {sale_id} has brought its tickets of “{code}” already."
    zh = "销售单 {sale_id} 已领取过“{code}”的抽奖券。"


@dataclass(frozen=True, slots=True)
class GrantTickets:
    draw_code: str
    member_key: str
    tickets: int
    reason: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class ClaimTickets:
    draw_code: str
    sale_id: int
    member_key: str


@dataclass(frozen=True, slots=True)
class TicketsGiven:
    ticket_ids: Sequence[int]


def grant_tickets(uow: UnitOfWork, command: GrantTickets) -> TicketsGiven:
    """Gives a member up to 100 tickets by hand; who, where and why is kept with each.

    Raises UnknownDraw, DrawNotPublished, DrawOver, NotHere, UnknownMember and UnknownStore.
    """
    reason = required_name(command.reason, field="reason")
    within(command.tickets, 1, TICKETS_AT_ONCE_MAX, field="tickets")
    uow.refresh()
    found = published_draw(uow, command.draw_code, field="draw_code")
    store = store_in_scope(uow, command.store_code)
    check_here(uow, found.terms, store, None, field="store_code")
    member = locked_member(uow, command.member_key)
    return TicketsGiven(
        record_tickets(
            uow,
            found.draw_id,
            member.member_id,
            [0] * command.tickets,
            source=TicketSource.STAFF,
            store=store,
            reason=reason,
        )
    )


def claim_tickets(uow: UnitOfWork, command: ClaimTickets) -> TicketsGiven:
    """Gives a member the tickets of a sale: one for each full step of what is left of it, once.

    The n-th of them is good as long as the sale still comes to n steps; what is taken back later is looked at when a
    ticket is played. Raises UnknownDraw, DrawNotPublished, DrawOver, UnknownTicketSale, NotHere, NotInChannel,
    TicketsClaimed, TicketsOnlyForSales,
    SalesBringNoTickets, SaleInOtherCurrency, SaleOutsideDraw and SpentTooLittle.
    """
    uow.refresh()
    found = published_draw(uow, command.draw_code, field="draw_code")
    draw = found.terms
    # Locked before the sale is looked at: whoever takes it back locks the member too.
    member = locked_member(uow, command.member_key)
    sale = uow.draws.sale(command.sale_id)
    if sale is None or not _is_theirs(uow, sale, member.member_id) or not uow.caller.sees(sale.store_id):
        raise UnknownTicketSale("sale_id")
    store = uow.chain.stores[sale.store_id]
    check_here(uow, draw, store, sale.channel, field="sale_id")
    if uow.draws.claimed(found.draw_id, sale.sale_id):
        raise TicketsClaimed("sale_id", sale_id=sale.sale_id, code=draw.code)
    _check_brings(draw, sale)
    count = tickets_for(draw, sale.left_minor, tickets_max=TICKETS_AT_ONCE_MAX)
    if not count:
        raise SpentTooLittle(
            "sale_id",
            sale_id=sale.sale_id,
            left_minor=sale.left_minor,
            code=draw.code,
            step_minor=draw.spend_step_minor,
        )
    spends = [number * draw.spend_step_minor for number in range(1, count + 1)]
    given = record_tickets(
        uow,
        found.draw_id,
        member.member_id,
        spends,
        source=TicketSource.SALE,
        document_id=sale.sale_id,
        store=store,
    )
    return TicketsGiven(given)


def _is_theirs(uow: UnitOfWork, sale: SpentSale, member_id: int) -> bool:
    """Whether a sale was made under the member's file, or under one that was merged into it."""
    if sale.member_id is None or sale.member_id == member_id:
        return sale.member_id == member_id
    return uow.merges.standing(sale.member_id) == member_id


def _check_brings(draw: LuckyDraw, sale: SpentSale) -> None:
    """Refuses what brings no ticket however much it comes to."""
    if not sale.is_sale:
        raise TicketsOnlyForSales("sale_id", sale_id=sale.sale_id)
    if not draw.spend_step_minor:
        raise SalesBringNoTickets("draw_code", code=draw.code)
    if sale.currency != draw.currency:
        raise SaleInOtherCurrency(
            "sale_id", sale_id=sale.sale_id, currency=sale.currency, code=draw.code, wanted=draw.currency
        )
    if not draw.from_at <= sale.sold_at < draw.until_at:
        raise SaleOutsideDraw("sale_id", sale_id=sale.sale_id, code=draw.code)
