"""The invariants in SQL. Each comparison yields one row per key with the figures that must agree.

Plain SQL, because a proof is to be read: everything here runs on SQLite and on PostgreSQL, apart from what `_JSON_SUM`
says. Tables are summed before they are joined, so that every table is passed once.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair, posted
from adapters.sql.count_invariants import DOCUMENTS as COUNT_DOCUMENTS
from adapters.sql.coupon_invariants import COUPONS
from adapters.sql.credit_invariants import DOCUMENTS as CREDIT_DOCUMENTS
from adapters.sql.credit_invariants import PAID_ON_ACCOUNT
from adapters.sql.drop_ship_invariants import DOCUMENTS as DROP_SHIP_DOCUMENTS
from adapters.sql.exemption_invariants import EXEMPTIONS
from adapters.sql.layer_invariants import DOCUMENTS as COST_DOCUMENTS
from adapters.sql.marketing_invariants import DOCUMENTS as MARKETING_DOCUMENTS
from adapters.sql.member_invariants import DOCUMENTS as MERGE_DOCUMENTS
from adapters.sql.membership_invariants import DOCUMENTS as MEMBERSHIP_DOCUMENTS
from adapters.sql.order_invariants import DOCUMENTS as ORDER_DOCUMENTS
from adapters.sql.order_invariants import PAID_FOR_ORDERS
from adapters.sql.payment_invariants import DOCUMENTS as PAYMENT_DOCUMENTS
from adapters.sql.payment_invariants import PAID_OUT
from adapters.sql.points_invariants import DOCUMENTS as POINTS_DOCUMENTS
from adapters.sql.points_invariants import POINTS
from adapters.sql.reference_invariants import REFERENCES
from adapters.sql.return_invariants import RETURNS
from adapters.sql.settlement_invariants import DOCUMENTS as SETTLEMENT_DOCUMENTS
from adapters.sql.shift_invariants import COUNTED_AT_TILLS
from adapters.sql.shift_invariants import DOCUMENTS as SHIFT_DOCUMENTS
from adapters.sql.shipment_invariants import DOCUMENTS as SHIPMENT_DOCUMENTS
from adapters.sql.statements import listed
from adapters.sql.stock_invariants import DOCUMENTS as STOCK_DOCUMENTS
from adapters.sql.supplier_invoice_invariants import DOCUMENTS as SUPPLIER_INVOICE_DOCUMENTS
from adapters.sql.supplier_return_invariants import DOCUMENTS as SUPPLIER_RETURN_DOCUMENTS
from adapters.sql.transfer_invariants import DOCUMENTS as TRANSFER_DOCUMENTS
from adapters.sql.wallet_invariants import DOCUMENTS as WALLET_DOCUMENTS
from adapters.sql.wallet_invariants import PAID_OVER_THE_COUNTER
from domain.finance.accounts import (
    CASH,
    CASH_ROUNDING,
    CLEARING_BY_TENDER,
    COST_OF_GOODS_SOLD,
    GOODS_RECEIVED_NOT_INVOICED,
    INVENTORY,
    OUTPUT_TAX,
    POINTS_LIABILITY,
    SALES_REVENUE,
)
from domain.inventory.stock import MovementReason
from domain.loyalty.ledger import PointsReason
from domain.sales.sale import SaleKind

_DOCUMENTS: Final = f"""
    SELECT sale_id AS document_id, kind AS document_kind, store_id, business_date, currency, channel,
        CASE kind WHEN '{SaleKind.SALE}' THEN 'SaleCompleted' ELSE 'SaleReversed' END AS topic
    FROM sales
    UNION ALL
    SELECT receipt_id, 'goods_receipt', r.store_id, business_date, s.currency, '', 'GoodsReceived'
    FROM goods_receipts r JOIN stores s ON s.store_id = r.store_id
    UNION ALL
    SELECT assembly_id, 'assembly', a.store_id, a.business_date, s.currency, '', 'GoodsAssembled'
    FROM assemblies a JOIN stores s ON s.store_id = a.store_id WHERE a.cost_correction_minor <> 0
    UNION ALL {COST_DOCUMENTS}
    UNION ALL {COUNT_DOCUMENTS}
    UNION ALL {SHIPMENT_DOCUMENTS}
    UNION ALL {DROP_SHIP_DOCUMENTS}
    UNION ALL {MARKETING_DOCUMENTS}
    UNION ALL {POINTS_DOCUMENTS}
    UNION ALL {WALLET_DOCUMENTS}
    UNION ALL {SETTLEMENT_DOCUMENTS}
    UNION ALL {CREDIT_DOCUMENTS}
    UNION ALL {ORDER_DOCUMENTS}
    UNION ALL {PAYMENT_DOCUMENTS}
    UNION ALL {SHIFT_DOCUMENTS}
    UNION ALL {STOCK_DOCUMENTS}
    UNION ALL {MERGE_DOCUMENTS}
    UNION ALL {MEMBERSHIP_DOCUMENTS}
    UNION ALL {TRANSFER_DOCUMENTS}
    UNION ALL {SUPPLIER_RETURN_DOCUMENTS}
    UNION ALL {SUPPLIER_INVOICE_DOCUMENTS}
"""

_BY_ENTRY: Final = """
    SELECT entry_id,
        SUM(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END) AS debit,
        SUM(CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END) AS credit
    FROM postings GROUP BY entry_id
"""

_BALANCED: Final = (
    Comparison(
        "journal_entries",
        ("entry_id",),
        (Pair("debit", "debits", "credit", "credits"), Pair("found", "headers", "expected", "expected")),
        f"""
        SELECT p.entry_id, p.debit, p.credit, CASE WHEN e.entry_id IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected
        FROM ({_BY_ENTRY}) p LEFT JOIN journal_entries e ON e.entry_id = p.entry_id
        """,
    ),
    Comparison(
        "trial balance",
        ("store_id", "business_date", "currency"),
        (Pair("debit", "debits", "credit", "credits"),),
        f"""
        SELECT e.store_id, e.business_date, e.currency, SUM(p.debit) AS debit, SUM(p.credit) AS credit
        FROM ({_BY_ENTRY}) p JOIN journal_entries e ON e.entry_id = p.entry_id
        GROUP BY e.store_id, e.business_date, e.currency
        """,
    ),
)

_INVENTORY: Final = (
    Comparison(
        "stores",
        ("store_id",),
        (Pair("account", f"account {INVENTORY.code}", "levels", "value of stock_levels"),),
        f"""
        SELECT store_id, SUM(account) AS account, SUM(levels) AS levels FROM (
            SELECT e.store_id, p.amount_minor AS account, 0 AS levels
            FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
            WHERE p.account_code = '{INVENTORY.code}'
            UNION ALL SELECT location_id, 0, value_minor FROM stock_levels
        ) AS parts GROUP BY store_id
        """,
    ),
    Comparison(
        "documents",
        ("document_id",),
        (Pair("account", f"account {INVENTORY.code}", "moved", "value of stock_movements"),),
        f"""
        SELECT document_id, SUM(account) AS account, SUM(moved) AS moved FROM (
            SELECT e.document_id, p.amount_minor AS account, 0 AS moved
            FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
            WHERE p.account_code = '{INVENTORY.code}'
            UNION ALL
            SELECT document_id, 0, SUM(value_minor) FROM stock_movements GROUP BY document_id
        ) AS parts GROUP BY document_id
        """,
    ),
)

_STOCK: Final = (
    Comparison(
        "stock_levels",
        ("location_id", "sku_id"),
        (Pair("on_hand", "on hand", "moved", "moved"), Pair("value", "value", "moved_value", "value moved")),
        """
        SELECT m.location_id, m.sku_id, l.on_hand_milli AS on_hand, m.moved, l.value_minor AS value, m.moved_value
        FROM (
            SELECT location_id, sku_id, SUM(quantity_milli) AS moved, SUM(value_minor) AS moved_value
            FROM stock_movements GROUP BY location_id, sku_id
        ) m LEFT JOIN stock_levels l ON l.location_id = m.location_id AND l.sku_id = m.sku_id
        """,
    ),
    Comparison(
        "stock_levels",
        ("location_id", "sku_id"),
        (
            Pair("found", "movements", "expected", "at least"),
            Pair("zero", "least allowed", "reserved", "reserved", "<="),
            Pair("value_of_nothing", "value of nothing on hand", "zero", "expected"),
        ),
        """
        SELECT l.location_id, l.sku_id, l.reserved_milli AS reserved, 0 AS zero, 1 AS expected,
            CASE WHEN l.on_hand_milli = 0 AND l.value_minor = 0 THEN 1
                WHEN EXISTS (SELECT 1 FROM stock_movements m
                    WHERE m.location_id = l.location_id AND m.sku_id = l.sku_id) THEN 1 ELSE 0 END AS found,
            CASE WHEN l.on_hand_milli = 0 THEN l.value_minor ELSE 0 END AS value_of_nothing
        FROM stock_levels l
        """,
    ),
)

_POINTS: Final = (
    Comparison(
        "points_accounts",
        ("member_id",),
        (
            Pair("balance", "balance", "moved", "points of entries"),
            Pair("balance", "balance", "lots", "points of lots"),
            Pair("debt", "debt", "owed", "points of lots below zero"),
        ),
        """
        SELECT member_id, SUM(balance) AS balance, SUM(moved) AS moved, SUM(lots) AS lots, SUM(debt) AS debt,
            SUM(owed) AS owed
        FROM (
            SELECT member_id, points_balance AS balance, 0 AS moved, 0 AS lots, points_debt AS debt, 0 AS owed
            FROM points_accounts
            UNION ALL SELECT member_id, 0, points, 0, 0, 0 FROM points_entries
            UNION ALL SELECT member_id, 0, 0, points, 0, CASE WHEN points < 0 THEN -points ELSE 0 END FROM points_lots
        ) AS parts GROUP BY member_id
        """,
    ),
    Comparison(
        "points_lots",
        ("lot_id",),
        (
            Pair("points", "points", "moved", "points of entries"),
            Pair("value", "value", "moved_value", "value of entries"),
            Pair("value_of_nothing", "value of an empty lot or a debt", "zero", "expected"),
        ),
        """
        SELECT lot_id, SUM(points) AS points, SUM(moved) AS moved, SUM(value) AS value,
            SUM(moved_value) AS moved_value, CASE WHEN SUM(points) <= 0 THEN SUM(value) ELSE 0 END AS value_of_nothing,
            0 AS zero
        FROM (
            SELECT lot_id, points, value_minor AS value, 0 AS moved, 0 AS moved_value FROM points_lots
            UNION ALL SELECT lot_id, 0, 0, points, value_minor FROM points_entries
        ) AS parts GROUP BY lot_id
        """,
    ),
    Comparison(
        "stores",
        ("store_id", "business_date"),
        (Pair("account", f"account {POINTS_LIABILITY.code}", "moved", "value of points_entries"),),
        # By day, so that the figures of points tie to the trial balance of any period.
        f"""
        SELECT store_id, business_date, -SUM(posted) AS account, SUM(moved) AS moved FROM (
            SELECT e.store_id, e.business_date, p.amount_minor AS posted, 0 AS moved
            FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
            WHERE p.account_code = '{POINTS_LIABILITY.code}'
            UNION ALL SELECT store_id, business_date, 0, value_minor FROM points_entries
            UNION ALL SELECT store_id, business_date, 0, points_minor FROM settlement_documents
        ) AS parts GROUP BY store_id, business_date
        """,
    ),
    *POINTS,
)

_VISITED: Final = (
    Comparison(
        "points_accounts",
        ("member_id",),
        (Pair("visits", "visits", "sold", "sales less voids"),),
        f"""
        SELECT member_id, SUM(visits) AS visits, SUM(sold) AS sold FROM (
            SELECT member_id, visits, 0 AS sold FROM points_accounts
            UNION ALL
            SELECT COALESCE(m.merged_into, s.member_id), 0,
                CASE s.kind WHEN '{SaleKind.SALE}' THEN 1 WHEN '{SaleKind.VOID}' THEN -1 ELSE 0 END
            FROM sales s LEFT JOIN members m ON m.member_id = s.member_id WHERE s.member_id IS NOT NULL
        ) AS parts GROUP BY member_id
        """,
    ),
)

_SALES: Final = (
    Comparison(
        "sales",
        ("sale_id",),
        (
            Pair("tendered", "tenders less change", "due", "total plus rounding and tip"),
            Pair("parts", "net plus tax", "total", "total"),
            Pair("gross", "gross", "lines_gross", "gross of lines"),
            Pair("discount", "discount", "lines_discount", "discount of lines"),
            Pair("net", "net", "lines_net", "net of lines"),
            Pair("tax", "tax", "lines_tax", "tax of lines"),
            Pair("total", "total", "lines_total", "total of lines"),
            Pair("earned", "points earned", "lines_earned", "points earned by lines"),
            Pair("earned", "points earned", "entries_earned", "points earned by points_entries"),
            Pair("redeemed", "points redeemed", "tenders_redeemed", "points of tenders"),
            Pair("redeemed", "points redeemed", "entries_redeemed", "points redeemed by points_entries"),
        ),
        # A reversal takes back at most the points that its lines had earned: those already spent are a shortfall.
        f"""
        SELECT s.sale_id, COALESCE(t.amount, 0) - s.change_minor AS tendered,
            s.total_minor + s.rounding_minor + COALESCE(s.tip_minor, 0) AS due,
            s.net_minor + s.tax_minor AS parts, s.total_minor AS total, s.gross_minor AS gross,
            s.discount_minor AS discount, s.net_minor AS net, s.tax_minor AS tax,
            s.points_earned AS earned, s.points_redeemed AS redeemed, l.gross AS lines_gross,
            l.discount AS lines_discount, l.net AS lines_net, l.tax AS lines_tax, l.total AS lines_total,
            l.earned AS lines_earned, COALESCE(t.points, 0) AS tenders_redeemed,
            CASE WHEN s.kind <> '{SaleKind.SALE}' AND COALESCE(p.reversed, 0) BETWEEN s.points_earned AND 0
                THEN s.points_earned ELSE COALESCE(p.earned, 0) + COALESCE(p.reversed, 0) END AS entries_earned,
            -COALESCE(p.redeemed, 0) AS entries_redeemed
        FROM sales s
        LEFT JOIN (
            SELECT sale_id, SUM(gross_minor) AS gross, SUM(discount_minor) AS discount, SUM(net_minor) AS net,
                SUM(tax_minor) AS tax, SUM(total_minor) AS total, SUM(points_earned) AS earned
            FROM sale_lines GROUP BY sale_id
        ) l ON l.sale_id = s.sale_id
        LEFT JOIN (
            SELECT sale_id, SUM(amount_minor) AS amount, SUM(points) AS points FROM sale_tenders GROUP BY sale_id
        ) t ON t.sale_id = s.sale_id
        LEFT JOIN (
            SELECT sale_id, SUM(CASE WHEN reason = '{PointsReason.EARNED}' THEN points ELSE 0 END) AS earned,
                SUM(CASE WHEN reason IN ('{PointsReason.EARN_REVERSED}', '{PointsReason.OWED}')
                    THEN points ELSE 0 END) AS reversed,
                SUM(CASE WHEN reason IN ('{PointsReason.REDEEMED}', '{PointsReason.REDEEM_REVERSED}')
                    THEN points ELSE 0 END) AS redeemed
            FROM points_entries GROUP BY sale_id
        ) p ON p.sale_id = s.sale_id
        """,
    ),
    Comparison(
        "sale_lines",
        ("sale_id", "line_number"),
        (
            Pair("parts", "net plus tax", "total", "total"),
            Pair("discount", "discount", "explained", "sum of discounts"),
            Pair("tax", "tax", "taxed", "sum of taxes"),
            Pair("after_discount", "gross less discount", "priced", "total"),
        ),
        # A price includes the tax or it does not: what is left after the discount is the total or the net amount.
        """
        SELECT sale_id, line_number, net_minor + tax_minor AS parts, total_minor AS total, discount_minor AS discount,
            json_sum(discounts, amount_minor) AS explained, tax_minor AS tax, json_sum(taxes, tax_minor) AS taxed,
            gross_minor - discount_minor AS after_discount,
            CASE WHEN gross_minor - discount_minor = net_minor THEN net_minor ELSE total_minor END AS priced
        FROM sale_lines
        """,
    ),
)

_RETURNS: Final = (
    Comparison(
        "sale_lines",
        ("sale_id", "line_number"),
        (
            Pair("back_quantity", "quantity taken back", "quantity", "sold", "<="),
            Pair("back_gross", "gross taken back", "gross", "sold", "<="),
            Pair("back_discount", "discount taken back", "discount", "sold", "<="),
            Pair("back_net", "net taken back", "net", "sold", "<="),
            Pair("back_tax", "tax taken back", "tax", "sold", "<="),
            Pair("back_earned", "points taken back", "earned", "earned", "<="),
            Pair("back_deferred", "deferral taken back", "deferred", "deferred", "<="),
        ),
        """
        SELECT b.sale_id, b.line_number, b.quantity AS back_quantity, b.gross AS back_gross,
            b.discount AS back_discount, b.net AS back_net, b.tax AS back_tax, b.earned AS back_earned,
            b.deferred AS back_deferred, o.quantity_milli AS quantity, o.gross_minor AS gross,
            o.discount_minor AS discount, o.net_minor AS net, o.tax_minor AS tax, o.points_earned AS earned,
            o.deferred_minor AS deferred
        FROM (
            SELECT s.original_sale_id AS sale_id, l.original_line_number AS line_number,
                -SUM(l.quantity_milli) AS quantity, -SUM(l.gross_minor) AS gross, -SUM(l.discount_minor) AS discount,
                -SUM(l.net_minor) AS net, -SUM(l.tax_minor) AS tax, -SUM(l.points_earned) AS earned,
                -SUM(l.deferred_minor) AS deferred
            FROM sales s JOIN sale_lines l ON l.sale_id = s.sale_id
            WHERE s.original_sale_id IS NOT NULL
            GROUP BY s.original_sale_id, l.original_line_number
        ) b LEFT JOIN sale_lines o ON o.sale_id = b.sale_id AND o.line_number = b.line_number
        """,
    ),
    Comparison(
        "sales",
        ("sale_id",),
        (Pair("found", "originals", "expected", "expected"),),
        f"""
        SELECT s.sale_id, CASE WHEN o.sale_id IS NULL THEN 0
                WHEN r.sale_id IS NULL AND o.store_id = s.store_id THEN 1
                WHEN r.store_id = s.store_id AND r.selling_store_id = o.store_id AND o.store_id <> s.store_id THEN 1
                ELSE 0 END AS found,
            -- A refund without one came back without a receipt, which SAL-returns looks at.
            CASE WHEN s.kind = '{SaleKind.SALE}' OR s.kind = '{SaleKind.REFUND}' AND s.original_sale_id IS NULL
                THEN 0 ELSE 1 END AS expected
        FROM sales s LEFT JOIN sales o ON o.sale_id = s.original_sale_id AND o.kind = '{SaleKind.SALE}'
            AND o.currency = s.currency
        LEFT JOIN returns_elsewhere r ON r.sale_id = s.sale_id
        """,
    ),
    *RETURNS,
    *EXEMPTIONS,
)

_ONCE: Final = (
    Comparison(
        "sales",
        ("terminal_id", "request_id"),
        (Pair("found", "documents", "expected", "expected"),),
        "SELECT terminal_id, request_id, COUNT(*) AS found, 1 AS expected FROM sales GROUP BY terminal_id, request_id",
    ),
    Comparison(
        "sales",
        ("sale_id",),
        (Pair("found", "answered requests", "expected", "expected"),),
        """
        SELECT s.sale_id, CASE WHEN r.answer IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected
        FROM sales s LEFT JOIN requests r ON r.caller_id = s.terminal_id AND r.request_id = s.request_id
        """,
    ),
    Comparison(
        "requests",
        ("caller_id", "request_id"),
        (Pair("found", "answers", "expected", "expected"),),
        """
        SELECT caller_id, request_id, CASE WHEN answer IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected FROM requests
        """,
    ),
)

_CLEARING_CODES: Final = listed(account.code for account in CLEARING_BY_TENDER.values())
_CLEARING_OF_KIND: Final = " ".join(
    f"WHEN '{kind}' THEN '{account.code}'" for kind, account in CLEARING_BY_TENDER.items()
)
_CLEARING_KINDS: Final = listed(CLEARING_BY_TENDER)

_CLEARING: Final = (
    Comparison(
        "sale_tenders",
        ("sale_id", "account_code"),
        (Pair("taken", "taken", "posted", "posted"),),
        f"""
        SELECT sale_id, account_code, SUM(taken) AS taken, SUM(posted) AS posted FROM (
            SELECT sale_id, CASE kind {_CLEARING_OF_KIND} END AS account_code, amount_minor AS taken, 0 AS posted
            FROM sale_tenders WHERE kind IN ({_CLEARING_KINDS})
            UNION ALL
            SELECT sale_id, '{CASH.code}', -change_minor, 0 FROM sales WHERE change_minor <> 0
            UNION ALL
            SELECT document_id, CASE tender {_CLEARING_OF_KIND} END, amount_minor, 0
            FROM ({PAID_OVER_THE_COUNTER} UNION ALL {PAID_ON_ACCOUNT} UNION ALL {PAID_OUT}
                UNION ALL {PAID_FOR_ORDERS} UNION ALL {COUNTED_AT_TILLS}) AS counter
            UNION ALL
            SELECT e.document_id, p.account_code, 0, p.amount_minor
            FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
            WHERE p.account_code IN ({_CLEARING_CODES})
        ) AS parts GROUP BY sale_id, account_code
        """,
    ),
)

_NEGATIVE: Final = (
    Comparison(
        "stock_levels",
        ("location_id", "sku_id"),
        (Pair("zero", "least allowed", "on_hand", "on hand", "<="),),
        "SELECT location_id, sku_id, 0 AS zero, on_hand_milli AS on_hand FROM stock_levels "
        "WHERE location_id IN :stores",
        by_settings=True,
    ),
)


_BOOKS: Final = (
    Comparison(
        "documents",
        ("document_id",),
        (
            Pair("found", "journal entries", "expected", "expected"),
            Pair("fitting", "with its kind, store, date, currency and channel", "expected", "expected"),
        ),
        f"""
        SELECT d.document_id, COUNT(e.entry_id) AS found, 1 AS expected, COUNT(CASE
            WHEN e.document_kind = d.document_kind AND e.store_id = d.store_id AND e.business_date = d.business_date
                AND e.currency = d.currency AND e.channel = d.channel THEN 1 END) AS fitting
        FROM ({_DOCUMENTS}) d LEFT JOIN journal_entries e ON e.document_id = d.document_id
        GROUP BY d.document_id
        """,
    ),
    Comparison(
        "journal_entries",
        ("entry_id", "document_id"),
        (Pair("found", "documents", "expected", "expected"),),
        f"""
        SELECT e.entry_id, e.document_id, CASE WHEN d.document_id IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected
        FROM journal_entries e LEFT JOIN ({_DOCUMENTS}) d ON d.document_id = e.document_id
        """,
    ),
    Comparison(
        "sales",
        ("sale_id",),
        (
            Pair("revenue", f"account {SALES_REVENUE.code}", "earned", "net less deferral"),
            Pair("tax_account", f"account {OUTPUT_TAX.code}", "tax", "tax"),
            Pair("rounding_account", f"account {CASH_ROUNDING.code}", "rounding", "rounding"),
            Pair(
                "cost_account",
                f"account {COST_OF_GOODS_SOLD.code}",
                "cost",
                "cost of lines less gifts and corrections",
            ),
            Pair("points_account", f"account {POINTS_LIABILITY.code}", "points", "value of points_entries"),
        ),
        f"""
        SELECT s.sale_id, s.net_minor - l.deferred AS earned, s.tax_minor AS tax, s.rounding_minor AS rounding,
            l.cost - COALESCE(m.corrected, 0) + COALESCE(m.given, 0) AS cost, COALESCE(v.value, 0) AS points,
            COALESCE(b.revenue, 0) AS revenue, COALESCE(b.tax, 0) AS tax_account,
            COALESCE(b.rounding, 0) AS rounding_account, COALESCE(b.cost, 0) AS cost_account,
            COALESCE(b.points, 0) AS points_account
        FROM sales s
        LEFT JOIN (
            SELECT sale_id, SUM(deferred_minor) AS deferred, SUM(cost_minor) AS cost FROM sale_lines GROUP BY sale_id
        ) l ON l.sale_id = s.sale_id
        LEFT JOIN (
            SELECT document_id,
                SUM(CASE WHEN reason = '{MovementReason.COST_CORRECTION}' THEN value_minor ELSE 0 END) AS corrected,
                SUM(CASE WHEN reason <> '{MovementReason.COST_CORRECTION}' THEN value_minor ELSE 0 END) AS given
            FROM stock_movements
            WHERE reason IN
                ('{MovementReason.COST_CORRECTION}', '{MovementReason.GIFT}', '{MovementReason.GIFT_RETURN}')
            GROUP BY document_id
        ) m ON m.document_id = s.sale_id
        LEFT JOIN (
            SELECT sale_id, SUM(value_minor) AS value FROM points_entries GROUP BY sale_id
        ) v ON v.sale_id = s.sale_id
        LEFT JOIN (
            SELECT e.document_id, -{posted(SALES_REVENUE.code)} AS revenue, -{posted(OUTPUT_TAX.code)} AS tax,
                -{posted(CASH_ROUNDING.code)} AS rounding, {posted(COST_OF_GOODS_SOLD.code)} AS cost,
                -{posted(POINTS_LIABILITY.code)} AS points
            FROM journal_entries e JOIN postings p ON p.entry_id = e.entry_id GROUP BY e.document_id
        ) b ON b.document_id = s.sale_id
        """,
    ),
    Comparison(
        "goods_receipts",
        ("receipt_id",),
        (
            Pair("owed", f"account {GOODS_RECEIVED_NOT_INVOICED.code}", "cost", "cost"),
            Pair("corrected", f"account {COST_OF_GOODS_SOLD.code}", "correction", "cost correction"),
        ),
        f"""
        SELECT r.receipt_id, r.cost_minor AS cost, r.cost_correction_minor AS correction,
            -{posted(GOODS_RECEIVED_NOT_INVOICED.code)} AS owed, {posted(COST_OF_GOODS_SOLD.code)} AS corrected
        FROM goods_receipts r LEFT JOIN journal_entries e ON e.document_id = r.receipt_id
        LEFT JOIN postings p ON p.entry_id = e.entry_id
        GROUP BY r.receipt_id, r.cost_minor, r.cost_correction_minor
        """,
    ),
)

_EVENTS: Final = (
    Comparison(
        "documents",
        ("document_id", "topic"),
        (Pair("found", "rows of outbox", "expected", "expected"),),
        f"""
        SELECT d.document_id, d.topic, COALESCE(o.events, 0) AS found, 1 AS expected
        FROM ({_DOCUMENTS}) d
        LEFT JOIN (SELECT subject_id, topic, COUNT(*) AS events FROM outbox GROUP BY subject_id, topic) o
            ON o.subject_id = d.document_id AND o.topic = d.topic
        """,
    ),
)


_TERMS: Final = (
    Comparison(
        "promotions",
        ("code",),
        (Pair("found", "newest terms in promotion_history that agree", "expected", "expected"),),
        """
        SELECT p.code, CASE WHEN h.code IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected
        FROM promotions p LEFT JOIN promotion_history h
            ON h.code = p.code AND h.from_version = p.changed_version AND h.terms = p.terms
            AND NOT EXISTS (SELECT 1 FROM promotion_history n WHERE n.code = p.code AND n.from_version > h.from_version)
        """,
    ),
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "I1": _BALANCED,
    "I2": _INVENTORY,
    "I3": _STOCK,
    "I4": _POINTS,
    "I4-visits": _VISITED,
    "I6": _SALES,
    "I7": _RETURNS,
    "I8": COUPONS,
    "I9": _ONCE,
    "I10": _CLEARING,
    "I12": _NEGATIVE,
    "D1-books": _BOOKS,
    "D1-events": _EVENTS,
    "D1-terms": _TERMS,
    "REF": REFERENCES,
}
