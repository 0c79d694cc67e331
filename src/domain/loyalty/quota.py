"""How many points a store, or all stores of a region together, may issue by their sales in one month.

Months are those of business dates. Every sale of a store with a quota leaves an entry; what has been issued in a month
is the sum of its entries, and what a return takes back it gives back to the month of the sale.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class QuotaPlace(StrEnum):
    """Whose quota it is."""

    REGION = "region"
    STORE = "store"


class QuotaBeyond(StrEnum):
    """What a sale beyond a quota does: it earns no more than fits, or it earns as ever and is marked."""

    STOP = "stop"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class PointsQuota:
    """`points` (above 0) that the place with this code may issue in a month, an ISO text as 2026-11."""

    place: QuotaPlace
    code: str
    month: str
    points: int


@dataclass(slots=True)
class PointsQuotaUse:
    """What a document has issued under one quota: `points` above 0 for a sale, below 0 for what a return gives back.

    `withheld` (0 or more) are points that the sale did not earn because quotas were used up, whichever they were.
    `quota_points` is the quota in force, 0 for a return; `beyond` tells that the sale issued more than it left.
    """

    sale_id: int
    place: QuotaPlace
    code: str
    month: str
    points: int
    withheld: int
    quota_points: int
    beyond: bool
    posted_at: datetime


def month_of(on: date) -> str:
    """The month of a business date, as entries and quotas name it."""
    return on.isoformat()[:7]


def fitting(points: int, *, left: Iterable[int]) -> int:
    """How many of `points` (0 or more) fit into all that quotas leave, of which some may be below zero."""
    return max(0, min([points, *left]))
