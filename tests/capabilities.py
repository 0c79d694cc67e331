"""What the tests prove: `--capabilities PATH` runs the tests that carry a capability and writes a report of them.

A test says what it shows with `@pytest.mark.capability("PTS-12")`; tests/capabilities.txt lists what there is to show.
"""

import json
from collections import defaultdict
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

LIST = Path(__file__).with_suffix(".txt")
OPTION = "--capabilities"


class Capability(NamedTuple):
    id: str
    area: str
    title: str


@cache
def known_capabilities() -> dict[str, Capability]:
    """All capabilities by id, in the order of the list: lines of id, area and title with tabs between."""
    rows = [Capability(*line.split("\t")) for line in LIST.read_text(encoding="utf-8").splitlines()]
    return {row.id: row for row in rows}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        OPTION, type=Path, metavar="PATH", help="run the tests of capabilities only and report them in PATH"
    )


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption(OPTION)
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(path))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    tests = [item for item in report.result if isinstance(item, pytest.Item)]
    known = known_capabilities()
    unknown = sorted({f"{item.name}: {id}" for item in tests for id in carried(item) if id not in known})
    if unknown:
        report.outcome = "failed"
        report.longrepr = f"not in {LIST.name}: {', '.join(unknown)}"
        report.result = []
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties.extend(("capability", id) for id in carried(item))
    if config.getoption(OPTION):
        config.hook.pytest_deselected(items=[item for item in items if not carried(item)])
        items[:] = filter(carried, items)


def carried(item: pytest.Item) -> list[str]:
    return [id for mark in item.iter_markers("capability") for id in mark.args]


class Report:
    """Collects, where all results of a run arrive, which tests of a capability passed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.passed: dict[str, dict[str, bool]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, id in report.user_properties:
            if name == "capability":
                tests = self.passed[str(id)]
                tests[report.nodeid] = tests.get(report.nodeid, True) and report.passed

    def pytest_sessionfinish(self) -> None:
        rows = []
        for id, capability in known_capabilities().items():
            tests = self.passed[id]
            status = "untested" if not tests else "passed" if all(tests.values()) else "failed"
            results = [{"test": test, "passed": passed} for test, passed in sorted(tests.items())]
            rows.append({**capability._asdict(), "status": status, "tests": results})
        self.totals = {state: sum(row["status"] == state for row in rows) for state in ("passed", "failed", "untested")}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps({**self.totals, "capabilities": rows}, ensure_ascii=False, indent=2)
        self.path.write_text(content + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        counts = ", ".join(f"{count} {state}" for state, count in self.totals.items())
        terminalreporter.write_line(f"capabilities: {counts} -> {self.path}")
