"""What is to be reached. Ratios are of slices that took turns: a machine that changes its speed changes both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from tests.benchmarks.results import Results, summary

SQLITE_PER_S_MIN: Final = 400
ECHO_PER_S_MIN: Final = 2_000
"""A machine on which not even the echo is as fast owes no rate on SQLite."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """`value` makes a ratio of the figures of one round; its median is to be at least, or at most, `limit`."""

    name: str
    figures: Sequence[str]
    value: Callable[..., float]
    limit: float
    at_most: bool = False

    def outcome(self, results: Results) -> dict[str, Any]:
        """The ratio over all rounds and whether it reaches the goal; None where it was not measured."""
        values = [self.value(*of_round) for of_round in zip(*map(results.values, self.figures), strict=False)]
        said: dict[str, Any] = {"goal": f"{'<=' if self.at_most else '>='} {self.limit:g}"}
        if not values:
            return said | {"reached": None}
        middle = median(values)
        reached = middle <= self.limit if self.at_most else middle >= self.limit
        return said | summary(values) | {"reached": reached}


def _itself(value: float) -> float:
    return value


def _measured(name: str, figure: str, limit: float, *, at_most: bool = False) -> Goal:
    """A goal for a figure as it was measured."""
    return Goal(name=name, figures=(figure,), value=_itself, limit=limit, at_most=at_most)


GOALS: Final = (
    _measured("checkout_pg_64 / raw_single", "checkout_pg_64_of_raw_single", 0.5),
    _measured("checkout_pg_8 / raw_single", "checkout_pg_8_of_raw_single", 0.25),
    _measured("checkout_pg_8 p99 ms", "checkout_pg_8_p99_ms", 50, at_most=True),
    _measured("50 tills, a sale a second each: p99 ms (SAL-04)", "checkout_pg_50_tills_p99_ms", 100, at_most=True),
    _measured("50 tills that never rest: p99 ms", "checkout_pg_50_tills_that_never_rest_p99_ms", 100, at_most=True),
    _measured("checkout_pg_1 p50 / (echo + raw statement)", "checkout_pg_1_of_echo_and_raw", 3, at_most=True),
    _measured("upload_pg / raw_single", "upload_pg_of_raw_single", 1.0),
    Goal(
        name="checkout_sqlite_8 per s, if the echo does 2,000",
        figures=("checkout_sqlite_8_per_s", "grpc_echo_per_s"),
        value=lambda ours, echo: ours if echo >= ECHO_PER_S_MIN else max(ours, SQLITE_PER_S_MIN),
        limit=SQLITE_PER_S_MIN,
    ),
    _measured("round trips per batch", "round_trips_per_batch", 6, at_most=True),
    _measured("pricing with 1,000 / no promotions", "price_ratio_1000_promotions", 2, at_most=True),
    _measured("10 lines with 1,000 promotions, us", "price_10_lines_1000_promotions_us", 1_000, at_most=True),
    _measured("100 lines with 1,000 promotions, us", "price_100_lines_1000_promotions_us", 10_000, at_most=True),
    _measured("book of 10,000 promotions, ms", "promotion_book_10000_ms", 2_000, at_most=True),
    _measured("change of 100 promotions, ms", "promotion_delta_100_ms", 50, at_most=True),
    _measured("book of 100,000 SKUs and 10,000 promotions, ms", "price_book_load_ms", 2_000, at_most=True),
    _measured("change of 100 in that book, ms", "price_book_delta_ms", 50, at_most=True),
    _measured("till: scan to line at 1,000,000 SKUs, p99 ms", "till_scan_p99_ms", 20, at_most=True),
    _measured("till: quote of 10 lines at 1,000,000 SKUs, p99 ms", "till_quote_p99_ms", 30, at_most=True),
    _measured("checkouts with 100 / no promotions", "promotions_rate_ratio", 0.85),
    _measured("checkouts on one limited / unlimited promotion", "limited_rate_ratio", 0.5),
    _measured(
        "member by phone among 1,000,000: p95 ms over the echo",
        "look_up_1_p95_ms_over_echo",
        5,
        at_most=True,
    ),
    _measured(
        "expiry of 1,000,000 members: memory, last / second tenth", "expiry_rss_late_to_early", 1.1, at_most=True
    ),
    _measured("a SKU in 457 stores: p95 ms", "stock_find_p95_ms", 10, at_most=True),
    _measured("stock at a moment of 10,000,000 movements: p95 ms", "stock_as_of_p95_ms", 50, at_most=True),
    _measured("proposal for 457 stores and 10,000 SKUs, s", "stock_proposal_s", 60, at_most=True),
    _measured("count of 5,000 SKUs closed and posted, s", "stock_count_close_s", 5, at_most=True),
    _measured("rate with 1,000,000 / 10,000 sales", "rate_ratio_1m_to_10k", 0.9),
)
