"""The close of a day against another system's."""

from datetime import UTC, date, datetime

from domain.sales.day_close import day_figures
from domain.sales.sale import TenderKind
from domain.sales.shift_figures import TillDocument
from tests.conformance.baskets import line, percent_off, priced
from tests.conformance.stored_cases import deciding, minor

ON = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


@deciding("pos-03")
def test_a_day_comes_to_its_sales_less_their_discounts(case, conformance):
    documents = []
    for number, sale in enumerate(case["given"]["sales"], start=1):
        off = [percent_off(sale["discount_percent"])] if "discount_percent" in sale else []
        total = priced([line(sale["price"], off=off)]).total_minor
        documents.append(TillDocument(number, 1, "sale", 0, AT, AT, ON, f"T-{number}", number, "cash", total))
    [cash] = day_figures(ON, of_day=[], shifts=[], documents=documents).tenders
    assert (cash.tender, cash.books_minor) == (TenderKind.CASH, minor(case["expected"]["total"]))
    conformance.record(case["id"], area=case["area"], verdict="agree")
