"""The invariants of proposals of replenishment in SQL: they hold what they say, and lines became what exists."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.replenishment.proposal import LineSource, LineState

_PROPOSALS: Final = Comparison(
    "replenishment_proposals",
    ("proposal_id",),
    (Pair("lines", "lines", "found", "lines of it"),),
    """
    SELECT p.proposal_id, p.lines, COALESCE(l.found, 0) AS found
    FROM replenishment_proposals p
    LEFT JOIN (SELECT proposal_id, COUNT(*) AS found FROM replenishment_lines GROUP BY proposal_id) l
        ON l.proposal_id = p.proposal_id
    """,
)

_ACCEPTED: Final = Comparison(
    "replenishment_lines",
    ("proposal_id", "location_id", "sku_id", "number"),
    (Pair("became", "orders or transfers of it", "expected", "expected"),),
    f"""
    SELECT l.proposal_id, l.location_id, l.sku_id, l.number,
        CASE WHEN l.state = '{LineState.ACCEPTED}' THEN 1 ELSE 0 END AS expected,
        CASE WHEN l.document_id IS NULL THEN 0
            WHEN l.source IN ('{LineSource.SUPPLIER}', '{LineSource.CENTRAL}') AND o.order_id IS NOT NULL THEN 1
            WHEN l.source NOT IN ('{LineSource.SUPPLIER}', '{LineSource.CENTRAL}') AND t.transfer_id IS NOT NULL THEN 1
            ELSE 2 END AS became
    FROM replenishment_lines l
    LEFT JOIN purchase_orders o ON o.order_id = l.document_id
        AND o.store_id = CASE WHEN l.source = '{LineSource.CENTRAL}' THEN l.source_store_id ELSE l.location_id END
    LEFT JOIN transfers t ON t.transfer_id = l.document_id AND t.to_store_id = l.location_id
        AND t.from_store_id = l.source_store_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"REP-proposals": (_PROPOSALS, _ACCEPTED)}
