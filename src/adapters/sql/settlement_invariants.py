"""The invariants of settlements between stores in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.statements import listed
from domain.finance.accounts import INTER_STORE_CLEARING, INTER_STORE_PAYABLE, INTER_STORE_RECEIVABLE
from domain.finance.settlement import SettlementBasis, SettlementKind

DOCUMENTS: Final = """
    SELECT document_id, 'store_settlement', store_id, business_date, currency, '', 'StoreSettled'
    FROM settlement_documents
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

_CODES: Final = {
    "clearing": INTER_STORE_CLEARING.code,
    "receivable": INTER_STORE_RECEIVABLE.code,
    "payable": INTER_STORE_PAYABLE.code,
}
_ACCOUNTS: Final = listed(_CODES.values())

# What other vouchers post to these accounts is none of a settlement.
_POSTED: Final = f"""
    SELECT d.settlement_id, d.store_id, d.currency, p.account_code, p.amount_minor
    FROM settlement_documents d
    JOIN journal_entries e ON e.document_id = d.document_id JOIN postings p ON p.entry_id = e.entry_id
    WHERE p.account_code IN ({_ACCOUNTS})
"""

_NETS_TO_ZERO: Final = Comparison(
    "settlements",
    ("settlement_id", "currency"),
    (
        Pair("clearing", f"account {_CODES['clearing']}", "zero", "nothing"),
        Pair("receivable", f"account {_CODES['receivable']}", "payable", f"account {_CODES['payable']}"),
    ),
    f"""
    SELECT settlement_id, currency, 0 AS zero,
        SUM(CASE WHEN account_code = '{_CODES["clearing"]}' THEN amount_minor ELSE 0 END) AS clearing,
        SUM(CASE WHEN account_code = '{_CODES["receivable"]}' THEN amount_minor ELSE 0 END) AS receivable,
        -SUM(CASE WHEN account_code = '{_CODES["payable"]}' THEN amount_minor ELSE 0 END) AS payable
    FROM ({_POSTED}) AS posted GROUP BY settlement_id, currency
    """,
)


def _net(basis: SettlementBasis | None = None) -> str:
    """What every store receives less what it pays, by the pairs."""
    where = "" if basis is None else f"WHERE basis = '{basis}'"
    return f"""
        SELECT settlement_id, creditor_id AS store_id, currency, net_minor FROM settlement_pairs {where}
        UNION ALL
        SELECT settlement_id, debtor_id, currency, -net_minor FROM settlement_pairs {where}
    """


_STORES: Final = Comparison(
    "settlement_documents",
    ("settlement_id", "store_id", "currency"),
    (
        Pair("documented", "net of the document", "net", "net of its pairs"),
        Pair("documented", "net of the document", "moved", "amounts of its movements"),
        Pair("documented", "net of the document", "posted", "inter-store accounts"),
        Pair("clearing", f"account {_CODES['clearing']}", "cleared", "pairs within the company"),
    ),
    f"""
    SELECT settlement_id, store_id, currency, SUM(documented) AS documented, SUM(net) AS net, SUM(moved) AS moved,
        SUM(posted) AS posted, SUM(clearing) AS clearing, SUM(cleared) AS cleared
    FROM (
        SELECT settlement_id, store_id, currency, net_minor AS documented, 0 AS net, 0 AS moved, 0 AS posted,
            0 AS clearing, 0 AS cleared
        FROM settlement_documents
        UNION ALL SELECT settlement_id, store_id, currency, 0, net_minor, 0, 0, 0, 0 FROM ({_net()}) AS pairs
        UNION ALL
        SELECT settlement_id, store_id, currency, 0, 0, 0, 0, 0, net_minor
        FROM ({_net(SettlementBasis.CLEARING)}) AS own
        UNION ALL
        SELECT settlement_id, redeemer_id, currency, 0, 0, amount_minor, 0, 0, 0 FROM settlement_movements
        UNION ALL
        SELECT settlement_id, issuer_id, currency, 0, 0, -amount_minor, 0, 0, 0 FROM settlement_movements
        UNION ALL
        SELECT settlement_id, store_id, currency, 0, 0, 0, amount_minor,
            CASE WHEN account_code = '{_CODES["clearing"]}' THEN amount_minor ELSE 0 END, 0
        FROM ({_POSTED}) AS posted
    ) AS parts GROUP BY settlement_id, store_id, currency
    """,
)

_KINDS: Final = Comparison(
    "settlement_pairs",
    ("settlement_id", "currency", "debtor_id", "creditor_id"),
    (Pair("kinds", "points, stored value, cards and returns", "net_minor", "net"),),
    """
    SELECT settlement_id, currency, debtor_id, creditor_id, net_minor,
        points_minor + stored_value_minor + gift_card_minor + times_card_minor + returns_minor AS kinds
    FROM settlement_pairs
    """,
)

_PAID_IN: Final = Comparison(
    "settlement_movements",
    ("entry_id",),
    (
        Pair("principal", "principal of movements", "moved_principal", "principal of the entry"),
        Pair("bonus", "bonus of movements", "moved_bonus", "bonus of the entry"),
    ),
    f"""
    SELECT m.entry_id, SUM(m.liability_minor) AS principal, SUM(m.bonus_minor) AS bonus,
        -MAX(e.principal_minor) AS moved_principal, -MAX(e.bonus_minor) AS moved_bonus
    FROM settlement_movements m LEFT JOIN stored_value_entries e ON e.entry_id = m.entry_id
    WHERE m.kind = '{SettlementKind.STORED_VALUE}' GROUP BY m.entry_id
    """,
)

# Of points and cards, what was released is the whole of the entry, and one store owes it.
_RELEASED: Final = Comparison(
    "settlement_movements",
    ("kind", "entry_id"),
    (Pair("liability", "liability", "moved", "of the entry"),),
    f"""
    SELECT m.kind, m.entry_id, SUM(m.liability_minor) AS liability, -MAX(e.value_minor) AS moved
    FROM settlement_movements m LEFT JOIN points_entries e ON e.entry_id = m.entry_id
    WHERE m.kind = '{SettlementKind.POINTS}' GROUP BY m.kind, m.entry_id
    UNION ALL
    SELECT m.kind, m.entry_id, SUM(m.liability_minor), -MAX(e.amount_minor)
    FROM settlement_movements m LEFT JOIN gift_card_entries e ON e.entry_id = m.entry_id
    WHERE m.kind = '{SettlementKind.GIFT_CARD}' GROUP BY m.kind, m.entry_id
    UNION ALL
    SELECT m.kind, m.entry_id, SUM(m.liability_minor), -MAX(e.value_minor)
    FROM settlement_movements m LEFT JOIN times_card_entries e ON e.entry_id = m.entry_id
    WHERE m.kind = '{SettlementKind.TIMES_CARD}' GROUP BY m.kind, m.entry_id
    UNION ALL
    SELECT m.kind, m.entry_id, SUM(m.amount_minor), MAX(e.owed_minor)
    FROM settlement_movements m LEFT JOIN returns_elsewhere e ON e.sale_id = m.entry_id
    WHERE m.kind = '{SettlementKind.RETURN}' GROUP BY m.kind, m.entry_id
    """,
)

SETTLEMENT_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "FIN-settled": (_NETS_TO_ZERO, _STORES, _KINDS, _PAID_IN, _RELEASED)
}
