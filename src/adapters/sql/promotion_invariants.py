"""The invariants of promotions with limits in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.member_invariants import LED
from adapters.sql.points_quota_invariants import QUOTA_ENTRIES
from adapters.sql.staff_purchase_invariants import PURCHASE_ENTRIES
from adapters.sql.tip_invariants import TIP_ENTRIES
from domain.pricing.limits import Limit
from domain.pricing.promotion_use import UNBOUNDED, Subject


@dataclass(frozen=True, slots=True)
class _OverDocuments(Comparison):
    """A comparison that looks into JSON: `{limit[NAME]}` of an entry, and `{items}` of a line with `{code}` and
    `{amount}`."""

    def sql(self, dialect: str) -> str:
        return self.query.format(**_IN_DOCUMENTS[dialect])


_IN_DOCUMENTS: Final[Mapping[str, Mapping[str, object]]] = {
    "sqlite": {
        "limit": {limit.value: f"json_extract(limits, '$.{limit}')" for limit in Limit},
        "items": "json_each(l.discounts) AS item",
        "code": "json_extract(item.value, '$.code')",
        "amount": "json_extract(item.value, '$.amount_minor')",
    },
    "postgresql": {
        "limit": {limit.value: f"CAST(limits ->> '{limit}' AS bigint)" for limit in Limit},
        "items": "jsonb_array_elements(l.discounts) AS item",
        "code": "item ->> 'code'",
        "amount": "CAST(item ->> 'amount_minor' AS bigint)",
    },
}

_DAY: Final = "CAST(business_date AS varchar(10))"
_COUNTED: Final = (
    (Subject.PROMOTION, "0", "''", "promotion_code", "members", "1 = 1"),
    (Subject.PROMOTION, "0", _DAY, "promotion_code", "0", "1 = 1"),
    (Subject.PROMOTION, "member_id", "''", "promotion_code", "0", "member_id <> 0"),
    (Subject.PROMOTION, "member_id", _DAY, "promotion_code", "0", "member_id <> 0"),
    (Subject.CAMPAIGN, "0", "''", "campaign_code", "0", "campaign_code <> ''"),
)
"""The counters that an entry moves: subject, member, day and code, what it adds to the members, and when."""
_ENTRIES: Final = " UNION ALL ".join(
    f"SELECT '{subject}', {member}, {day}, {code}, 0, 0, 0, uses, discount_minor, {members}"
    f" FROM promotion_uses WHERE {where}"
    for subject, member, day, code, members, where in _COUNTED
)
_OF_FILES: Final = " UNION ALL ".join(
    f"SELECT '{Subject.PROMOTION}', l.leader_id, {day}, u.promotion_code, 0, 0, 0, u.uses, u.discount_minor, 0"
    f" FROM promotion_uses u JOIN ({LED}) l ON l.file_id = u.member_id"
    for day in ("''", _DAY)
)
"""What merged files have used counts for those whom they lead to."""

_COUNTERS: Final = (
    Comparison(
        "promotion_counters",
        ("subject", "member_id", "day", "code"),
        (
            Pair("uses", "uses", "used", "uses of entries"),
            Pair("discount", "discount", "given", "discount of entries"),
            Pair("members", "members", "joined", "members of entries"),
        ),
        f"""
        SELECT subject, member_id, day, code, SUM(uses) AS uses, SUM(discount) AS discount, SUM(members) AS members,
            SUM(used) AS used, SUM(given) AS given, SUM(joined) AS joined
        FROM (
            SELECT subject, member_id, day, code, uses, discount_minor AS discount, members, 0 AS used, 0 AS given,
                0 AS joined
            FROM promotion_counters
            UNION ALL {_ENTRIES}
            UNION ALL {_OF_FILES}
            UNION ALL {QUOTA_ENTRIES}
            UNION ALL {TIP_ENTRIES}
            UNION ALL {PURCHASE_ENTRIES}
        ) AS parts GROUP BY subject, member_id, day, code
        """,
    ),
    Comparison(
        "promotion_counters",
        ("code",),
        (Pair("members", "members", "users", "members who have used it"),),
        f"""
        SELECT code, SUM(members) AS members, SUM(has_used) AS users FROM (
            SELECT code, members, 0 AS has_used FROM promotion_counters
            WHERE subject = '{Subject.PROMOTION}' AND member_id = 0 AND day = ''
            UNION ALL
            SELECT code, 0, 1 FROM promotion_counters
            WHERE subject = '{Subject.PROMOTION}' AND member_id <> 0 AND day = '' AND uses > 0
                AND member_id NOT IN (SELECT merged_id FROM member_merges WHERE undone_at IS NULL)
        ) AS parts GROUP BY code
        """,
    ),
)


def _bounded(key: Sequence[str], *, uses: Limit | None, discount: Limit | None, where: str = "1 = 1") -> Comparison:
    """The uses of each key are within the widest limits that stood when one of them was made.

    A limit that has been lowered since, below what had been used, is not broken; what uploads took beyond is marked.
    """
    pairs, columns = [], []
    for found, limit in (("uses", uses), ("discount_minor", discount)):
        if limit is None:
            continue
        pairs.append(Pair(f"sum_of_{found}", found, f"most_{found}", limit.value, "<="))
        columns += [
            f"SUM({found}) AS sum_of_{found}",
            f"MAX(CASE WHEN uses > 0 THEN COALESCE({{limit[{limit}]}}, {UNBOUNDED}) ELSE 0 END)"
            f" + SUM(CASE WHEN beyond THEN {found} ELSE 0 END) AS most_{found}",
        ]
    keys = ", ".join(key)
    return _OverDocuments(
        "promotion_uses",
        key,
        pairs,
        f"SELECT {keys}, {', '.join(columns)} FROM promotion_uses WHERE {where} GROUP BY {keys}",
    )


_BOUNDS: Final = (
    _bounded(("promotion_code",), uses=Limit.USES, discount=Limit.DISCOUNT),
    _bounded(("promotion_code", "business_date"), uses=Limit.USES_PER_DAY, discount=Limit.DISCOUNT_PER_DAY),
    _bounded(
        ("promotion_code", "member_id"),
        uses=Limit.USES_PER_MEMBER,
        discount=Limit.DISCOUNT_PER_MEMBER,
        where="member_id <> 0",
    ),
    _bounded(
        ("promotion_code", "member_id", "business_date"),
        uses=Limit.USES_PER_MEMBER_PER_DAY,
        discount=None,
        where="member_id <> 0",
    ),
    _bounded(("campaign_code",), uses=None, discount=Limit.BUDGET, where="campaign_code <> ''"),
)

_DISCOUNTS: Final = (
    _OverDocuments(
        "promotion_uses",
        ("sale_id", "promotion_code"),
        (Pair("used", "discount of the sale and its returns", "discount", "discounts of their lines"),),
        """
        SELECT u.sale_id, u.promotion_code, u.used, COALESCE(d.discount, 0) AS discount
        FROM (
            SELECT COALESCE(s.original_sale_id, s.sale_id) AS sale_id, e.promotion_code, SUM(e.discount_minor) AS used
            FROM promotion_uses e JOIN sales s ON s.sale_id = e.sale_id
            GROUP BY COALESCE(s.original_sale_id, s.sale_id), e.promotion_code
        ) u LEFT JOIN (
            SELECT COALESCE(s.original_sale_id, s.sale_id) AS sale_id, {code} AS code, SUM({amount}) AS discount
            FROM sales s JOIN sale_lines l ON l.sale_id = s.sale_id CROSS JOIN {items}
            WHERE COALESCE(s.original_sale_id, s.sale_id) IN (SELECT sale_id FROM promotion_uses)
            GROUP BY COALESCE(s.original_sale_id, s.sale_id), {code}
        ) d ON d.sale_id = u.sale_id AND d.code = 'promotion:' || u.promotion_code
        """,
    ),
)

PROMOTION_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "PRM-limits": (*_COUNTERS, *_BOUNDS, *_DISCOUNTS),
}
