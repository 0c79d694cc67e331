"""The figures for people, as a table, and for programs, as JSON."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.goals import GOALS
from tests.benchmarks.results import OTHERS_SHARE, Results


def document(results: Results, facts: dict[str, Any]) -> dict[str, Any]:
    """Everything that was measured; the figures stand at the top, by their names."""
    return {
        **results.figures(),
        "ratios": {goal.name: goal.outcome(results) for goal in GOALS},
        "cpu_us_per_checkout": results.cpu_us_each(),
        "rows_of_one_checkout": results.rows,
        "quiet": results.quiet,
        **facts,
    }


def write_document(path: Path, results: Results, facts: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(results, facts), indent=1) + "\n", encoding="utf-8")


def show(results: Results, console: Console) -> None:
    """Prints figures with CPU per checkout, then the goals."""
    cpu = results.cpu_us_each()
    figures = Table(title="Figures (median, minimum, maximum; CPU in microseconds per checkout)")
    _columns(figures, "figure", "median", "min", "max", "runs", "server", "PostgreSQL", "client")
    for key, one in results.figures().items():
        used = cpu.get(key, {})
        figures.add_row(
            key,
            *(_number(one[name]) for name in ("median", "min", "max")),
            str(one["runs"]),
            *(_number(used[who]["median"]) if who in used else "" for who in ("server", "postgresql", "client")),
        )
    console.print(figures)
    goals = Table(title="To reach")
    _columns(goals, "ratio", "goal", "median", "min", "max", "reached")
    for goal in GOALS:
        outcome = goal.outcome(results)
        reached = {True: "yes", False: "no", None: "not measured"}[outcome["reached"]]
        values = (_number(outcome[name]) if name in outcome else "" for name in ("median", "min", "max"))
        goals.add_row(goal.name, outcome["goal"], *values, reached)
    console.print(goals)
    if not results.quiet:
        share = max(results.values(OTHERS_SHARE))
        console.print(
            f"NOT QUIET: other programs took up to {share:.0%} of the machine; "
            "measure again when it has nothing else to do."
        )


def _columns(table: Table, first: str, *others: str) -> None:
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
