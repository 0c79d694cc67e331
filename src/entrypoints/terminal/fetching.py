"""Fetches what has changed in the catalogue; one of another store is dropped and read anew."""

from collections.abc import Callable
from typing import Final

from entrypoints.terminal.catalogue import Catalogue, Progress
from entrypoints.terminal.line import Line
from liansuo.pricing.v1 import pricing_pb2
from liansuo.pricing.v1.pricing_pb2_grpc import PricingServiceStub
from liansuo_client import Refused

BOOK_IS_ANOTHER: Final = frozenset({"OTHER_STORE_BOOK", "INVALID_BOOK_VERSION"})


def fetch_catalogue(line: Line, catalogue: Catalogue, progress: Callable[[Progress], None]) -> None:
    """Raises what the line raises; what was read so far is kept."""
    stub = line.client.of(PricingServiceStub)

    def ask(request: pricing_pb2.ListPriceBookRequest) -> pricing_pb2.ListPriceBookResponse:
        return line.call(stub.ListPriceBook, request)

    try:
        catalogue.sync(ask, progress)
    except Refused as refused:
        if refused.reason not in BOOK_IS_ANOTHER:
            raise
        catalogue.forget()
        catalogue.sync(ask, progress)
