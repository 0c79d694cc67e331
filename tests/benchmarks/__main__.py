"""`python -m tests.benchmarks`: measures the limits of this machine and what the server makes of them.

What is to be compared takes turns in slices of two seconds, because a machine may change its speed within a minute.
Prints a table and writes var/bench.json. The whole takes about 20 minutes, `--quick` about 2 (it leaves out the million
stored sales and the million members).
"""

import argparse
import signal
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from tests.benchmarks import h2load
from tests.benchmarks.bench import Bench, Scale
from tests.benchmarks.load import LOAD_TOOL
from tests.benchmarks.machine import machine_facts
from tests.benchmarks.parts import Parts
from tests.benchmarks.ports import ROOT
from tests.benchmarks.processes import adopt_orphans
from tests.benchmarks.report import show, write_document
from tests.benchmarks.results import Results

ROUNDS: Final = 5
QUICK_ROUNDS: Final = 3
FULL: Final = Scale(seconds=2, slices=5, variants=True)
QUICK: Final = Scale(seconds=1, slices=2, variants=False)
REPORT_WIDTH: Final = 120
NOT_QUICK: Final = frozenset({"look_up", "expiry", "stock", "rate_ratio", "till", "first_sync"})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs, without the million stored sales and members")
    parser.add_argument("--only", metavar="NAME,…", help="measure only these")
    parser.add_argument("--rounds", type=int, help=f"rounds, {ROUNDS} ({QUICK_ROUNDS} with --quick)")
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "bench.json", help="where the figures go")
    options = parser.parse_args()
    # Ends what was started, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    console = Console() if sys.stdout.isatty() else Console(width=REPORT_WIDTH)
    adopt_orphans()
    facts = {"machine": machine_facts(), "load_tool": LOAD_TOOL, "h2load": h2load.version(), "quick": options.quick}
    results = Results()
    parts = Parts(console.print)
    try:
        bench = Bench(parts, results, QUICK if options.quick else FULL, console.print)
        names = _chosen(parser, options.only, list(bench.measurements), quick=options.quick)
        rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
        for number in range(1, rounds + 1):
            console.print(f"round {number} of {rounds}")
            bench.round(names)
        facts |= {"postgresql": parts.postgres_facts(), "rounds": rounds}
    finally:
        parts.close()
    show(results, console)
    write_document(options.output, results, facts)
    console.print(f"Figures for programs: {options.output}")


def _chosen(parser: argparse.ArgumentParser, only: str | None, known: list[str], *, quick: bool) -> list[str]:
    if only is None:
        return [name for name in known if not (quick and name in NOT_QUICK)]
    names = only.split(",")
    if unknown := set(names) - set(known):
        parser.error(f"--only: no measurement is named {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return [name for name in known if name in names]


if __name__ == "__main__":
    main()
