"""The invariants of customers' orders in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import CUSTOMER_DEPOSITS
from domain.sales.sale import TenderKind

_OUTSIDE_SALES: Final = "FROM order_payments d JOIN orders o ON o.order_id = d.order_id WHERE"
_NOT_OF_SALE: Final = "(o.sale_id IS NULL OR d.document_id <> o.sale_id)"

DOCUMENTS: Final = f"""
    SELECT DISTINCT d.document_id, 'order_payment', d.store_id, d.business_date, d.currency, o.channel, 'OrderPaid'
    {_OUTSIDE_SALES} {_NOT_OF_SALE}
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

PAID_FOR_ORDERS: Final = f"""
    SELECT d.document_id, d.kind AS tender, d.amount_minor {_OUTSIDE_SALES} {_NOT_OF_SALE}
    UNION ALL
    SELECT d.document_id, '{TenderKind.DEPOSIT}', -d.amount_minor {_OUTSIDE_SALES} {_NOT_OF_SALE}
"""
"""What tender clearing holds by deposits, and what is owed for them: document, tender, amount."""

_PAID: Final = Comparison(
    "orders",
    ("order_id",),
    (
        Pair("paid", "paid", "moved", "of order_payments"),
        Pair("events", "events", "numbered", "highest number"),
    ),
    """
    SELECT order_id, SUM(paid) AS paid, SUM(moved) AS moved, SUM(events) AS events, SUM(numbered) AS numbered
    FROM (
        SELECT order_id, paid_minor AS paid, 0 AS moved, 0 AS events, 0 AS numbered FROM orders
        UNION ALL SELECT order_id, 0, amount_minor, 0, 0 FROM order_payments
        UNION ALL SELECT order_id, 0, 0, COUNT(*), MAX(number) FROM order_events GROUP BY order_id
    ) AS parts GROUP BY order_id
    """,
)

_OWED: Final = Comparison(
    "stores",
    ("store_id", "currency"),
    (Pair("posted", f"account {CUSTOMER_DEPOSITS.code}", "owed", "paid of orders"),),
    f"""
    SELECT store_id, currency, SUM(posted) AS posted, SUM(owed) AS owed FROM (
        SELECT e.store_id, e.currency, p.amount_minor AS posted, 0 AS owed
        FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
        WHERE p.account_code = '{CUSTOMER_DEPOSITS.code}'
        UNION ALL SELECT store_id, currency, 0, -paid_minor FROM orders
    ) AS parts GROUP BY store_id, currency
    """,
)

_USED: Final = Comparison(
    "sale_tenders",
    ("sale_id",),
    (Pair("used", "paid by deposits", "paid", "used up of order_payments"),),
    f"""
    SELECT sale_id, SUM(used) AS used, SUM(paid) AS paid FROM (
        SELECT sale_id, amount_minor AS used, 0 AS paid FROM sale_tenders WHERE kind = '{TenderKind.DEPOSIT}'
        UNION ALL
        SELECT o.sale_id, 0, -d.amount_minor {_OUTSIDE_SALES} d.document_id = o.sale_id
    ) AS parts GROUP BY sale_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"SAL-orders": (_PAID, _OWED, _USED)}
