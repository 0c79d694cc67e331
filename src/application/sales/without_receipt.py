"""Goods that come back without a receipt: two people agree, and they bring the lowest price of late.

What keeps it from being a way to take money out of the till: somebody else always approves exactly the amount; no more
comes back than the store has sold of the goods within the days of the setting and not yet taken back; goods with a
serial number, and goods that the named member bought with something left to return, go back by their sale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from application.fields import at_most, named_once, required_code, required_name
from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.pricing import PricedProduct
from application.ports.returned_goods import SoldLately
from application.ports.sales import SoldProduct
from application.ports.selection import Selection
from application.sales.basket import DEFAULT_CHANNEL, UnknownSku
from application.sales.checkout import UnknownMember
from application.sales.recording import receipt_number
from application.sales.returning import ELSEWHERE, use_approvals
from application.sales.reversal import announce_reversal, reversal_view
from application.sales.stock_back import GoodsBack, StockBack, put_stock_back
from application.sales.stored_value import put_in
from application.sales.taking_back import TakenBack, ask_for_reasons, returned_lines
from application.sales.views import ReturnedLineView, SaleView
from application.scope import open_store, trading_day
from domain.catalog.quantity import checked_quantity
from domain.finance.accounts import CASH, STORED_VALUE_PRINCIPAL
from domain.finance.journal import JournalEntry, balanced
from domain.finance.sale_postings import refund_postings
from domain.identity.organisation import Store
from domain.inventory.stock import MovementReason
from domain.sales.returned import Condition
from domain.sales.reversal import lines_left
from domain.sales.sale import Sale, SaleKind, SaleLine, SaleTender, TenderKind
from domain.sales.unreceipted import unreceipted_line
from domain.shared.errors import Forbidden, Invalid, Rejected
from domain.shared.money import Rounding, round_to_step
from domain.wallet.stored_value import StoredValueAccount

WITHOUT_RECEIPT: Final = "sales.refund_without_receipt"
LINES_MAX: Final = 20
SALES_OF_MEMBER_MAX: Final = 50
"""How many of a member's latest sales within the days are looked through for the goods."""
PAID_BY: Final = {TenderKind.CASH: CASH.code, TenderKind.STORED_VALUE: STORED_VALUE_PRINCIPAL.code}
"""How it is paid out, and from which account."""


class NotWithoutReceipt(Forbidden):
    en = "Store “{store_code}” takes nothing back without a receipt. Ask for it, or find the sale by its member."
    zh = "门店“{store_code}”不接受无小票退货。请出示小票，或按会员查找销售单。"


class CashOrStoredValue(Invalid):
    en = "Without a receipt the refund is paid in cash or to stored value. Choose one of them as tender."
    zh = "无小票退货只能退现金或退入储值，请选择其一作为 tender。"


class MemberNeededForStoredValue(Invalid):
    en = "Name the member whose stored value the refund is paid to, or pay it in cash."
    zh = "请填写接收储值退款的会员，或以现金退款。"


class OnlyGoods(Rejected):
    en = "“{sku}” does not stand in stock: without a receipt only goods come back."
    zh = "“{sku}”不是库存商品，无小票时只能退回商品。"


class SerialNumberTells(Rejected):
    en = "“{sku}” has a serial number, which leads to its sale: find it by GetSerialNumber and refund that."
    zh = "“{sku}”有序列号，可据此查到销售单：请用 GetSerialNumber 查找并按该单退货。"


class BoughtWithReceipt(Rejected):
    en = "The member bought “{sku}” with receipt {receipt_number}: take it back from that sale."
    zh = "该会员凭小票 {receipt_number} 购买了“{sku}”，请按该销售单退货。"


class WorthNothing(Rejected):
    en = "These goods bring nothing at the lowest price that they were sold at. Take more of them back, or none."
    zh = "按最低成交价计算，这些商品退款为零。请增加数量或不办理。"


class NotSoldLately(Rejected):
    en = "The store has sold {sold} thousandths of “{sku}” in {days} days beyond what came back, not {asked}."
    zh = "本店 {days} 天内“{sku}”净售出 {sold}（千分之一单位），不足 {asked}。"


@dataclass(frozen=True, slots=True)
class UnreceiptedLine:
    """Goods that come back, how much of them in thousandths, why and in what condition."""

    sku: str
    quantity_milli: int
    reason_code: str = ""
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class RefundWithoutReceipt:
    lines: tuple[UnreceiptedLine, ...]
    tender: TenderKind
    reason: str
    store_code: str = ""
    member_key: str = ""
    approval_tokens: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class RefundedWithoutReceipt:
    sale: SaleView
    returned_lines: Sequence[ReturnedLineView]


@dataclass(slots=True)
class _Refund:
    """A refund without a receipt while it is worked out."""

    uow: UnitOfWork
    command: RefundWithoutReceipt
    store: Store
    policies: Policies
    on: date
    products: Sequence[PricedProduct]
    sale_id: int
    member: MemberAccount | None = None
    account: StoredValueAccount | None = None

    @property
    def since(self) -> date:
        return self.on - timedelta(days=self.policies.refund_without_receipt_days)

    @property
    def sold_products(self) -> dict[int, SoldProduct]:
        return {
            one.product.sku_id: SoldProduct(one.product.sku, one.product.name, one.product.unstocked)
            for one in self.products
        }


def refund_without_receipt(uow: UnitOfWork, command: RefundWithoutReceipt) -> RefundedWithoutReceipt:
    """Takes goods back that no sale is shown for, at the lowest price that the store sold them at of late.

    It is a refund of its own: with tax as it was in that price, at what the goods on the shelf cost now, without
    points. Whoever sends it needs the approval of another person for exactly its total, whatever they may do
    themselves: without one it is refused with that amount.

    Raises NotWithoutReceipt, CashOrStoredValue, MemberNeededForStoredValue, UnknownMember, UnknownSku, OnlyGoods,
    SerialNumberTells, BoughtWithReceipt, NotSoldLately, WorthNothing, and the refusals of single fields, of reasons and
    of approvals.
    """
    required_name(command.reason, field="reason")
    uow.refresh()
    work = _asked(uow, command)
    taken = ask_for_reasons(uow, [(line.reason_code, line.condition) for line in command.lines], policies=work.policies)
    lines = _priced(work)
    sale, tender = _header(work, lines)
    if not tender.amount_minor:
        raise WorthNothing("lines")
    use_approvals(
        uow, command.approval_tokens,
        store_id=work.store.store_id, needed={WITHOUT_RECEIPT: -sale.total_minor}, document_id=work.sale_id,
        always=True,
    )  # fmt: skip
    back = put_stock_back(_goods(work, lines, taken))
    returned = returned_lines(sale, lines, taken, work.sold_products)
    uow.add(sale, *lines, tender, *returned)
    if work.account is not None:
        put_in(uow, work.account, -tender.amount_minor, sale)
    _post(work, sale, lines, tender, back)
    announce_reversal(uow, sale)
    return RefundedWithoutReceipt(
        reversal_view(
            uow,
            sale,
            lines,
            [tender],
            store=work.store,
            products=work.sold_products,
            member_number=work.member.member_number if work.member is not None else "",
        ),
        [ReturnedLineView(one.line_number, one.reason_code, one.condition) for one in returned],
    )


def _asked(uow: UnitOfWork, command: RefundWithoutReceipt) -> _Refund:
    """What the request means, the member's account locked."""
    store = open_store(uow, command.store_code)
    policies = uow.chain.policies(store.store_id)
    if policies.refund_without_receipt == "forbid":
        raise NotWithoutReceipt("store_code", store_code=store.code)
    if command.tender not in PAID_BY:
        raise CashOrStoredValue("tender")
    if command.tender is TenderKind.STORED_VALUE and not command.member_key:
        raise MemberNeededForStoredValue("member_key")
    products = _products(uow, command.lines)
    work = _Refund(uow, command, store, policies, trading_day(uow, store), products, uow.new_id())
    if command.member_key:
        member_id = uow.members.ids([command.member_key]).get(command.member_key)
        if member_id is None:
            raise UnknownMember("member_key")
        work.member = uow.points.lock(member_id).account
        _check_sales_of_member(work, member_id)
        if command.tender is TenderKind.STORED_VALUE:
            work.account = uow.stored_value.opened(member_id, store.currency)
    return work


def _products(uow: UnitOfWork, lines: Sequence[UnreceiptedLine]) -> list[PricedProduct]:
    """The products of the lines, in their order, all of which may come back so."""
    at_most(lines, LINES_MAX, field="lines")
    skus = [required_code(line.sku, field=f"lines[{index}].sku") for index, line in enumerate(lines)]
    named_once(skus, field="lines", key="sku")
    known = uow.pricing.products(skus=set(skus)).by_sku
    found = []
    for index, (line, sku) in enumerate(zip(lines, skus, strict=True)):
        one = known.get(sku)
        if one is None:
            raise UnknownSku(f"lines[{index}].sku", sku=sku)
        if one.product.unstocked:
            raise OnlyGoods(f"lines[{index}].sku", sku=sku)
        if one.product.selling is not None and one.product.selling.serial_numbers:
            raise SerialNumberTells(f"lines[{index}].sku", sku=sku)
        checked_quantity(
            line.quantity_milli, unit_decimals=one.unit_decimals, field=f"lines[{index}].quantity_milli"
        )  # fmt: skip
        found.append(one)
    return found


def _check_sales_of_member(work: _Refund, member_id: int) -> None:
    """Refuses goods that the member bought lately in a sale that can be taken back: that sale tells what was paid."""
    uow = work.uow
    stores = None if uow.caller.may(ELSEWHERE) or uow.caller.store_ids is None else sorted(uow.caller.store_ids)
    period = Selection(stores, work.since, work.on)
    rows = uow.sales_history.list_sales(period, member_id=member_id, after=None, limit=SALES_OF_MEMBER_MAX)
    sales = [summary.sale_id for _, summary in rows if summary.kind is SaleKind.SALE]
    places = {one.product.sku_id: index for index, one in enumerate(work.products)}
    for one in uow.returnables.returnables(sales):
        for rest in lines_left(one.lines, one.returned_lines).values():
            if rest.quantity_milli > 0 and rest.line.sku_id in places:
                sku, number = one.products[rest.line.sku_id].sku, one.summary.receipt_number
                raise BoughtWithReceipt(f"lines[{places[rest.line.sku_id]}].sku", sku=sku, receipt_number=number)


def _priced(work: _Refund) -> list[SaleLine]:
    """The lines at their lowest price. Two that bring the same goods back at once wait here for each other."""
    location_id = work.store.store_id
    sku_ids = [one.product.sku_id for one in work.products]
    work.uow.stock.lock(sorted((location_id, sku_id) for sku_id in sku_ids))
    sold = work.uow.returned_goods.sold_lately(location_id, sku_ids, since=work.since)
    lines = []
    for index, (one, asked) in enumerate(zip(work.products, work.command.lines, strict=True)):
        lately = sold.get(one.product.sku_id, SoldLately(0, None))
        if lately.cheapest is None or lately.left_milli < asked.quantity_milli:
            raise NotSoldLately(
                f"lines[{index}].quantity_milli",
                sold=max(0, lately.left_milli),
                sku=one.product.sku,
                days=work.policies.refund_without_receipt_days,
                asked=asked.quantity_milli,
            )
        lines.append(
            unreceipted_line(lately.cheapest, asked.quantity_milli, sale_id=work.sale_id, line_number=index + 1)
        )
    return lines


def _goods(work: _Refund, lines: Sequence[SaleLine], taken: Mapping[int, TakenBack]) -> GoodsBack:
    # What these pieces had cost when they left nobody knows: they come back at what lies there now.
    return GoodsBack(
        work.uow, work.sale_id, work.store, work.on, MovementReason.RETURN, lines, work.sold_products, taken, "current"
    )


def _header(work: _Refund, lines: Sequence[SaleLine]) -> tuple[Sale, SaleTender]:
    uow, policies, member = work.uow, work.policies, work.member
    total = sum(line.total_minor for line in lines)
    paid = -total
    if work.command.tender is TenderKind.CASH:
        paid = round_to_step(paid, policies.cash_rounding_step, Rounding(policies.rounding_mode))
    sale = Sale(
        sale_id=work.sale_id,
        terminal_id=uow.caller.caller_id,
        request_id=uow.request_id,
        kind=SaleKind.REFUND,
        original_sale_id=None,
        receipt_number=receipt_number(uow.caller.code, 0, work.sale_id),
        store_id=work.store.store_id,
        cashier_id=uow.caller.staff_id,
        channel=DEFAULT_CHANNEL,
        currency=work.store.currency,
        business_date=work.on,
        sold_at=uow.now,
        stored_at=uow.now,
        uploaded=False,
        member_id=member.member_id if member is not None else None,
        gross_minor=sum(line.gross_minor for line in lines),
        discount_minor=0,
        net_minor=sum(line.net_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        rounding_minor=-total - paid,
        total_minor=total,
        change_minor=0,
        points_earned=0,
        points_redeemed=0,
        points_balance=member.points_balance if member is not None else 0,
        reason=work.command.reason.strip(),
    )
    return sale, SaleTender(work.sale_id, 1, work.command.tender, -paid, 0, "")


def _post(work: _Refund, sale: Sale, lines: Sequence[SaleLine], tender: SaleTender, back: StockBack) -> None:
    uow = work.uow
    entry = JournalEntry(
        uow.new_id(), sale.store_id, sale.business_date, sale.currency, sale.channel, sale.kind, sale.sale_id, uow.now
    )
    amounts = refund_postings(
        tenders={PAID_BY[tender.kind]: -tender.amount_minor},
        net_minor=-sale.net_minor,
        tax_minor=-sale.tax_minor,
        deferred_minor=0,
        taken_back_carrying_minor=0,
        shortfall_minor=0,
        returned_value_minor=0,
        returned_carrying_minor=0,
        rounding_minor=-sale.rounding_minor,
        cost_minor=-sum(line.cost_minor for line in lines),
        correction_minor=back.correction_minor,
        scrapped_minor=back.scrapped_minor,
        set_aside_minor=back.set_aside_minor,
    )
    uow.add(entry, *balanced(entry.entry_id, amounts))
