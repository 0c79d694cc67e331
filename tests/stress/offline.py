"""Terminals that sold without connection: journals that are sent several times over a bad line, a copy among them."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from entrypoints.terminal.journal import Journal, Outgoing
from entrypoints.terminal.sender import sender_of_sales
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo_client import connect
from tests.stress.chain import PHONES
from tests.stress.client import Terminal
from tests.stress.requests import basket, new_id, sale
from tests.stress.server import Server

DAYS_LATE_MAX: Final = 30
POISON_SHARE: Final = 0.01
CUT_SHARE: Final = 0.1
TIMES_SENT: Final = 3
BATCH_MAX: Final = 50
SENDERS: Final = 2
"""Of one journal, at once, with no lock between them."""


@dataclass
class Offline:
    """One terminal's journal and what was sold into it: good sales by their marks, with their instants, and poison.

    `numbers` are the receipt numbers of the good ones.
    """

    code: str
    journal: Journal
    sold: dict[str, datetime] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    delivered: int = 0

    def sell(self, chance: Random, sales: int, *, poison: int = 0) -> None:
        """Sells, in the order of time, within the last 30 days; `poison` of them are of goods that nobody knows."""
        now = datetime.now(UTC).replace(microsecond=0)
        times = sorted(now - timedelta(seconds=chance.randrange(DAYS_LATE_MAX * 86_400)) for _ in range(sales))
        spoiled = set(chance.sample(range(sales), poison))
        for number, sold_at in enumerate(times):
            mark = f"U-{new_id(chance)}"
            member = PHONES[1] if chance.random() < 0.1 else ""
            made = sale(new_id(chance), basket(chance), mark=mark, member=member, sold_at=sold_at)
            sequence = self.journal.next_sequence()
            if number in spoiled:
                made.basket.lines.add(sku="NOSUCH", quantity_milli=1_000)
                self.poison.add(made.request_id)
            else:
                self.sold[mark] = sold_at
                self.numbers.add(sequence)
            self.journal.record(made, b"receipt")


@contextmanager
def sold_offline(
    folder: Path, codes: Sequence[str], chance: Random, *, sales: int, poison: int
) -> Iterator[list[Offline]]:
    """A full journal for each terminal; the last one in the list is a copy of the first, made halfway.

    `poison` is how many sales of the whole are spoiled, at most one per terminal and round.
    """
    with ExitStack() as cleaning:
        made = [Offline(code, cleaning.enter_context(Journal(folder / code / "till.journal"))) for code in codes]
        spoiled = [poison // len(codes) + (number < poison % len(codes)) for number in range(len(codes))]
        first = made[0]
        first.sell(chance, sales // 2)
        clone = Offline(first.code, cleaning.enter_context(Journal(_copied(first.journal.path, folder / "clone"))))
        first.sell(chance, sales - sales // 2, poison=spoiled[0])
        clone.sell(chance, sales // 2)
        for terminal, bad in zip(made[1:], spoiled[1:], strict=True):
            terminal.sell(chance, sales, poison=bad)
        yield [*made, clone]


def deliver(server: Server, terminals: Sequence[Offline], credentials: Sequence[str], *, seed: str) -> None:
    """Sends every sale three times in shuffled batches, by two senders per journal; a tenth of the batches is cut off.

    Then each journal's own sender sends what is left, until nothing waits.
    """
    with ThreadPoolExecutor(len(terminals)) as pool:
        for done in [
            pool.submit(_deliver, server, terminal, credential, Random(f"{seed} {number}"))
            for number, (terminal, credential) in enumerate(zip(terminals, credentials, strict=True))
        ]:
            done.result()


def _deliver(server: Server, offline: Offline, credential: str, chance: Random) -> None:
    waiting = offline.journal.waiting(100_000)
    batches = [batch for _ in range(TIMES_SENT) for batch in _shuffled(waiting, chance)]
    chance.shuffle(batches)
    cuts = [chance.uniform(0.001, 0.02) if chance.random() < CUT_SHARE else None for _ in batches]
    offline.delivered = sum(map(len, batches))
    work = list(zip(batches, cuts, strict=True))

    def send(part: int) -> None:
        terminal = Terminal(server.address, credential)
        for batch, cut_after_s in work[part::SENDERS]:
            request = pb2.UploadSalesRequest(sales=[pb2.CheckoutRequest.FromString(one.document) for one in batch])
            if cut_after_s is not None:
                terminal.ask("UploadSales", request, deadline_s=cut_after_s)
                continue
            reply, _ = terminal.insist("UploadSales", request)
            results = reply.as_a(pb2.UploadSalesResponse).results
            offline.journal.answered(*[one for one in results if not one.try_again])
        terminal.close()

    with ThreadPoolExecutor(SENDERS) as pool:
        for done in [pool.submit(send, part) for part in range(SENDERS)]:
            done.result()
    with connect(server.address, credential=credential, language="zh") as client:
        sender = sender_of_sales(offline.journal, client)
        while offline.journal.waiting(1):
            assert sender.send()


def _shuffled(waiting: Sequence[Outgoing], chance: Random) -> list[list[Outgoing]]:
    order = chance.sample(waiting, len(waiting))
    return [order[at : at + BATCH_MAX] for at in range(0, len(order), BATCH_MAX)]


def _copied(path: Path, folder: Path) -> Path:
    """The journal's file alone, as somebody copies it who sets up a second till."""
    folder.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Path(shutil.copy(path, folder / path.name))
