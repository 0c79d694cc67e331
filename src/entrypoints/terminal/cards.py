"""Members whom this terminal has met, for the time without connection: what prices need, and nothing about the person.

A card, phone or number is found by a keyed hash of it; the key lies in a file of its own that only the terminal's
user reads. Kept are the member's number, which means nothing outside the chain, the tier, the segments and the points
as of the last meeting. Who has not been here for KEPT is forgotten (docs/decisions/0036-the-till.md).
"""

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

BUSY_MS: Final = 5_000
KEY_BYTES: Final = 32
KEPT: Final = timedelta(days=90)

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS cards (
    card BLOB PRIMARY KEY,
    member_number TEXT NOT NULL,
    tier TEXT NOT NULL,
    segments TEXT NOT NULL,
    points INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cards_seen ON cards (seen_at);
"""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A member as of `seen_at`."""

    member_number: str
    tier: str
    segments: tuple[str, ...]
    points: int
    seen_at: datetime


class Cards:
    """The members that were met here. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._key = _key(path.with_name(f"{path.name}.key"))
        self._sql = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = NORMAL")
        self._sql.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._sql.close()

    def remember(self, shown: str, member: Remembered) -> None:
        """Keeps the member under what was shown and under the member's number; forgets whom nobody has met lately."""
        seen_at = int(member.seen_at.timestamp())
        values = (member.member_number, member.tier, json.dumps(member.segments), member.points, seen_at)
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE")
            self._sql.executemany(
                "INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?, ?, ?)",
                [(self._hash(key), *values) for key in {shown, member.member_number}],
            )
            self._sql.execute("DELETE FROM cards WHERE seen_at < ?", (seen_at - int(KEPT.total_seconds()),))
            self._sql.execute("COMMIT")

    def recall(self, shown: str) -> Remembered | None:
        """The member as of the last meeting; None for one who was never met."""
        with self._lock:
            row = self._sql.execute(
                "SELECT member_number, tier, segments, points, seen_at FROM cards WHERE card = ?", (self._hash(shown),)
            ).fetchone()
        if row is None:
            return None
        number, tier, segments, points, seen_at = row
        return Remembered(number, tier, tuple(json.loads(segments)), points, datetime.fromtimestamp(seen_at, UTC))

    def _hash(self, shown: str) -> bytes:
        return hmac.new(self._key, shown.strip().upper().encode(), hashlib.sha256).digest()


def _key(path: Path) -> bytes:
    """The terminal's key, made once."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with open(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(handle)
    return path.read_bytes()
