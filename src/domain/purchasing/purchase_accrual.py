"""What was received and is not invoiced yet, by line of receipt: what suppliers may bill, and what may go back.

A receipt owes what its goods cost at the price of the order, goods kept in quarantine included, and its freight as a
line of its own. Invoices and returns take from that, whichever comes first; what goes back after it was invoiced is
claimed at the price that was invoiced.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.purchasing.purchase_receipt import PurchaseReceipt, PurchaseReceiptLine, RejectedTo
from domain.shared.errors import Rejected
from domain.shared.money import Rounding, divide

FREIGHT_LINE: Final = 0
"""The line of a receipt that stands for its freight, which has no quantity and never goes back."""


class NothingToReturn(Rejected):
    en = "Of “{sku}” {left} thousandths came that way and are not returned yet, not {asked}. Return at most those."
    zh = "商品“{sku}”符合条件的收货中尚未退货的数量为 {left}（千分之一单位），不足 {asked}。请减少数量。"


class SettledAlready(Rejected):
    en = (
        "Line {line_number} of receipt {receipt_id} was invoiced or sent back since. Settle the difference by a credit"
        " note (RecordSupplierInvoice) or a return (ReturnToSupplier)."
    )
    zh = (
        "收货单 {receipt_id} 第 {line_number} 行已开票或退货。"
        "请用贷记凭证（RecordSupplierInvoice）或退货（ReturnToSupplier）处理差额。"
    )


@dataclass(slots=True)
class PurchaseAccrual:
    """What a line of a receipt has brought, and what has become of that; amounts without tax.

    `returned_*` went back before it was invoiced, `credited_*` afterwards. `invoiced_minor` is what invoices have
    cleared, `billed_minor` with `billed_tax_minor` what they charge for it. `open_*` is left to be invoiced: received,
    less returned and invoiced. `returnable_milli` is still there to go back: received, less returned and credited.
    """

    receipt_id: int
    line_number: int
    order_id: int
    store_id: int
    supplier_id: int
    currency: str
    sku_id: int | None
    received_on: date
    received_at: datetime
    received_milli: int
    received_minor: int
    returned_milli: int
    returned_minor: int
    invoiced_milli: int
    invoiced_minor: int
    billed_minor: int
    billed_tax_minor: int
    credited_milli: int
    credited_minor: int
    credited_tax_minor: int
    open_milli: int
    open_minor: int
    returnable_milli: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a return claims of a line: so much of it before it was invoiced, and so much, with tax, afterwards."""

    accrual: PurchaseAccrual
    quantity_milli: int
    open_minor: int
    debit_minor: int
    debit_tax_minor: int

    @property
    def claim_minor(self) -> int:
        """Without tax."""
        return self.open_minor + self.debit_minor


def accrued(
    *,
    receipt_id: int,
    line_number: int,
    order_id: int,
    store_id: int,
    supplier_id: int,
    currency: str,
    sku_id: int | None,
    received_on: date,
    received_at: datetime,
    quantity_milli: int,
    cost_minor: int,
) -> PurchaseAccrual:
    """The accrual of goods that have just come, or with no SKU of their freight."""
    return PurchaseAccrual(
        receipt_id, line_number, order_id, store_id, supplier_id, currency, sku_id, received_on, received_at,
        quantity_milli, cost_minor, 0, 0, 0, 0, 0, 0, 0, 0, 0, quantity_milli, cost_minor, quantity_milli,
    )  # fmt: skip


def accruals_of(receipt: PurchaseReceipt, lines: Sequence[PurchaseReceiptLine]) -> list[PurchaseAccrual]:
    """What the supplier may bill of a receipt: what was accepted or is kept in quarantine, and the freight."""
    parts: list[tuple[int, int | None, int, int]] = []
    if receipt.freight_minor:
        parts.append((FREIGHT_LINE, None, 0, receipt.freight_minor))
    for line in lines:
        kept = line.rejected_milli if line.rejected_to is RejectedTo.QUARANTINE else 0
        if line.accepted_milli or kept:
            cost = line.goods_minor + line.quarantine_minor
            parts.append((line.line_number, line.sku_id, line.accepted_milli + kept, cost))
    return [
        accrued(
            receipt_id=receipt.receipt_id,
            line_number=line_number,
            order_id=receipt.order_id,
            store_id=receipt.store_id,
            supplier_id=receipt.supplier_id,
            currency=receipt.currency,
            sku_id=sku_id,
            received_on=receipt.business_date,
            received_at=receipt.received_at,
            quantity_milli=quantity,
            cost_minor=cost,
        )
        for line_number, sku_id, quantity, cost in parts
    ]


def change_accrual(accrual: PurchaseAccrual, *, quantity_milli: int, cost_minor: int, field: str) -> None:
    """Lets a line have brought more, or less, at another cost than was recorded, which is open to be invoiced.

    Of goods only while nothing of them was invoiced, and no less than is still open: raises SettledAlready. Freight
    that becomes known later is owed whatever was invoiced before.
    """
    freight = accrual.sku_id is None
    open_milli, open_minor = accrual.open_milli + quantity_milli, accrual.open_minor + cost_minor
    if (accrual.invoiced_milli and not freight) or min(open_milli, open_minor) < 0:
        raise SettledAlready(field, receipt_id=accrual.receipt_id, line_number=accrual.line_number)
    accrual.received_milli += quantity_milli
    accrual.received_minor += cost_minor
    accrual.open_milli, accrual.open_minor = open_milli, open_minor
    accrual.returnable_milli += quantity_milli


def spread_return(
    accruals: Sequence[PurchaseAccrual], *, sku: str, quantity_milli: int, field: str
) -> list[tuple[PurchaseAccrual, int]]:
    """Which receipts a quantity goes back of, in the order given; nothing is changed. Raises NothingToReturn."""
    parts = []
    left = quantity_milli
    for accrual in accruals:
        taken = min(left, accrual.returnable_milli)
        if taken > 0:
            parts.append((accrual, taken))
            left -= taken
    if left:
        raise NothingToReturn(field, sku=sku, left=quantity_milli - left, asked=quantity_milli)
    return parts


def take_back(accrual: PurchaseAccrual, *, quantity_milli: int, rounding: Rounding = Rounding.HALF_UP) -> TakenBack:
    """Takes a quantity back, at most what is returnable: first what is not invoiced, the rest at its invoiced price.

    However many parts go back, together they claim what the whole had cost, to the minor unit.
    """
    before_invoice = min(quantity_milli, accrual.open_milli)
    open_minor = _share(accrual.open_minor, before_invoice, accrual.open_milli, rounding)
    after = quantity_milli - before_invoice
    standing = accrual.invoiced_milli - accrual.credited_milli
    debit = _share(accrual.billed_minor - accrual.credited_minor, after, standing, rounding)
    tax = _share(accrual.billed_tax_minor - accrual.credited_tax_minor, after, standing, rounding)
    accrual.returned_milli += before_invoice
    accrual.returned_minor += open_minor
    accrual.open_milli -= before_invoice
    accrual.open_minor -= open_minor
    accrual.credited_milli += after
    accrual.credited_minor += debit
    accrual.credited_tax_minor += tax
    accrual.returnable_milli -= quantity_milli
    return TakenBack(accrual, quantity_milli, open_minor, debit, tax)


def _share(amount: int, part: int, whole: int, rounding: Rounding) -> int:
    """What a part of a quantity bears of an amount; the whole of it bears all."""
    return divide(amount * part, whole, rounding) if part else 0
