"""How Liansuo compares with the cases of tests/conformance: `--conformance PATH` writes one verdict for each case.

    @pytest.mark.conformance("rounding-07", area="tax")
    def test_rounds_half_up(conformance):
        assert ...
        conformance.record("rounding-07", area="tax", verdict="agree")

- `agree`: same result. `policy`: another result, chosen on purpose. `not_applicable`: the case asks for something that
  Liansuo does not do. The last two need a reason.
- `differ` is never recorded, it is what remains: a test that fails, or one that passes without recording its case.
- A case that several tests decide gets the worst of their verdicts.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

OPTION = "--conformance"
VERDICTS = ("agree", "policy", "not_applicable", "differ")  # from best to worst

Recordable = Literal["agree", "policy", "not_applicable"]


class Verdict(NamedTuple):
    id: str
    area: str
    verdict: str
    reason: str


class Conformance:
    """Takes the verdicts of one test."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def record(self, case_id: str, *, area: str, verdict: Recordable, reason: str = "") -> None:
        """Sets the verdict of a case, provided that the test then passes."""
        if verdict not in VERDICTS[:-1]:
            raise ValueError(f"{verdict!r} cannot be recorded, only {', '.join(VERDICTS[:-1])}")
        if verdict != "agree" and not reason:
            raise ValueError(f"{case_id}: {verdict} needs a reason")
        self._item.user_properties.append(("conformance", [case_id, area, verdict, reason]))


@pytest.fixture
def conformance(request: pytest.FixtureRequest) -> Conformance:
    """Records how the test's conformance cases compare; see `tests.conformance.verdicts`."""
    return Conformance(request.node)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, type=Path, metavar="PATH", help="write the verdict of each conformance case to PATH")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption(OPTION)
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(path))


def pytest_itemcollected(item: pytest.Item) -> None:
    for mark in item.iter_markers("conformance"):
        for case_id in mark.args:
            carried = [case_id, mark.kwargs.get("area", ""), "differ", "the test recorded no verdict"]
            item.user_properties.append(("conformance", carried))


class Report:
    """Collects, where all results of a run arrive, the verdict of each case."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.verdicts: dict[str, list[Verdict]] = defaultdict(list)
        self.failures: dict[str, str] = {}
        self.cases: list[Verdict] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            crash = getattr(report.longrepr, "reprcrash", None)
            self.failures.setdefault(report.nodeid, crash.message.splitlines()[0] if crash else str(report.longrepr))
        if report.when == "teardown":
            cases = [Verdict(*value) for name, value in report.user_properties if name == "conformance"]
            # What was recorded later replaces what the mark put there.
            for case in {case.id: case for case in cases}.values():
                failure = self.failures.get(report.nodeid)
                self.verdicts[case.id].append(case._replace(verdict="differ", reason=failure) if failure else case)

    def pytest_sessionfinish(self) -> None:
        cases = [
            max(found, key=lambda case: VERDICTS.index(case.verdict)) for _, found in sorted(self.verdicts.items())
        ]
        self.cases = cases
        self.totals = {verdict: sum(case.verdict == verdict for case in cases) for verdict in VERDICTS}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps({**self.totals, "cases": [case._asdict() for case in cases]}, ensure_ascii=False, indent=2)
        self.path.write_text(content + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        by_area: dict[str, list[Verdict]] = defaultdict(list)
        for case in self.cases:
            by_area[case.area].append(case)
        terminalreporter.write_line(f"{'area':<30}" + "".join(f"{verdict:>16}" for verdict in VERDICTS))
        for area, cases in sorted(by_area.items()):
            numbers = [sum(case.verdict == verdict for case in cases) for verdict in VERDICTS]
            terminalreporter.write_line(f"{area:<30}" + "".join(f"{number or '':>16}" for number in numbers))
        for case in self.cases:
            if case.verdict != "agree":
                terminalreporter.write_line(f"{case.id} ({case.area}): {case.verdict}. {case.reason}")
        counts = ", ".join(f"{count} {verdict}" for verdict, count in self.totals.items())
        terminalreporter.write_line(f"conformance: {counts} -> {self.path}")
