"""Past baskets under a draft promotion, page by page, as a table."""

from collections.abc import Sequence
from typing import Final

from application.pricing.simulate_promotion import SimulatedSales, SimulatePromotion, simulate_promotion, summed
from domain.pricing.promotion import Promotion
from entrypoints.cli.database import Database
from entrypoints.cli.output import Advance, Column, Figures, Kind

PAGE_SIZE: Final = 200


def simulated(
    chain: Database, draft: Promotion, *, store: str, first: str, last: str, sample: int, advance: Advance
) -> Sequence[SimulatedSales]:
    """What the draft does to up to `sample` baskets (0: all), the newest ones, by store and currency."""
    stores: list[SimulatedSales] = []
    seen, token = 0, ""
    while True:
        size = min(PAGE_SIZE, sample - seen) if sample else PAGE_SIZE
        page = chain.read(simulate_promotion, SimulatePromotion(draft, store, first, last, size, token))
        counted = sum(one.baskets + one.baskets_left_out for one in page.stores)
        seen += counted
        advance(counted)
        stores = summed([*stores, *page.stores])
        token = page.next_page_token
        if not token or (sample and seen >= sample):
            return stores


def simulation_figures(draft: Promotion, stores: Sequence[SimulatedSales]) -> Figures:
    """A row for each store and one for all of a currency, with what the draft changes."""
    totals = summed([_everywhere(one) for one in stores])
    left_out = sum(one.baskets_left_out for one in stores)
    note = "Quantities are held as sold: what customers would have bought beside is not made up."
    if left_out:
        note += f" {left_out} baskets could not be priced again as they were and are left out."
    return Figures(f"{draft.code} {draft.name}", _COLUMNS, [_row(one) for one in [*stores, *totals]], note=note)


def _everywhere(one: SimulatedSales) -> SimulatedSales:
    everywhere = SimulatedSales("", one.currency)
    everywhere.add(one)
    return everywhere


def _row(one: SimulatedSales) -> list[object]:
    shown = [getattr(one, column.name) for column in _COLUMNS]
    # A table says "all stores" where programs read the empty code.
    return [shown[0] or "(all)", *shown[1:]]


_COLUMNS: Final = (
    Column("store_code", "Store"),
    Column("currency", "Currency"),
    Column("baskets", "Baskets", Kind.COUNT),
    Column("baskets_touched", "Touched", Kind.COUNT),
    Column("participation_bp", "Share, bp", Kind.COUNT),
    Column("draft_discount_minor", "Draft takes off", Kind.MONEY),
    Column("discount_before_minor", "Discount", Kind.MONEY),
    Column("discount_after_minor", "then", Kind.MONEY),
    Column("total_before_minor", "Paid", Kind.MONEY),
    Column("total_after_minor", "then", Kind.MONEY),
    Column("revenue_before_minor", "Revenue", Kind.MONEY),
    Column("revenue_after_minor", "then", Kind.MONEY),
    Column("cost_minor", "Cost", Kind.MONEY),
    Column("gift_cost_before_minor", "Of it gifts", Kind.MONEY),
    Column("gift_cost_after_minor", "then", Kind.MONEY),
    Column("margin_before_minor", "Margin", Kind.MONEY),
    Column("margin_after_minor", "then", Kind.MONEY),
    Column("baskets_left_out", "Left out", Kind.COUNT),
)
