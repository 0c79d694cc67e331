"""What dealings with suppliers post: goods that go back, invoices and what is paid of them."""

from collections.abc import Mapping

from domain.finance.accounts import (
    ACCOUNTS_PAYABLE,
    GOODS_RECEIVED_NOT_INVOICED,
    INPUT_TAX,
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
