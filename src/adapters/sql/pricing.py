"""Price lists, prices, promotions and taxes in SQL; what sells reads them from the snapshots."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import JSON, Row, Select, bindparam, func, or_, select, text, type_coerce, update

from adapters.festivals import festivals_near
from adapters.sql.promotion_places import seen_by_stores
from adapters.sql.promotion_terms import promotion_of, terms_of
from adapters.sql.statements import any_of, cursor, later, upsert
from adapters.sql.tables.catalog import products
from adapters.sql.tables.columns import Document
from adapters.sql.tables.pricing import price_lists, prices, promotion_history, promotions, taxes
from adapters.sql.transaction import Transaction
from application.ports import pricing
from application.ports.pricing import ChangedPromotion, PricedProducts
from domain.pricing.plug_in import PlugIn
from domain.pricing.price_list import Price, PriceList
from domain.pricing.promotion import FestivalDay, Promotion
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax

ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stored as the start of a price that has none: a key column cannot be null."""

_PRICE_LISTS: Final = select(price_lists).order_by(price_lists.c.code)
_TAXES: Final = select(taxes).order_by(taxes.c.code)
_PUT_PRICE_LISTS: Final = upsert(price_lists)
_PUT_TAXES: Final = upsert(taxes)
_PUT_PRICES: Final = upsert(prices)
_STORED_PRICES: Final = select(prices).where(
    prices.c.price_list_id == bindparam("price_list_id"), any_of(prices.c.sku_id, "sku_ids")
)
_PRICES_ON: Final = (
    select(prices)
    .where(any_of(prices.c.sku_id, "sku_ids"), any_of(prices.c.price_list_id, "price_list_ids"))
    .order_by(prices.c.sku_id, prices.c.price_list_id, prices.c.quantity_from_milli, prices.c.valid_from)
)
_MARK_CHANGED: Final = (
    update(products).where(any_of(products.c.sku_id, "sku_ids")).values(changed_version=bindparam("version"))
)
_PUT_PROMOTIONS: Final = upsert(promotions)
_ADD_TO_HISTORY: Final = upsert(promotion_history)
# Code by code and backwards from the version: whatever else the history holds is not looked at.
PROMOTIONS_AT: Final = {
    dialect: text(sql).columns(terms=Document())
    for dialect, sql in {
        "sqlite": """
            SELECT h.terms FROM json_each(:codes) AS c CROSS JOIN promotion_history AS h
            WHERE h.code = c.value AND h.from_version = (
                SELECT max(n.from_version) FROM promotion_history AS n
                WHERE n.code = c.value AND n.from_version <= :version
            )
        """,
        "postgresql": """
            SELECT h.terms FROM jsonb_array_elements_text(CAST(:codes AS jsonb)) AS c (code)
            CROSS JOIN LATERAL (
                SELECT n.terms FROM promotion_history AS n
                WHERE n.code = c.code AND n.from_version <= :version ORDER BY n.from_version DESC LIMIT 1
            ) AS h
        """,
    }.items()
}
_PROMOTIONS: Final = select(promotions.c.terms).where(any_of(promotions.c.code, "codes"))
_COUNT_PROMOTIONS: Final = select(func.count()).select_from(promotions)
_PAGE_OF_PROMOTIONS: Final = (
    select(promotions.c.terms)
    .where(promotions.c.code > bindparam("after"))
    .order_by(promotions.c.code)
    .limit(bindparam("limit"))
)
_CHANGED_PROMOTIONS: Final = (
    select(promotions)
    .where(later(promotions.c.changed_version, promotions.c.code))
    .order_by(promotions.c.changed_version, promotions.c.code)
    .limit(bindparam("limit"))
)
_terms = type_coerce(promotions.c.terms, JSON())
# What a document leaves out is null here.
_until_date = _terms["until_date"].as_string()
_PAGE_OF_RUNNING: Final = _PAGE_OF_PROMOTIONS.where(
    _terms["paused"].as_string().is_(None), or_(_until_date.is_(None), _until_date > bindparam("running_on"))
)


class Pricing(pricing.Pricing):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def products(
        self, *, skus: Collection[str] = (), barcodes: Collection[str] = (), weighed_item_codes: Collection[str] = ()
    ) -> PricedProducts:
        return self._transaction.snapshots.products(
            self._transaction, skus=skus, barcodes=barcodes, weighed_item_codes=weighed_item_codes
        )

    @property
    def plug_ins(self) -> Mapping[str, PlugIn]:
        return self._transaction.snapshots.plug_ins

    def promotion_book(self) -> PromotionBook:
        return self._transaction.snapshots.promotions(self._transaction)

    def festivals(self, on: date) -> tuple[FestivalDay, ...]:
        return festivals_near(on)

    def price_lists(self) -> Sequence[PriceList]:
        return [PriceList(**row._mapping) for row in self._transaction.execute(_PRICE_LISTS)]

    def put_price_lists(self, price_lists: Sequence[PriceList]) -> None:
        if price_lists:
            self._transaction.execute(_PUT_PRICE_LISTS, [asdict(price_list) for price_list in price_lists])

    def stored_prices(self, price_list_id: int, sku_ids: Collection[int]) -> Sequence[Price]:
        rows = self._transaction.execute(_STORED_PRICES, {"price_list_id": price_list_id, "sku_ids": sku_ids})
        return [_price(row) for row in rows]

    def prices_on(self, price_list_ids: Collection[int], sku_ids: Collection[int]) -> Mapping[int, Sequence[Price]]:
        found: dict[int, list[Price]] = defaultdict(list)
        if price_list_ids and sku_ids:
            parameters = {"price_list_ids": price_list_ids, "sku_ids": sku_ids}
            for row in self._transaction.execute(_PRICES_ON, parameters):
                found[row.sku_id].append(_price(row))
        return found

    def put_prices(self, prices: Sequence[Price], *, version: int) -> None:
        if not prices:
            return
        self._transaction.execute(
            _PUT_PRICES, [{**asdict(price), "valid_from": price.valid_from or ALWAYS} for price in prices]
        )
        self._transaction.execute(_MARK_CHANGED, {"sku_ids": {price.sku_id for price in prices}, "version": version})

    def promotions(self, codes: Collection[str]) -> Mapping[str, Promotion]:
        found = self._promotions(_PROMOTIONS, {"codes": codes})
        return {promotion.code: promotion for promotion in found}

    def count_promotions(self) -> int:
        return int(self._transaction.execute(_COUNT_PROMOTIONS).scalar_one())

    def put_promotions(self, promotions: Sequence[Promotion], *, version: int) -> None:
        if not promotions:
            return
        terms = {promotion.code: terms_of(promotion) for promotion in promotions}
        self._transaction.execute(
            _PUT_PROMOTIONS,
            [{"code": code, "terms": document, "changed_version": version} for code, document in terms.items()],
        )
        self._transaction.execute(
            _ADD_TO_HISTORY,
            [{"code": code, "terms": document, "from_version": version} for code, document in terms.items()],
        )

    def promotions_at(self, codes: Collection[str], *, version: int) -> Mapping[str, Promotion]:
        statement = PROMOTIONS_AT[self._transaction.dialect]
        rows = self._transaction.execute(statement, {"codes": json.dumps(sorted(codes)), "version": version})
        found = [promotion_of(row.terms) for row in rows]
        return {promotion.code: promotion for promotion in found}

    def changed_promotions(self, *, after: tuple[int, str], limit: int) -> Sequence[ChangedPromotion]:
        rows = self._transaction.execute(_CHANGED_PROMOTIONS, {**cursor(after), "limit": limit})
        return [ChangedPromotion(row.changed_version, promotion_of(row.terms)) for row in rows]

    def list_promotions(
        self, *, running_on: str, store_ids: Collection[int] | None, after: str, limit: int
    ) -> Sequence[Promotion]:
        statement = _PAGE_OF_RUNNING if running_on else _PAGE_OF_PROMOTIONS
        parameters: dict[str, object] = {"after": after, "limit": limit}
        if running_on:
            parameters["running_on"] = running_on
        if store_ids is not None:
            statement = statement.where(seen_by_stores(promotions.c.code))
            parameters["store_ids"] = store_ids
        return self._promotions(statement, parameters)

    def _promotions(self, statement: Select[tuple[Any]], parameters: Mapping[str, object]) -> list[Promotion]:
        return [promotion_of(terms) for terms in self._transaction.execute(statement, parameters).scalars()]

    def taxes(self) -> Sequence[Tax]:
        return [Tax(**row._mapping) for row in self._transaction.execute(_TAXES)]

    def put_taxes(self, taxes: Sequence[Tax]) -> None:
        if taxes:
            self._transaction.execute(_PUT_TAXES, [asdict(tax) for tax in taxes])


def _price(row: Row[Any]) -> Price:
    return Price(**{**row._mapping, "valid_from": row.valid_from if row.valid_from != ALWAYS else None})
