"""The receipt of the till: laid out as by the server, whatever a sale was paid by, on text and on ESC/POS paper."""

from pathlib import Path
from typing import Any, cast

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from application.policies import policies_of
from domain.identity.organisation import Store, StoreStatus
from entrypoints.terminal.price_book import StoreBook
from entrypoints.terminal.printer import PaperForm, printer_at
from entrypoints.terminal.receipts import receipt_from, text_of
from liansuo.sales.v1 import sales_pb2 as pb2

KINDS = [kind for kind in pb2.TenderKind.values() if kind]
STORE = Store(1, "S1", "南京路店", 1, "CNY", "Asia/Shanghai", 240, StoreStatus.OPEN)


def book(**settings: str) -> StoreBook:
    return StoreBook("1", cast(Any, None), STORE, cast(Any, None), policies_of(settings), cast(Any, None))


def sale(**told: Any) -> pb2.Sale:
    return pb2.Sale(
        kind=pb2.SALE_KIND_SALE,
        request_id="r1",
        receipt_number="T1-000001",
        terminal_code="T1",
        store_code="S1",
        currency="CNY",
        business_date="2026-11-28",
        sold_at=Timestamp(seconds=1_795_827_600),
        **told,
    )


@pytest.mark.capability("SAL-01")
def test_prints_every_tender_that_there_is_and_one_of_a_newer_server() -> None:
    tenders = [pb2.SaleTender(kind=kind, amount_minor=100) for kind in (*KINDS, 99)]
    for language, words in (("en", ("Voucher", "Deposit", "Other")), ("zh", ("代金券", "订金", "其他"))):
        text = text_of(receipt_from(sale(total_minor=1_300, tenders=tenders), book(), language=language))
        assert all(word in text for word in words)


@pytest.mark.capability("SAL-01")
@pytest.mark.parametrize(("number", "shown"), [("M000012345678", "*********5678"), ("M12", "**2")])
@pytest.mark.parametrize("sale_id", [0, 4711])
def test_shows_the_end_of_the_members_number_and_no_balance_that_nobody_knows(
    number: str, shown: str, sale_id: int
) -> None:
    told = sale(sale_id=sale_id, member_number=number, points_balance=7, uploaded=not sale_id)
    text = text_of(receipt_from(told, book(), language="en"))
    assert shown in text and number not in text
    assert ("Points balance" in text, "Points follow later" in text) == (bool(sale_id), not sale_id)


@pytest.mark.capability("SAL-01")
def test_comes_out_with_the_letterhead_as_text_and_as_escpos_and_copies_say_so(tmp_path: Path) -> None:
    held = book(receipt_seller="连锁商贸", receipt_footer="谢谢惠顾|Come again")
    told = sale(total_minor=100)
    told.coupons_awarded.add(batch_name="Next time", code="SECRET-7F3K", until_date="2026-12-31")
    original, copy = (receipt_from(told, held, language="zh", print_number=number) for number in (1, 3))
    assert "SECRET-7F3K" in text_of(original) and "SECRET" not in text_of(copy)
    for form, coding in ((PaperForm.TEXT, "utf-8"), (PaperForm.ESCPOS, "gb18030")):
        paper = tmp_path / form
        print_out = printer_at(paper, form=form, columns=32)
        print_out(original)
        print_out(copy)
        printed = paper.read_bytes()
        assert paper.stat().st_mode & 0o077 == 0
        assert [printed.count(words.encode(coding)) for words in ("连锁商贸", "南京路店", "谢谢惠顾", "第 2 份")] == [
            2, 2, 2, 2
        ]  # fmt: skip
        assert printed.startswith(b"\x1b@") == (form is PaperForm.ESCPOS)
