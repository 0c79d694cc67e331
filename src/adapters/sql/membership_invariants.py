"""The invariants of paid memberships in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import MEMBERSHIP_LIABILITY

DOCUMENTS: Final = """
    SELECT p.entry_id, 'membership', p.store_id, p.business_date, p.currency, '', 'MembershipMoved'
    FROM membership_entries p
"""
"""What has a journal entry."""

MEMBERSHIP_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "LVL-paid": (
        Comparison(
            "stores",
            ("store_id", "currency"),
            (
                Pair("account", f"account {MEMBERSHIP_LIABILITY.code}", "moved", "values of membership_entries"),
                Pair("waiting", "revenue that waits", "moved", "values of membership_entries"),
            ),
            f"""
            SELECT store_id, currency, -SUM(posted) AS account, SUM(moved) AS moved, SUM(waiting) AS waiting FROM (
                SELECT e.store_id, e.currency, p.amount_minor AS posted, 0 AS moved, 0 AS waiting
                FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
                WHERE p.account_code = '{MEMBERSHIP_LIABILITY.code}'
                UNION ALL SELECT store_id, currency, 0, value_minor, 0 FROM membership_entries
                UNION ALL SELECT store_id, currency, 0, 0, value_minor - released_minor FROM paid_memberships
            ) AS parts GROUP BY store_id, currency
            """,
        ),
        Comparison(
            "paid_memberships",
            ("membership_id",),
            (
                Pair("value", "value", "moved", "values sold and returned"),
                Pair("settled", "nothing waits once it has ended", "expected", "expected"),
            ),
            """
            SELECT m.membership_id, m.value_minor AS value, COALESCE(e.moved, 0) AS moved, 1 AS expected,
                CASE WHEN m.ended AND m.value_minor <> m.released_minor THEN 0 ELSE 1 END AS settled
            FROM paid_memberships m LEFT JOIN (
                SELECT membership_id, SUM(value_minor) AS moved FROM membership_entries
                WHERE membership_id <> 0 GROUP BY membership_id
            ) e ON e.membership_id = m.membership_id
            """,
        ),
    ),
}
