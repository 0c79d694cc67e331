"""Price lists, prices and taxes in SQL; what sells reads them from the snapshots."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.catalog import products
from adapters.sql.tables.pricing import price_lists, prices, taxes
from adapters.sql.transaction import Transaction
from application.ports import pricing
from application.ports.pricing import PricedProducts
from domain.pricing.price_list import Price, PriceList
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
_MARK_CHANGED: Final = (
    update(products).where(any_of(products.c.sku_id, "sku_ids")).values(changed_version=bindparam("version"))
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

    def price_lists(self) -> Sequence[PriceList]:
        return [PriceList(**row._mapping) for row in self._transaction.execute(_PRICE_LISTS)]

    def put_price_lists(self, price_lists: Sequence[PriceList]) -> None:
        if price_lists:
            self._transaction.execute(_PUT_PRICE_LISTS, [asdict(price_list) for price_list in price_lists])

    def stored_prices(self, price_list_id: int, sku_ids: Collection[int]) -> Sequence[Price]:
        rows = self._transaction.execute(_STORED_PRICES, {"price_list_id": price_list_id, "sku_ids": sku_ids})
        return [
            Price(**{**row._mapping, "valid_from": row.valid_from if row.valid_from != ALWAYS else None})
            for row in rows
        ]

    def put_prices(self, prices: Sequence[Price], *, version: int) -> None:
        if not prices:
            return
        self._transaction.execute(
            _PUT_PRICES, [{**asdict(price), "valid_from": price.valid_from or ALWAYS} for price in prices]
        )
        self._transaction.execute(_MARK_CHANGED, {"sku_ids": {price.sku_id for price in prices}, "version": version})

    def taxes(self) -> Sequence[Tax]:
        return [Tax(**row._mapping) for row in self._transaction.execute(_TAXES)]

    def put_taxes(self, taxes: Sequence[Tax]) -> None:
        if taxes:
            self._transaction.execute(_PUT_TAXES, [asdict(tax) for tax in taxes])
