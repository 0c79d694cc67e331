"""The rows that one checkout of a member's ten lines writes, as one SQL statement with data-modifying CTEs.

One source of three statements: a single checkout, a batch of them in one transaction, and history without balances.
Random SKUs are one of each tenth of the range: ten different ones, every SKU equally likely, already in the order of
the locks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.sql.tables import finance, inventory, kernel, loyalty, metadata, sales
from domain.finance.accounts import (
    CARD_CLEARING,
    CASH,
    COST_OF_GOODS_SOLD,
    INVENTORY,
    OUTPUT_TAX,
    POINTS_LIABILITY,
    SALES_REVENUE,
)
from tests.benchmarks.scale import CURRENCY, LINES, MEMBERS, SKUS, STORES, TAX_CODE, TAX_RATE_PPM

IDS_EACH: Final = 16
"""Ids of one checkout: the sale's, one per movement, then lot, points entry, journal entry and event."""

ANSWER_BYTES: Final = 864
"""Of a stored answer of ten lines; the report compares all bytes with those of a real checkout."""

SETUP: Final = f"""
CREATE SCHEMA IF NOT EXISTS bench;
CREATE SEQUENCE bench.ids INCREMENT {IDS_EACH} START 1000000 CACHE 64
"""

POSTINGS: Final = {
    CARD_CLEARING: "total_minor / 2",
    CASH: "total_minor - total_minor / 2",
    POINTS_LIABILITY: "-points",
    SALES_REVENUE: "points + tax_minor - total_minor",
    OUTPUT_TAX: "-tax_minor",
    COST_OF_GOODS_SOLD: "cost_minor",
    INVENTORY: "-cost_minor",
}

_EVENT = (
    '{"sale_id": 1000000, "store_id": 1000, "member_id": 1000, "business_date": "2026-01-31", '
    f'"total_minor": 10000, "currency": "{CURRENCY}"}}'
)

INSERTS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    kernel.requests.name: (
        "sold",
        {
            "caller_id": "terminal_id",
            "request_id": "request_id",
            "operation": "'liansuo.sales.v1.SalesService/Checkout'",
            "fingerprint": "decode(repeat('5a', 32), 'hex')",
            "answer": f"convert_to(repeat('x', {ANSWER_BYTES}), 'UTF8')",
            "claimed_at": "at",
        },
    ),
    sales.sale_lines.name: (
        "line",
        {
            "sale_id": "id",
            "line_number": "line_number",
            "sku_id": "sku_id",
            "department_id": "department_id",
            "quantity_milli": "1000",
            "unit_price_minor": "total_minor",
            "gross_minor": "total_minor",
            "discount_minor": "0",
            "net_minor": "total_minor - tax_minor",
            "tax_minor": "tax_minor",
            "total_minor": "total_minor",
            "cost_minor": "cost_minor",
            "points_earned": "total_minor / 100",
            "deferred_minor": "total_minor / 100",
            "original_line_number": "0",
            "discounts": "'[]'::jsonb",
            "taxes": "{taxes}",
        },
    ),
    sales.sale_tenders.name: (
        "sold CROSS JOIN generate_series(1, 2) number",
        {
            "sale_id": "id",
            "tender_number": "number",
            "kind": "CASE number WHEN 1 THEN 'card' ELSE 'cash' END",
            "amount_minor": "CASE number WHEN 1 THEN total_minor / 2 ELSE total_minor - total_minor / 2 + 50 END",
            "points": "0",
            "reference": "CASE number WHEN 1 THEN 'A12345678' ELSE '' END",
            "paid_kind": "NULL",
        },
    ),
    inventory.stock_movements.name: (
        "line",
        {
            "location_id": "store_id",
            "sku_id": "sku_id",
            "movement_id": "id + line_number",
            "quantity_milli": "-1000",
            "value_minor": "-cost_minor",
            "reason": "'sale'",
            "document_id": "id",
            "business_date": "business_date",
            "moved_at": "at",
        },
    ),
    loyalty.points_lots.name: (
        "sold",
        {
            "lot_id": f"id + {LINES + 1}",
            "member_id": "member_id",
            "sale_id": "id",
            "earned_on": "business_date",
            "expires_on": "business_date + 400",
            "points": "points",
            "value_minor": "points",
            "free_on": "NULL::date",
            "held_until": "NULL::timestamptz",
            "held_from": "NULL::bigint",
        },
    ),
    loyalty.points_entries.name: (
        "sold",
        {
            "member_id": "member_id",
            "entry_id": f"id + {LINES + 2}",
            "lot_id": f"id + {LINES + 1}",
            "points": "points",
            "value_minor": "points",
            "reason": "'earned'",
            "sale_id": "id",
            "store_id": "store_id",
            "business_date": "business_date",
            "posted_at": "at",
        },
    ),
    finance.journal_entries.name: (
        "sold",
        {
            "entry_id": f"id + {LINES + 3}",
            "store_id": "store_id",
            "business_date": "business_date",
            "currency": f"'{CURRENCY}'",
            "channel": "'store'",
            "document_kind": "'sale'",
            "document_id": "id",
            "posted_at": "at",
        },
    ),
    finance.postings.name: (
        "sold CROSS JOIN (VALUES "
        + ", ".join(f"({number}, '{account.code}')" for number, account in enumerate(POSTINGS, start=1))
        + ") posting (number, account)",
        {
            "entry_id": f"id + {LINES + 3}",
            "posting_number": "number",
            "account_code": "account",
            "amount_minor": "CASE number "
            + " ".join(f"WHEN {number} THEN {amount}" for number, amount in enumerate(POSTINGS.values(), start=1))
            + " END",
        },
    ),
    kernel.outbox.name: (
        "sold",
        {
            "event_id": f"id + {LINES + 4}",
            "topic": "'SaleCompleted'",
            "subject_id": "id",
            "payload": f"'{_EVENT}'::jsonb",
            "occurred_at": "at",
            "published_at": "{published}",
        },
    ),
    sales.sales.name: (
        "sold LEFT JOIN account USING (member_id)",
        {
            "sale_id": "id",
            "terminal_id": "terminal_id",
            "request_id": "request_id",
            "kind": "'sale'",
            "original_sale_id": "NULL",
            "receipt_number": "'S001-T01-S' || id",
            "store_id": "store_id",
            "cashier_id": "NULL",
            "channel": "'store'",
            "currency": f"'{CURRENCY}'",
            "business_date": "business_date",
            "sold_at": "at",
            "stored_at": "at",
            "uploaded": "false",
            "member_id": "member_id",
            "gross_minor": "total_minor",
            "discount_minor": "0",
            "net_minor": "total_minor - tax_minor",
            "tax_minor": "tax_minor",
            "rounding_minor": "0",
            "total_minor": "total_minor",
            "change_minor": "50",
            "points_earned": "points",
            "points_redeemed": "0",
            "points_balance": "coalesce(points_balance, 0)",
            "reason": "''",
            "receipt_sequence": "NULL",
            "install_id": "NULL",
            "tip_minor": "NULL",
        },
    ),
}
"""Per table: where its rows come from, and what each column holds."""

ROWS_EACH: Final = {
    **dict.fromkeys(INSERTS, 1),
    sales.sale_lines.name: LINES,
    sales.sale_tenders.name: 2,
    inventory.stock_movements.name: LINES,
    finance.postings.name: len(POSTINGS),
    inventory.stock_levels.name: LINES,
    loyalty.points_accounts.name: 1,
}
"""Rows that one checkout inserts or updates, per table."""


def _tax(base_minor: str, tax_minor: str) -> str:
    return (
        f'[{{"code": "{TAX_CODE}", "rate_ppm": {TAX_RATE_PPM}, "base_minor": {base_minor}, "tax_minor": {tax_minor}}}]'
    )


_EXACT = _tax("' || (total_minor - tax_minor) || '", "' || tax_minor || '")
EXACT_TAXES: Final = f"('{_EXACT}')::jsonb"
"""The taxes of a line as they are; the raw limit writes a constant of the same size, which costs less."""


_ANY = _tax("1770", "230")
_ANY_TAXES = f"'{_ANY}'::jsonb"


@dataclass(frozen=True, kw_only=True)
class Checkouts:
    """Expressions over the ordinals of a random terminal, SKU or member (from 0) that give the ids in one database."""

    terminal: str = "terminal + 1"
    store: str = f"terminal % {STORES} + 1"
    member: str = "member + 1"
    sku: str = "sku + 1"
    department: str = "sku % 10 + 1"
    at: str = "now()"
    taxes: str = _ANY_TAXES
    published: str = "NULL"


def single_statement(terminal: str) -> str:
    """One checkout of the terminal with ordinal `terminal` (an expression)."""
    source = f"SELECT {terminal}::int AS terminal, floor(random() * {MEMBERS})::int AS member"
    return _statement(source, Checkouts(), _ACCOUNT_OF_ONE, _LEVELS_OF_ONE)


def batch_statement(count: int, terminals: int) -> str:
    """`count` checkouts of random terminals, balances changed once per row, in key order."""
    return _statement(_random(count, terminals), Checkouts(), _ACCOUNTS_OF_MANY, _LEVELS_OF_MANY)


def history_statement(count: int, terminals: int, checkouts: Checkouts) -> str:
    """`count` stored checkouts whose stock levels and points accounts are left for later."""
    return _statement(_random(count, terminals), checkouts, _ACCOUNTS_UNCHANGED, "")


def check_columns() -> None:
    """Raises ValueError when a table has columns that the raw statement does not write, or the other way round."""
    for name, (_, columns) in INSERTS.items():
        expected = [column.name for column in metadata.tables[name].columns]
        if sorted(columns) != sorted(expected):
            raise ValueError(f"raw_rows.py writes {sorted(columns)} into {name}, which has {sorted(expected)}")


def _random(count: int, terminals: int) -> str:
    return (
        f"SELECT floor(random() * {terminals})::int AS terminal, floor(random() * {MEMBERS})::int AS member "
        f"FROM generate_series(1, {count})"
    )


def _statement(source: str, checkouts: Checkouts, account: str, levels: str) -> str:
    check_columns()
    parts = [
        f"""checkout AS MATERIALIZED (
            SELECT nextval('bench.ids') AS id, gen_random_uuid() AS request_id, {checkouts.at} AS at,
                {checkouts.terminal} AS terminal_id, {checkouts.store} AS store_id, {checkouts.member} AS member_id
            FROM ({source}) ordinal
        )""",
        f"""picked AS MATERIALIZED (
            SELECT id, store_id, at, line_number,
                (line_number - 1) * {SKUS // LINES} + floor(random() * {SKUS // LINES})::int AS sku
            FROM checkout CROSS JOIN generate_series(1, {LINES}) line_number
        )""",
        f"""line AS MATERIALIZED (
            SELECT id, store_id, at, at::date AS business_date, line_number, {checkouts.sku} AS sku_id,
                {checkouts.department} AS department_id, 200 + (sku + 1) % 800 AS total_minor,
                (200 + (sku + 1) % 800) * 13 / 113 AS tax_minor, 100 + (sku + 1) % 400 AS cost_minor
            FROM picked
        )""",
        """sold AS MATERIALIZED (
            SELECT checkout.*, at::date AS business_date, total.*
            FROM checkout JOIN (
                SELECT id AS sale_id, sum(total_minor)::bigint AS total_minor, sum(tax_minor)::bigint AS tax_minor,
                    sum(cost_minor)::bigint AS cost_minor, sum(total_minor / 100)::bigint AS points
                FROM line GROUP BY id
            ) total ON sale_id = id
        )""",
        f"account AS ({account})",
    ]
    if levels:
        parts.append(f"levels AS ({levels})")
    inserts = {name: _insert(name, checkouts) for name in INSERTS}
    last = inserts.pop(sales.sales.name)
    parts += [f"insert_{name} AS ({insert})" for name, insert in inserts.items()]
    return f"WITH {', '.join(parts)} {last}"


def _insert(name: str, checkouts: Checkouts) -> str:
    source, columns = INSERTS[name]
    values = ", ".join(columns.values())
    values = values.replace("{taxes}", checkouts.taxes).replace("{published}", checkouts.published)
    return f"INSERT INTO {name} ({', '.join(columns)}) SELECT {values} FROM {source}"


_ACCOUNT_OF_ONE = """
    UPDATE points_accounts account SET points_balance = points_balance + points, visits = visits + 1
    FROM sold WHERE account.member_id = sold.member_id
    RETURNING account.member_id, points_balance
"""
_LEVELS_OF_ONE = """
    UPDATE stock_levels level SET on_hand_milli = on_hand_milli - 1000, value_minor = value_minor - cost_minor
    FROM line WHERE location_id = store_id AND level.sku_id = line.sku_id
"""
_ACCOUNTS_OF_MANY = """
    UPDATE points_accounts account SET points_balance = points_balance + points, visits = visits + sales
    FROM (SELECT member_id, sum(points) AS points, count(*) AS sales FROM sold GROUP BY 1 ORDER BY 1) earned
    WHERE account.member_id = earned.member_id
    RETURNING account.member_id, points_balance
"""
_LEVELS_OF_MANY = """
    UPDATE stock_levels level
    SET on_hand_milli = on_hand_milli - 1000 * lines, value_minor = value_minor - cost_minor
    FROM (
        SELECT store_id, sku_id, count(*) AS lines, sum(cost_minor) AS cost_minor FROM line GROUP BY 1, 2 ORDER BY 1, 2
    ) issued
    WHERE location_id = store_id AND level.sku_id = issued.sku_id
"""
_ACCOUNTS_UNCHANGED = "SELECT 0::bigint AS member_id, 0::bigint AS points_balance WHERE false"
