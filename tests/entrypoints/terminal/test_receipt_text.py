"""The receipt of the till, whatever a sale was paid by."""

import pytest

from entrypoints.terminal.receipt_text import COLUMNS, TENDERS, receipt_text, width
from liansuo.sales.v1 import sales_pb2 as pb2

KINDS = [kind for kind in pb2.TenderKind.values() if kind]


@pytest.mark.capability("SAL-01")
def test_prints_every_tender_that_there_is_and_one_of_a_newer_server() -> None:
    assert set(TENDERS) == set(KINDS)
    sale = pb2.Sale(
        currency="CNY",
        total_minor=100 * (len(KINDS) + 1),
        tenders=[pb2.SaleTender(kind=kind, amount_minor=100) for kind in (*KINDS, 99)],
    )
    for language, words in (("en", ("voucher", "deposit", "other")), ("zh", ("代金券", "订金", "其他"))):
        text = receipt_text(sale, time_zone="Asia/Shanghai", language=language)
        assert all(word in text for word in words)


@pytest.mark.capability("SAL-01")
@pytest.mark.parametrize("uploaded", [False, True])
@pytest.mark.parametrize(("number", "shown"), [("M000012345678", "*********5678"), ("M12", "**2")])
def test_the_tills_receipt_shows_the_end_of_the_members_number(number: str, shown: str, uploaded: bool) -> None:
    sale = pb2.Sale(
        store_code="S1", receipt_number="T1-000001", currency="CNY", member_number=number, uploaded=uploaded
    )
    text = receipt_text(sale, time_zone="Asia/Shanghai", language="en")
    (line,) = [one for one in text.splitlines() if one.startswith("member")]
    assert line.split() == ["member", shown] and width(line) == COLUMNS
    assert number not in text
