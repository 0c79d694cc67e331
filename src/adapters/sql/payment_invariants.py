"""The invariants of payments that providers take, in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.sales.payment import PaymentEventKind, PaymentState
from domain.sales.sale import TenderKind

DOCUMENTS: Final = """
    SELECT settlement_id, 'payment_settlement', store_id, business_date, currency, '', 'PaymentsSettled'
    FROM payment_settlements
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

PAID_OUT: Final = f"""
    SELECT settlement_id AS document_id, '{TenderKind.CARD}' AS tender, -card_minor AS amount_minor
    FROM payment_settlements WHERE card_minor <> 0
    UNION ALL
    SELECT settlement_id, '{TenderKind.WALLET}', -wallet_minor FROM payment_settlements WHERE wallet_minor <> 0
"""
"""What leaves tender clearing because a provider has paid it out: document, tender, amount."""

_TENDERS: Final = Comparison(
    "payment_intents",
    ("payment_id",),
    (
        Pair("amount_minor", "amount", "tendered", "amount of its tender"),
        Pair("same_kind", "tenders of its kind", "expected", "expected"),
        Pair("store_id", "store", "sale_store_id", "store of its sale"),
        Pair("uses", "uses in its history", "expected", "expected"),
    ),
    f"""
    SELECT p.payment_id, p.amount_minor, COALESCE(t.amount_minor, 0) AS tendered,
        CASE WHEN t.kind = p.kind OR (p.order_id IS NOT NULL AND t.kind = '{TenderKind.DEPOSIT}') THEN 1 ELSE 0
        END AS same_kind, p.store_id, COALESCE(s.store_id, 0) AS sale_store_id,
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

_UNUSED: Final = "(p.sale_id IS NULL AND p.order_id IS NULL)"
_DEPOSITS: Final = Comparison(
    "payment_intents",
    ("payment_id",),
    (
        Pair("amount_minor", "amount", "paid_in", "paid in for its order"),
        Pair("entries", "payments in", "expected", "expected"),
        Pair("fitting", "of its kind, order and store", "expected", "expected"),
        Pair("uses", "uses in its history", "expected", "expected"),
    ),
    f"""
    SELECT p.payment_id, p.amount_minor, COALESCE(d.paid_in, 0) AS paid_in, COALESCE(d.entries, 0) AS entries,
        COALESCE(d.fitting, 0) AS fitting, COALESCE(e.uses, 0) AS uses, 1 AS expected
    FROM payment_intents p
    LEFT JOIN (
        SELECT d.payment_id, SUM(d.amount_minor) AS paid_in, count(*) AS entries,
            SUM(CASE WHEN d.kind = i.kind AND d.order_id = i.order_id AND d.store_id = i.store_id THEN 1 ELSE 0 END)
                AS fitting
        FROM order_payments d JOIN payment_intents i ON i.payment_id = d.payment_id
        WHERE d.amount_minor > 0 GROUP BY d.payment_id
    ) AS d ON d.payment_id = p.payment_id
    LEFT JOIN (
        SELECT payment_id, count(*) AS uses FROM payment_events WHERE kind = '{PaymentEventKind.USED}'
        GROUP BY payment_id
    ) AS e ON e.payment_id = p.payment_id
    WHERE p.order_id IS NOT NULL
    """,
)

_REFUNDS: Final = Comparison(
    "payment_refunds",
    ("refund_id",),
    (
        Pair("amount_minor", "amount", "returned", "returned by the tender of its refund, or paid out of its order"),
        Pair("original_sale_id", "sale that had paid what is refunded", "sale_id", "sale of the payment"),
    ),
    # Goods that paid in an exchange stand for the tender by which the customer had paid.
    """
    SELECT r.refund_id, r.amount_minor, COALESCE(-t.amount_minor, -d.amount_minor, 0) AS returned,
        COALESCE(x.paid_sale_id, s.original_sale_id, 0) AS original_sale_id, COALESCE(p.sale_id, 0) AS sale_id
    FROM payment_refunds r
    LEFT JOIN payment_intents p ON p.payment_id = r.payment_id
    LEFT JOIN sales s ON s.sale_id = r.sale_id
    LEFT JOIN exchange_tenders x ON x.sale_id = s.original_sale_id AND x.paid_sale_id = p.sale_id
        AND x.paid_tender_number = p.tender_number
    LEFT JOIN sale_tenders t ON t.sale_id = r.sale_id AND t.tender_number = COALESCE(x.tender_number, p.tender_number)
    LEFT JOIN order_payments d ON d.order_id = p.order_id AND d.document_id = r.sale_id AND d.payment_id = p.payment_id
    """,
)

# What is still due is on its way; what no provider has any more though a sale counts on it stays due, and counts here.
_MONEY: Final = Comparison(
    "payment_intents",
    ("payment_id",),
    (
        Pair("asked", "asked back", "refunds", "asked back by payment_refunds"),
        Pair("kept", "kept by the chain at the provider", "owed", "paid of its sale or order, refunds deducted"),
    ),
    f"""
    SELECT p.payment_id, p.refund_asked_minor AS asked, COALESCE(r.amount_minor, 0) AS refunds,
        p.captured_minor - p.refunded_minor AS kept,
        CASE WHEN {_UNUSED} THEN 0 ELSE p.amount_minor - p.refund_asked_minor END AS owed
    FROM payment_intents p
    LEFT JOIN (
        SELECT payment_id, SUM(amount_minor) AS amount_minor FROM payment_refunds GROUP BY payment_id
    ) AS r ON r.payment_id = p.payment_id
    WHERE p.due_at IS NULL
        OR (NOT {_UNUSED} AND p.state IN ('{PaymentState.DECLINED}', '{PaymentState.VOIDED}'))
        OR (NOT {_UNUSED} AND p.refunded_minor > p.refund_asked_minor)
    """,
)

_SETTLED: Final = Comparison(
    "payment_settlements",
    ("provider", "store_id", "currency"),
    (Pair("paid_out", "paid out by payment_settlements", "settled", "settled of payment_intents"),),
    """
    SELECT provider, store_id, currency, SUM(paid_out) AS paid_out, SUM(settled) AS settled FROM (
        SELECT provider, store_id, currency, card_minor + wallet_minor AS paid_out, 0 AS settled
        FROM payment_settlements
        UNION ALL SELECT provider, store_id, currency, 0, settled_minor FROM payment_intents
    ) AS parts GROUP BY provider, store_id, currency
    """,
)

PAYMENT_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "SAL-payments": (_TENDERS, _DEPOSITS, _REFUNDS, _MONEY, _SETTLED)
}
