"""Many stored documents priced again, page by page, to see whether each comes to what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.sales.replaying import ExplanationBasis, replay
from application.scope import selected
from domain.pricing.facts import Difference


@dataclass(frozen=True, slots=True)
class VerifySales:
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class Unproven:
    """A document that does not come to what is stored."""

    sale_id: int
    receipt_number: str
    rests_on: ExplanationBasis
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class VerifiedPage:
    """How many documents were priced again, by what that rests on, and those that came to something else."""

    checked: Mapping[ExplanationBasis, int]
    unproven: Sequence[Unproven]
    next_page_token: str


def verify_sales(uow: UnitOfWork, query: VerifySales) -> VerifiedPage:
    """Prices a page of documents again, newest first; raises the refusals of `selected` and `page`."""
    asked = page(query.page_size, query.page_token, key=(date, datetime, int))
    uow.refresh()
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    rows = uow.priced_sales.page(selection, after=asked.after, limit=asked.limit + 1, sales_only=False)
    checked: dict[ExplanationBasis, int] = {}
    unproven = []
    for _, sold in rows[: asked.limit]:
        found = replay(uow, sold)
        checked[found.rests_on] = checked.get(found.rests_on, 0) + 1
        if found.differences:
            sale = sold.sale
            unproven.append(Unproven(sale.sale_id, sale.receipt_number, found.rests_on, found.differences))
    return VerifiedPage(checked, unproven, next_token(rows, asked.limit, lambda row: row[0]))
