"""What a till with a million SKUs costs: filling its catalogue, opening it, scanning into a line, pricing a basket."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count as numbers
from pathlib import Path
from typing import Final

from domain.catalog.barcode import check_digit
from entrypoints.terminal.catalogue import Catalogue
from entrypoints.terminal.session import till_in
from entrypoints.terminal.till import Till
from liansuo.pricing.v1 import pricing_pb2 as pb2
from liansuo_client import connect
from tests.benchmarks.pricing import NOW, _promotions, transported
from tests.benchmarks.results import Results

SKUS: Final = 1_000_000
PROMOTIONS: Final = 1_000
SCANS: Final = 3_000
QUOTES: Final = 1_000
LINES: Final = 10
NOBODY: Final = "127.0.0.1:9"


def measure(results: Results, skus: int = SKUS) -> None:
    """Records seconds of filling, without what the server takes, and milliseconds of everything else."""
    chance = random.Random(2)
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        results.add("till_fill_s", _filled(directory / "catalogue.db", chance, skus))
        results.add("till_catalogue_bytes", (directory / "catalogue.db").stat().st_size)
        started = time.perf_counter()
        Catalogue(directory / "catalogue.db").close()
        results.add("till_open_ms", (time.perf_counter() - started) * 1e3)
        with (
            connect(NOBODY, credential="none") as client,
            till_in(directory, client, now=lambda: NOW, print_out=lambda _: None, language="en") as till,
        ):
            scans, quotes = _sold(till, chance, skus)
        results.add("till_scan_p99_ms", _p99(scans))
        results.add("till_quote_p99_ms", _p99(quotes))


def _filled(path: Path, chance: random.Random, skus: int) -> float:
    pages = transported(range(skus), list(_promotions(chance, PROMOTIONS)))
    waited = 0.0
    ahead = next(pages)

    def ask(_: pb2.ListPriceBookRequest) -> pb2.ListPriceBookResponse:
        nonlocal waited, ahead
        started = time.perf_counter()
        sent, ahead = ahead, next(pages, b"")
        waited += time.perf_counter() - started
        page = pb2.ListPriceBookResponse.FromString(sent)
        page.next_page_token = "more" if ahead else ""
        return page

    catalogue = Catalogue(path)
    started = time.perf_counter()
    catalogue.sync(ask)
    taken = time.perf_counter() - started
    assert catalogue.count() == skus
    catalogue.close()
    return taken - waited


def _sold(till: Till, chance: random.Random, skus: int) -> tuple[list[float], list[float]]:
    """Seconds of each scan into a basket that grows to ten lines, by barcode and by SKU, and of each basket's total."""
    scans, quotes = [], []
    codes = _codes(chance, skus)
    for _ in range(SCANS):
        code = next(codes)
        scans.append(_seconds(lambda code=code: till.scan(code)))
        if len(till.basket.lines) == LINES:
            till.clear()
    for _ in range(QUOTES // LINES):
        while len(till.basket.lines) < LINES:
            till.scan(next(codes))
        for number in range(1, LINES + 1):
            # Another basket every time, so that nothing is remembered.
            till.set_quantity(number, 1_000 * chance.randint(2, 9))
            quotes.append(_seconds(till.total))
        till.clear()
    return scans, quotes


def _codes(chance: random.Random, skus: int) -> Iterator[str]:
    for turn in numbers():
        number = chance.randrange(skus)
        barcode = f"690{number:010d}"
        # Every tenth of these numbers happens to be a barcode with a right check digit.
        while turn % 2 and check_digit(barcode[:-1]) != barcode[-1]:
            number = chance.randrange(skus)
            barcode = f"690{number:010d}"
        yield barcode if turn % 2 else f"SKU{number:06d}"


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)] * 1e3
