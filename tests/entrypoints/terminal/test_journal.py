"""The terminal's journal: durable before anything is printed, numbers without gaps, nothing leaves unacknowledged."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from entrypoints.terminal import journal as journals
from entrypoints.terminal.journal import Backlog, Journal, State
from liansuo.sales.v1 import sales_pb2 as pb2

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


def a_sale(number: int, *, sequence: int = 0) -> pb2.CheckoutRequest:
    return pb2.CheckoutRequest(
        request_id=str(UUID(int=number)),
        basket=pb2.Basket(lines=[pb2.BasketLine(sku="TEA", quantity_milli=1000 * number)]),
        sold_at=Timestamp(seconds=int(NOW.timestamp()) + number),
        receipt_sequence=sequence,
    )


def stored(number: int) -> pb2.UploadResult:
    return pb2.UploadResult(request_id=str(UUID(int=number)), status=pb2.UPLOAD_STATUS_STORED, sale_id=number)


def refused(number: int) -> pb2.UploadResult:
    return pb2.UploadResult(
        request_id=str(UUID(int=number)),
        status=pb2.UPLOAD_STATUS_REFUSED,
        reason="UNKNOWN_SKU",
        field="basket.lines[0].sku",
        message="没有商品 TEA。",
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(tmp_path: Path, clock: Clock) -> Iterator[Journal]:
    with Journal(tmp_path / "till.journal", now=clock) as opened:
        yield opened


def waiting(journal: Journal) -> list[int]:
    return [UUID(one.request_id).int for one in journal.waiting(100)]


def test_numbers_receipts_in_the_transaction_that_records_them(journal: Journal) -> None:
    assert journal.next_sequence() == 1
    assert journal.record(a_sale(7), b"receipt 7") == 1
    assert journal.record(a_sale(8, sequence=2), b"receipt 8") == 2
    assert journal.next_sequence() == 3
    first, second = journal.waiting(10)
    assert (first.receipt_sequence, first.receipt, first.state) == (1, b"receipt 7", State.WAITING)
    for outgoing, sale in ((first, a_sale(7, sequence=1)), (second, a_sale(8, sequence=2))):
        sale.install_id = journal.install_id
        assert pb2.CheckoutRequest.FromString(outgoing.document) == sale


def test_records_the_same_sale_once(journal: Journal) -> None:
    assert [journal.record(a_sale(7), b"receipt") for _ in range(3)] == [1, 1, 1]
    assert journal.record(a_sale(7, sequence=1), b"receipt") == 1
    assert waiting(journal) == [7]
    with pytest.raises(journals.RecordedOtherwise):
        journal.record(a_sale(7, sequence=2), b"receipt")
    other = a_sale(7)
    other.basket.lines[0].sku = "MUG"
    with pytest.raises(journals.RecordedOtherwise):
        journal.record(other, b"receipt")
    assert (waiting(journal), journal.next_sequence()) == ([7], 2)


@pytest.mark.parametrize("sequence", [2, 9, -1])
def test_refuses_a_number_that_is_not_the_next(journal: Journal, sequence: int) -> None:
    with pytest.raises(journals.SequenceTaken):
        journal.record(a_sale(7, sequence=sequence), b"")
    assert (waiting(journal), journal.next_sequence()) == ([], 1)


@pytest.mark.parametrize("missing", ["request_id", "sold_at"])
def test_refuses_a_sale_that_the_server_could_not_take(
    journal: Journal, missing: Literal["request_id", "sold_at"]
) -> None:
    sale = a_sale(7)
    sale.ClearField(missing)
    with pytest.raises(journals.Incomplete, match=missing):
        journal.record(sale, b"")
    assert waiting(journal) == []


@pytest.mark.capability("SAL-12")
def test_keeps_everything_across_a_restart(journal: Journal, clock: Clock) -> None:
    for number in range(1, 6):
        journal.record(a_sale(number), b"receipt %d" % number)
    journal.printed(str(UUID(int=1)))
    journal.answered(stored(1), refused(2))
    journal.close()

    with Journal(journal.path, now=clock) as opened:
        assert opened.install_id == journal.install_id
        assert opened.next_sequence() == 6
        assert waiting(opened) == [3, 4, 5]
        assert opened.backlog() == Backlog(not_sent=4, quarantined=1, oldest_at=NOW)
        assert [UUID(one.request_id).int for one in opened.unprinted()] == [2, 3, 4, 5]


def test_waits_for_the_disk(journal: Journal) -> None:
    ask = journal._sql.execute
    assert [ask(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "fullfsync", "journal_mode")] == [
        2,
        1,
        "wal",
    ]


def test_is_read_by_its_owner_only(journal: Journal) -> None:
    journal.record(a_sale(1), b"")
    assert {path.name: path.stat().st_mode & 0o777 for path in journal.path.parent.iterdir()} == {
        "till.journal": 0o600,
        "till.journal-wal": 0o600,
        "till.journal-shm": 0o600,
        "till.journal.install": 0o600,
    }


def test_lets_a_sale_go_only_on_a_stored_acknowledgement(journal: Journal) -> None:
    for number in (1, 2, 3):
        journal.record(a_sale(number), b"")
    same = stored(2)
    same.status = pb2.UPLOAD_STATUS_SAME_AS_BEFORE
    journal.answered(stored(1), same)
    assert (waiting(journal), journal.not_sent()) == ([3], 1)

    with pytest.raises(journals.WithoutStatus):
        journal.answered(stored(3), pb2.UploadResult(request_id=str(UUID(int=3))))
    with pytest.raises(journals.NotInJournal):
        journal.answered(stored(3), stored(4))
    assert (waiting(journal), journal.not_sent()) == ([3], 1)


def test_sets_a_refused_sale_apart_until_it_is_sent_again(journal: Journal) -> None:
    for number in (1, 2, 3):
        journal.record(a_sale(number), b"")
    journal.answered(refused(2))
    assert waiting(journal) == [1, 3]
    (poison,) = journal.quarantined()
    assert (poison.receipt_sequence, poison.reason, poison.field) == (2, "UNKNOWN_SKU", "basket.lines[0].sku")
    assert poison.message == "没有商品 TEA。"

    journal.again(poison.request_id)
    assert (waiting(journal), journal.quarantined(), journal.not_sent()) == ([1, 2, 3], [], 3)
    with pytest.raises(journals.NotQuarantined):
        journal.again(poison.request_id)
    with pytest.raises(journals.NotInJournal):
        journal.again(str(uuid4()))


def test_believes_an_acknowledgement_rather_than_a_refusal(journal: Journal) -> None:
    journal.record(a_sale(1), b"")
    journal.answered(refused(1))
    journal.answered(stored(1))
    journal.answered(refused(1))
    assert (journal.not_sent(), journal.find(str(UUID(int=1))).state) == (0, State.SENT)


def test_forgets_what_was_sent_long_ago_and_never_its_number(journal: Journal, clock: Clock) -> None:
    for number in (1, 2, 3, 4):
        journal.record(a_sale(number), b"")
    journal.answered(stored(1), stored(2), refused(3))
    clock.at += journals.KEPT + timedelta(seconds=1)
    journal.answered(stored(4))
    assert (journal.prune(), journal.prune()) == (2, 0)
    assert [UUID(one.request_id).int for one in journal.unprinted()] == [3, 4]
    journal.prune(kept=-timedelta(seconds=1))
    assert journal.record(a_sale(5), b"") == 5


def test_goes_on_after_the_number_that_is_known(journal: Journal) -> None:
    journal.number_after(41)
    journal.number_after(7)
    assert journal.record(a_sale(1), b"") == 42


@pytest.mark.parametrize("document", [b"float", b""])
def test_a_sale_is_not_taken_for_another_document(journal: Journal, document: bytes) -> None:
    sale = a_sale(1)
    journal.record_document("cash_movement", sale.request_id, document)
    with pytest.raises(journals.RecordedOtherwise):
        journal.record(sale, b"")
    assert journal.next_sequence() == 1


def test_carries_other_documents_beside_the_sales(journal: Journal) -> None:
    journal.record(a_sale(1), b"")
    for _ in range(2):
        journal.record_document("cash_movement", "c-1", b"float")
    assert waiting(journal) == [1]
    (movement,) = journal.waiting(10, kind="cash_movement")
    assert (movement.document, movement.receipt_sequence) == (b"float", None)
    assert journal.not_sent() == 2
    with pytest.raises(journals.RecordedOtherwise):
        journal.record_document("cash_movement", "c-1", b"another")
    with pytest.raises(journals.SalesHaveReceipts):
        journal.record_document("sale", "c-2", b"")
    journal.sent("c-1")
    assert journal.not_sent() == 1


def test_lets_one_sender_run(journal: Journal, clock: Clock) -> None:
    with Journal(journal.path, now=clock) as another, journal.sending() as first:
        with another.sending() as second:
            assert (first, second) == (True, False)
        # A sale is made while another process sends.
        another.record(a_sale(1), b"")
    with journal.sending() as third:
        assert third


def test_numbers_the_sales_of_several_threads_and_processes_one_after_the_other(journal: Journal) -> None:
    with Journal(journal.path) as another, ThreadPoolExecutor(4) as pool:
        sequences = pool.map(lambda number: (journal, another)[number % 2].record(a_sale(number), b""), range(1, 41))
        assert sorted(sequences) == list(range(1, 41))


def test_gives_a_copied_journal_an_id_of_its_own(journal: Journal, tmp_path: Path) -> None:
    journal.record(a_sale(1), b"")
    journal._sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copied = tmp_path / "another" / "till.journal"
    copied.parent.mkdir()
    copied.write_bytes(journal.path.read_bytes())
    with Journal(copied) as clone:
        assert clone.install_id != journal.install_id
        assert (waiting(clone), clone.next_sequence()) == ([1], 2)


def test_refuses_a_file_that_it_does_not_understand(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, for certain" * 100)
    with pytest.raises(journals.NotAJournal):
        Journal(tmp_path / "text")
    newer = sqlite3.connect(tmp_path / "newer")
    newer.execute("PRAGMA user_version = 2")
    newer.close()
    with pytest.raises(journals.JournalOfNewerProgram):
        Journal(tmp_path / "newer")


def test_writes_nothing_when_the_disk_refuses(journal: Journal) -> None:
    journal.record(a_sale(1), b"")
    pages = journal._sql.execute("PRAGMA page_count").fetchone()[0]
    journal._sql.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        journal.record(a_sale(2), b"r" * 100_000)
    assert (waiting(journal), journal.next_sequence()) == ([1], 2)
    journal._sql.execute("PRAGMA max_page_count = 1000000")
    assert journal.record(a_sale(2), b"r" * 100_000) == 2
