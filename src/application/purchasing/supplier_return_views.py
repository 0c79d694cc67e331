"""Returns to suppliers as they are shown, and which there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.fields import required_code
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.purchasing.put_suppliers import UnknownSupplier
from application.scope import store_in_scope, who
from domain.purchasing.supplier import Supplier
from domain.purchasing.supplier_return import ReturnedFrom, SupplierReturn, SupplierReturnLine, SupplierReturnReason
from domain.shared.errors import NotFound


class UnknownSupplierReturn(NotFound):
    en = "There is no return {return_id} to a supplier in this caller's scope."
    zh = "当前调用方范围内没有采购退货单 {return_id}。"


@dataclass(frozen=True, slots=True)
class SupplierReturnLineView:
    """`debit_minor` with `debit_tax_minor` is what of the claim was invoiced before."""

    line_number: int
    sku: str
    receipt_id: int
    receipt_line_number: int
    returned_from: ReturnedFrom
    reason: SupplierReturnReason
    quantity_milli: int
    cost_minor: int
    claim_minor: int
    debit_minor: int
    debit_tax_minor: int


@dataclass(frozen=True, slots=True)
class SupplierReturnView:
    """A return; lists leave its lines out. `returned_by` is the code of the member of staff, terminal or service."""

    return_id: int
    store_code: str
    supplier_code: str
    receipt_id: int
    currency: str
    reference: str
    note: str
    business_date: str
    cost_minor: int
    claim_minor: int
    debit_minor: int
    debit_tax_minor: int
    price_variance_minor: int
    returned_at: datetime
    returned_by: str
    lines: Sequence[SupplierReturnLineView] = ()


@dataclass(frozen=True, slots=True)
class GetSupplierReturn:
    return_id: int


@dataclass(frozen=True, slots=True)
class ListSupplierReturns:
    store_code: str = ""
    supplier_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class SupplierReturnsPage:
    returns: Sequence[SupplierReturnView]
    next_page_token: str


def get_supplier_return(uow: UnitOfWork, query: GetSupplierReturn) -> SupplierReturnView:
    """One return with its lines; raises UnknownSupplierReturn."""
    uow.refresh()
    found = uow.supplier_returns.find(query.return_id)
    if found is None or not uow.caller.sees(found.store_id):
        raise UnknownSupplierReturn("return_id", return_id=query.return_id)
    supplier = uow.suppliers.by_ids({found.supplier_id})[found.supplier_id]
    return supplier_return_view(uow, found, supplier.code, uow.supplier_returns.lines(found.return_id))


def list_supplier_returns(uow: UnitOfWork, query: ListSupplierReturns) -> SupplierReturnsPage:
    """Returns of the stores in scope, newest first; raises UnknownStore and UnknownSupplier."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    supplier_id = named_supplier(uow, query.supplier_code).supplier_id if query.supplier_code else None
    found = uow.supplier_returns.list_returns(
        None if store_ids is None else sorted(store_ids),
        supplier_id=supplier_id,
        after=(asked.after[0], asked.after[1]) if asked.after else None,
        limit=asked.limit + 1,
    )
    shown = found[: asked.limit]
    suppliers = uow.suppliers.by_ids({one.supplier_id for one in shown})
    return SupplierReturnsPage(
        [supplier_return_view(uow, one, suppliers[one.supplier_id].code) for one in shown],
        next_token(found, asked.limit, lambda one: (one.returned_at, one.return_id)),
    )


def named_supplier(uow: UnitOfWork, supplier_code: str) -> Supplier:
    """The supplier that a request names; raises UnknownSupplier."""
    code = required_code(supplier_code, field="supplier_code")
    found = uow.suppliers.by_codes({code}).get(code)
    if found is None:
        raise UnknownSupplier("supplier_code", supplier_code=code)
    return found


def supplier_return_view(
    uow: UnitOfWork, one: SupplierReturn, supplier_code: str, lines: Sequence[tuple[str, SupplierReturnLine]] = ()
) -> SupplierReturnView:
    """The return as shown, with the lines that are given, each with its SKU."""
    return SupplierReturnView(
        return_id=one.return_id,
        store_code=uow.chain.stores[one.store_id].code,
        supplier_code=supplier_code,
        receipt_id=one.receipt_id or 0,
        currency=one.currency,
        reference=one.reference,
        note=one.note,
        business_date=one.business_date.isoformat(),
        cost_minor=one.cost_minor,
        claim_minor=one.claim_minor,
        debit_minor=one.debit_minor,
        debit_tax_minor=one.debit_tax_minor,
        price_variance_minor=one.cost_minor - one.claim_minor,
        returned_at=one.returned_at,
        returned_by=who(uow, caller_id=one.caller_id, staff_id=one.staff_id),
        lines=[
            SupplierReturnLineView(
                line.line_number, sku, line.receipt_id, line.receipt_line_number, line.returned_from, line.reason,
                line.quantity_milli, line.cost_minor, line.claim_minor, line.debit_minor, line.debit_tax_minor,
            )
            for sku, line in lines
        ],
    )  # fmt: skip
