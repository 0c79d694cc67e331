"""`liansuo promotion proposals`: what hardly sells, and whether to take more off or to delist it."""

from collections import Counter
from dataclasses import replace
from typing import Annotated

import typer

from application.paging import PAGE_SIZE_MAX
from application.pricing.list_slow_sellers import ListSlowSellers, list_slow_sellers
from application.pricing.slow_seller_views import FOR_EVER, SlowSeller, SlowSellerPage
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.output import Advance, Column, Figures, Format, FormatOption, Kind, progress, show_all

COLUMNS = (
    Column("sku", "SKU"),
    Column("name", "Name"),
    Column("sold_milli", "Sold", Kind.QUANTITY),
    Column("on_hand_milli", "On hand", Kind.QUANTITY),
    Column("unit_code", "Unit"),
    Column("stock_value_minor", "Value", Kind.MONEY),
    Column("days_of_stock", "Days", Kind.COUNT),
    Column("unit_price_minor", "Price", Kind.MONEY),
    Column("unit_cost_minor", "Cost", Kind.MONEY),
    Column("margin_minor", "Margin", Kind.MONEY),
    Column("promotions", "Promotions"),
    Column("current_rate_bp", "Off, bp", Kind.COUNT),
    Column("proposal", "Proposal"),
    Column("proposed_rate_bp", "Then off", Kind.COUNT),
    Column("proposed_price_minor", "Then", Kind.MONEY),
    Column("reason", "Reason"),
    Column("explanation", "Why"),
)


def proposals(
    store: Annotated[list[str] | None, typer.Option("--store", help="Only this store; may be repeated.")] = None,
    region: Annotated[str, typer.Option("--region", help="Only the stores of this region.")] = "",
    month: Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="A calendar month.")] = "",
    days: Annotated[int, typer.Option("--days", min=0, help="So many days up to yesterday; 0 is 30.")] = 0,
    pieces: Annotated[
        int, typer.Option("--pieces", min=0, help="Fewer a month are slow; 0 is the setting slow_seller_pieces.")
    ] = 0,
    currency: Annotated[str, typer.Option("--currency", help="Where stores keep several.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what hardly sells, with a proposal for each: take more off, or delist. Nothing is changed."""
    asked = ListSlowSellers(tuple(store or ()), region, currency, month, days, pieces, PAGE_SIZE_MAX)
    with opened(database) as chain, progress() as step:
        pages = _pages(chain, asked, step("Products", None))
    left_out = Counter[str]()
    for page in pages:
        left_out.update({one.reason.value: one.count for one in page.left_out})
    first = pages[0]
    looked_at, selling = sum(page.looked_at for page in pages), sum(page.selling for page in pages)
    counted = ", ".join([f"{count:,} {reason}" for reason, count in sorted(left_out.items())]) or "none"
    figures = Figures(
        f"Slow sellers, {first.from_date} to {first.to_date}",
        COLUMNS,
        [_row(one) for page in pages for one in page.slow_sellers],
        currency=first.currency,
        note=f"{looked_at:,} products looked at: {selling:,} sell enough; left out: {counted}.",
    )
    beside = {
        "from_date": first.from_date,
        "to_date": first.to_date,
        "currency": first.currency,
        "slow_below_milli": first.slow_below_milli,
        "looked_at": looked_at,
        "selling": selling,
        "left_out": dict(sorted(left_out.items())),
    }
    show_all({"proposals": figures}, form, beside=beside)


def _pages(chain: Database, asked: ListSlowSellers, advance: Advance) -> list[SlowSellerPage]:
    pages: list[SlowSellerPage] = []
    while not pages or pages[-1].next_page_token:
        token = pages[-1].next_page_token if pages else ""
        pages.append(chain.read(list_slow_sellers, replace(asked, page_token=token)))
        advance(pages[-1].looked_at)
    return pages


def _row(one: SlowSeller) -> list[object]:
    # Where nothing is sold the stock lasts for ever, and no number says so.
    told = {
        "promotions": ", ".join([f"{promotion.code} ({promotion.effect})" for promotion in one.promotions]),
        "days_of_stock": None if one.days_of_stock == FOR_EVER else one.days_of_stock,
    }
    return [told[column.name] if column.name in told else getattr(one, column.name) for column in COLUMNS]
