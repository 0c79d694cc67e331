"""The bare gRPC edge: grpc.aio and uvloop answering a checkout's request with a checkout's response, and nothing else.

`python -m tests.benchmarks.echo PORT` serves until its standard input ends; several may share a port.
"""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import grpc
import uvloop

from liansuo.sales.v1 import sales_pb2
from tests.benchmarks.messages import ANY_GOODS, REQUEST_ID_BYTES, basket_bytes
from tests.benchmarks.ports import ROOT, free_port
from tests.benchmarks.scale import LINES, TAX_CODE, TAX_RATE_PPM

SERVICE: Final = "liansuo.sales.v1.SalesService"
READY: Final = "ready\n"


@contextmanager
def echo_servers(processes: int) -> Iterator[tuple[int, list[int]]]:
    """Yields the port and the process ids of that many echo servers on it."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.echo", str(port)]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            if process.stdout.readline() != READY:
                raise RuntimeError("the echo server did not start")
        yield port, [process.pid for process in started]
    finally:
        for process in started:
            process.communicate()


def checkout_response(request_id: str) -> bytes:
    """A CheckoutResponse as the server answers a member's ten lines."""
    sale = sales_pb2.Sale(
        sale_id=1_000_000,
        request_id=request_id,
        kind=sales_pb2.SALE_KIND_SALE,
        receipt_number="S001-S001-T01-S1000000",
        store_code="S001",
        terminal_code="S001-T01",
        channel="store",
        currency="CNY",
        business_date="2026-01-31",
        member_number="M0000001",
        gross_minor=12_000,
        net_minor=10_620,
        tax_minor=1_380,
        total_minor=12_000,
        change_minor=50,
        points_earned=120,
        points_balance=5_000,
    )
    sale.sold_at.FromDatetime(datetime.now(UTC))
    for number in range(1, LINES + 1):
        line = sale.lines.add(
            line_number=number,
            sku="SKU000001",
            name="Article number 000001",
            quantity_milli=2_000,
            unit_price_minor=600,
            gross_minor=1_200,
            net_minor=1_062,
            tax_minor=138,
            total_minor=1_200,
            points_earned=12,
        )
        line.taxes.add(code=TAX_CODE, rate_ppm=TAX_RATE_PPM, base_minor=1_062, tax_minor=138)
    sale.tenders.add(kind=sales_pb2.TENDER_KIND_CARD, amount_minor=6_000, reference="A12345678")
    sale.tenders.add(kind=sales_pb2.TENDER_KIND_CASH, amount_minor=6_050)
    return sales_pb2.CheckoutResponse(sale=sale).SerializeToString()


def checkout_request() -> bytes:
    """A CheckoutRequest of ten lines, for tools that send one and the same."""
    return sales_pb2.CheckoutRequest(request_id=str(uuid4())).SerializeToString() + basket_bytes(
        ANY_GOODS, random.Random(1)
    )


async def _serve(port: int) -> None:
    placeholder = "0" * REQUEST_ID_BYTES
    head, tail = checkout_response(placeholder).split(placeholder.encode())

    async def echo(request: bytes, _: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
        return head + request[2 : 2 + REQUEST_ID_BYTES] + tail

    server = grpc.aio.server(options=[("grpc.so_reuseport", 1)])
    handlers: dict[str, Any] = {"Checkout": grpc.unary_unary_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    sys.stdout.write(READY)
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(grace=None)


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
