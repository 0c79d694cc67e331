"""Taking goods back: refunds, whole or in part and as often as anything is left, and voids."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from application.known_settings import NEGATIVE_BALANCE
from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.loyalty import LockedPoints
from application.ports.sales import StoredSale
from application.sales.coupons import give_coupons_back
from application.sales.gift_cards import give_gift_cards_back
from application.sales.issuing import give_quotas_back
from application.sales.limiting import give_uses_back
from application.sales.memberships import take_memberships_back
from application.sales.money_back import Begun, shares_of, tenders_of
from application.sales.on_account import take_charge_back
from application.sales.origins import origins_of
from application.sales.paying import give_payments_back
from application.sales.points_back import give_points_back, take_points_back
from application.sales.recording import receipt_number
from application.sales.refund_limits import beyond_limits
from application.sales.repricing import REPRICE, record_repriced, reprice, repriced_warnings
from application.sales.returning import (
    BEYOND,
    IN_CASH,
    check_only_goods,
    lock_sale,
    sale_id_named,
    taking_store,
    use_approvals,
)
from application.sales.reversal import Reversal, announce_reversal, reversal_view
from application.sales.serial_numbers import record_serials_back, serials_back
from application.sales.staff_buying import give_purchase_back
from application.sales.stock_back import GoodsBack, put_stock_back
from application.sales.stored_value import REDEEMING, clearing_of, give_stored_value_back
from application.sales.taking_back import TakenBack, by_line_of_refund, condition_of_all, returned_lines, taken_back
from application.sales.times_cards import take_times_back
from application.sales.tipping import give_tip_back
from application.sales.views import ReturnedLineView, SaleView, UnknownSale
from application.sales.void_window import may_void
from application.sales.vouchers import give_vouchers_back
from application.scope import trading_day
from domain.finance.accounts import CLEARING_BY_TENDER, GIFT_CARD_LIABILITY
from domain.finance.journal import JournalEntry, balanced
from domain.finance.sale_postings import refund_postings
from domain.identity.organisation import Store
from domain.inventory.stock import MovementReason
from domain.loyalty.redemption import points_value
from domain.membership.lifecycle import LifecycleNote
from domain.sales.elsewhere import return_elsewhere
from domain.sales.returned import Condition, ReturnedLine
from domain.sales.reversal import (
    LineLeft,
    ReturnRequest,
    lines_left,
    requested_returns,
    reversed_line,
)
from domain.sales.sale import Sale, SaleKind, SaleTender, TenderKind
from domain.shared.applied import bought_by, given_by
from domain.shared.errors import Rejected

ONE_LATER: Final = timedelta(microseconds=1)
"""The least by which two instants differ in storage."""
NO_CLEARING: Final = frozenset({TenderKind.POINTS, TenderKind.POINTS_SHORTFALL}) | REDEEMING
"""Tenders that do not wait to be banked or settled."""


class VoidTooLate(Rejected):
    en = "Sale {sale_id} was made on another terminal, or too long ago to be voided. Refund it instead."
    zh = "销售单 {sale_id} 不是本终端所售，或已过作废期限，不能作废，请办理退货。"


class AlreadyReturned(Rejected):
    en = "Sale {sale_id} has been taken back, wholly or in part, and cannot be voided. Refund what is left."
    zh = "销售单 {sale_id} 已有退货，不能作废。请对剩余部分办理退货。"


class ExchangeNotVoided(Rejected):
    en = "Sale {sale_id} was paid for with goods that came back, so it cannot be voided alone. Refund or exchange it."
    zh = "销售单 {sale_id} 为换货销售，不能单独作废。请办理退货或再次换货。"


class GiftMustComeBack(Rejected):
    en = "All that was bought comes back, so the gift “{sku}” of line {line_number} must too. Add it to the lines."
    zh = "所购商品已全部退回，第 {line_number} 行的赠品“{sku}”也须一并退回。请将其加入退货行。"


@dataclass(frozen=True, slots=True)
class RefundSale:
    """What of a sale comes back, the sale by its id or by the number and date of its receipt, and who takes it.

    Without `store_code` it is the terminal's own store, for others the one that sold. `cash_instead` pays out in cash
    what had been paid by card, wallet or bank transfer. `reason_code` and `condition` (or `scrap`, its older form) hold
    for lines that do not say it themselves.
    """

    sale_id: int
    reason: str
    lines: tuple[ReturnRequest, ...] = ()
    scrap: bool = False
    receipt_number: str = ""
    business_date: str = ""
    store_code: str = ""
    cash_instead: bool = False
    approval_tokens: tuple[str, ...] = field(default=(), repr=False)
    reason_code: str = ""
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Refunded:
    """The refund, with the points that were already spent and the money kept back for them.

    `shortfall_minor` is 0 where the member owes the points instead (setting `points_clawback`).

    `kept_minor`, `uncharged_minor` and `kept_back_minor` are 0 where what is kept was not priced again: what it costs
    by itself, what of that goes beyond what was paid, and how much less than by the stored allocation is refunded
    (below zero for more).
    """

    sale: SaleView
    points_shortfall: int
    shortfall_minor: int
    kept_minor: int
    uncharged_minor: int
    kept_back_minor: int
    coupons_restored: int
    returned_lines: list[ReturnedLineView]


@dataclass(frozen=True, slots=True)
class VoidSale:
    sale_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Voided:
    sale: SaleView


def refund_sale(uow: UnitOfWork, command: RefundSale) -> Refunded:
    """Takes lines of a sale back as the inverse of what was stored for them.

    With the setting `coupon_on_partial_return` = `reprice`, a part of a sale with coupons brings what was paid less
    what is kept costs by itself, and nothing where that is more. Money goes to the original tenders in proportion to
    what each still holds, redeemed points return as points, earned points are taken back; for those already spent
    their value is kept back from the refund, or with `points_clawback` = `negative_balance` the member owes them.

    Stock, cash and books are those of the store that takes the goods, at the cost that they had left at, whoever sold
    them; what the store that sold owes for it is settled afterwards. Its settings are those of the store that takes.
    """
    work = refund_worked_out(uow, command)
    refunded = _reverse(work)
    approve_refund(work, command, refunded)
    return refunded


def refund_worked_out(uow: UnitOfWork, command: RefundSale) -> Reversal:
    """The refund with its sale and points locked; nothing is recorded yet."""
    sale_id = sale_id_named(
        uow, sale_id=command.sale_id, receipt_number=command.receipt_number, on=command.business_date
    )
    documents = lock_sale(uow, sale_id, receipt_number=command.receipt_number, reason=command.reason)
    store = taking_store(uow, documents[0].sale, command.store_code)
    return _worked_out(uow, SaleKind.REFUND, documents, store, command)


def approve_refund(work: Reversal, command: RefundSale, refunded: Refunded) -> None:
    """Uses the approvals that were sent for a refund; raises what `use_approvals` refuses."""
    use_approvals(
        work.uow, command.approval_tokens,
        store_id=work.store.store_id, needed=approvals_needed(work, refunded.sale), document_id=work.reversal_id,
    )  # fmt: skip


def approvals_needed(work: Reversal, refund: SaleView) -> dict[str, int]:
    """What a second person has to approve unless the caller may do it: amounts in minor units by permission."""
    needed = {}
    in_cash = -sum(
        tender.amount_minor
        for tender in refund.tenders
        if tender.kind is TenderKind.CASH and tender.paid_kind is not None
    )
    if work.cash_instead and in_cash:
        needed[IN_CASH] = in_cash
    if beyond_limits(work, refund):
        needed[BEYOND] = -refund.total_minor
    return needed


def void_sale(uow: UnitOfWork, command: VoidSale) -> Voided:
    """Cancels a whole sale on the terminal that made it, within the setting `void_window`."""
    documents = lock_sale(uow, command.sale_id, receipt_number="", reason=command.reason)
    sale = documents[0].sale
    if not uow.caller.sees(sale.store_id):
        raise UnknownSale("sale_id")
    if len(documents) > 1:
        raise AlreadyReturned("sale_id", sale_id=sale.sale_id)
    if uow.exchanges.of_sale(sale.sale_id) is not None:
        raise ExchangeNotVoided("sale_id", sale_id=sale.sale_id)
    whole = RefundSale(sale.sale_id, command.reason)
    reversal = _worked_out(uow, SaleKind.VOID, documents, uow.chain.stores[sale.store_id], whole)
    if not may_void(uow, sale, window=reversal.policies.void_window, on=reversal.on):
        raise VoidTooLate("sale_id", sale_id=sale.sale_id)
    return Voided(_reverse(reversal).sale)


def _worked_out(
    uow: UnitOfWork,
    kind: SaleKind,
    documents: Sequence[StoredSale],
    store: Store,
    command: RefundSale,
) -> Reversal:
    original, *earlier = documents
    left = lines_left(original.lines, [line for document in earlier for line in document.lines])
    chosen = requested_returns(left, command.lines)
    nothing_left = _closes(left, chosen)
    if store.store_id != original.sale.store_id:
        selling = uow.chain.stores[original.sale.store_id]
        check_only_goods(uow, original, [rest.line.line_number for rest, _ in chosen], selling)
    policies = uow.chain.policies(store.store_id)
    # A void takes nothing back that a customer had: it needs no reason, and all of it goes back to stock.
    taken = {} if kind is SaleKind.VOID else _taken_back(uow, command, chosen, original, policies)
    if nothing_left and policies.gift_on_return == "must_come_back":
        _check_gifts(original, left, chosen)
    reversal_id = uow.new_id()
    member_id = original.sale.member_id
    locked = _lock_points(uow, original)
    lines = [
        reversed_line(rest, quantity, sale_id=reversal_id, line_number=number)
        for number, (rest, quantity) in enumerate(chosen, start=1)
    ]
    repriced, kept_back_minor = None, 0
    if policies.coupon_on_partial_return == REPRICE and not nothing_left:
        repriced = reprice(uow, original.sale.sale_id, left, chosen, reversal_id=reversal_id, first=not earlier)
        if repriced is not None and repriced.kept is not None:
            kept_back_minor = -sum(line.total_minor for line in lines) - repriced.kept.refund_minor
            lines = repriced.kept.lines
    return Reversal(
        uow=uow,
        kind=kind,
        original=original,
        earlier=earlier,
        store=store,
        policies=policies,
        reason=command.reason,
        taken=taken,
        reason_code=command.reason_code,
        cash_instead=command.cash_instead,
        reversal_id=reversal_id,
        on=trading_day(uow, store),
        lines=lines,
        nothing_left=nothing_left,
        points=locked[member_id] if member_id is not None else None,
        repriced=repriced,
        kept_back_minor=kept_back_minor,
        serials=serials_back(uow, original.sale.sale_id, chosen, command.lines),
        others={one: locked[holder_id] for one, holder_id in original.holders.items()},
    )


def _taken_back(
    uow: UnitOfWork,
    command: RefundSale,
    chosen: Sequence[tuple[LineLeft, int]],
    original: StoredSale,
    policies: Policies,
) -> dict[int, TakenBack]:
    otherwise = TakenBack(command.reason_code, condition_of_all(command.condition, scrap=command.scrap))
    return taken_back(uow, chosen, command.lines, original.products, otherwise=otherwise, policies=policies)


def _lock_points(uow: UnitOfWork, original: StoredSale) -> dict[int, LockedPoints]:
    """The accounts of the buyer and of those in their pool whose points had paid, in the order of ids."""
    member_id = original.sale.member_id
    if member_id is None:
        return {}
    used: dict[int, set[int]] = {member_id: set()}
    for entry in original.points_entries:
        used.setdefault(original.holders.get(entry.member_id, member_id), set()).add(entry.lot_id)
    return {
        holder_id: uow.points.lock(
            holder_id,
            used_lot_ids=sorted(lot_ids),
            of_sale_id=original.sale.sale_id if holder_id == member_id else 0,
            follow=False,
        )
        for holder_id, lot_ids in sorted(used.items())
    }


def _closes(left: dict[int, LineLeft], chosen: Sequence[tuple[LineLeft, int]]) -> bool:
    """Whether nothing that was bought is left after `chosen`; a gift that is kept has no part in the money."""
    taken = {rest.line.line_number: quantity for rest, quantity in chosen}
    return all(
        rest.closed or taken.get(number, -1) == rest.quantity_milli
        for number, rest in left.items()
        if not given_by(rest.line.discounts)
    )


def _check_gifts(original: StoredSale, left: dict[int, LineLeft], chosen: Sequence[tuple[LineLeft, int]]) -> None:
    """Refuses to leave a gift behind when everything that was bought has come back."""
    taken = {rest.line.line_number: quantity for rest, quantity in chosen}
    for number, rest in left.items():
        if given_by(rest.line.discounts) and taken.get(number, 0) < rest.quantity_milli:
            sku = original.products[rest.line.sku_id].sku
            raise GiftMustComeBack("lines", line_number=number, sku=sku)


def _reverse(work: Reversal) -> Refunded:
    return pay_out(begin_reversal(work), [])


def begin_reversal(work: Reversal) -> Begun:
    """Takes back all but the money: what is given back is known, and not yet whether it is paid out or pays for goods.

    Points and stored value are back where they came from.
    """
    taken = take_points_back(work)
    shortfall = taken.shortfall if taken else 0
    total = -sum(line.total_minor for line in work.lines)
    shortfall_minor = 0
    if shortfall and work.policies.points_clawback != NEGATIVE_BALANCE:
        value = points_value(shortfall, redeem_minor_per_100=work.policies.points_redeem_minor_per_100)
        shortfall_minor = min(value, total)
    shares = shares_of(work, total - shortfall_minor)
    returned_carrying = give_points_back(work, sum(share.points for share in shares))
    restored = _give_coupons_back(work)
    back = put_stock_back(_goods_back(work))
    kept = work.repriced.kept if work.repriced is not None else None
    lapsed = kept.lapsed if kept is not None else ()
    give_uses_back(work.uow, work.original, work.earlier, work.lines, sale_id=work.reversal_id, lapsed=lapsed)
    give_quotas_back(work.uow, work.original, work.earlier, work.lines, sale_id=work.reversal_id)
    sale = _header(work, points=sum(share.points for share in shares))
    amount = sum(share.amount_minor for share in shares if share.tender.kind is TenderKind.STORED_VALUE)
    return Begun(
        work=work,
        sale=sale,
        shares=shares,
        origins=origins_of(work.uow, work.original),
        shortfall=shortfall,
        shortfall_minor=shortfall_minor,
        taken_back_carrying=work.repaid_minor + (sum(use.value_minor for use in taken.uses) if taken else 0),
        returned_carrying=returned_carrying,
        back=back,
        restored=restored,
        stored_value=give_stored_value_back(work.uow, work.original, work.earlier, amount, sale, work.store),
    )


def pay_out(begun: Begun, carried: Sequence[int]) -> Refunded:
    """Pays out what does not pay for other goods, and records the document.

    `carried` is how much of each share goes into an exchange; none for nothing.
    """
    work, sale = begun.work, begun.sale
    tenders, sale.rounding_minor = tenders_of(work, begun.shares, carried)
    if begun.shortfall_minor:
        number = len(work.original.tenders) + 1
        tenders.append(SaleTender(work.reversal_id, number, TenderKind.POINTS_SHORTFALL, -begun.shortfall_minor, 0, ""))
    returned = _returned(work, sale)
    work.uow.add(sale, *work.lines, *tenders, *returned)
    if sale.kind is SaleKind.VOID and sale.member_id is not None:
        # The purchase that may have made them active is none any more.
        work.uow.add(LifecycleNote(work.uow.new_id(), sale.member_id, work.on))
    to_cards = give_gift_cards_back(work.uow, begun.origins, tenders, sale)
    give_payments_back(work.uow, begun.origins, tenders, sale)
    give_vouchers_back(work.uow, begun.origins, tenders, sale)
    record_serials_back(work.uow, work.serials, work.lines, sale)
    tip_staff_code = give_tip_back(work.uow, sale)
    give_purchase_back(work.uow, work.original, sale, work.lines)
    take_times_back(work.uow, work.original, work.lines, sale)
    take_memberships_back(work.uow, work.original, work.lines, sale, work.policies)
    take_charge_back(work.uow, sale.member_id, tenders, sale, work.store)
    if sale.store_id != work.original.sale.store_id:
        work.uow.add(
            return_elsewhere(
                sale, work.lines,
                selling_store_id=work.original.sale.store_id,
                shortfall_minor=begun.shortfall_minor,
                gift_cost_minor=_gift_cost(work),
            )
        )  # fmt: skip
    _post(begun, tenders, owed={**clearing_of(begun.stored_value), GIFT_CARD_LIABILITY.code: to_cards})
    announce_reversal(work.uow, sale)
    kept = work.repriced.kept if work.repriced is not None else None
    return Refunded(
        sale=_view(work, sale, tenders, tip_staff_code),
        points_shortfall=begun.shortfall,
        shortfall_minor=begun.shortfall_minor,
        kept_minor=kept.kept_minor if kept is not None else 0,
        uncharged_minor=kept.uncharged_minor if kept is not None else 0,
        kept_back_minor=work.kept_back_minor,
        coupons_restored=begun.restored,
        returned_lines=[ReturnedLineView(one.line_number, one.reason_code, one.condition) for one in returned],
    )


def _goods_back(work: Reversal) -> GoodsBack:
    return GoodsBack(
        uow=work.uow,
        document_id=work.reversal_id,
        store=work.store,
        on=work.on,
        reason=MovementReason.VOID if work.kind is SaleKind.VOID else MovementReason.RETURN,
        lines=work.lines,
        products=work.original.products,
        taken=by_line_of_refund(work.lines, work.taken),
        return_cost=work.policies.return_cost,
        components=work.original.components,
        original_id=work.original.sale.sale_id,
    )


def _returned(work: Reversal, sale: Sale) -> list[ReturnedLine]:
    """Why each line came back; a void takes nothing back that a customer had."""
    if work.kind is SaleKind.VOID:
        return []
    taken = by_line_of_refund(work.lines, work.taken)
    return returned_lines(sale, work.lines, taken, work.original.products, otherwise=work.reason_code)


def _give_coupons_back(work: Reversal) -> int:
    """How many coupons may be used again."""
    sale_id, policy = work.original.sale.sale_id, work.policies.coupon_on_full_return
    if work.nothing_left:
        return give_coupons_back(
            work.uow, sale_id=sale_id, reversal_id=work.reversal_id, store=work.store, policy=policy
        )
    if work.repriced is not None:
        return record_repriced(
            work.uow, work.repriced, sale_id=sale_id, reversal_id=work.reversal_id, store=work.store, policy=policy
        )
    return 0


def _after_all_others(work: Reversal) -> datetime:
    """When it counts as stored: later than every document of this sale that was stored before.

    The time of the request was taken before the sale was locked, perhaps by another clock, and says nothing of who came
    first. What is left of a sale follows from its documents in their order, so the order is decided under the lock.
    """
    others = (work.original, *work.earlier)
    return max(work.uow.now, max([document.sale.stored_at for document in others]) + ONE_LATER)


def _header(work: Reversal, *, points: int) -> Sale:
    uow = work.uow
    sold = work.original.sale
    lines = work.lines
    return Sale(
        sale_id=work.reversal_id,
        terminal_id=uow.caller.caller_id,
        request_id=work.request_id or uow.request_id,
        kind=work.kind,
        original_sale_id=sold.sale_id,
        receipt_number=receipt_number(uow.caller.code, 0, work.reversal_id),
        store_id=work.store.store_id,
        cashier_id=uow.caller.staff_id,
        channel=sold.channel,
        currency=sold.currency,
        business_date=work.on,
        sold_at=uow.now,
        stored_at=_after_all_others(work),
        uploaded=False,
        member_id=sold.member_id,
        gross_minor=sum(line.gross_minor for line in lines),
        discount_minor=sum(line.discount_minor for line in lines),
        net_minor=sum(line.net_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        rounding_minor=0,
        total_minor=sum(line.total_minor for line in lines),
        change_minor=0,
        points_earned=sum(line.points_earned for line in lines),
        points_redeemed=-points,
        points_balance=work.points.account.points_balance if work.points else 0,
        reason=work.reason,
        tip_minor=-sold.tip_minor if work.kind is SaleKind.VOID and sold.tip_minor else None,
    )


def _gift_cost(work: Reversal) -> int:
    return -sum(line.cost_minor for line in work.lines if given_by(line.discounts))


def _post(begun: Begun, tenders: list[SaleTender], *, owed: dict[str, int]) -> None:
    work, sale = begun.work, begun.sale
    uow = work.uow
    clearing = owed
    by_kind: dict[TenderKind, int] = {}
    for tender in tenders:
        by_kind[tender.kind] = by_kind.get(tender.kind, 0) - tender.amount_minor
    for kind, amount in by_kind.items():
        if kind not in NO_CLEARING:
            clearing[CLEARING_BY_TENDER[kind].code] = amount
    entry = JournalEntry(
        uow.new_id(), sale.store_id, sale.business_date, sale.currency, sale.channel, sale.kind, sale.sale_id, uow.now
    )
    gift_cost = _gift_cost(work)
    amounts = refund_postings(
        tenders=clearing,
        net_minor=-sale.net_minor,
        tax_minor=-sale.tax_minor,
        deferred_minor=-sum(line.deferred_minor for line in work.lines),
        taken_back_carrying_minor=begun.taken_back_carrying,
        shortfall_minor=by_kind.get(TenderKind.POINTS_SHORTFALL, 0),
        returned_value_minor=by_kind.get(TenderKind.POINTS, 0),
        returned_carrying_minor=begun.returned_carrying,
        rounding_minor=-sale.rounding_minor,
        cost_minor=-sum(line.cost_minor for line in work.lines) - gift_cost,
        gift_cost_minor=gift_cost,
        correction_minor=begun.back.correction_minor,
        expiry_undone_minor=work.expiry_undone_minor,
        scrapped_minor=begun.back.scrapped_minor,
        set_aside_minor=begun.back.set_aside_minor,
        tip_minor=-(sale.tip_minor or 0),
    )
    uow.add(entry, *balanced(entry.entry_id, amounts))


def _view(work: Reversal, sale: Sale, tenders: list[SaleTender], tip_staff_code: str) -> SaleView:
    view = reversal_view(
        work.uow, sale, work.lines, tenders,
        store=work.store,
        products=work.original.products,
        member_number=work.points.account.member_number if work.points else "",
        serials=work.serials,
    )  # fmt: skip
    if work.repriced is not None:
        view.warnings = repriced_warnings(work.repriced, language=work.uow.caller.language)
    view.tip_staff_code = tip_staff_code
    view.staff_buyer_code = bought_by(work.original.lines[0].discounts)
    return view
