"""What dealings with suppliers post: goods that go back, invoices and what is paid of them."""

from collections.abc import Mapping

from domain.finance.accounts import (
    ACCOUNTS_PAYABLE,
    BANK,
    COST_OF_GOODS_SOLD,
    GOODS_RECEIVED_NOT_INVOICED,
    INPUT_TAX,
    INVENTORY,
    PURCHASE_DISCOUNTS,
    PURCHASE_PRICE_VARIANCE,
)


def supplier_return_postings(
    *, claim_minor: int, debit_minor: int, debit_tax_minor: int, costs: Mapping[str, int]
) -> list[tuple[str, int]]:
    """The postings of goods that go back; `costs` are those at which they left, by account.

    Of the claim, `debit_minor` was invoiced before and is owed back with its tax; the rest will not be invoiced. What
    the goods had cost beyond the claim is purchase price variance.
    """
    return [
        (GOODS_RECEIVED_NOT_INVOICED.code, claim_minor - debit_minor),
        (ACCOUNTS_PAYABLE.code, debit_minor + debit_tax_minor),
        (INPUT_TAX.code, -debit_tax_minor),
        *[(account, -cost) for account, cost in costs.items()],
        (PURCHASE_PRICE_VARIANCE.code, sum(costs.values()) - claim_minor),
    ]


def supplier_invoice_postings(
    *, accrued_minor: int, tax_minor: int, stock_minor: int, cost_minor: int, variance_minor: int, payable_minor: int
) -> list[tuple[str, int]]:
    """The postings of an invoice, of a credit note with amounts below zero.

    `accrued_minor` was received and is owed now; of the difference to it, `stock_minor` is value of stock, `cost_minor`
    cost of goods sold and the rest purchase price variance.
    """
    return [
        (GOODS_RECEIVED_NOT_INVOICED.code, accrued_minor),
        (INPUT_TAX.code, tax_minor),
        (INVENTORY.code, stock_minor),
        (COST_OF_GOODS_SOLD.code, cost_minor),
        (PURCHASE_PRICE_VARIANCE.code, variance_minor),
        (ACCOUNTS_PAYABLE.code, -payable_minor),
    ]


def supplier_payment_postings(*, amount_minor: int, discount_minor: int) -> list[tuple[str, int]]:
    """The postings of what was paid out of the bank, and of the discount that was kept."""
    return [
        (ACCOUNTS_PAYABLE.code, amount_minor + discount_minor),
        (BANK.code, -amount_minor),
        (PURCHASE_DISCOUNTS.code, -discount_minor),
    ]
