"""What is to be reached, as ratios within one round, so that a slow or a busy machine changes little."""

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


def _quotient(ours: float, limit: float) -> float:
    return ours / limit


def _itself(value: float) -> float:
    return value


GOALS: Final = (
    Goal(
        name="checkout_pg_64 / raw_single",
        figures=("checkout_pg_64_per_s", "raw_single_per_s"),
        value=_quotient,
        limit=0.5,
    ),
    Goal(
        name="checkout_pg_8 / raw_single",
        figures=("checkout_pg_8_per_s", "raw_single_per_s"),
        value=_quotient,
        limit=0.25,
    ),
    Goal(name="checkout_pg_8 p99 ms", figures=("checkout_pg_8_p99_ms",), value=_itself, limit=50, at_most=True),
    Goal(
        name="checkout_pg_1 p50 / (echo + raw statement)",
        figures=("checkout_pg_1_p50_ms", "grpc_echo_1_p50_ms", "raw_single_1_p50_ms"),
        value=lambda ours, echo, raw: ours / (echo + raw),
        limit=3,
        at_most=True,
    ),
    Goal(name="upload_pg / raw_single", figures=("upload_pg_per_s", "raw_single_per_s"), value=_quotient, limit=1.0),
    Goal(
        name="checkout_sqlite_8 per s, if the echo does 2,000",
        figures=("checkout_sqlite_8_per_s", "grpc_echo_per_s"),
        value=lambda ours, echo: ours if echo >= ECHO_PER_S_MIN else max(ours, SQLITE_PER_S_MIN),
        limit=SQLITE_PER_S_MIN,
    ),
    Goal(name="round trips per batch", figures=("round_trips_per_batch",), value=_itself, limit=6, at_most=True),
    Goal(name="rate with 1,000,000 / 10,000 sales", figures=("rate_ratio_1m_to_10k",), value=_itself, limit=0.9),
)
