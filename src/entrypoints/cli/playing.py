"""Plays baskets through the server as the stores' terminals would: each in order, many side by side, nothing twice."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from entrypoints.cli.complete_journey import Basket, Journey, Sums
from entrypoints.cli.messages import checkout_request
from entrypoints.cli.problems import Problem
from entrypoints.cli.terminals import Refused, Terminal, connected, require_server
from liansuo.sales.v1 import sales_pb2, sales_pb2_grpc

CLIENTS_MAX: Final = 64
UPLOAD_SALES_MAX: Final = 100
CHECKOUT_DEADLINE_S: Final = 10.0
UPLOAD_DEADLINE_S: Final = 60.0
TICK_S: Final = 0.2


RequestOf: TypeAlias = Callable[[Basket], sales_pb2.CheckoutRequest]
"""How a basket becomes the message that sells it; always the same message, so that a replay is a duplicate."""


class Way(StrEnum):
    """How baskets are sent."""

    LIVE = "live"
    """One Checkout per basket: the server's clock dates the sale."""
    UPLOAD = "upload"
    """Batches of sales that the terminal made before: dated as in the data."""


class RefusedBasket(NamedTuple):
    """A basket that the server did not store as it is, with the reason."""

    basket: Basket
    refused: Refused


@dataclass(slots=True)
class Played:
    """What became of the baskets that were sent; each is in exactly one of the three sums."""

    stored: Sums = field(default_factory=Sums)
    same_as_before: Sums = field(default_factory=Sums)
    refused: Sums = field(default_factory=Sums)
    refusals: list[RefusedBasket] = field(default_factory=list)

    @property
    def sent(self) -> Sums:
        return self.stored + self.same_as_before + self.refused

    def add(self, other: "Played") -> None:
        self.stored += other.stored
        self.same_as_before += other.same_as_before
        self.refused += other.refused
        self.refusals += other.refusals

    def answered(self, basket: Basket, *, total_minor: int, before: bool) -> None:
        """Counts a basket that is stored; one whose stored total differs from the data's is a refused one."""
        if total_minor != basket.total_minor:
            message = f"stored with a total of {total_minor} instead of {basket.total_minor}"
            self.denied(basket, Refused("TOTAL_DIFFERS", "", message))
        elif before:
            self.same_as_before += sums_of(basket)
        else:
            self.stored += sums_of(basket)

    def denied(self, basket: Basket, refused: Refused) -> None:
        self.refused += sums_of(basket)
        self.refusals.append(RefusedBasket(basket, refused))


@dataclass(frozen=True, slots=True)
class Playing:
    """How a journey is played, and how it is told to stop."""

    server: str
    credentials: Mapping[str, str]
    way: Way
    clients: int
    ca_file: Path | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    request_of: RequestOf = checkout_request


def play(journey: Journey, playing: Playing, advanced: Callable[[int], None]) -> Played:
    """Sends every kept basket, those of a terminal in order, and says what became of them.

    `advanced` is called with the number of baskets answered, from any thread. When `playing.stop` is set, or on Ctrl-C,
    calls in flight are finished and the rest is not sent; sending all again later carries on, because request ids are
    those of the data.
    """
    _require_terminals(journey, playing.credentials)
    require_server(playing.server, ca_file=playing.ca_file)
    played = Played()
    with ThreadPoolExecutor(playing.clients, thread_name_prefix="client") as pool:
        shares = shared_out(journey.basket_counts, playing.clients)
        running: set[Future[Played]] = {pool.submit(_client, journey, share, playing, advanced) for share in shares}
        finished: set[Future[Played]] = set()
        while running:
            try:
                done, running = wait(running, timeout=TICK_S, return_when=FIRST_COMPLETED)
            except KeyboardInterrupt:
                playing.stop.set()
                continue
            finished |= done
            if any(future.exception() for future in done):
                playing.stop.set()
    for future in finished:
        played.add(future.result())
    return played


def shared_out(baskets: Mapping[int, int], clients: int) -> list[list[int]]:
    """The stores of each client, so that all have about the same number of baskets; largest first to the least busy."""
    shares: list[list[int]] = [[] for _ in range(clients)]
    loads = [0] * clients
    for store in sorted(baskets, key=lambda number: (-baskets[number], number)):
        least = loads.index(min(loads))
        shares[least].append(store)
        loads[least] += baskets[store]
    return [share for share in shares if share]


def sums_of(basket: Basket) -> Sums:
    """What one basket comes to."""
    return Sums(
        baskets=1,
        lines=len(basket.lines),
        received_minor=basket.total_minor,
        retail_disc_minor=sum([line.retail_minor for line in basket.lines]),
        coupon_disc_minor=basket.coupon_minor + basket.surplus_minor,
        coupon_match_minor=sum([line.match_minor for line in basket.lines]),
        coupon_surplus_minor=basket.surplus_minor,
    )


def _require_terminals(journey: Journey, credentials: Mapping[str, str]) -> None:
    missing = [store for store in journey.basket_counts if str(store) not in credentials]
    if missing:
        raise Problem(
            f"{len(missing)} stores have no terminal with a credential, the first is {missing[0]}.",
            advice="Run `liansuo import complete-journey` first, or name its file of credentials with --terminals.",
        )


def _client(journey: Journey, stores: Sequence[int], playing: Playing, advanced: Callable[[int], None]) -> Played:
    """One client: plays its stores' terminals, one after the other, until done or told to stop."""
    played = Played()
    send = _sell if playing.way is Way.LIVE else _upload
    request_of = playing.request_of
    with connected(playing.server, ca_file=playing.ca_file) as channel:
        stub = sales_pb2_grpc.SalesServiceStub(channel)
        for store in stores:
            terminal = Terminal(playing.credentials[str(store)], playing.stop)
            for count in send(stub, terminal, journey.baskets(store), played, request_of):
                advanced(count)
                if playing.stop.is_set():
                    return played
    return played


def _sell(
    stub: sales_pb2_grpc.SalesServiceStub,
    terminal: Terminal,
    baskets: Iterator[Basket],
    played: Played,
    request_of: RequestOf,
) -> Iterator[int]:
    """Sells basket after basket by Checkout; yields 1 after each."""
    started_at = datetime.now(UTC)
    for basket in baskets:
        answer = terminal.call(stub.Checkout, request_of(basket), deadline_s=CHECKOUT_DEADLINE_S)
        if isinstance(answer, Refused):
            played.denied(basket, answer)
        else:
            sale = answer.sale
            before = sale.sold_at.ToDatetime(tzinfo=UTC) < started_at
            played.answered(basket, total_minor=sale.total_minor, before=before)
        yield 1


def _upload(
    stub: sales_pb2_grpc.SalesServiceStub,
    terminal: Terminal,
    baskets: Iterator[Basket],
    played: Played,
    request_of: RequestOf,
) -> Iterator[int]:
    """Uploads batches of baskets; yields the size of each when it is answered."""
    while batch := list(islice(baskets, UPLOAD_SALES_MAX)):
        request = sales_pb2.UploadSalesRequest(sales=[request_of(basket) for basket in batch])
        answer = terminal.call(stub.UploadSales, request, deadline_s=UPLOAD_DEADLINE_S)
        if isinstance(answer, Refused):
            for basket in batch:
                played.denied(basket, answer)
        else:
            for basket, result in zip(batch, answer.results, strict=True):
                if result.status == sales_pb2.UPLOAD_STATUS_REFUSED:
                    played.denied(basket, Refused(result.reason, result.field, result.message))
                else:
                    before = result.status == sales_pb2.UPLOAD_STATUS_SAME_AS_BEFORE
                    played.answered(basket, total_minor=result.total_minor, before=before)
        yield len(batch)
