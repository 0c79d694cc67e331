"""Orders as documents for the systems of suppliers, and what those systems answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from application.ports.kernel import UnitOfWork
from application.purchasing.advance_purchase_order import ConfirmedLine, ConfirmPurchaseOrder, take_confirmation
from application.purchasing.delivery_notices import AnnounceDelivery, take_announcement
from application.purchasing.own_supplier import locked_own_order, own_order, own_supplier
from application.purchasing.purchase_ledger import locked_purchase_order, stored_purchase_order
from domain.purchasing.purchase_order import AnotherVersion, PurchaseOrder
from domain.purchasing.purchase_terms import NetPrice, price_of
from domain.purchasing.supplier import Supplier
from domain.shared.errors import Invalid, Rejected


class NotSentYet(Rejected):
    en = "Purchase order {order_id} was not sent yet: nothing goes to the supplier before. Send it first."
    zh = "采购订单 {order_id} 尚未发送，不能提供给供应商。请先发送。"


class AnotherDocumentCurrency(Invalid):
    en = "The document is in {stated}, the order in {currency}. Send prices in {currency}."
    zh = "单据币种为 {stated}，订单币种为 {currency}。请使用 {currency} 报价。"


@dataclass(frozen=True, slots=True)
class GetOrderDocument:
    order_id: int


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line as it was sent; `price` is exact, after its discount."""

    line_number: int
    sku: str
    supplier_sku: str
    name: str
    barcode: str
    unit_code: str
    quantity_milli: int
    net_minor: int
    price: NetPrice


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """The version of an order that its supplier was sent last, with what a document of it says."""

    order_id: int
    version: int
    issued_on: date
    currency: str
    buyer_code: str
    buyer_name: str
    supplier_code: str
    supplier_name: str
    supplier_tax_number: str
    expected_on: date
    net_minor: int
    lines: Sequence[DocumentLine]


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """What a supplier's system answers to a version of an order; `refused` is all of it."""

    order_id: int
    version: int
    refused: bool = False
    lines: tuple[ConfirmedLine, ...] = ()
    expected_date: str = ""
    note: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class TakeSupplierDocument:
    """One of the two: an answer to an order, or what leaves for it."""

    answer: OrderAnswer | None = None
    announcement: AnnounceDelivery | None = None


@dataclass(frozen=True, slots=True)
class SupplierDocumentTaken:
    """`awaits_buyer`: it was confirmed otherwise. `notice_id` is that of an announced delivery, else 0."""

    order_id: int
    state: str
    awaits_buyer: bool
    notice_id: int


def get_order_document(uow: UnitOfWork, query: GetOrderDocument) -> OrderDocument:
    """The document of an order in scope, for a supplier one of their own.

    Raises UnknownPurchaseOrder, for a supplier UnknownOwnOrder, and NotSentYet.
    """
    uow.refresh()
    if uow.caller.supplier_id:
        supplier = own_supplier(uow)
        order = own_order(uow, supplier, query.order_id)
    else:
        order = stored_purchase_order(uow, query.order_id)
        supplier = uow.suppliers.by_ids({order.supplier_id})[order.supplier_id]
    _check_sent(order)
    version = uow.purchase_orders.version(order.order_id, order.sent_version)
    assert version is not None
    store = uow.chain.stores[order.store_id]
    return OrderDocument(
        order_id=order.order_id,
        version=version.version,
        issued_on=version.made_at.date(),
        currency=order.currency,
        buyer_code=store.code,
        buyer_name=store.name,
        supplier_code=supplier.code,
        supplier_name=supplier.name,
        supplier_tax_number=supplier.tax_number,
        expected_on=version.expected_on,
        net_minor=version.net_minor,
        lines=_lines(uow, order, supplier),
    )


def get_my_order_document(uow: UnitOfWork, query: GetOrderDocument) -> OrderDocument:
    """As `get_order_document`, for suppliers only; raises SuppliersOnly."""
    own_supplier(uow)
    return get_order_document(uow, query)


def send_my_document(uow: UnitOfWork, command: TakeSupplierDocument) -> SupplierDocumentTaken:
    """As `take_supplier_document`, for suppliers only; raises SuppliersOnly."""
    own_supplier(uow)
    return take_supplier_document(uow, command)


def take_supplier_document(uow: UnitOfWork, command: TakeSupplierDocument) -> SupplierDocumentTaken:
    """Takes an answer to an order as its confirmation, or a dispatch advice as an announced delivery.

    From a supplier for an own order, from the chain's staff for one in scope. Raises what `confirm_my_order` and
    `announce_delivery` raise, and AnotherDocumentCurrency.
    """
    about = command.answer or command.announcement
    assert about is not None
    uow.refresh()
    if uow.caller.supplier_id:
        supplier = own_supplier(uow)
        order = locked_own_order(uow, supplier, about.order_id)
    else:
        order = locked_purchase_order(uow, about.order_id)
        supplier = uow.suppliers.by_ids({order.supplier_id})[order.supplier_id]
        _check_sent(order)
    notice_id = 0
    if command.announcement is not None:
        notice_id = take_announcement(uow, order, supplier, command.announcement).notice_id
    elif command.answer is not None:
        _confirm(uow, order, command.answer)
    return SupplierDocumentTaken(order.order_id, order.state.value, bool(order.proposed_version), notice_id)


def _confirm(uow: UnitOfWork, order: PurchaseOrder, answer: OrderAnswer) -> None:
    if answer.version != order.sent_version:
        raise AnotherVersion("version", order_id=order.order_id, version=answer.version, found=order.sent_version)
    if answer.currency and answer.currency != order.currency:
        raise AnotherDocumentCurrency("document", stated=answer.currency, currency=order.currency)
    lines = answer.lines
    if answer.refused:
        in_force = uow.purchase_orders.lines(order.order_id, order.version)
        lines = tuple(ConfirmedLine(line.line_number, 0) for line in in_force)
    take_confirmation(
        uow,
        order,
        ConfirmPurchaseOrder(order.order_id, order.newest_version, lines, answer.expected_date, answer.note),
    )


def _check_sent(order: PurchaseOrder) -> None:
    if not order.sent_version:
        raise NotSentYet("order_id", order_id=order.order_id)


def _lines(uow: UnitOfWork, order: PurchaseOrder, supplier: Supplier) -> list[DocumentLine]:
    lines = uow.purchase_orders.lines(order.order_id, order.sent_version)
    sku_ids = {line.sku_id for line in lines}
    skus = uow.catalog.skus(sku_ids)
    offers = uow.suppliers.offers(supplier.supplier_id, sku_ids, on=order.expected_on)
    products = uow.catalog.stored_products(set(skus.values()))
    units = {unit.unit_id: unit.code for unit in uow.catalog.units()}
    found = []
    for line in lines:
        stored, offer = products[skus[line.sku_id]], offers.get(line.sku_id)
        found.append(
            DocumentLine(
                line_number=line.line_number,
                sku=skus[line.sku_id],
                supplier_sku=offer.product.supplier_sku if offer else "",
                name=stored.product.name,
                barcode=stored.barcodes[0] if stored.barcodes else "",
                unit_code=units[stored.product.unit_id],
                quantity_milli=line.quantity_milli,
                net_minor=line.net_minor,
                price=price_of(line),
            )
        )
    return found
