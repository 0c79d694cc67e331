"""The invariants of receipts in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

_NUMBERED: Final = Comparison(
    "receipt_prints",
    ("sale_id",),
    (Pair("last", "last number", "prints", "prints"), Pair("found", "documents", "expected", "expected")),
    """
    SELECT p.sale_id, MAX(p.number) AS last, COUNT(*) AS prints, 1 AS expected,
        MAX(CASE WHEN s.sale_id IS NULL THEN 0 ELSE 1 END) AS found
    FROM receipt_prints p LEFT JOIN sales s ON s.sale_id = p.sale_id GROUP BY p.sale_id
    """,
)

_LETTERS: Final = Comparison(
    "receipt_mails",
    ("mail_id",),
    (
        Pair("found", "prints by e-mail", "expected", "expected"),
        Pair("kept", "addresses kept", "wanted", "addresses wanted", "<="),
        Pair("ended", "finished", "closed", "closed"),
    ),
    """
    SELECT m.mail_id, 1 AS expected, CASE WHEN p.sale_id IS NULL THEN 0 ELSE 1 END AS found,
        CASE WHEN LENGTH(m.address_cipher) = 0 THEN 0 ELSE 1 END AS kept,
        CASE WHEN m.state = 'waiting' THEN 1 ELSE 0 END AS wanted,
        CASE WHEN m.finished_at IS NULL THEN 0 ELSE 1 END AS ended,
        CASE WHEN m.state = 'waiting' THEN 0 ELSE 1 END AS closed
    FROM receipt_mails m
    LEFT JOIN receipt_prints p ON p.sale_id = m.sale_id AND p.number = m.print_number AND p.format = 'email'
    """,
)

RECEIPT_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"SAL-receipts": (_NUMBERED, _LETTERS)}
