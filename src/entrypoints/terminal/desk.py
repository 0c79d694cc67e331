"""What a terminal keeps beside its journal: the sale that is being paid, parked baskets, and what it knows of itself.

The sale that is being paid is written down before the server is asked: after a crash the same request is sent again,
so that it is sold once.
"""

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from domain.shared.errors import Conflict, NotFound, Rejected
from liansuo.sales.v1 import sales_pb2 as pb2

PARKED_MAX: Final = 200
BUSY_MS: Final = 5_000

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS paying (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    request BLOB NOT NULL,
    receipt BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS parked (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    basket BLOB NOT NULL,
    parked_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS on_its_way (parked_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS copies (request_id TEXT PRIMARY KEY, copies INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


class NoSuchParkedBasket(NotFound):
    en = "There is no parked basket {parked_id} on this terminal. Look at the list of parked baskets."
    zh = "本终端没有挂单 {parked_id}，请查看挂单列表。"


class TooManyParked(Rejected):
    en = "{limit} baskets are parked already. Resume or drop one first."
    zh = "已有 {limit} 个挂单，请先取回或删除其中一个。"


class ParkedOnItsWay(Conflict):
    en = "This basket is on its way to the server. Ask for the list again when the line is back."
    zh = "该挂单正在上传服务器，请在网络恢复后重新查看列表。"


@dataclass(frozen=True, slots=True)
class Parked:
    """A basket that waits; `label` is what the cashier calls it."""

    parked_id: str
    label: str
    basket: pb2.Basket
    parked_at: datetime


class Desk:
    """Durable: what a method has written is on the disk when it returns. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._sql = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
        # Baskets name members: the file is for its owner only.
        path.chmod(0o600)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = FULL")
        self._sql.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._sql.close()

    def pay(self, request: pb2.CheckoutRequest, receipt: pb2.Sale) -> None:
        """Writes down what is about to be sold, and the receipt that it has if the server is not reached."""
        with self._lock:
            self._sql.execute(
                "INSERT INTO paying VALUES (1, ?, ?) ON CONFLICT DO UPDATE"
                " SET request = excluded.request, receipt = excluded.receipt",
                (request.SerializeToString(deterministic=True), receipt.SerializeToString(deterministic=True)),
            )

    def paying(self) -> tuple[pb2.CheckoutRequest, pb2.Sale] | None:
        """The sale of which nobody knows yet how it ended; None without one."""
        with self._lock:
            row = self._sql.execute("SELECT request, receipt FROM paying").fetchone()
        return None if row is None else (pb2.CheckoutRequest.FromString(row[0]), pb2.Sale.FromString(row[1]))

    def paid(self) -> None:
        """The sale has ended: it is in the journal, or it was refused."""
        with self._lock:
            self._sql.execute("DELETE FROM paying")

    def park(self, basket: pb2.Basket, label: str, *, at: datetime) -> str:
        """Keeps a basket and gives its id; raises TooManyParked."""
        parked_id = str(uuid4())
        with self._lock:
            (count,) = self._sql.execute("SELECT count(*) FROM parked").fetchone()
            if count >= PARKED_MAX:
                raise TooManyParked("parked", limit=PARKED_MAX)
            self._sql.execute(
                "INSERT INTO parked VALUES (?, ?, ?, ?)",
                (parked_id, label, basket.SerializeToString(), at.astimezone(UTC).isoformat()),
            )
        return parked_id

    def parked(self) -> Sequence[Parked]:
        """All parked baskets, oldest first; at most PARKED_MAX."""
        with self._lock:
            rows = self._sql.execute(
                "SELECT id, label, basket, parked_at FROM parked ORDER BY parked_at, id"
            ).fetchall()
        return [
            Parked(parked_id, label, pb2.Basket.FromString(basket), datetime.fromisoformat(parked_at))
            for parked_id, label, basket, parked_at in rows
        ]

    def resume(self, parked_id: str) -> pb2.Basket:
        """Takes a parked basket out; raises NoSuchParkedBasket, and ParkedOnItsWay for one that the server may have."""
        with self._lock:
            if self._sql.execute("SELECT 1 FROM on_its_way WHERE parked_id = ?", (parked_id,)).fetchone():
                raise ParkedOnItsWay("parked_id")
            row = self._sql.execute("DELETE FROM parked WHERE id = ? RETURNING basket", (parked_id,)).fetchone()
        if row is None:
            raise NoSuchParkedBasket("parked_id", parked_id=parked_id)
        return pb2.Basket.FromString(row[0])

    def on_its_way(self, parked_id: str) -> bool:
        """Notes that a parked basket is sent to the server; False when somebody has taken it up meanwhile."""
        with self._lock:
            self._sql.execute(
                "INSERT INTO on_its_way SELECT id FROM parked WHERE id = ? ON CONFLICT DO NOTHING", (parked_id,)
            )
            return (
                self._sql.execute("SELECT 1 FROM on_its_way WHERE parked_id = ?", (parked_id,)).fetchone() is not None
            )

    def stays_here(self, parked_id: str) -> None:
        """The server does not have it."""
        with self._lock:
            self._sql.execute("DELETE FROM on_its_way WHERE parked_id = ?", (parked_id,))

    def drop(self, parked_id: str) -> None:
        """The server has it. It goes from here first: after a crash it is on its way still, which harms nobody."""
        with self._lock:
            self._sql.execute("DELETE FROM parked WHERE id = ?", (parked_id,))
            self._sql.execute("DELETE FROM on_its_way WHERE parked_id = ?", (parked_id,))

    def copied(self, request_id: str) -> int:
        """Counts one more copy of a receipt and gives the number of that print; the original was number 1."""
        with self._lock:
            (copies,) = self._sql.execute(
                "INSERT INTO copies VALUES (?, 1) ON CONFLICT DO UPDATE SET copies = copies + 1 RETURNING copies",
                (request_id,),
            ).fetchone()
        return int(copies) + 1

    def know(self, name: str, value: str) -> None:
        """Keeps what the server has told about this terminal."""
        with self._lock:
            self._sql.execute(
                "INSERT INTO known VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value)
            )

    def known(self, name: str) -> str:
        """What was told last; empty for nothing."""
        with self._lock:
            row = self._sql.execute("SELECT value FROM known WHERE name = ?", (name,)).fetchone()
        return "" if row is None else str(row[0])
