"""The invariants of stored value and gift cards in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import (
    GIFT_CARD_LIABILITY,
    STORED_VALUE_BONUS,
    STORED_VALUE_PRINCIPAL,
    TIMES_CARD_LIABILITY,
)
from domain.sales.sale import TenderKind
from domain.wallet.gift_card import GiftCardReason
from domain.wallet.stored_value import StoredValueReason
from domain.wallet.times_card import TimesCardReason

DOCUMENTS: Final = f"""
    SELECT w.entry_id, 'stored_value_top_up', w.store_id, w.business_date, w.currency, '', 'StoredValueToppedUp'
    FROM stored_value_entries w WHERE w.reason = '{StoredValueReason.TOPPED_UP}'
    UNION ALL
    SELECT w.entry_id, 'stored_value_close', w.store_id, w.business_date, w.currency, '', 'StoredValueClosed'
    FROM stored_value_entries w WHERE w.reason = '{StoredValueReason.CLOSED}'
    UNION ALL
    SELECT g.entry_id, 'gift_card', g.store_id, g.business_date, g.currency, '', 'GiftCardSold'
    FROM gift_card_entries g WHERE g.reason = '{GiftCardReason.SOLD}'
    UNION ALL
    SELECT t.entry_id, 'times_card', t.store_id, t.business_date, t.currency, '', 'TimesCardMoved'
    FROM times_card_entries t WHERE t.reason <> '{TimesCardReason.MERGED}'
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

PAID_OVER_THE_COUNTER: Final = """
    SELECT document_id, tender, principal_minor AS amount_minor FROM stored_value_entries WHERE tender <> ''
    UNION ALL
    SELECT document_id, tender, amount_minor FROM gift_card_entries WHERE tender <> ''
"""
"""What tender clearing holds besides the tenders of sales: document, kind of tender, amount."""

_BALANCES: Final = Comparison(
    "stored_value_accounts",
    ("member_id", "currency"),
    (
        Pair("principal", "principal", "moved_principal", "principal of entries"),
        Pair("bonus", "bonus", "moved_bonus", "bonus of entries"),
        Pair("frozen", "frozen", "turned", "frozen by entries"),
    ),
    """
    SELECT member_id, currency, SUM(principal) AS principal, SUM(bonus) AS bonus, SUM(frozen) AS frozen,
        SUM(moved_principal) AS moved_principal, SUM(moved_bonus) AS moved_bonus, SUM(turned) AS turned
    FROM (
        SELECT member_id, currency, principal_minor AS principal, bonus_minor AS bonus, frozen,
            0 AS moved_principal, 0 AS moved_bonus, 0 AS turned
        FROM stored_value_accounts
        UNION ALL
        SELECT member_id, currency, 0, 0, 0, principal_minor, bonus_minor, frozen FROM stored_value_entries
    ) AS parts GROUP BY member_id, currency
    """,
)

_LIABILITIES: Final = Comparison(
    "stores",
    ("store_id", "currency"),
    (
        Pair("principal", f"account {STORED_VALUE_PRINCIPAL.code}", "moved_principal", "principal of entries"),
        Pair("bonus", f"account {STORED_VALUE_BONUS.code}", "moved_bonus", "bonus of entries"),
    ),
    f"""
    SELECT store_id, currency, -SUM(principal) AS principal, -SUM(bonus) AS bonus,
        SUM(moved_principal) AS moved_principal, SUM(moved_bonus) AS moved_bonus
    FROM (
        SELECT e.store_id, e.currency,
            CASE WHEN p.account_code = '{STORED_VALUE_PRINCIPAL.code}' THEN p.amount_minor ELSE 0 END AS principal,
            CASE WHEN p.account_code = '{STORED_VALUE_BONUS.code}' THEN p.amount_minor ELSE 0 END AS bonus,
            0 AS moved_principal, 0 AS moved_bonus
        FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
        WHERE p.account_code IN ('{STORED_VALUE_PRINCIPAL.code}', '{STORED_VALUE_BONUS.code}')
        UNION ALL
        SELECT store_id, currency, 0, 0, principal_minor, bonus_minor FROM stored_value_entries
        UNION ALL
        SELECT store_id, currency, 0, 0, principal_minor, bonus_minor FROM settlement_documents
    ) AS parts GROUP BY store_id, currency
    """,
)

_PAID: Final = Comparison(
    "sale_tenders",
    ("sale_id",),
    (Pair("paid", "paid by stored value", "taken", "taken by stored_value_entries"),),
    f"""
    SELECT sale_id, SUM(paid) AS paid, SUM(taken) AS taken FROM (
        SELECT sale_id, amount_minor AS paid, 0 AS taken FROM sale_tenders WHERE kind = '{TenderKind.STORED_VALUE}'
        UNION ALL
        SELECT document_id, 0, -principal_minor - bonus_minor FROM stored_value_entries
        WHERE reason IN (
            '{StoredValueReason.SPENT}', '{StoredValueReason.SPEND_REVERSED}', '{StoredValueReason.RETURNED}'
        )
    ) AS parts GROUP BY sale_id
    """,
)

_TRANSFERS: Final = Comparison(
    "stored_value_entries",
    ("document_id",),
    (Pair("given", "principal given", "taken", "principal taken"),),
    f"""
    SELECT document_id, -SUM(CASE WHEN principal_minor < 0 THEN principal_minor ELSE 0 END) AS given,
        SUM(CASE WHEN principal_minor > 0 THEN principal_minor ELSE 0 END) AS taken
    FROM stored_value_entries
    WHERE reason IN ('{StoredValueReason.TRANSFERRED_OUT}', '{StoredValueReason.TRANSFERRED_IN}')
    GROUP BY document_id
    """,
)

_GIFT_CARDS: Final = (
    Comparison(
        "gift_cards",
        ("card_id",),
        (
            Pair("balance", "balance", "moved", "amounts of entries"),
            Pair("sold", "sold", "sales", "sold by entries"),
            Pair("blocked", "blocked", "blocks", "blocked by entries"),
        ),
        """
        SELECT card_id, SUM(balance) AS balance, SUM(sold) AS sold, SUM(blocked) AS blocked, SUM(moved) AS moved,
            SUM(sales) AS sales, SUM(blocks) AS blocks
        FROM (
            SELECT card_id, balance_minor AS balance, sold, blocked, 0 AS moved, 0 AS sales, 0 AS blocks FROM gift_cards
            UNION ALL SELECT card_id, 0, 0, 0, amount_minor, sold, blocked FROM gift_card_entries
        ) AS parts GROUP BY card_id
        """,
    ),
    Comparison(
        "stores",
        ("store_id", "currency"),
        (Pair("account", f"account {GIFT_CARD_LIABILITY.code}", "moved", "amounts of gift_card_entries"),),
        f"""
        SELECT store_id, currency, -SUM(posted) AS account, SUM(moved) AS moved FROM (
            SELECT e.store_id, e.currency, p.amount_minor AS posted, 0 AS moved
            FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
            WHERE p.account_code = '{GIFT_CARD_LIABILITY.code}'
            UNION ALL SELECT store_id, currency, 0, amount_minor FROM gift_card_entries
            UNION ALL SELECT store_id, currency, 0, gift_card_minor FROM settlement_documents
        ) AS parts GROUP BY store_id, currency
        """,
    ),
    Comparison(
        "sale_tenders",
        ("sale_id", "tender_number"),
        (Pair("paid", "paid by gift card", "taken", "taken by gift_card_entries"),),
        f"""
        SELECT sale_id, tender_number, SUM(paid) AS paid, SUM(taken) AS taken FROM (
            SELECT sale_id, tender_number, amount_minor AS paid, 0 AS taken FROM sale_tenders
            WHERE kind = '{TenderKind.GIFT_CARD}'
            UNION ALL
            SELECT document_id, tender_number, 0, -amount_minor FROM gift_card_entries
            WHERE reason IN ('{GiftCardReason.SPENT}', '{GiftCardReason.SPEND_REVERSED}')
        ) AS parts GROUP BY sale_id, tender_number
        """,
    ),
)

_TIMES_CARDS: Final = (
    Comparison(
        "times_cards",
        ("card_id",),
        (
            Pair("uses", "uses left", "moved", "uses of entries"),
            Pair("value", "value left", "moved_value", "values of entries"),
        ),
        """
        SELECT card_id, SUM(uses) AS uses, SUM(value) AS value, SUM(moved) AS moved, SUM(moved_value) AS moved_value
        FROM (
            SELECT card_id, uses_left AS uses, value_left_minor AS value, 0 AS moved, 0 AS moved_value FROM times_cards
            UNION ALL SELECT card_id, 0, 0, uses, value_minor FROM times_card_entries
        ) AS parts GROUP BY card_id
        """,
    ),
    Comparison(
        "stores",
        ("store_id", "currency"),
        (Pair("account", f"account {TIMES_CARD_LIABILITY.code}", "moved", "values of times_card_entries"),),
        f"""
        SELECT store_id, currency, -SUM(posted) AS account, SUM(moved) AS moved FROM (
            SELECT e.store_id, e.currency, p.amount_minor AS posted, 0 AS moved
            FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
            WHERE p.account_code = '{TIMES_CARD_LIABILITY.code}'
            UNION ALL SELECT store_id, currency, 0, value_minor FROM times_card_entries
            UNION ALL SELECT store_id, currency, 0, times_card_minor FROM settlement_documents
        ) AS parts GROUP BY store_id, currency
        """,
    ),
    Comparison(
        "times_cards",
        ("sale_id", "line_number"),
        (Pair("total", "uses in all", "bought", "units of the line"),),
        """
        SELECT t.sale_id, t.line_number, t.uses_total * 1000 AS total, COALESCE(l.quantity_milli, 0) AS bought
        FROM times_cards t LEFT JOIN sale_lines l ON l.sale_id = t.sale_id AND l.line_number = t.line_number
        """,
    ),
)

WALLET_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "I5": (_BALANCES, _LIABILITIES, _PAID, _TRANSFERS, *_GIFT_CARDS, *_TIMES_CARDS)
}
