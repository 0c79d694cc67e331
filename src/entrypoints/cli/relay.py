"""`liansuo relay`: events from the outbox to whoever reads them."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from application.ports.kernel import Contention
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import notes

PAUSE_S: Final = 1.0
"""How long to wait when nothing waits."""


def relay(
    to: Annotated[
        Path | None, typer.Option("--to", help="File that gets one JSON line per event; default: beside the database.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Deliver what waits, then end.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Deliver the events that wait in the outbox, each at least once, until Ctrl-C or SIGTERM.

    What was delivered is on disk before it is marked, so that a crash loses nothing; an event may come twice.
    """
    from adapters.events.json_lines import JsonLines
    from adapters.sql.outbox import relay as relay_batch

    with opened(database) as chain, until_stopped() as stop:
        path = to or chain.beside("events.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        sink = JsonLines(path)
        delivered = 0
        while not stop.is_set():
            try:
                count = relay_batch(chain.units, sink, now=datetime.now(UTC))
            except Contention:
                count = 0
            else:
                if once and not count:
                    break
            delivered += count
            if not count:
                stop.wait(PAUSE_S)
        notes.print(f"{delivered:,} events delivered: {path}", markup=False)


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set: the batch under way is finished."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
