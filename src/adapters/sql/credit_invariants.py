"""The invariants of members' accounts in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import MEMBERS_RECEIVABLE
from domain.sales.sale import TenderKind
from domain.wallet.credit import CreditReason

DOCUMENTS: Final = f"""
    SELECT DISTINCT c.document_id, 'credit_payment', c.store_id, c.business_date, c.currency, '', 'CreditPaid'
    FROM credit_entries c WHERE c.reason = '{CreditReason.PAID}'
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

PAID_ON_ACCOUNT: Final = f"""
    SELECT document_id, tender, -owed_minor AS amount_minor FROM credit_entries WHERE tender <> ''
    UNION ALL
    SELECT document_id, '{TenderKind.ON_ACCOUNT}', owed_minor FROM credit_entries WHERE tender <> ''
"""
"""What tender clearing holds by payments on account, and what leaves the receivable: document, tender, amount."""

_ACCOUNTS: Final = Comparison(
    "credit_accounts",
    ("member_id", "currency"),
    (
        Pair("owed", "owed", "moved", "owed by entries"),
        Pair("allowed", "limit", "changed", "limit by entries"),
    ),
    """
    SELECT member_id, currency, SUM(owed) AS owed, SUM(moved) AS moved, SUM(allowed) AS allowed, SUM(changed) AS changed
    FROM (
        SELECT member_id, currency, owed_minor AS owed, 0 AS moved, limit_minor AS allowed, 0 AS changed
        FROM credit_accounts
        UNION ALL SELECT member_id, currency, 0, owed_minor, 0, limit_minor FROM credit_entries
    ) AS parts GROUP BY member_id, currency
    """,
)

_RECEIVABLE: Final = Comparison(
    "stores",
    ("store_id", "currency"),
    (Pair("posted", f"account {MEMBERS_RECEIVABLE.code}", "moved", "owed by credit_entries"),),
    f"""
    SELECT store_id, currency, SUM(posted) AS posted, SUM(moved) AS moved FROM (
        SELECT e.store_id, e.currency, p.amount_minor AS posted, 0 AS moved
        FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
        WHERE p.account_code = '{MEMBERS_RECEIVABLE.code}'
        UNION ALL SELECT store_id, currency, 0, owed_minor FROM credit_entries
    ) AS parts GROUP BY store_id, currency
    """,
)

_CHARGED: Final = Comparison(
    "sale_tenders",
    ("sale_id",),
    (Pair("paid", "paid on account", "charged", "charged by credit_entries"),),
    f"""
    SELECT sale_id, SUM(paid) AS paid, SUM(charged) AS charged FROM (
        SELECT sale_id, amount_minor AS paid, 0 AS charged FROM sale_tenders WHERE kind = '{TenderKind.ON_ACCOUNT}'
        UNION ALL
        SELECT document_id, 0, owed_minor FROM credit_entries
        WHERE reason IN ('{CreditReason.CHARGED}', '{CreditReason.CHARGE_REVERSED}')
    ) AS parts GROUP BY sale_id
    """,
)

CREDIT_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"MEM-credit": (_ACCOUNTS, _RECEIVABLE, _CHARGED)}
