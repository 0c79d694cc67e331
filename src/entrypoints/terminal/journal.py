"""The terminal's journal: what was sold is here, durably, before anything is printed, and leaves only when the server
has it.

    journal = Journal(path)
    sale.receipt_sequence = journal.next_sequence()
    journal.record(sale, receipt)      # on disk when it returns
    print(receipt)
    journal.printed(sale.request_id)

The journal is one SQLite file. Beside it lies `<journal>.install`, the id of this installation: a journal that is
copied to another till finds no such file there, gets another id, and the server can tell the two apart.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import uuid4

from domain.shared.errors import Conflict, Invalid, NotFound
from liansuo.sales.v1 import sales_pb2

SALE: Final = "sale"
"""The kind of a document that UploadSales takes."""

VERSION: Final = 1
BUSY_MS: Final = 5_000
WAITING_MAX: Final = 1_000
NO_LIMIT: Final = -1
QUARANTINED_MAX: Final = 1_000
BROKEN: Final = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
EPOCH: Final = datetime.fromtimestamp(0, UTC)
KEPT: Final = timedelta(days=30)
"""How long a sent document is kept, so that its receipt can be printed again without the server."""

INSTALLATION: Final = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS installation (one INTEGER PRIMARY KEY CHECK (one = 1), install_id TEXT NOT NULL) STRICT;
COMMIT;
"""

SCHEMA: Final = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS numbering (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    last_sequence INTEGER NOT NULL CHECK (last_sequence >= 0)
) STRICT;
CREATE TABLE IF NOT EXISTS outgoing (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    request_id TEXT NOT NULL UNIQUE,
    receipt_sequence INTEGER UNIQUE CHECK (receipt_sequence > 0),
    document BLOB NOT NULL,
    receipt BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'quarantined')),
    recorded_at INTEGER NOT NULL,
    printed_at INTEGER,
    sent_at INTEGER,
    reason TEXT NOT NULL DEFAULT '',
    field TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS outgoing_waiting ON outgoing (kind, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS outgoing_quarantined ON outgoing (id) WHERE state = 'quarantined';
CREATE INDEX IF NOT EXISTS outgoing_unprinted ON outgoing (id) WHERE printed_at IS NULL;
CREATE INDEX IF NOT EXISTS outgoing_sent ON outgoing (sent_at) WHERE state = 'sent';
INSERT INTO numbering (one, last_sequence) VALUES (1, 0) ON CONFLICT DO NOTHING;
PRAGMA user_version = 1;
COMMIT;
"""


class JournalOfNewerProgram(Invalid):
    en = "The journal {path} was written by a newer version of the terminal. Install that version; nothing is lost."
    zh = "终端日志 {path} 由更新版本的终端程序写入，请安装该版本；数据不会丢失。"


class NotAJournal(Invalid):
    en = "The file {path} is not a terminal's journal ({cause}). Keep it, and call support before selling."
    zh = "文件 {path} 不是终端日志（{cause}）。请保留该文件，并在销售前联系技术支持。"


class SequenceTaken(Conflict):
    en = (
        "Receipt number {sequence} is not the next one, {expected}. Ask for the next number and make the receipt again."
    )
    zh = "小票序号 {sequence} 不是下一个序号 {expected}，请重新取号并重新生成小票。"


class RecordedOtherwise(Conflict):
    en = "The journal holds another document under {field} {request_id}. Give the new one a new id."
    zh = "日志中 {field} {request_id} 已对应另一份单据，请为新单据使用新的编号。"


class Incomplete(Invalid):
    en = "{field} is required before a sale is recorded. Set it when the basket is paid."
    zh = "记录销售前必须填写 {field}，请在付款时设置。"


class SalesHaveReceipts(Invalid):
    en = "{field} is `sale`: record a sale with its receipt, as a sale."
    zh = "{field} 为 sale：请将销售连同小票作为销售记录。"


class WithoutStatus(Invalid):
    en = "The answer for {request_id} has no {field} that this terminal knows. Install the newest version of it."
    zh = "{request_id} 的应答没有本终端可识别的 {field}，请安装最新版本的终端程序。"


class NotInJournal(NotFound):
    en = "The journal holds no document with {field} {request_id}. Check the id."
    zh = "日志中没有 {field} 为 {request_id} 的单据，请核对编号。"


class NotQuarantined(Conflict):
    en = "The document {request_id} is {state}, not refused: there is nothing to send again."
    zh = "单据 {request_id} 的状态为{state}，并未被拒绝，无需重新发送。"


class State(StrEnum):
    """Where a document stands."""

    WAITING = "waiting"
    SENT = "sent"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A document on its way to the server, byte for byte as it was recorded; no `receipt_sequence` for other kinds."""

    kind: str
    request_id: str
    receipt_sequence: int | None
    document: bytes
    receipt: bytes
    state: State
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A document that the server refused: it stays here until it is sent again and taken.

    `message` is in the language in which the terminal spoke with the server when it was refused.
    """

    kind: str
    request_id: str
    receipt_sequence: int | None
    recorded_at: datetime
    reason: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the server does not hold yet. `not_sent` counts the refused documents too; `oldest_at` is None for none."""

    not_sent: int
    quarantined: int
    oldest_at: datetime | None


class Journal:
    """Durable and in order. Safe to use from several threads; several processes take turns.

    Raises NotAJournal and JournalOfNewerProgram when the file is not one that this program may write.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = path
        self._now = now
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sql = _opened(path)
        self.install_id = _install_id(path.with_name(f"{path.name}.install"))

    def close(self) -> None:
        """Closes the file; what was recorded stays."""
        with self._lock:
            self._sql.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next_sequence(self) -> int:
        """The number that the next receipt will have; it is used up when its sale is recorded, so none is left out."""
        with self._lock:
            (last,) = self._sql.execute("SELECT last_sequence FROM numbering").fetchone()
        return int(last) + 1

    def number_after(self, last_sequence: int) -> None:
        """Lets numbers go on after `last_sequence`: for a new journal on a terminal that has sold before.

        Never goes back: a lower one changes nothing.
        """
        with self._writing() as sql:
            sql.execute("UPDATE numbering SET last_sequence = max(last_sequence, ?)", (last_sequence,))

    def record(self, sale: sales_pb2.CheckoutRequest, receipt: bytes) -> int:
        """The receipt's sequence; the sale and its receipt are on disk when this returns.

        `sale` needs its request_id and sold_at, else Incomplete is raised. A sale whose receipt_sequence is 0 gets the
        next number; any other must be the next one, else SequenceTaken is raised. The same sale again gives the same
        sequence; another one under the same request_id raises RecordedOtherwise. `sale` itself is not changed.
        """
        if not sale.request_id:
            raise Incomplete("request_id")
        if not sale.HasField("sold_at"):
            raise Incomplete("sold_at")
        document = sales_pb2.CheckoutRequest()
        document.CopyFrom(sale)
        with self._writing() as sql:
            known = sql.execute(
                "SELECT receipt_sequence, document, kind FROM outgoing WHERE request_id = ?", (sale.request_id,)
            ).fetchone()
            if known is not None:
                if known[2] != SALE:
                    raise RecordedOtherwise("request_id", request_id=sale.request_id)
                document.receipt_sequence = document.receipt_sequence or known[0] or 0
                document.install_id = sales_pb2.CheckoutRequest.FromString(known[1]).install_id
                if _bytes_of(document) != known[1]:
                    raise RecordedOtherwise("request_id", request_id=sale.request_id)
                return int(known[0])
            (last,) = sql.execute("SELECT last_sequence FROM numbering").fetchone()
            if document.receipt_sequence not in (0, last + 1):
                raise SequenceTaken("receipt_sequence", sequence=document.receipt_sequence, expected=last + 1)
            document.receipt_sequence = last + 1
            document.install_id = self.install_id
            sql.execute("UPDATE numbering SET last_sequence = ?", (last + 1,))
            self._insert(SALE, sale.request_id, _bytes_of(document), receipt=receipt, sequence=last + 1)
        return int(last) + 1

    def record_document(self, kind: str, request_id: str, document: bytes, *, receipt: bytes = b"") -> None:
        """Keeps a document of another kind, e.g. a cash movement, for a sender that knows the kind.

        The same document again changes nothing; another one under the same id raises RecordedOtherwise.
        """
        if kind == SALE:
            raise SalesHaveReceipts("kind")
        with self._writing() as sql:
            known = sql.execute("SELECT kind, document FROM outgoing WHERE request_id = ?", (request_id,)).fetchone()
            if known is None:
                self._insert(kind, request_id, document, receipt=receipt, sequence=None)
            elif known != (kind, document):
                raise RecordedOtherwise("request_id", request_id=request_id)

    def printed(self, request_id: str) -> None:
        """Notes that the receipt came out; the first time counts."""
        with self._writing() as sql:
            noted = sql.execute(
                "UPDATE outgoing SET printed_at = coalesce(printed_at, ?) WHERE request_id = ?",
                (_micros(self._now()), request_id),
            ).rowcount
            _found(noted, request_id)

    def unprinted(self, limit: int = WAITING_MAX) -> list[Outgoing]:
        """Sales of which nobody knows whether the receipt came out, oldest first: to be offered after a restart."""
        return self._documents("kind = 'sale' AND printed_at IS NULL", (), limit)

    def newest(self) -> Outgoing | None:
        """The sale that was recorded last; None before the first one."""
        with self._lock:
            (last,) = self._sql.execute("SELECT last_sequence FROM numbering").fetchone()
        return next(iter(self._documents("receipt_sequence = ?", (last,), 1)), None)

    def unsent_sales(self) -> list[Outgoing]:
        """The sales that the server does not hold, refused ones among them: as many as the till says."""
        waiting = self._documents("state = 'waiting' AND kind = ?", (SALE,), NO_LIMIT)
        return waiting + self._documents("state = 'quarantined' AND kind = ?", (SALE,), NO_LIMIT)

    def waiting(self, limit: int, *, kind: str = SALE) -> list[Outgoing]:
        """The oldest documents of `kind` that are to be sent, in the order in which they were recorded."""
        return self._documents("state = 'waiting' AND kind = ?", (kind,), limit)

    def find(self, request_id: str) -> Outgoing:
        """The document with this id, e.g. to print its receipt again; raises NotInJournal."""
        for found in self._documents("request_id = ?", (request_id,), 1):
            return found
        raise NotInJournal("request_id", request_id=request_id)

    def answered(self, *results: sales_pb2.UploadResult) -> None:
        """Takes the server's answers: what is stored there counts as sent, what is refused is put into quarantine.

        A late refusal never undoes a stored acknowledgement. Raises NotInJournal for an id that is not here,
        WithoutStatus for an answer that says neither, and then takes none of them.
        """
        with self._writing():
            for result in results:
                if result.status in (sales_pb2.UPLOAD_STATUS_STORED, sales_pb2.UPLOAD_STATUS_SAME_AS_BEFORE):
                    self.sent(result.request_id)
                elif result.status == sales_pb2.UPLOAD_STATUS_REFUSED:
                    self.refused(result.request_id, reason=result.reason, field=result.field, message=result.message)
                else:
                    raise WithoutStatus("status", request_id=result.request_id)

    def sent(self, request_id: str) -> None:
        """Notes that the server holds the document."""
        with self._writing() as sql:
            noted = sql.execute(
                "UPDATE outgoing SET state = 'sent', sent_at = coalesce(sent_at, ?), reason = '', field = '',"
                " message = '' WHERE request_id = ?",
                (_micros(self._now()), request_id),
            ).rowcount
            _found(noted, request_id)

    def refused(self, request_id: str, *, reason: str, field: str, message: str) -> None:
        """Puts a document into quarantine with the server's reason; one that the server holds stays sent."""
        with self._writing() as sql:
            noted = sql.execute(
                "UPDATE outgoing SET state = 'quarantined', reason = ?, field = ?, message = ?"
                " WHERE request_id = ? AND state <> 'sent'",
                (reason, field, message, request_id),
            ).rowcount
            if not noted:
                self.find(request_id)

    def not_sent(self) -> int:
        """How many documents the server does not hold yet, refused ones among them."""
        return self.backlog().not_sent

    def backlog(self) -> Backlog:
        """What the terminal shows: "not yet sent: N", how many of them are refused, and since when the oldest waits."""
        with self._lock:
            count, quarantined, oldest = self._sql.execute(
                "SELECT sum(documents), sum(refused), min(oldest) FROM ("
                "SELECT count(*) AS documents, 0 AS refused, min(recorded_at) AS oldest"
                " FROM outgoing INDEXED BY outgoing_waiting WHERE state = 'waiting'"
                " UNION ALL SELECT count(*), count(*), min(recorded_at)"
                " FROM outgoing INDEXED BY outgoing_quarantined WHERE state = 'quarantined')"
            ).fetchone()
        return Backlog(int(count), int(quarantined), None if oldest is None else _instant(oldest))

    def quarantined(self, limit: int = QUARANTINED_MAX) -> list[Quarantined]:
        """The refused documents, oldest first, each with the server's reason."""
        with self._lock:
            rows = self._sql.execute(
                "SELECT kind, request_id, receipt_sequence, recorded_at, reason, field, message FROM outgoing"
                " WHERE state = 'quarantined' ORDER BY id LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            Quarantined(kind, request_id, sequence, _instant(recorded_at), reason, field, message)
            for kind, request_id, sequence, recorded_at, reason, field, message in rows
        ]

    def again(self, request_id: str) -> None:
        """Lets a refused document be sent again, unchanged, e.g. once head office has made the missing product.

        Raises NotInJournal, and NotQuarantined when it is not refused.
        """
        with self._writing() as sql:
            noted = sql.execute(
                "UPDATE outgoing SET state = 'waiting' WHERE request_id = ? AND state = 'quarantined'", (request_id,)
            ).rowcount
            if not noted:
                raise NotQuarantined("request_id", request_id=request_id, state=self.find(request_id).state)

    def prune(self, *, kept: timedelta = KEPT) -> int:
        """Forgets what the server has held for longer than `kept`, and tells how much; no number is used again."""
        with self._writing() as sql:
            return sql.execute(
                "DELETE FROM outgoing WHERE state = 'sent' AND sent_at < ?", (_micros(self._now() - kept),)
            ).rowcount

    @contextmanager
    def sending(self) -> Iterator[bool]:
        """True for the one that may send; False when another process or thread sends from this journal already.

        The lock is the operating system's and goes with the process that holds it.
        """
        lock = sqlite3.connect(self.path.with_name(f"{self.path.name}.sender"), timeout=0, isolation_level=None)
        try:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                yield False
            else:
                yield True
        finally:
            lock.close()

    def _insert(self, kind: str, request_id: str, document: bytes, *, receipt: bytes, sequence: int | None) -> None:
        self._sql.execute(
            "INSERT INTO outgoing (kind, request_id, receipt_sequence, document, receipt, state, recorded_at)"
            " VALUES (?, ?, ?, ?, ?, 'waiting', ?)",
            (kind, request_id, sequence, document, receipt, _micros(self._now())),
        )

    def _documents(self, where: str, values: tuple[object, ...], limit: int) -> list[Outgoing]:
        with self._lock:
            rows: Sequence[tuple[str, str, int | None, bytes, bytes, str, int]] = self._sql.execute(
                "SELECT kind, request_id, receipt_sequence, document, receipt, state, recorded_at FROM outgoing"
                f" WHERE {where} ORDER BY id LIMIT ?",
                (*values, limit),
            ).fetchall()
        return [Outgoing(*row[:5], State(row[5]), _instant(row[6])) for row in rows]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable at its end, none of it on an error; inside another one it is a part of that."""
        with self._lock:
            within = self._sql.in_transaction
            if within:
                yield self._sql
                return
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield self._sql
                self._sql.execute("COMMIT")
            except BaseException:
                # Some errors, a full disk among them, SQLite has answered with a rollback of its own.
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")
                raise


def _opened(path: Path) -> sqlite3.Connection:
    sql = _connected(path)
    try:
        (version,) = sql.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise JournalOfNewerProgram("path", path=path.name)
        sql.execute("PRAGMA journal_mode = WAL")
        # A commit is on the disk, not only in the cache of the operating system, when it returns: on macOS too.
        sql.execute("PRAGMA synchronous = FULL")
        sql.execute("PRAGMA fullfsync = ON")
        if version == 0:
            sql.executescript(SCHEMA)
    except BaseException as error:
        sql.close()
        if isinstance(error, sqlite3.DatabaseError) and error.sqlite_errorcode in BROKEN:
            raise NotAJournal("path", path=path.name, cause=error) from error
        raise
    return sql


def _install_id(path: Path) -> str:
    """The id of this installation, made once: the first of several processes that open a new journal gives it."""
    sql = _connected(path)
    try:
        sql.executescript(INSTALLATION)
        sql.execute("INSERT INTO installation VALUES (1, ?) ON CONFLICT DO NOTHING", (str(uuid4()),))
        (install_id,) = sql.execute("SELECT install_id FROM installation").fetchone()
    finally:
        sql.close()
    return str(install_id)


def _connected(path: Path) -> sqlite3.Connection:
    # Sales name members: the file is for its owner only, and so is what SQLite puts beside it.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)


def _bytes_of(sale: sales_pb2.CheckoutRequest) -> bytes:
    return sale.SerializeToString(deterministic=True)


def _found(noted: int, request_id: str) -> None:
    if not noted:
        raise NotInJournal("request_id", request_id=request_id)


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def _instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
