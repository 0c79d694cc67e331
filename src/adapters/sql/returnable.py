"""Sales with what has taken them back, in SQL, to be looked at."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import or_, select

from adapters.sql.sales import line_of, tender_of
from adapters.sql.sales_history import summary_of, with_codes
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.sales import sale_lines, sale_tenders, sales
from adapters.sql.transaction import Transaction
from application.ports import returnable as ports
from application.ports.returnable import StoredReturnable
from application.ports.sales import SoldProduct
from domain.sales.sale import SaleKind, SaleLine, SaleTender

_DOCUMENTS: Final = with_codes(sales).where(
    or_(any_of(sales.c.sale_id, "sale_ids"), any_of(sales.c.original_sale_id, "sale_ids"))
)
_LINES: Final = (
    select(sale_lines)
    .where(any_of(sale_lines.c.sale_id, "sale_ids"))
    .order_by(sale_lines.c.sale_id, sale_lines.c.line_number)
)
_TENDERS: Final = (
    select(sale_tenders)
    .where(any_of(sale_tenders.c.sale_id, "sale_ids"))
    .order_by(sale_tenders.c.sale_id, sale_tenders.c.tender_number)
)
_PRODUCTS: Final = select(products.c.sku_id, products.c.sku, products.c.name, products.c.unstocked).where(
    any_of(products.c.sku_id, "sku_ids")
)


class Returnables(ports.Returnables):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def returnables(self, sale_ids: Sequence[int]) -> Sequence[StoredReturnable]:
        if not sale_ids:
            return []
        execute = self._transaction.execute
        documents = execute(_DOCUMENTS, {"sale_ids": sale_ids}).all()
        asked = {"sale_ids": [row.sale_id for row in documents]}
        lines: dict[int, list[SaleLine]] = defaultdict(list)
        tenders: dict[int, list[SaleTender]] = defaultdict(list)
        for row in execute(_LINES, asked):
            lines[row.sale_id].append(line_of(row))
        for row in execute(_TENDERS, asked):
            tenders[row.sale_id].append(tender_of(row))
        sku_ids = {line.sku_id for several in lines.values() for line in several}
        sold = {
            row.sku_id: SoldProduct(row.sku, row.name, row.unstocked)
            for row in execute(_PRODUCTS, {"sku_ids": sku_ids})
        }
        back: dict[int, list[int]] = defaultdict(list)
        for row in documents:
            if row.original_sale_id is not None:
                back[row.original_sale_id].append(row.sale_id)
        found = {
            row.sale_id: StoredReturnable(
                store_id=row.store_id,
                change_minor=row.change_minor,
                summary=summary_of(row),
                lines=lines[row.sale_id],
                tenders=tenders[row.sale_id],
                returned_lines=[line for one in back[row.sale_id] for line in lines[one]],
                returned_tenders=[tender for one in back[row.sale_id] for tender in tenders[one]],
                products=sold,
                tip_minor=row.tip_minor or 0,
            )
            for row in documents
            if row.kind == SaleKind.SALE
        }
        return [found[sale_id] for sale_id in sale_ids if sale_id in found]
