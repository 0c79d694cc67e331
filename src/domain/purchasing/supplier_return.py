"""Goods that go back to a supplier: which, why, from where, and what is claimed for them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class ReturnedFrom(StrEnum):
    """Where the goods stood: for sale, or set aside in a status of that name."""

    FOR_SALE = "for_sale"
    DAMAGED = "damaged"
    QUARANTINE = "quarantine"
    TO_SUPPLIER = "to_supplier"


class SupplierReturnReason(StrEnum):
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_GOODS = "wrong_goods"
    EXPIRED = "expired"
    """Had expired, or came with too little time left."""
    OVER_DELIVERED = "over_delivered"
    AGREED = "agreed"
    """The supplier takes back what was not sold: no fault of theirs."""


REJECTING: Final = frozenset(SupplierReturnReason) - {SupplierReturnReason.AGREED}
"""Reasons that count against the supplier as goods rejected do at receipt."""


@dataclass(slots=True)
class SupplierReturn:
    """Header of a return. `cost_minor` left stock, `claim_minor` is claimed for it without tax.

    `debit_minor` of the claim, with `debit_tax_minor`, is owed back by the supplier because it was invoiced before; the
    rest will not be invoiced. `receipt_id` is None where the goods went back by supplier.
    """

    return_id: int
    store_id: int
    supplier_id: int
    receipt_id: int | None
    currency: str
    reference: str
    note: str
    business_date: date
    line_count: int
    cost_minor: int
    claim_minor: int
    debit_minor: int
    debit_tax_minor: int
    returned_at: datetime
    caller_id: int
    staff_id: int | None


@dataclass(slots=True)
class SupplierReturnLine:
    """What went back of one line of a receipt. Amounts as in the header."""

    return_id: int
    line_number: int
    receipt_id: int
    receipt_line_number: int
    store_id: int
    supplier_id: int
    sku_id: int
    returned_from: ReturnedFrom
    reason: SupplierReturnReason
    quantity_milli: int
    cost_minor: int
    claim_minor: int
    debit_minor: int
    debit_tax_minor: int
    business_date: date
