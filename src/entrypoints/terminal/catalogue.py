"""The terminal's catalogue: the price book of its store in a SQLite file, read by key and priced by the same engine.

    catalogue = Catalogue(path)
    catalogue.sync(ask, progress)         # the whole book once, then what has changed; goes on where it was cut off
    with catalogue.reading() as held:     # a StoreBook whose articles are read when they are asked for
        price_basket(basket, held.book, context)

A till with a million SKUs is ready as soon as the file is open: only categories, promotions and terms are in memory.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from domain.pricing.plug_in import PlugIn
from domain.pricing.price_book import Article
from domain.shared.errors import Invalid, Rejected
from entrypoints.terminal.price_book import PAGE_SIZE, PAGES_MAX, Endless, StoreBook, article_of, build
from liansuo.pricing.v1 import pricing_pb2 as pb2

VERSION: Final = 1
BUSY_MS: Final = 5_000
CACHE_KIB: Final = 65_536

SCHEMA: Final = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version TEXT NOT NULL,
    page_token TEXT NOT NULL,
    last BLOB NOT NULL,
    products INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS articles (sku TEXT PRIMARY KEY, product BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS codes (code TEXT PRIMARY KEY, sku TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS categories (code TEXT PRIMARY KEY, parent_code TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS promotions (code TEXT PRIMARY KEY, promotion BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS staged (number INTEGER PRIMARY KEY, page BLOB NOT NULL) STRICT;
INSERT INTO state VALUES (1, '', '', x'', 0) ON CONFLICT DO NOTHING;
PRAGMA user_version = 1;
COMMIT;
"""
"""`codes` are barcodes, UPC-A as the EAN-13 that it is, and the five digits of weighed items.

`staged` are the pages of a reading of changes that is not at its end: what is in force stays in force until then.
"""


class NotACatalogue(Invalid):
    en = "The file {path} is not this terminal's catalogue ({cause}). Delete it: it is fetched again."
    zh = "文件 {path} 不是本终端的商品目录（{cause}）。请删除该文件，系统会重新获取。"


class CatalogueNotReady(Rejected):
    en = "The catalogue has not been fetched yet ({products} products so far). Connect the terminal and wait."
    zh = "商品目录尚未获取完成（已获取 {products} 个商品）。请连接网络并等待完成。"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading has come: pages and products of it, and whether it was the last page."""

    pages: int
    products: int
    whole: bool
    done: bool


class Reader(Protocol):
    """Calls ListPriceBook; what it raises passes through `sync`, which goes on from the same page the next time."""

    def __call__(self, request: pb2.ListPriceBookRequest, /) -> pb2.ListPriceBookResponse: ...


class Catalogue:
    """One store's catalogue. Safe to use from several threads: one that syncs stops no one that reads."""

    def __init__(self, path: Path, *, plug_ins: Mapping[str, PlugIn] | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._plug_ins = plug_ins or {}
        self._lock = threading.RLock()
        self._syncing = threading.Lock()
        self._sql = _opened(path)
        self._articles = _Articles(self, {}, {})
        self._held: StoreBook | None = None
        version, _, last, _ = _state(self._sql)
        if version:
            self._hold(build([_stored_book(self._sql, last)], plug_ins=self._plug_ins))

    def close(self) -> None:
        with self._lock:
            self._sql.close()

    @property
    def ready(self) -> bool:
        """Whether there is a whole book to sell by."""
        return self._held is not None

    @contextmanager
    def reading(self) -> Iterator[StoreBook]:
        """The book in force, which stays the same meanwhile; raises CatalogueNotReady before there is one."""
        with self._lock:
            if self._held is None:
                raise CatalogueNotReady("catalogue", products=_state(self._sql)[3])
            yield self._held

    def product(self, sku: str) -> pb2.BookProduct | None:
        """The product as the server has sent it, with its prices; None for an unknown one."""
        with self._lock:
            row = self._sql.execute("SELECT product FROM articles WHERE sku = ?", (sku,)).fetchone()
        return None if row is None else pb2.BookProduct.FromString(row[0])

    def by_code(self, code: str) -> pb2.BookProduct | None:
        """The product with this barcode (of a UPC-A its EAN-13) or this code of a weighed item."""
        with self._lock:
            row = self._sql.execute(
                "SELECT product FROM articles WHERE sku = (SELECT sku FROM codes WHERE code = ?)", (code,)
            ).fetchone()
        return None if row is None else pb2.BookProduct.FromString(row[0])

    def count(self) -> int:
        """How many products there are; it costs a look at all of them."""
        with self._lock:
            return int(self._sql.execute("SELECT count(*) FROM articles").fetchone()[0])

    def forget(self) -> None:
        """Drops everything, e.g. because the terminal moved to another store: the next sync reads the whole book."""
        with self._syncing, self._lock:
            self._held = None
            self._sql.execute("BEGIN IMMEDIATE")
            for table in ("articles", "codes", "categories", "promotions", "staged"):
                self._sql.execute(f"DELETE FROM {table}")
            self._sql.execute("UPDATE state SET version = '', page_token = '', last = x'', products = 0")
            self._sql.execute("COMMIT")

    def sync(self, ask: Reader, progress: Callable[[Progress], None] = lambda _: None) -> StoreBook:
        """The book as the server has it now: the whole one first, from then on what has changed.

        A reading that was cut off goes on with the page that it did not get. The first one is not in force before its
        last page, and neither are changes: a till sells by one moment's prices. Raises Endless.
        """
        with self._syncing:
            writing = _opened(self._path)
            try:
                return self._sync(writing, ask, progress)
            finally:
                writing.close()

    def _sync(self, sql: sqlite3.Connection, ask: Reader, progress: Callable[[Progress], None]) -> StoreBook:
        version, token, _, products = _state(sql)
        for number in range(1, PAGES_MAX + 1):
            page = ask(pb2.ListPriceBookRequest(since_version=version, page_size=PAGE_SIZE, page_token=token))
            token = page.next_page_token
            products += len(page.products)
            sql.execute("BEGIN IMMEDIATE")
            try:
                if version:
                    sql.execute("INSERT INTO staged (page) VALUES (?)", (page.SerializeToString(),))
                else:
                    _put(sql, page)
                sql.execute("UPDATE state SET page_token = ?, products = ?", (token, products))
                if not token:
                    held = self._finish(sql, page, changes=bool(version))
                else:
                    sql.execute("COMMIT")
            except BaseException:
                if sql.in_transaction:
                    sql.execute("ROLLBACK")
                raise
            progress(Progress(number, products, whole=not version, done=not token))
            if not token:
                return held
        raise Endless(f"more than {PAGES_MAX} pages")

    def _finish(self, sql: sqlite3.Connection, last: pb2.ListPriceBookResponse, *, changes: bool) -> StoreBook:
        """Puts the staged changes in force; what reads waits only for the commit itself."""
        pages: list[pb2.ListPriceBookResponse] = []
        if changes:
            for (staged,) in sql.execute("SELECT page FROM staged ORDER BY number").fetchall():
                page = pb2.ListPriceBookResponse.FromString(staged)
                _put(sql, page)
                del page.products[:]
                pages.append(page)
            sql.execute("DELETE FROM staged")
        held = self._held
        kept = pb2.ListPriceBookResponse()
        kept.CopyFrom(last)
        for name in ("categories", "products", "promotions", "removed_promotion_codes"):
            kept.ClearField(name)
        if not kept.HasField("terms") and held is not None:
            kept.terms.CopyFrom(pb2.ListPriceBookResponse.FromString(_state(sql)[2]).terms)
        sql.execute(
            "UPDATE state SET version = ?, page_token = '', last = ?, products = 0",
            (last.version, kept.SerializeToString()),
        )
        if held is not None and changes:
            book = build(pages, replace(held, book=replace(held.book, articles={})), plug_ins=self._plug_ins)
        else:
            book = build([_stored_book(sql, kept.SerializeToString())], plug_ins=self._plug_ins)
        with self._lock:
            sql.execute("COMMIT")
            return self._hold(book)

    def _hold(self, book: StoreBook) -> StoreBook:
        articles = _Articles(self, dict(book.names.categories), dict(book.names.price_lists))
        self._held = replace(book, book=replace(book.book, articles=articles))
        return self._held


class _Articles(Mapping[str, Article]):
    """The articles of a catalogue, each read and decoded when it is asked for."""

    def __init__(self, catalogue: Catalogue, categories: dict[str, int], price_lists: dict[str, int]) -> None:
        self._catalogue = catalogue
        self._categories = categories
        self._price_lists = price_lists
        self._naming = threading.Lock()

    def __getitem__(self, sku: str) -> Article:
        found = self._catalogue.product(sku)
        if found is None:
            raise KeyError(sku)
        with self._naming:
            return article_of(found, self._categories, self._price_lists)

    def __iter__(self) -> Iterator[str]:
        with self._catalogue._lock:
            return iter([sku for (sku,) in self._catalogue._sql.execute("SELECT sku FROM articles ORDER BY sku")])

    def __len__(self) -> int:
        return self._catalogue.count()


def _opened(path: Path) -> sqlite3.Connection:
    sql = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        (version,) = sql.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise NotACatalogue("path", path=path.name, cause=f"version {version}")
        sql.execute("PRAGMA journal_mode = WAL")
        # What a power cut takes is fetched again: the file is whole at every moment, and that is enough here.
        sql.execute("PRAGMA synchronous = NORMAL")
        sql.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if version == 0:
            sql.executescript(SCHEMA)
    except sqlite3.DatabaseError as error:
        sql.close()
        raise NotACatalogue("path", path=path.name, cause=error) from error
    except BaseException:
        sql.close()
        raise
    return sql


def _state(sql: sqlite3.Connection) -> tuple[str, str, bytes, int]:
    version, token, last, products = sql.execute("SELECT version, page_token, last, products FROM state").fetchone()
    return str(version), str(token), bytes(last), int(products)


def _stored_book(sql: sqlite3.Connection, last: bytes) -> pb2.ListPriceBookResponse:
    """Everything but the products, as one page."""
    page = pb2.ListPriceBookResponse.FromString(last)
    for code, parent_code in sql.execute("SELECT code, parent_code FROM categories ORDER BY code"):
        page.categories.add(code=code, parent_code=parent_code)
    for (promotion,) in sql.execute("SELECT promotion FROM promotions ORDER BY code"):
        page.promotions.add().MergeFromString(promotion)
    return page


def _put(sql: sqlite3.Connection, page: pb2.ListPriceBookResponse) -> None:
    """Takes a page in; a handful of statements, whatever is on it."""
    sql.executemany(
        "INSERT INTO categories VALUES (?, ?) ON CONFLICT DO UPDATE SET parent_code = excluded.parent_code",
        [(one.code, one.parent_code) for one in page.categories],
    )
    old = _codes_held(sql, [found.product.sku for found in page.products])
    # A code that has gone to another product meanwhile stays with that one.
    sql.executemany("DELETE FROM codes WHERE code = ? AND sku = ?", old)
    sql.executemany(
        "INSERT INTO articles VALUES (?, ?) ON CONFLICT DO UPDATE SET product = excluded.product",
        [(found.product.sku, found.SerializeToString()) for found in page.products],
    )
    sql.executemany(
        "INSERT INTO codes VALUES (?, ?) ON CONFLICT DO UPDATE SET sku = excluded.sku",
        [(code, found.product.sku) for found in page.products for code in _codes(found)],
    )
    sql.executemany(
        "INSERT INTO promotions VALUES (?, ?) ON CONFLICT DO UPDATE SET promotion = excluded.promotion",
        [(one.code, one.SerializeToString()) for one in page.promotions],
    )
    sql.executemany("DELETE FROM promotions WHERE code = ?", [(code,) for code in page.removed_promotion_codes])


def _codes_held(sql: sqlite3.Connection, skus: list[str]) -> list[tuple[str, str]]:
    marks = ", ".join("?" * len(skus))
    rows = sql.execute(f"SELECT sku, product FROM articles WHERE sku IN ({marks})", skus).fetchall()
    return [(code, sku) for sku, product in rows for code in _codes(pb2.BookProduct.FromString(product))]


def _codes(found: pb2.BookProduct) -> list[str]:
    product = found.product
    # A UPC-A is the EAN-13 with a leading zero; scanners send either.
    codes = [code.rjust(13, "0") if len(code) == 12 else code for code in product.barcodes]
    return [*codes, product.weighed_item_code] if product.weighed_item_code else codes
