"""`liansuo check`: whether the ledgers agree with each other and with the documents."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import typer

from application.check import CheckResult, run_checks
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, show
from entrypoints.cli.problems import Exit


def check(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Prove every invariant on one state of the database; exit 1 and name the rows where one does not hold."""
    with opened(database) as chain:
        results = examined(chain)
    show_results(results, form)
    if failed(results):
        raise typer.Exit(Exit.REFUSED)


def examined(chain: Database) -> list[CheckResult]:
    """The outcome of every invariant."""
    return chain.read(lambda uow, _: run_checks(uow), None)


def failed(results: Sequence[CheckResult]) -> int:
    """How many invariants do not hold."""
    return sum(result.violated > 0 for result in results)


def show_results(results: Sequence[CheckResult], form: Format) -> None:
    """Prints the outcomes; a table is followed by the rows at fault, JSON and CSV hold them."""
    if form is Format.JSON:
        json.dump(document_of(results), sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
        return
    columns = [
        Column("id", "Id"),
        Column("title", "Invariant"),
        Column("state", "State"),
        Column("checked", "Checked", Kind.COUNT),
        Column("violated", "Violated", Kind.COUNT),
    ]
    rows = [
        [result.id, result.title, "violated" if result.violated else "holds", result.checked, result.violated]
        for result in results
    ]
    if form is Format.CSV:
        columns.append(Column("violations", "Violations"))
        rows = [[*row, " | ".join(result.violations)] for row, result in zip(rows, results, strict=True)]
    show(Figures("Invariants", columns, rows), form)
    if form is Format.TABLE:
        _name_rows(results)


def document_of(results: Sequence[CheckResult]) -> dict[str, Any]:
    """The outcomes as JSON holds them."""
    checks = [
        {
            "id": result.id,
            "title": result.title,
            "ok": not result.violated,
            "checked": result.checked,
            "violated": result.violated,
            "violations": result.violations,
        }
        for result in results
    ]
    return {"ok": not failed(results), "checks": checks}


def _name_rows(results: Sequence[CheckResult]) -> None:
    for result in results:
        for violation in result.violations:
            sys.stdout.write(f"{result.id}: {violation}\n")
        if result.violated > len(result.violations):
            sys.stdout.write(f"{result.id}: and {result.violated - len(result.violations)} more\n")
    if count := failed(results):
        notes.print(f"{count} of {len(results)} invariants do not hold: the rows above were changed past the program.")
    else:
        notes.print(f"All {len(results)} invariants hold.")
