"""`liansuo demo`: weeks of a real chain on a fresh embedded database, from an empty file to proven books."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import grpc
import typer

from application.check import CheckResult
from application.sales.views import TakingsDimension
from entrypoints.cli.check import document_of, examined, failed, show_results
from entrypoints.cli.complete_journey import Journey, load
from entrypoints.cli.database import Database, migrated, opened
from entrypoints.cli.importing import WeeksOption, import_journey, imported_figures
from entrypoints.cli.output import Figures, Format, FormatOption, notes, show, show_all
from entrypoints.cli.playing import Played, Playing, Way
from entrypoints.cli.problems import Exit, Interrupted, Problem
from entrypoints.cli.reconciliation import reconciliation
from entrypoints.cli.replay import CLIENTS, LIVE_WEEKS_MAX, ClientsOption, account_for, play_visibly, way_for
from entrypoints.cli.report import (
    best_seller_figures,
    points_liability_total,
    takings_figures,
    top_member_figures,
    trial_balance_figures,
)
from entrypoints.cli.terminals import read_credentials

STARTED_S_MAX: Final = 60.0
STOPPED_S_MAX: Final = 30.0
TICK_S: Final = 0.2
ROWS_SHOWN: Final = 10
FILES: Final = ("demo.json", "demo-terminals.json", "demo-skipped.csv", "demo-server.log")


def demo(
    weeks: WeeksOption = LIVE_WEEKS_MAX,
    directory: Annotated[Path, typer.Option("--directory", help="Where everything is written.")] = Path("var"),
    clients: ClientsOption = CLIENTS,
    form: FormatOption = Format.TABLE,
) -> None:
    """Trade weeks of a real chain through the server, print the figures, prove the books, write demo.json.

    Starts from an empty database each time. Up to 2 weeks are sold live, more are uploaded in batches.
    """
    began = time.monotonic()
    directory.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{directory / 'demo.db'}"
    for old in (*directory.glob("demo.db*"), *(directory / name for name in FILES)):
        old.unlink(missing_ok=True)
    journey = load()
    migrated(url)
    with opened(url) as chain:
        played, way = _trade(chain, journey, url, directory, weeks=weeks, clients=clients, form=form)
        journey = journey.until(weeks)
        account_for(journey, played, way, chain.beside("skipped.csv"))
        if played.sent != journey.kept:
            raise Interrupted("Stopped before all baskets were played.")
        results = _print_figures(chain, journey, played, form)
    seconds = round(time.monotonic() - began, 1)
    written = demo_figures(journey, checks_failed=failed(results), seconds=seconds)
    (directory / "demo.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    notes.print(f"Done in {seconds} s. The same figures for programs: {directory / 'demo.json'}", markup=False)
    if failed(results) or played.refusals:
        raise typer.Exit(Exit.REFUSED)


def demo_figures(journey: Journey, *, checks_failed: int, seconds: float) -> dict[str, int | float]:
    """What var/demo.json holds; counts and amounts are those read, skipped ones included."""
    read = journey.read
    return {
        "baskets": read.baskets,
        "lines": read.lines,
        "received_minor": read.received_minor,
        "retail_disc_minor": read.retail_disc_minor,
        "coupon_disc_minor": read.coupon_disc_minor,
        "coupon_match_minor": read.coupon_match_minor,
        "stores": len(journey.stores),
        "members": len(journey.households),
        "lines_skipped": journey.skipped.lines,
        "coupon_surplus_minor": read.coupon_surplus_minor,
        "checks_failed": checks_failed,
        "seconds": seconds,
    }


def _trade(
    chain: Database, journey: Journey, url: str, directory: Path, *, weeks: int, clients: int, form: Format
) -> tuple[Played, Way]:
    """Imports the chain and plays its baskets through a server that runs for just so long."""
    address = f"127.0.0.1:{free_port()}"
    with served(url, address, directory / "demo-server.log"):
        notes.print(f"A server answers on {address}; its database is {directory / 'demo.db'}", markup=False)
        credentials = chain.beside("terminals.json")
        imported = import_journey(chain, journey, credentials, weeks=weeks)
        if form is Format.TABLE:
            show(imported_figures(imported), form)
        playing = Playing(address, read_credentials(credentials), way_for(weeks), clients)
        return play_visibly(journey.until(weeks), playing), playing.way


@contextmanager
def served(url: str, address: str, log: Path) -> Iterator[None]:
    """A server of its own on `address` for as long as the block runs; it is stopped gracefully whatever happens."""
    # Without it SIGTERM would end this process at once and leave the server behind.
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    host, _, port = address.rpartition(":")
    environment = os.environ | {"LIANSUO_DATABASE_URL": url, "LIANSUO_HOST": host, "LIANSUO_PORT": port}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "entrypoints", "serve"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches the command only, which finishes its calls before it stops the server.
            start_new_session=True,
        )
    try:
        _await_server(process, address, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOPPED_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        signal.signal(signal.SIGTERM, before)


def _await_server(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    with grpc.insecure_channel(address) as channel:
        ready = grpc.channel_ready_future(channel)
        for _ in range(int(STARTED_S_MAX / TICK_S)):
            try:
                ready.result(timeout=TICK_S)
                return
            except grpc.FutureTimeoutError:
                if process.poll() is not None:
                    break
    raise Problem("The server did not start.", advice=f"Its log says why: {log}")


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _print_figures(chain: Database, journey: Journey, played: Played, form: Format) -> list[CheckResult]:
    """Prints what was taken, by whom, what is owed and whether the books balance; returns the checks."""
    shown = {
        "reconciliation": reconciliation(journey, played),
        "takings_by_tender": takings_figures(chain, [TakingsDimension.TENDER]),
        "takings_by_department": takings_figures(chain, [TakingsDimension.DEPARTMENT]),
        "takings_by_store": _best(takings_figures(chain, [TakingsDimension.STORE]), ROWS_SHOWN),
        "best_sellers": best_seller_figures(chain, top=ROWS_SHOWN),
        "top_members": top_member_figures(chain, top=ROWS_SHOWN),
        "points_liability": points_liability_total(chain),
        "trial_balance": trial_balance_figures(chain),
    }
    results = examined(chain)
    if form is Format.JSON:
        show_all(shown, form, beside={"check": document_of(results)})
    else:
        show_all(shown, form)
        show_results(results, form)
    return results


def _best(figures: Figures, count: int) -> Figures:
    """The first rows by their total."""
    place = [column.name for column in figures.columns].index("total_minor")
    rows = sorted(figures.rows, key=lambda row: -row[place])[:count]
    return replace(figures, title=f"{figures.title}, the best {len(rows)} of {len(figures.rows)}", rows=rows)
