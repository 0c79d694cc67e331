"""The invariants of vouchers of others, in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.sales.sale import SaleKind, TenderKind
from domain.sales.voucher import VoucherEntryKind

_SIGNED: Final = f"CASE WHEN kind = '{VoucherEntryKind.PAID}' THEN 1 ELSE -1 END"

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "SAL-vouchers": (
        Comparison(
            "voucher_entries",
            ("issuer", "voucher_number"),
            (
                Pair("made", "entries", "highest", "highest number"),
                Pair("in_turn", "sales that it pays for after each entry", "counted", "payments less returns"),
            ),
            f"""
            SELECT issuer, voucher_number, COUNT(*) AS made, MAX(number) AS highest, SUM(holding) AS in_turn,
                SUM(counted) AS counted
            FROM (
                SELECT issuer, voucher_number, number, holding,
                    SUM({_SIGNED}) OVER (PARTITION BY issuer, voucher_number ORDER BY number) AS counted
                FROM voucher_entries
            ) AS running GROUP BY issuer, voucher_number
            """,
        ),
        Comparison(
            "sale_tenders",
            ("sale_id", "tender_number"),
            (Pair("held", "held by the tender", "paid", "vouchers that pay it"),),
            f"""
            SELECT t.sale_id, t.tender_number,
                CASE WHEN t.amount_minor + COALESCE(r.amount_minor, 0) > 0 THEN 1 ELSE 0 END AS held,
                COALESCE(v.paid, 0) AS paid
            FROM sale_tenders t
            JOIN sales s ON s.sale_id = t.sale_id AND s.kind = '{SaleKind.SALE}'
            LEFT JOIN (
                SELECT COALESCE(x.paid_sale_id, b.original_sale_id) AS paid_sale_id,
                    COALESCE(x.paid_tender_number, t.tender_number) AS tender_number,
                    SUM(t.amount_minor) AS amount_minor
                FROM sale_tenders t JOIN sales b ON b.sale_id = t.sale_id AND b.original_sale_id IS NOT NULL
                LEFT JOIN exchange_tenders x ON x.sale_id = b.original_sale_id AND x.tender_number = t.tender_number
                WHERE t.kind = '{TenderKind.VOUCHER}' GROUP BY 1, 2
            ) AS r ON r.paid_sale_id = t.sale_id AND r.tender_number = t.tender_number
            LEFT JOIN (
                SELECT sale_id, tender_number, SUM({_SIGNED}) AS paid FROM voucher_entries
                GROUP BY sale_id, tender_number
            ) AS v ON v.sale_id = t.sale_id AND v.tender_number = t.tender_number
            WHERE t.kind = '{TenderKind.VOUCHER}'
            """,
        ),
    )
}
