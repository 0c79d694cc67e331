"""The invariants of forecasts in SQL: runs came to what their forecasts add up to."""

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

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"REP-forecasts": (_RUNS,)}
