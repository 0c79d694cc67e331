"""A till with its files: journal, catalogue, desk and cards of one directory, closed together."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path

from domain.sales.receipt import Receipt
from domain.shared.errors import Conflict
from entrypoints.plug_ins import installed_plug_ins
from entrypoints.terminal.cards import Cards
from entrypoints.terminal.catalogue import Catalogue
from entrypoints.terminal.desk import Desk
from entrypoints.terminal.journal import Journal
from entrypoints.terminal.line import Line
from entrypoints.terminal.sender import sender_of_sales
from entrypoints.terminal.till import Till
from liansuo_client import Client


class DirectoryInUse(Conflict):
    en = "Another till works in the directory {directory}. Close it, or give this one a directory of its own."
    zh = "目录 {directory} 正被另一收银台使用。请先关闭它，或为本收银台指定其他目录。"


@contextmanager
def till_in(
    directory: Path,
    client: Client,
    *,
    now: Callable[[], datetime],
    print_out: Callable[[Receipt], None],
    language: str,
) -> Iterator[Till]:
    """The till whose files lie in `directory`; what was open when it last ended is there again.

    Raises DirectoryInUse when another till works in it: two of them would write down one sale over the other.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        files.enter_context(_alone(directory))
        journal = files.enter_context(Journal(directory / "journal.db", now=now))
        yield Till(
            line=Line(client, now=now),
            catalogue=files.enter_context(
                closing(Catalogue(directory / "catalogue.db", plug_ins=installed_plug_ins()))
            ),
            journal=journal,
            sender=sender_of_sales(journal, client),
            desk=files.enter_context(closing(Desk(directory / "desk.db"))),
            cards=files.enter_context(closing(Cards(directory / "cards.db"))),
            now=now,
            print_out=print_out,
            language=language,
        )


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """The operating system's lock: it goes with the process that holds it, whatever becomes of that."""
    with closing(sqlite3.connect(directory / "till.lock", timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise DirectoryInUse("directory", directory=directory.name) from None
        yield
