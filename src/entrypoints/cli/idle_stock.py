"""Goods that nobody buys, or of which there is too much, page after page until enough are found."""

from typing import Final

from application.inventory.stock_reports import (
    ListOverstock,
    ListSlowMovers,
    OverstockedGoods,
    SlowMover,
    list_overstock,
    list_slow_movers,
)
from entrypoints.cli.database import Database
from entrypoints.cli.output import Column, Kind

_GOODS: Final = (
    Column("store_code", "Store"),
    Column("sku", "SKU"),
    Column("name", "Name"),
    Column("on_hand_milli", "On hand", Kind.QUANTITY),
    Column("value_minor", "Value", Kind.COUNT),
)
SLOW: Final = (
    *_GOODS,
    Column("last_sold_on", "Sold last"),
    Column("last_received_on", "Came last"),
    Column("idle_days", "Days", Kind.COUNT),
)
OVER: Final = (
    *_GOODS,
    Column("sold_milli", "Sold in 56 days", Kind.QUANTITY),
    Column("cover_days", "Days", Kind.COUNT),
    Column("excess_milli", "Excess", Kind.QUANTITY),
)


def slow_of(chain: Database, store: str, days: int, shown: int) -> tuple[list[SlowMover], int]:
    """Up to `shown` goods, and the days that were asked for or are set."""
    found: list[SlowMover] = []
    token = ""
    while True:
        page = chain.read(list_slow_movers, ListSlowMovers(store, days, shown - len(found), token))
        found += page.slow_movers
        token = page.next_page_token
        if not token or len(found) >= shown:
            return found, page.days


def over_of(chain: Database, store: str, days: int, shown: int) -> tuple[list[OverstockedGoods], int]:
    """Up to `shown` goods, and the days that were asked for or are set."""
    found: list[OverstockedGoods] = []
    token = ""
    while True:
        page = chain.read(list_overstock, ListOverstock(store, days, shown - len(found), token))
        found += page.goods
        token = page.next_page_token
        if not token or len(found) >= shown:
            return found, page.days
