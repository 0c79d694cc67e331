"""Stored sales with what they were priced from, in SQL."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, select

from adapters.sql.pricing import Pricing
from adapters.sql.reading import Filtered, Scoped, bounds, newest_first
from adapters.sql.sales import line_of, sale_of
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.identity import callers
from adapters.sql.tables.membership import members
from adapters.sql.tables.sales import sale_facts, sale_lines, sales
from adapters.sql.transaction import Transaction
from application.ports import priced_sales as ports
from application.ports.priced_sales import PricedProduct, PricedSale
from application.ports.sales import SalesKey
from application.ports.selection import Selection
from domain.pricing.facts import considered_codes
from domain.pricing.promotion import Promotion
from domain.sales.facts import SaleFacts
from domain.sales.sale import Sale, SaleKind, SaleLine

_BY_ID: Final = select(sales).where(sales.c.sale_id == bindparam("sale_id"))
_REVERSALS: Final = (
    select(sales).where(sales.c.original_sale_id == bindparam("sale_id")).order_by(sales.c.stored_at, sales.c.sale_id)
)
_BY_RECEIPT: Final = (
    select(sales.c.sale_id)
    .join_from(callers, sales, (sales.c.terminal_id == callers.c.caller_id) & (sales.c.store_id == callers.c.store_id))
    .where(
        callers.c.code == bindparam("terminal_code"),
        sales.c.business_date == bindparam("on", type_=sales.c.business_date.type),
        sales.c.receipt_number == bindparam("receipt_number"),
    )
)
_KEY: Final = (sales.c.business_date, sales.c.sold_at, sales.c.sale_id)
_ALL: Final = Scoped(lambda *within: newest_first(*_KEY).where(*within), Filtered(sales.c.store_id))
_OF_STORE: Final = newest_first(*_KEY, where=sales.c.store_id)
_IS_SALE: Final = sales.c.kind == SaleKind.SALE.value
_SALES_ONLY: Final = Scoped(lambda *within: newest_first(*_KEY).where(_IS_SALE, *within), Filtered(sales.c.store_id))
_SALES_ONLY_OF_STORE: Final = _OF_STORE.where(_IS_SALE)

_LINES: Final = (
    select(sale_lines)
    .where(any_of(sale_lines.c.sale_id, "sale_ids"))
    .order_by(sale_lines.c.sale_id, sale_lines.c.line_number)
)
# Of one document there is no choice of how to find its lines.
_LINES_OF_ONE: Final = (
    select(sale_lines).where(sale_lines.c.sale_id == bindparam("sale_id")).order_by(sale_lines.c.line_number)
)
_FACTS: Final = select(sale_facts).where(any_of(sale_facts.c.sale_id, "sale_ids"))
_PRODUCTS: Final = select(
    products.c.sku_id,
    products.c.sku,
    products.c.name,
    products.c.category_id,
    products.c.brand,
    products.c.supplier_code,
    products.c.tags,
).where(any_of(products.c.sku_id, "sku_ids"))
_TIERS: Final = select(members.c.member_id, members.c.tier).where(any_of(members.c.member_id, "member_ids"))


class PricedSales(ports.PricedSales):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, sale_id: int) -> PricedSale | None:
        found = self._complete(self._transaction.execute(_BY_ID, {"sale_id": sale_id}).all())
        return found[0] if found else None

    def reversals(self, sale_id: int) -> Sequence[PricedSale]:
        return self._complete(self._transaction.execute(_REVERSALS, {"sale_id": sale_id}).all())

    def by_receipt(self, receipt_number: str, *, terminal_code: str, on: date) -> int | None:
        asked = {"receipt_number": receipt_number, "terminal_code": terminal_code, "on": on}
        # A terminal that began its series afresh may have used a number twice on a day: the later one is meant.
        found: int | None = max(self._transaction.execute(_BY_RECEIPT, asked).scalars(), default=None)
        return found

    def page(
        self, selection: Selection, *, after: SalesKey | None, limit: int, sales_only: bool
    ) -> Sequence[tuple[SalesKey, PricedSale]]:
        parameters = bounds(selection, after, limit)
        store_ids = selection.store_ids
        if store_ids is not None and len(store_ids) == 1:
            statement = _SALES_ONLY_OF_STORE if sales_only else _OF_STORE
            rows = self._transaction.execute(statement, {**parameters, "store_id": store_ids[0]}).all()
        else:
            chosen = _SALES_ONLY if sales_only else _ALL
            rows = self._transaction.execute(*chosen.within(store_ids, parameters)).all()
        return [
            ((found.sale.business_date, found.sale.sold_at, found.sale.sale_id), found)
            for found in self._complete(rows)
        ]

    def _complete(self, rows: Sequence[Row[Any]]) -> list[PricedSale]:
        if not rows:
            return []
        execute = self._transaction.execute
        headers = [sale_of(row) for row in rows]
        sale_ids = {"sale_ids": [sale.sale_id for sale in headers]}
        lines: dict[int, list[SaleLine]] = defaultdict(list)
        one = len(headers) == 1
        for row in execute(_LINES_OF_ONE, {"sale_id": headers[0].sale_id}) if one else execute(_LINES, sale_ids):
            lines[row.sale_id].append(line_of(row))
        facts = {row.sale_id: SaleFacts(**row._mapping) for row in execute(_FACTS, sale_ids)}
        sku_ids = {line.sku_id for of_sale in lines.values() for line in of_sale}
        known = {
            row.sku_id: PricedProduct(row.sku, row.name, row.category_id, row.brand, row.supplier_code, tuple(row.tags))
            for row in execute(_PRODUCTS, {"sku_ids": sku_ids})
        }
        promotions = self._promotions(facts.values())
        tiers = self._tiers(headers)
        return [
            PricedSale(
                sale=sale,
                lines=lines[sale.sale_id],
                products=known,
                facts=facts.get(sale.sale_id),
                promotions=promotions.get(sale.sale_id, ()),
                tier=None if sale.member_id is None else tiers.get(sale.member_id, ""),
            )
            for sale in headers
        ]

    def _promotions(self, facts: Iterable[SaleFacts]) -> Mapping[int, Sequence[Promotion]]:
        """The promotions considered for each sale, by its id; one query for each version that these sales have seen."""
        concerned = {found.sale_id: (found.promotions_version, considered_codes(found.facts)) for found in facts}
        asked: dict[int, set[str]] = defaultdict(set)
        for version, codes in concerned.values():
            if codes:
                asked[version].update(codes)
        pricing = Pricing(self._transaction)
        terms = {version: pricing.promotions_at(codes, version=version) for version, codes in asked.items()}
        return {
            sale_id: [terms[version][code] for code in codes if code in terms[version]]
            for sale_id, (version, codes) in concerned.items()
            if codes
        }

    def _tiers(self, headers: Sequence[Sale]) -> Mapping[int, str]:
        member_ids = {sale.member_id for sale in headers if sale.member_id is not None}
        if not member_ids:
            return {}
        return {row.member_id: row.tier for row in self._transaction.execute(_TIERS, {"member_ids": member_ids})}
