"""The invariants of payments that providers take, in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.sales.payment import PaymentEventKind, PaymentState

_TENDERS: Final = Comparison(
    "payment_intents",
    ("payment_id",),
    (
        Pair("amount_minor", "amount", "tendered", "amount of its tender"),
        Pair("kind", "kind", "tender_kind", "kind of its tender"),
        Pair("store_id", "store", "sale_store_id", "store of its sale"),
        Pair("uses", "uses in its history", "expected", "expected"),
    ),
    f"""
    SELECT p.payment_id, p.amount_minor, COALESCE(t.amount_minor, 0) AS tendered, p.kind,
        COALESCE(t.kind, '') AS tender_kind, p.store_id, COALESCE(s.store_id, 0) AS sale_store_id,
        COALESCE(e.uses, 0) AS uses, 1 AS expected
    FROM payment_intents p
    LEFT JOIN sale_tenders t ON t.sale_id = p.sale_id AND t.tender_number = p.tender_number
    LEFT JOIN sales s ON s.sale_id = p.sale_id
    LEFT JOIN (
        SELECT payment_id, count(*) AS uses FROM payment_events WHERE kind = '{PaymentEventKind.USED}'
        GROUP BY payment_id
    ) AS e ON e.payment_id = p.payment_id
    WHERE p.sale_id IS NOT NULL
    """,
)

_REFUNDS: Final = Comparison(
    "payment_refunds",
    ("refund_id",),
    (
        Pair("amount_minor", "amount", "returned", "returned by the tender of its refund"),
        Pair("original_sale_id", "sale that is refunded", "sale_id", "sale of the payment"),
    ),
    """
    SELECT r.refund_id, r.amount_minor, COALESCE(-t.amount_minor, 0) AS returned,
        COALESCE(s.original_sale_id, 0) AS original_sale_id, COALESCE(p.sale_id, 0) AS sale_id
    FROM payment_refunds r
    LEFT JOIN payment_intents p ON p.payment_id = r.payment_id
    LEFT JOIN sales s ON s.sale_id = r.sale_id
    LEFT JOIN sale_tenders t ON t.sale_id = r.sale_id AND t.tender_number = p.tender_number
    """,
)

# What is still due is on its way; what no provider has any more though a sale counts on it stays due, and counts here.
_MONEY: Final = Comparison(
    "payment_intents",
    ("payment_id",),
    (
        Pair("asked", "asked back", "refunds", "asked back by payment_refunds"),
        Pair("kept", "kept by the chain at the provider", "owed", "paid of its sale, refunds deducted"),
    ),
    f"""
    SELECT p.payment_id, p.refund_asked_minor AS asked, COALESCE(r.amount_minor, 0) AS refunds,
        p.captured_minor - p.refunded_minor AS kept,
        CASE WHEN p.sale_id IS NULL THEN 0 ELSE p.amount_minor - p.refund_asked_minor END AS owed
    FROM payment_intents p
    LEFT JOIN (
        SELECT payment_id, SUM(amount_minor) AS amount_minor FROM payment_refunds GROUP BY payment_id
    ) AS r ON r.payment_id = p.payment_id
    WHERE p.due_at IS NULL
        OR (p.sale_id IS NOT NULL AND p.state IN ('{PaymentState.DECLINED}', '{PaymentState.VOIDED}'))
    """,
)

PAYMENT_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"SAL-payments": (_TENDERS, _REFUNDS, _MONEY)}
