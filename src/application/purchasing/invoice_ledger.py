"""What use cases of suppliers' invoices share: matching lines with what came, and posting what they come to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.ports.kernel import UnitOfWork
from application.scope import trading_day
from application.stock_book import StockBook, open_book
from domain.finance.journal import JournalEntry, balanced
from domain.finance.purchase_postings import supplier_invoice_postings
from domain.inventory.layers import LayeredLevel
from domain.inventory.stock import Costing, MovementReason
from domain.purchasing.invoice_matching import (
    InvoiceDifference,
    LineMatch,
    MatchPart,
    Tolerances,
    kept_share,
    match_freight,
    match_goods,
    match_price_credit,
)
from domain.purchasing.purchase_accrual import FREIGHT_LINE, PurchaseAccrual
from domain.purchasing.supplier_invoice import (
    InvoiceLineKind,
    SupplierInvoice,
    SupplierInvoiceKind,
    SupplierInvoiceLine,
    SupplierInvoiceMatch,
    SupplierInvoiceState,
    SupplierPaymentLine,
    held_lines,
)
from domain.shared.errors import NotFound, Rejected
from domain.shared.money import Rounding, allocate

DOCUMENT: Final = "supplier_invoice"
INTO_STOCK: Final = "stock"
"""The value of the setting `invoice_difference` by which stock bears differences of price."""


class UnknownSupplierInvoice(NotFound):
    en = "There is no supplier invoice {invoice_id} in this caller's scope."
    zh = "当前调用方范围内没有供应商发票 {invoice_id}。"


class DebitNoteSettled(Rejected):
    en = "The claim of return {return_id} is settled in part or whole already, so no credit note answers it any more."
    zh = "退货单 {return_id} 的索赔已部分或全部结清，不能再关联红字发票。"


@dataclass(frozen=True, slots=True)
class Matched:
    """The lines of an invoice with what each came to, and the accruals that were moved by it but not written."""

    lines: Sequence[SupplierInvoiceLine]
    matches: Sequence[LineMatch]
    accruals: Sequence[PurchaseAccrual]
    answered: SupplierInvoice | None = None
    """The debit note that a credit note answers, locked."""


def locked_invoice(uow: UnitOfWork, invoice_id: int) -> SupplierInvoice:
    """The invoice, locked; raises UnknownSupplierInvoice."""
    found = uow.supplier_invoices.lock({invoice_id}).get(invoice_id)
    if found is None or not uow.caller.sees(found.store_id):
        raise UnknownSupplierInvoice("invoice_id", invoice_id=invoice_id)
    return found


def locked_accruals(uow: UnitOfWork, lines: Sequence[SupplierInvoiceLine]) -> Sequence[PurchaseAccrual]:
    """All accruals of the orders and receipts that the lines name, locked, the first received first."""
    order_ids = {line.order_id for line in lines if line.order_id}
    receipt_ids = {line.receipt_id for line in lines if line.receipt_id}
    if not order_ids and not receipt_ids:
        return []
    found = uow.supplier_invoices.lock_accruals(order_ids=order_ids, receipt_ids=receipt_ids)
    return sorted(found, key=lambda one: (one.received_at, one.receipt_id, one.line_number))


def named_accruals(line: SupplierInvoiceLine, accruals: Sequence[PurchaseAccrual]) -> list[PurchaseAccrual]:
    """Those of them that a line names."""
    of_line = FREIGHT_LINE if line.kind is InvoiceLineKind.FREIGHT else line.of_line_number
    return [
        one
        for one in accruals
        if one.line_number == of_line
        and (one.receipt_id == line.receipt_id if line.receipt_id else one.order_id == line.order_id)
    ]


def matched(
    uow: UnitOfWork,
    invoice: SupplierInvoice,
    lines: Sequence[SupplierInvoiceLine],
    accruals: Sequence[PurchaseAccrual],
) -> Matched:
    """Matches the lines in turn, and notes in each what it came to; nothing is written.

    Raises CreditedMoreThanBilled and DebitNoteSettled.
    """
    answered = _answered(uow, invoice)
    here = [one for one in accruals if one.store_id == invoice.store_id]
    tolerances, rounding = _terms(uow, invoice)
    matches = []
    for index, line in enumerate(lines):
        named = named_accruals(line, here)
        one = _match(invoice, line, named, answered, tolerances, rounding, f"lines[{index}].net_minor")
        line.matched_milli, line.accrued_minor = one.matched_milli, one.accrued_minor
        line.price_difference_minor, line.difference = one.price_difference_minor, one.difference
        line.unmatched_milli, line.unmatched_minor = one.unmatched_milli, one.unmatched_minor
        matches.append(one)
    invoice.held_lines = held_lines(lines)
    return Matched(lines, matches, here, answered)


def post_invoice(uow: UnitOfWork, invoice: SupplierInvoice, found: Matched) -> None:
    """Owes a matched invoice: what came of it is invoiced now, and its differences go where the settings say.

    The invoice itself is for the caller to write.
    """
    store = uow.chain.stores[invoice.store_id]
    invoice.business_date = trading_day(uow, store)
    invoice.state, invoice.open_minor = SupplierInvoiceState.POSTED, invoice.total_minor
    invoice.accrued_minor = sum(one.accrued_minor for one in found.matches)
    invoice.stock_minor, invoice.cost_minor, invoice.variance_minor = _differences(uow, invoice, found.matches)
    tax, payable = invoice.tax_minor, invoice.total_minor
    if found.answered is not None:
        tax -= found.answered.tax_minor
        payable -= found.answered.open_minor
        uow.add(SupplierPaymentLine(invoice.invoice_id, found.answered.invoice_id, found.answered.open_minor, 0))
        found.answered.open_minor = 0
        uow.supplier_invoices.move([found.answered])
    touched = {(part.accrual.receipt_id, part.accrual.line_number) for one in found.matches for part in one.parts}
    uow.purchase_accruals.move([one for one in found.accruals if (one.receipt_id, one.line_number) in touched])
    entry = JournalEntry(
        uow.new_id(), invoice.store_id, invoice.business_date, invoice.currency, "", DOCUMENT, invoice.invoice_id,
        uow.now,
    )  # fmt: skip
    postings = supplier_invoice_postings(
        accrued_minor=invoice.accrued_minor,
        tax_minor=tax,
        stock_minor=invoice.stock_minor,
        cost_minor=invoice.cost_minor,
        variance_minor=invoice.variance_minor,
        payable_minor=payable,
    )
    uow.add(*_match_rows(invoice, found), entry, *balanced(entry.entry_id, postings))
    announce(uow, "SupplierInvoicePosted", invoice)


def announce(uow: UnitOfWork, topic: str, invoice: SupplierInvoice) -> None:
    """Tells the world what happened to an invoice."""
    uow.publish(
        topic,
        invoice.invoice_id,
        {
            "invoice_id": invoice.invoice_id,
            "store_id": invoice.store_id,
            "supplier_id": invoice.supplier_id,
            "kind": invoice.kind.value,
            "state": invoice.state.value,
            "total_minor": invoice.total_minor,
            "held_lines": invoice.held_lines,
            "due_date": invoice.due_on.isoformat(),
            "currency": invoice.currency,
        },
    )


def _answered(uow: UnitOfWork, invoice: SupplierInvoice) -> SupplierInvoice | None:
    """The claim that a credit note answers, locked and not settled yet."""
    if invoice.return_id is None:
        return None
    claim = uow.supplier_invoices.lock({invoice.return_id})[invoice.return_id]
    if claim.open_minor != claim.total_minor:
        raise DebitNoteSettled("return_id", return_id=invoice.return_id)
    return claim


def _terms(uow: UnitOfWork, invoice: SupplierInvoice) -> tuple[Tolerances, Rounding]:
    policies = uow.chain.policies(invoice.store_id)
    tolerances = Tolerances(
        policies.invoice_price_tolerance_bp,
        policies.invoice_price_tolerance,
        policies.invoice_quantity_tolerance_bp,
        policies.invoice_quantity_tolerance_milli,
    )
    return tolerances, Rounding(policies.rounding_mode)


def _match(
    invoice: SupplierInvoice,
    line: SupplierInvoiceLine,
    named: Sequence[PurchaseAccrual],
    answered: SupplierInvoice | None,
    tolerances: Tolerances,
    rounding: Rounding,
    field: str,
) -> LineMatch:
    if answered is not None:
        short = line.net_minor - answered.net_minor
        allowed = max(1, min(-answered.net_minor * tolerances.price_bp // 10_000, tolerances.price_minor))
        difference = InvoiceDifference.PRICE if short > allowed else InvoiceDifference.NONE
        return LineMatch((), 0, short, difference)
    if invoice.kind is SupplierInvoiceKind.CREDIT_NOTE:
        if line.kind is InvoiceLineKind.GOODS and not line.quantity_milli:
            return match_price_credit(named, credit_minor=-line.net_minor, tax_minor=-line.tax_minor, field=field)
        return LineMatch((), line.quantity_milli, line.net_minor, InvoiceDifference.NONE)
    if line.kind is InvoiceLineKind.FREIGHT:
        return match_freight(named, net_minor=line.net_minor, tax_minor=line.tax_minor, tolerances=tolerances)
    return match_goods(
        named,
        quantity_milli=line.quantity_milli,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        tolerances=tolerances,
        rounding=rounding,
    )


def _differences(uow: UnitOfWork, invoice: SupplierInvoice, matches: Sequence[LineMatch]) -> tuple[int, int, int]:
    """What of the differences goes into the value of stock, to cost of goods sold, and to purchase price variance.

    What did not come, and freight, is always a variance. Goods that went to customers at once never were in stock.
    """
    variance = sum(one.unmatched_minor for one in matches)
    parts = [part for one in matches for part in one.parts if part.difference_minor]
    goods = [part for part in parts if part.accrual.sku_id is not None]
    variance += sum(part.difference_minor for part in parts if part.accrual.sku_id is None)
    if uow.chain.policies(invoice.store_id).invoice_difference != INTO_STOCK:
        return 0, 0, variance + sum(part.difference_minor for part in goods)
    if not goods:
        return 0, 0, variance
    assert invoice.business_date is not None
    elsewhere = set(uow.drop_ships.among({part.accrual.order_id for part in goods}))
    stocked = [part for part in goods if part.accrual.order_id not in elsewhere]
    skus = {part.accrual.sku_id for part in stocked if part.accrual.sku_id is not None}
    store = uow.chain.stores[invoice.store_id]
    book = open_book(uow, store, skus, document_id=invoice.invoice_id, on=invoice.business_date)
    stock, cost = 0, sum(part.difference_minor for part in goods if part.accrual.order_id in elsewhere)
    borne: dict[int, int] = defaultdict(int)
    for part in stocked:
        assert part.accrual.sku_id is not None
        if book.levels[part.accrual.sku_id].costing & Costing.STANDARD:
            variance += part.difference_minor
            continue
        added = _revalued(book, part, part.accrual.sku_id, borne)
        stock += added
        cost += part.difference_minor - added
    return stock, cost, variance


def _revalued(book: StockBook, part: MatchPart, sku_id: int, borne: dict[int, int]) -> int:
    """What of a difference the goods take that can still be there; under FIFO those of the receipt itself.

    `borne` is how much of what is on hand has borne a difference of this invoice already, by SKU id.
    """
    level, accrual = book.levels[sku_id], part.accrual
    quantity = part.quantity_milli or accrual.invoiced_milli - accrual.credited_milli
    if isinstance(level, LayeredLevel) and level.costing & Costing.FIFO:
        layers = [(one.layer_id, one.quantity_milli) for one in level.layers if one.document_id == accrual.receipt_id]
        there = sum(left for _, left in layers)
    else:
        layers = [(0, 1)]
        there = level.on_hand_milli - borne[sku_id]
    share = kept_share(part.difference_minor, quantity_milli=quantity, there_milli=there, rounding=book.rounding)
    borne[sku_id] += max(0, min(quantity, there))
    added = 0
    if share:
        for (layer_id, _), amount in zip(layers, allocate(share, [left for _, left in layers]), strict=True):
            added += book.revalue(sku_id, amount, MovementReason.INVOICE_DIFFERENCE, layer_id=layer_id)
    return added


def _match_rows(invoice: SupplierInvoice, found: Matched) -> list[SupplierInvoiceMatch]:
    return [
        SupplierInvoiceMatch(
            invoice.invoice_id, line.line_number, part.accrual.receipt_id, part.accrual.line_number,
            part.quantity_milli, part.accrued_minor, part.net_minor, part.tax_minor,
        )
        for line, one in zip(found.lines, found.matches, strict=True)
        for part in one.parts
    ]  # fmt: skip
