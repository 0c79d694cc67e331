"""The sender of a journal: in order, exactly what was recorded, past whatever is refused, again after a loss."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import grpc
import pytest

from entrypoints.grpc.errors import RequestTooLarge, TooManyCalls, TryAgain
from entrypoints.terminal import sender as senders
from entrypoints.terminal.journal import Journal
from entrypoints.terminal.sender import Line, Sender, sender_of_sales, uploading
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo_client import Client, connect
from tests.entrypoints.client.scripted import Received, Scripted, Status, scripted
from tests.entrypoints.terminal.test_journal import NOW, a_sale


class Shop:
    """A server that stores sales as UploadSales does; `poison` are refused, `busy` asked for once more."""

    def __init__(self) -> None:
        self.stored: list[int] = []
        self.batches: list[list[int]] = []
        self.documents: list[bytes] = []
        self.poison: set[int] = set()
        self.busy: set[int] = set()
        self.failures: list[Exception] = []

    def __call__(self, call: Received) -> bytes:
        sales = pb2.UploadSalesRequest.FromString(call.request).sales
        self.batches.append([UUID(sale.request_id).int for sale in sales])
        if self.failures:
            raise self.failures.pop(0)
        return pb2.UploadSalesResponse(results=[self.take(sale) for sale in sales]).SerializeToString()

    def take(self, sale: pb2.CheckoutRequest) -> pb2.UploadResult:
        number = UUID(sale.request_id).int
        refused = pb2.UploadResult(request_id=sale.request_id, status=pb2.UPLOAD_STATUS_REFUSED)
        if number in self.busy:
            self.busy.remove(number)
            refused.reason, refused.try_again = "TRY_AGAIN", True
            return refused
        if number in self.poison:
            refused.reason, refused.message = "UNKNOWN_SKU", "no such thing"
            return refused
        status = pb2.UPLOAD_STATUS_SAME_AS_BEFORE if number in self.stored else pb2.UPLOAD_STATUS_STORED
        if number not in self.stored:
            self.stored.append(number)
            self.documents.append(sale.SerializeToString(deterministic=True))
        return pb2.UploadResult(request_id=sale.request_id, status=status)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def server(shop: Shop) -> Iterator[Scripted]:
    with scripted(shop) as running:
        yield running


@pytest.fixture
def client(server: Scripted) -> Iterator[Client]:
    with connect(server.address, credential="till") as connected:
        yield connected


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "till.journal", now=lambda: NOW) as opened:
        yield opened


class Waits(list[float]):
    """Waits no time, and remembers how long."""

    def __call__(self, seconds: float) -> bool:
        self.append(seconds)
        return False


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def sender(journal: Journal, client: Client, waits: Waits) -> Sender:
    return Sender(journal, {"sale": uploading(client)}, wait=waits, now=lambda: datetime(2026, 11, 29, tzinfo=UTC))


def record(journal: Journal, numbers: Sequence[int]) -> None:
    for number in numbers:
        journal.record(a_sale(number), b"receipt")


@pytest.mark.capability("SAL-13")
def test_sends_in_order_and_exactly_what_was_recorded(journal: Journal, shop: Shop, sender: Sender) -> None:
    record(journal, range(450, 0, -1))
    recorded = [one.document for one in journal.waiting(1_000)]
    assert sender.send()
    assert [len(batch) for batch in shop.batches] == [200, 200, 50]
    assert shop.stored == list(range(450, 0, -1))
    assert shop.documents == recorded
    state = sender.state()
    assert (state.line, state.backlog.not_sent, state.message) == (Line.UP, 0, "")
    assert state.sent_at == datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.capability("SAL-12")
def test_sets_a_refused_sale_apart_and_lets_the_rest_through(journal: Journal, shop: Shop, sender: Sender) -> None:
    record(journal, range(1, 11))
    shop.poison = {3, 4}
    sender.send()
    assert shop.stored == [1, 2, 5, 6, 7, 8, 9, 10]
    assert [(one.receipt_sequence, one.reason, one.message) for one in journal.quarantined()] == [
        (3, "UNKNOWN_SKU", "no such thing"),
        (4, "UNKNOWN_SKU", "no such thing"),
    ]
    sender.send()
    assert len(shop.batches) == 1

    shop.poison = {4}
    for one in journal.quarantined():
        journal.again(one.request_id)
    sender.send()
    assert shop.stored[-1] == 3
    assert [one.receipt_sequence for one in journal.quarantined()] == [4]


def test_keeps_what_is_refused_for_the_moment(journal: Journal, shop: Shop, sender: Sender, waits: Waits) -> None:
    record(journal, range(1, 4))
    shop.busy = {2}
    sender.send()
    assert shop.batches == [[1, 2, 3], [2]]
    assert (shop.stored, waits, journal.backlog().not_sent) == ([1, 3, 2], [senders.RETRY_AFTER_S], 0)


def test_sends_again_what_was_not_acknowledged(journal: Journal, shop: Shop, sender: Sender) -> None:
    record(journal, range(1, 4))
    answers = shop.__call__

    def stores_and_falls_silent(call: Received) -> bytes:
        answers(call)
        raise Status(grpc.StatusCode.DEADLINE_EXCEEDED)

    with scripted(stores_and_falls_silent) as silent, connect(silent.address, credential="till") as client:
        cut = sender_of_sales(journal, client)
        cut.send()
        assert (cut.state().line, cut.state().backlog.not_sent, shop.stored) == (Line.DOWN, 3, [1, 2, 3])
        assert cut.state().message
    sender.send()
    assert (shop.stored, journal.not_sent()) == ([1, 2, 3], 0)


def test_sends_less_at_once_over_a_slow_line(journal: Journal, shop: Shop, sender: Sender) -> None:
    record(journal, range(1, 9))
    shop.failures = [Status(grpc.StatusCode.DEADLINE_EXCEEDED)] * 2
    for _ in range(3):
        sender.send()
    assert [len(batch) for batch in shop.batches] == [8, 4, 2, 4, 2]
    assert journal.not_sent() == 0


def test_waits_as_long_as_a_busy_server_asks(journal: Journal, shop: Shop, sender: Sender, waits: Waits) -> None:
    record(journal, [1])
    shop.failures = [TooManyCalls(limit=8), Status(grpc.StatusCode.RESOURCE_EXHAUSTED)]
    sender.send()
    assert (waits, shop.stored) == ([0.2, 1.0], [1])


def test_stops_asking_a_server_that_stays_busy(journal: Journal, shop: Shop, sender: Sender, waits: Waits) -> None:
    record(journal, [1])
    shop.failures = [TooManyCalls(limit=8)] * 100
    sender.send()
    assert (len(shop.batches), len(waits), journal.not_sent()) == (21, 20, 1)


def test_finds_the_sale_that_spoils_a_batch(journal: Journal, server: Scripted, shop: Shop, sender: Sender) -> None:
    record(journal, range(1, 9))

    def too_large_with_six(call: Received) -> bytes:
        if str(UUID(int=6)).encode() in call.request:
            raise RequestTooLarge(size=9, limit=8)
        return shop(call)

    server.answer = too_large_with_six
    sender.send()
    assert shop.stored == [1, 2, 3, 4, 5, 7, 8]
    (poison,) = journal.quarantined()
    assert (poison.receipt_sequence, poison.reason) == (6, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, Line.TURNED_AWAY),
        (grpc.StatusCode.PERMISSION_DENIED, Line.TURNED_AWAY),
        (grpc.StatusCode.UNIMPLEMENTED, Line.TURNED_AWAY),
        (grpc.StatusCode.INTERNAL, Line.TURNED_AWAY),
        (grpc.StatusCode.UNAVAILABLE, Line.DOWN),
        (grpc.StatusCode.CANCELLED, Line.DOWN),
    ],
)
def test_sets_nothing_apart_for_what_is_no_fault_of_a_sale(
    journal: Journal, shop: Shop, sender: Sender, code: grpc.StatusCode, line: Line
) -> None:
    record(journal, range(1, 4))
    shop.failures = [Status(code)] * 10
    sender.send()
    state = sender.state()
    assert (state.line, state.backlog.not_sent, state.backlog.quarantined) == (line, 3, 0)
    assert state.backlog.oldest_at == NOW
    shop.failures = []
    sender.send()
    assert (shop.stored, sender.state().line) == ([1, 2, 3], Line.UP)


def test_splits_what_is_large(journal: Journal, shop: Shop, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    record(journal, range(1, 6))
    monkeypatch.setattr(senders, "BATCH_BYTES_MAX", 2 * len(journal.waiting(1)[0].document) + 20)
    sender.send()
    assert [len(batch) for batch in shop.batches] == [2, 2, 1]
    journal.record(a_sale(9), b"")
    monkeypatch.setattr(senders, "BATCH_BYTES_MAX", 1)
    sender.send()
    assert shop.stored == [1, 2, 3, 4, 5, 9]


def test_ignores_answers_to_what_it_did_not_send(journal: Journal, server: Scripted, sender: Sender) -> None:
    record(journal, [1, 2])

    def others_answers(call: Received) -> bytes:
        strange = pb2.UploadResult(request_id=str(UUID(int=99)), status=pb2.UPLOAD_STATUS_STORED)
        return pb2.UploadSalesResponse(results=[strange]).SerializeToString()

    server.answer = others_answers
    sender.send()
    assert (sender.state().backlog.not_sent, sender.state().backlog.quarantined) == (2, 0)


def test_leaves_a_journal_to_the_sender_that_is_at_it(journal: Journal, shop: Shop, sender: Sender) -> None:
    record(journal, [1])
    with journal.sending():
        assert not sender.send()
    assert (shop.batches, sender.state().line) == ([], Line.UNTRIED)


def test_sends_other_documents_by_what_delivers_them(journal: Journal, client: Client, shop: Shop) -> None:
    record(journal, [1])
    journal.record_document("cash_movement", "c-1", b"float")
    journal.record_document("unknown_to_this_program", "u-1", b"?")
    taken: list[bytes] = []

    def deliver(batch: Sequence[Any]) -> list[pb2.UploadResult]:
        taken.extend(one.document for one in batch)
        return [pb2.UploadResult(request_id=one.request_id, status=pb2.UPLOAD_STATUS_STORED) for one in batch]

    Sender(journal, {"sale": uploading(client), "cash_movement": deliver}).send()
    assert (shop.stored, taken, journal.not_sent()) == ([1], [b"float"], 1)


def test_runs_until_it_is_stopped_and_waits_longer_while_the_line_is_down(
    journal: Journal, client: Client, shop: Shop
) -> None:
    record(journal, [1])
    shop.failures = [TryAgain()] * 100
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if len(waited) == 6:
            shop.failures = []
        return len(waited) == 8

    Sender(journal, {"sale": uploading(client)}, wait=wait).run()
    assert waited == [10.0, 20.0, 40.0, 60.0, 60.0, 60.0, 5.0, 5.0]
    assert shop.stored == [1]


def test_stops_when_it_is_told(journal: Journal, client: Client, shop: Shop) -> None:
    sender, sent = sender_of_sales(journal, client), Event()
    shop_takes = shop.take

    def take(sale: pb2.CheckoutRequest) -> pb2.UploadResult:
        sent.set()
        return shop_takes(sale)

    shop.take = take  # type: ignore[method-assign]
    record(journal, [1])
    thread = Thread(target=sender.run)
    thread.start()
    assert sent.wait(10)
    sender.stop()
    thread.join(10)
    assert not thread.is_alive()
