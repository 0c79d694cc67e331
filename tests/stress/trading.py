"""Terminals that trade side by side while their server is killed, and the account of what came of it."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from google.protobuf.message import Message

from liansuo.inventory.v1 import inventory_pb2
from liansuo.sales.v1 import sales_pb2
from tests.stress.chain import PHONES
from tests.stress.client import ATTEMPTS_MAX, DEADLINE_S, METHODS, UNANSWERED, Reply, Terminal
from tests.stress.requests import POINTS_STEP, basket, earlier_today, new_id, refund, sale

MEMBERS_SHARE: Final = 0.5
POINTS_SHARE: Final = 0.1
REFUNDS_SHARE: Final = 0.08
RECEIPTS_SHARE: Final = 0.07
UPLOADS_SHARE: Final = 0.05
"""Of the sales: how many are a member's, are paid with points, and are followed by a refund of them, by a goods
receipt, by an upload of sales made offline."""

UPLOADED: Final = 5
"""Sales of one upload."""

WAIT_SECONDS_MAX: Final = 120
IMPATIENT_S: Final = 0.003
"""About as long as a sale takes: some answers come too late."""


@dataclass(frozen=True)
class Account:
    """Numbers of documents: sent, acknowledged and stored; lost and doubled ones by their marks."""

    sent: int
    acknowledged: int
    stored: int
    lost: list[str]
    doubled: list[str]
    never_sent: list[str]


@dataclass
class Book:
    """What the terminals noted: every document before it was sent, and its id once it was acknowledged."""

    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    replayed: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def await_sales(self, number: int) -> None:
        """Waits until that many sales have been acknowledged."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.sales() >= number, WAIT_SECONDS_MAX)

    def sales(self) -> int:
        return sum(mark.startswith("N-") for mark in self.acknowledged)

    def account(self, documents: Mapping[str, Sequence[int]]) -> Account:
        """Compares with what is stored: `documents` holds the ids of the documents of every mark."""
        return Account(
            sent=len(self.sent),
            acknowledged=len(self.acknowledged),
            stored=sum(map(len, documents.values())),
            lost=sorted(mark for mark, known in self.acknowledged.items() if known not in documents.get(mark, ())),
            doubled=sorted(mark for mark, ids in documents.items() if len(ids) > 1),
            never_sent=sorted(documents.keys() - self.sent),
        )


class Trading:
    """Sells `sales` baskets from all terminals at once, with refunds, goods receipts and uploads between them.

    Every document carries a mark that its request id has nothing to do with, so that a sale stored under two request
    ids is seen. `naive` terminals make exactly that mistake: they do not wait long for an answer, and take a new
    request id when they try again.
    """

    def __init__(self, terminals: Sequence[Terminal], *, sales: int, seed: int, naive: bool = False) -> None:
        self.book = Book()
        self._terminals = terminals
        self._numbers = iter(range(1, sales + 1))
        self._seed = seed
        self._naive = naive
        self._next = threading.Lock()
        self._stopped = False

    @contextmanager
    def under_way(self) -> Iterator[Book]:
        """Trades while the block runs, then to the end; what went wrong in a terminal is raised here."""
        with ThreadPoolExecutor(len(self._terminals)) as pool:
            trading = [pool.submit(self._trade, terminal, place) for place, terminal in enumerate(self._terminals)]
            try:
                yield self.book
            except BaseException:
                self.stop()
                raise
            for done in trading:
                done.result(WAIT_SECONDS_MAX)

    def stop(self) -> None:
        """Lets every terminal finish what it has sent, and no more."""
        self._stopped = True

    def _trade(self, terminal: Terminal, place: int) -> None:
        chance = Random(f"{self._seed}/{place}")
        for number in self._turns():
            sold = self._sell(terminal, chance, number)
            if self._naive:
                continue
            if chance.random() < REFUNDS_SHARE:
                mark = f"R-{number}"
                self._send(terminal, "RefundSale", refund(new_id(chance), sold, reason=mark), mark, chance)
            if chance.random() < RECEIPTS_SHARE:
                mark = f"G-{number}"
                request = inventory_pb2.ReceiveGoodsRequest(request_id=new_id(chance), reference=mark)
                request.lines.add(sku="K01", quantity_milli=1000, cost_minor=400)
                self._send(terminal, "ReceiveGoods", request, mark, chance)
            if chance.random() < UPLOADS_SHARE:
                self._upload(terminal, chance, [f"U-{number}-{place}" for place in range(UPLOADED)])

    def _turns(self) -> Iterator[int]:
        while not self._stopped:
            with self._next:
                number = next(self._numbers, None)
            if number is None:
                return
            yield number

    def _sell(self, terminal: Terminal, chance: Random, number: int) -> int:
        mark = f"N-{number}"
        member = chance.choice(PHONES) if chance.random() < MEMBERS_SHARE else ""
        points = POINTS_STEP if member and chance.random() < POINTS_SHARE / MEMBERS_SHARE else 0
        request = sale(new_id(chance), basket(chance), mark=mark, member=member, points=points)
        return self._send(terminal, "Checkout", request, mark, chance)

    def _upload(self, terminal: Terminal, chance: Random, marks: Sequence[str]) -> None:
        self.book.sent.update(marks)
        sales = [sale(new_id(chance), basket(chance), mark=mark, sold_at=earlier_today()) for mark in marks]
        reply, repeated = terminal.insist("UploadSales", sales_pb2.UploadSalesRequest(sales=sales))
        results = reply.as_a(sales_pb2.UploadSalesResponse).results
        assert all(result.sale_id for result in results), results
        known = {result.status == sales_pb2.UPLOAD_STATUS_SAME_AS_BEFORE for result in results}
        stored = {mark: result.sale_id for mark, result in zip(marks, results, strict=True)}
        self._note(stored, repeated, replayed=True in known)

    def _send(self, terminal: Terminal, rpc: str, request: Message, mark: str, chance: Random) -> int:
        """Sends until there is an answer, and notes what happened; the id of the document."""
        self.book.sent.add(mark)
        if self._naive:
            reply, repeated = _insist_naively(terminal, rpc, request, chance)
        else:
            reply, repeated = terminal.insist(rpc, request)
        answer = reply.as_a(METHODS[rpc].row.response)
        if isinstance(answer, inventory_pb2.ReceiveGoodsResponse):
            document_id = answer.receipt_id
        else:
            document_id = answer.sale.sale_id
        self._note({mark: document_id}, repeated, replayed=reply.replayed)
        return document_id

    def _note(self, stored: Mapping[str, int], repeated: int, *, replayed: bool) -> None:
        with self.book.changed:
            self.book.acknowledged.update(stored)
            self.book.repeated += repeated
            self.book.replayed += replayed
            self.book.changed.notify_all()


def _insist_naively(terminal: Terminal, rpc: str, request: Any, chance: Random) -> tuple[Reply, int]:
    """The mistake: whoever gets no answer makes a new request of it, although the old one may have been stored."""
    for attempt in range(ATTEMPTS_MAX):
        reply = terminal.ask(rpc, request, deadline_s=DEADLINE_S if attempt else IMPATIENT_S)
        if reply.code not in UNANSWERED:
            return reply, attempt
        request.request_id = new_id(chance)
    raise TimeoutError(f"{rpc} found no server in {ATTEMPTS_MAX} attempts")
