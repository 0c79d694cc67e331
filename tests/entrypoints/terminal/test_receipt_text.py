"""The receipt of the till, whatever a sale was paid by."""

import pytest

from entrypoints.terminal.receipt_text import TENDERS, receipt_text
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
