"""A till with its files: journal, catalogue, desk and cards of one directory, closed together."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path

from entrypoints.plug_ins import installed_plug_ins
from entrypoints.terminal.cards import Cards
from entrypoints.terminal.catalogue import Catalogue
from entrypoints.terminal.desk import Desk
from entrypoints.terminal.journal import Journal
from entrypoints.terminal.line import Line
from entrypoints.terminal.sender import sender_of_sales
from entrypoints.terminal.till import Till
from liansuo_client import Client


@contextmanager
def till_in(
    directory: Path,
    client: Client,
    *,
    now: Callable[[], datetime],
    print_out: Callable[[str], None],
    language: str,
) -> Iterator[Till]:
    """The till whose files lie in `directory`; what was open when it last ended is there again."""
    with ExitStack() as files:
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
