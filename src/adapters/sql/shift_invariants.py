"""The invariants of shifts in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.sales.sale import TenderKind

DOCUMENTS: Final = """
    SELECT k.entry_id, 'cash_move', k.store_id, k.business_date, k.currency, '', 'CashMoved'
    FROM shift_entries k WHERE k.amount_minor <> 0
    UNION ALL
    SELECT z.shift_id, 'shift_close', z.store_id, z.business_date, z.currency, '', 'ShiftClosed'
    FROM shift_closes z
    WHERE EXISTS (SELECT 1 FROM shift_totals v WHERE v.shift_id = z.shift_id AND v.variance_minor <> 0)
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

COUNTED_AT_TILLS: Final = f"""
    SELECT entry_id AS document_id, '{TenderKind.CASH}' AS tender, amount_minor FROM shift_entries
    WHERE amount_minor <> 0
    UNION ALL
    SELECT shift_id, tender, variance_minor FROM shift_totals WHERE variance_minor <> 0
"""
"""What tender clearing holds by cash that was moved, and by what counts differed: document, tender, amount."""

APPROVED: Final = """
    SELECT entry_id, store_id, request_id, caller_id, staff_id, posted_at FROM shift_entries
    UNION ALL
    SELECT shift_id, store_id, request_id, caller_id, staff_id, posted_at FROM shift_closes
"""
"""Documents of tills that a second person may approve."""

_CLOSED: Final = Comparison(
    "shifts",
    ("shift_id",),
    (
        Pair("ended", "closed", "reports", "Z reports"),
        Pair("before", "open or closed in time", "expected", "expected"),
        Pair("numbered", "shifts up to its number", "number", "number"),
    ),
    """
    SELECT s.shift_id, CASE WHEN s.closed_at IS NULL THEN 0 ELSE 1 END AS ended, COALESCE(z.reports, 0) AS reports,
        CASE WHEN s.closed_at IS NULL OR s.closed_at >= s.opened_at THEN 1 ELSE 0 END AS before, 1 AS expected,
        n.numbered, s.number
    FROM shifts s
    LEFT JOIN (SELECT shift_id, COUNT(*) AS reports FROM shift_closes GROUP BY shift_id) z ON z.shift_id = s.shift_id
    JOIN (
        SELECT shift_id, ROW_NUMBER() OVER (PARTITION BY terminal_id ORDER BY opened_at, number) AS numbered FROM shifts
    ) n ON n.shift_id = s.shift_id
    """,
)

_TOTALS: Final = Comparison(
    "shift_totals",
    ("shift_id", "tender"),
    (
        Pair("variance", "variance", "differs", "counted less expected and unsent"),
        Pair("expected_minor", "expected", "comes_to", "float, taken and moved"),
    ),
    f"""
    SELECT t.shift_id, t.tender, t.variance_minor AS variance, t.expected_minor,
        CASE WHEN t.counted THEN t.counted_minor - t.expected_minor - t.unsent_minor ELSE 0 END AS differs,
        t.taken_minor + CASE t.tender WHEN '{TenderKind.CASH}' THEN s.float_minor + COALESCE(m.moved, 0) ELSE 0 END
            AS comes_to
    FROM shift_totals t JOIN shifts s ON s.shift_id = t.shift_id
    LEFT JOIN (SELECT shift_id, SUM(amount_minor) AS moved FROM shift_entries GROUP BY shift_id) m
        ON m.shift_id = t.shift_id
    """,
)

_WITHIN: Final = Comparison(
    "shift_entries",
    ("shift_id", "entry_id"),
    (Pair("within", "of an open shift, in its store", "expected", "expected"),),
    """
    SELECT e.shift_id, e.entry_id, 1 AS expected,
        CASE WHEN s.store_id = e.store_id AND e.posted_at >= s.opened_at
            AND (s.closed_at IS NULL OR e.posted_at <= s.closed_at) THEN 1 ELSE 0 END AS within
    FROM shift_entries e LEFT JOIN shifts s ON s.shift_id = e.shift_id
    """,
)

_DAYS: Final = (
    Comparison(
        "day_closes",
        ("store_id", "business_date"),
        (Pair("open", "shifts open after it", "expected", "expected"),),
        """
        SELECT d.store_id, d.business_date, COUNT(s.shift_id) AS open, 0 AS expected
        FROM day_closes d LEFT JOIN shifts s ON s.store_id = d.store_id AND s.business_date = d.business_date
            AND (s.closed_at IS NULL OR s.closed_at > d.posted_at)
        GROUP BY d.store_id, d.business_date
        """,
    ),
    Comparison(
        "day_totals",
        ("store_id", "business_date", "tender"),
        (Pair("difference", "counted less books", "told", "named and unexplained"),),
        """
        SELECT store_id, business_date, tender, counted_minor - books_minor AS difference,
            named_minor + unexplained_minor AS told
        FROM day_totals
        """,
    ),
)

SHIFT_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "SAL-shifts": (_CLOSED, _TOTALS, _WITHIN),
    "SAL-days": _DAYS,
}
