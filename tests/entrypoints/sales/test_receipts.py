"""Receipts as a till asks for them: from message to message."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from application.sales.views import SaleView
from entrypoints.grpc import receipts
from entrypoints.grpc.receipts import NoReceiptFont
from liansuo.sales.v1 import receipt_pb2 as pb2
from tests.entrypoints.world_calls import ask
from tests.world import Till, World, opened


@pytest.fixture
def world(sqlite_chain: str) -> Iterator[World]:
    """What is asked of storage is tested beside the use cases, on both engines."""
    with opened(sqlite_chain, furnished=True) as made:
        yield made


@pytest.fixture
def sale(world: World) -> SaleView:
    return world.sell(Till().line("TEA").member().cash(10_000).command)


def rendered(world: World, sale: SaleView, form: Any, **fields: Any) -> pb2.RenderReceiptResponse:
    request = pb2.RenderReceiptRequest(print_id=str(uuid4()), format=form, sale_id=sale.sale_id, **fields)
    method = receipts.SERVICE.methods[f"/{receipts.SERVICE.name}/RenderReceipt"]
    laid = world.do(method.use_case, method.decode(request), world.s1)
    return pb2.RenderReceiptResponse.FromString(method.show(laid))


@pytest.mark.capability("SAL-01")
def test_a_till_gets_the_bytes_for_its_printer_and_what_became_of_them(world: World, sale: SaleView) -> None:
    printed = rendered(world, sale, pb2.RECEIPT_FORMAT_ESCPOS, columns=32, language="zh")
    assert (printed.sale_id, printed.receipt_number, printed.print_number) == (sale.sale_id, sale.receipt_number, 1)
    assert printed.media_type == "application/vnd.escpos"
    assert "合计 CNY                  100.00\n".encode("gb18030") in printed.content
    page = rendered(world, sale, pb2.RECEIPT_FORMAT_HTML)
    assert (page.print_number, page.media_type) == (2, "text/html; charset=utf-8")
    found = ask(world, receipts.SERVICE, "GetReceipt", pb2.GetReceiptRequest(sale_id=sale.sale_id), world.s1)
    assert [(one.number, one.format) for one in found.prints] == [
        (1, pb2.RECEIPT_FORMAT_ESCPOS),
        (2, pb2.RECEIPT_FORMAT_HTML),
    ]
    assert found.receipt_code in page.content.decode()
    by_code = pb2.GetReceiptRequest(receipt_code=found.receipt_code)
    assert ask(world, receipts.SERVICE, "GetReceipt", by_code, world.s1).sale_id == sale.sale_id


def test_a_pdf_without_a_font_is_refused_before_it_is_printed(
    world: World, sale: SaleView, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIANSUO_RECEIPT_FONT", str(tmp_path / "missing.ttf"))
    receipts.receipt_font.cache_clear()
    with pytest.raises(NoReceiptFont):
        rendered(world, sale, pb2.RECEIPT_FORMAT_PDF)
    receipts.receipt_font.cache_clear()
    assert world.count("receipt_prints") == 0
