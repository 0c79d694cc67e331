"""The invariants of forecasts in SQL: runs came to what their forecasts add up to, and dates are of members."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

_RUNS: Final = Comparison(
    "forecast_runs",
    ("run_id",),
    (
        Pair("series", "series", "found", "series of it"),
        Pair("sold", "sold in the weeks held out", "found_sold", "sum of its series"),
        Pair("error", "errors", "found_error", "sum of its series"),
        Pair("baselines", "errors of both baselines", "found_baselines", "sum of its series"),
    ),
    """
    SELECT r.run_id,
        CASE WHEN r.kept THEN r.series ELSE 0 END AS series, COALESCE(s.found, 0) AS found,
        CASE WHEN r.kept THEN r.sold_milli ELSE 0 END AS sold, COALESCE(s.sold, 0) AS found_sold,
        CASE WHEN r.kept THEN r.error_milli ELSE 0 END AS error, COALESCE(s.error, 0) AS found_error,
        CASE WHEN r.kept THEN r.recent_mean_error_milli + r.seasonal_naive_error_milli ELSE 0 END AS baselines,
        COALESCE(s.baselines, 0) AS found_baselines
    FROM forecast_runs r LEFT JOIN (
        SELECT run_id, COUNT(*) AS found, SUM(sold_milli) AS sold, SUM(error_milli) AS error,
            SUM(recent_mean_error_milli + seasonal_naive_error_milli) AS baselines
        FROM forecast_series GROUP BY run_id
    ) s ON s.run_id = r.run_id
    """,
)

_PURCHASES: Final = Comparison(
    "next_purchases",
    ("member_id", "department_id"),
    (
        Pair("members", "members it is about", "one", "expected"),
        Pair("in_order", "dates in order", "one", "expected"),
    ),
    """
    SELECT n.member_id, n.department_id, 1 AS one,
        CASE WHEN m.member_id IS NOT NULL AND m.merged_into IS NULL AND m.erased_at IS NULL THEN 1 ELSE 0 END
            AS members,
        CASE WHEN n.last_on <= n.told_on AND n.last_on < n.from_on AND n.told_on <= n.from_on
            AND n.from_on <= n.next_on AND n.next_on <= n.until_on AND n.purchase_days > 0 THEN 1 ELSE 0 END AS in_order
    FROM next_purchases n LEFT JOIN members m ON m.member_id = n.member_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "REP-forecasts": (_RUNS,),
    "REP-purchases": (_PURCHASES,),
}
