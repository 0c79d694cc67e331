"""The invariants of baskets that are put aside, in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.sales.parking import ParkedEndReason

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "SAL-parked": (
        Comparison(
            "parked_basket_ends",
            ("basket_id",),
            (
                Pair("found", "baskets", "expected", "expected"),
                Pair("held", "quantity", "parted", "quantity of its parts"),
            ),
            f"""
            SELECT e.basket_id, CASE WHEN b.basket_id IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected,
                CASE WHEN e.reason = '{ParkedEndReason.SPLIT}' THEN b.quantity_milli ELSE 0 END AS held,
                COALESCE(p.parted, 0) AS parted
            FROM parked_basket_ends e
            LEFT JOIN parked_baskets b ON b.basket_id = e.basket_id
            LEFT JOIN (
                SELECT split_from, SUM(quantity_milli) AS parted FROM parked_baskets
                WHERE split_from IS NOT NULL GROUP BY split_from
            ) p ON p.split_from = e.basket_id
            """,
        ),
        Comparison(
            "parked_baskets",
            ("basket_id",),
            (Pair("found", "splits of what it is a part of", "expected", "expected"),),
            f"""
            SELECT p.basket_id, CASE WHEN e.basket_id IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected
            FROM parked_baskets p
            LEFT JOIN parked_basket_ends e ON e.basket_id = p.split_from AND e.reason = '{ParkedEndReason.SPLIT}'
            WHERE p.split_from IS NOT NULL
            """,
        ),
    )
}
