"""`liansuo report`: what was taken, what and who brought it, new members, costs of promotions, points owed, books."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Annotated, Any

import typer

from application.finance.queries import GetTrialBalance, get_trial_balance
from application.finance.settlement_views import SettlementPairView
from application.finance.settling import GetSettlement, get_settlement
from application.finance.views import TrialBalanceRow
from application.loyalty.month_ends import ListPointsMonthEnds, PointsMonthEnd, list_points_month_ends
from application.loyalty.queries import GetPointsFigures, GetPointsLiability, get_points_figures, points_liability
from application.loyalty.views import PointsFigures, PointsLiability
from application.membership.growth import CountNewMembers, count_new_members
from application.membership.growth_views import GrowthDimension, NewMembersRow
from application.paging import PAGE_SIZE_MAX
from application.pricing.figures import ListPromotionFigures, PromotionFigures, list_promotion_figures
from application.sales.queries import RANKING_MAX, GetTakings, Ranking, best_sellers, get_takings, top_members
from application.sales.views import BestSeller, TakingsDimension, TakingsRow, TopMember
from domain.pricing.limits import AMOUNTS, Limit
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, rows_of, show

report = typer.Typer(help="Print figures of the chain.", no_args_is_help=True)

StoreOption = Annotated[str, typer.Option("--store", help="Only this store, by its code.")]
FromOption = Annotated[str, typer.Option("--from", metavar="DATE", help="First business date, YYYY-MM-DD.")]
ToOption = Annotated[str, typer.Option("--to", metavar="DATE", help="Last business date, YYYY-MM-DD.")]
TopOption = Annotated[int, typer.Option("--top", min=1, max=RANKING_MAX, help="How many rows.")]

TITLES = {
    "store_code": "Store",
    "business_date": "Date",
    "member_number": "Member",
    "quantity_milli": "Quantity",
    "sku": "SKU",
    "account_code": "Account",
    "account_name": "Name",
    "value_minor": "Liability",
    "opening_minor": "Opening liability",
    "expired_minor": "Breakage",
    "on": "Month end",
    "lots": "Open lots",
    "lots_minor": "Value of lots",
    "books_minor": "Account 220501",
}
"""Headings that are not just the name of the column."""


@report.command()
def takings(
    by: Annotated[
        list[TakingsDimension] | None, typer.Option("--by", help="What to group by; may be repeated.")
    ] = None,
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """What was taken, by store, date, department, tender or channel."""
    with opened(database) as chain:
        show(takings_figures(chain, by or [], store=store, first=first, last=last), form)


@report.command("best-sellers")
def show_best_sellers(
    top: TopOption = 20,
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """The products that brought most."""
    with opened(database) as chain:
        show(best_seller_figures(chain, top=top, store=store, first=first, last=last), form)


@report.command("top-members")
def show_top_members(
    top: TopOption = 20,
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """The members who bought most, by their numbers."""
    with opened(database) as chain:
        show(top_member_figures(chain, top=top, store=store, first=first, last=last), form)


@report.command("members")
def show_new_members(
    by: Annotated[list[GrowthDimension] | None, typer.Option("--by", help="What to group by; may be repeated.")] = None,
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """New members, by store, date, source, channel or campaign."""
    with opened(database) as chain:
        show(new_member_figures(chain, by or [], store=store, first=first, last=last), form)


@report.command("points-liability")
def show_points_liability(
    store: StoreOption = "", database: DatabaseOption = None, form: FormatOption = Format.TABLE
) -> None:
    """Points issued, redeemed and outstanding, with what they are owed at, by store."""
    with opened(database) as chain:
        rows = chain.read(points_liability, GetPointsLiability(store))
        show(figures_of("Points liability", PointsLiability, rows), form)


@report.command("points")
def show_points(
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Points issued, redeemed, expired, reversed and outstanding in a period, with their liability, by store."""
    with opened(database) as chain:
        rows = chain.read(get_points_figures, GetPointsFigures(store, first, last)).figures
        # A table holds what fits a screen; the rest follows from it.
        left_out = (
            ("issued_minor", "redeemed_minor", "reversed_minor", "adjusted_minor") if form is Format.TABLE else ()
        )
        note = "Outstanding = opening + issued - redeemed - expired + reversed + adjusted; amounts + settled."
        show(figures_of("Points", PointsFigures, rows, leaving_out=left_out, note=note), form)


@report.command("points-month-ends")
def show_points_month_ends(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day, YYYY-MM-DD.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """The points liability in the books at every month end, beside the value of the lots that were open then."""
    with opened(database) as chain:
        show(month_end_figures(chain.read(list_points_month_ends, ListPointsMonthEnds(first, last))), form)


@report.command("trial-balance")
def show_trial_balance(
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Debits and credits by account; the two columns have the same sum."""
    with opened(database) as chain:
        show(trial_balance_figures(chain, store=store, first=first, last=last), form)


@report.command("promotions")
def show_promotions(
    campaign: Annotated[str, typer.Option("--campaign", help="Only promotions of this campaign, by its code.")] = "",
    day: Annotated[str, typer.Option("--day", metavar="DATE", help="Also what was used on this business date.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """How often promotions with limits were used, what they have cost, and what is left of them."""
    with opened(database) as chain:
        show(promotion_figures(chain, campaign=campaign, day=day), form)


def promotion_figures(chain: Database, *, campaign: str = "", day: str = "") -> Figures:
    """Every promotion with limits, and what the tightest of its limits leave; nothing where there is none."""
    rows: list[PromotionFigures] = []
    token = ""
    while True:
        found = chain.read(list_promotion_figures, ListPromotionFigures(campaign, day, PAGE_SIZE_MAX, token))
        rows += found.figures
        token = found.next_page_token
        if not token:
            break
    left_out = {"limits", "sales", "participation_bp", *(() if day else ("day_uses", "day_discount_minor"))}
    columns = [column for column in columns_of(PromotionFigures) if column.name not in left_out]
    lefts = (Column("uses_left", "Uses left", Kind.COUNT), Column("discount_left_minor", "Left", Kind.MONEY))
    return Figures(
        "Promotions",
        [*columns, *lefts],
        [[*[getattr(row, column.name) for column in columns], *_tightest(row)] for row in rows],
    )


def _tightest(row: PromotionFigures) -> tuple[int | None, int | None]:
    """How many uses and how much money are left."""
    uses = [one.left for one in row.limits if Limit(one.limit) not in AMOUNTS]
    amounts = [one.left for one in row.limits if Limit(one.limit) in AMOUNTS]
    return min(uses, default=None), min(amounts, default=None)


@report.command("settlement")
def show_settlement(last: ToOption = "", database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Who owes whom for a settled period, named by its last business date; default: the latest one."""
    with opened(database) as chain:
        show(settlement_figures(chain, GetSettlement(to_date=last)), form)


def takings_figures(
    chain: Database, by: Sequence[TakingsDimension], *, store: str = "", first: str = "", last: str = ""
) -> Figures:
    """Takings by the dimensions asked for; columns of the others are left out."""
    found = chain.read(get_takings, GetTakings(tuple(by), store, first, last))
    names = {
        TakingsDimension.STORE: "store_code",
        TakingsDimension.DATE: "business_date",
        TakingsDimension.DEPARTMENT: "department",
        TakingsDimension.TENDER: "tender",
        TakingsDimension.CHANNEL: "channel",
    }
    left_out = {name for dimension, name in names.items() if dimension not in by}
    if TakingsDimension.TENDER in by:
        left_out |= {"quantity_milli", "gross_minor", "discount_minor", "net_minor", "tax_minor"}
    title = "Takings" + (f" by {', '.join(by)}" if by else "")
    return figures_of(title, TakingsRow, found.rows, leaving_out=left_out)


def best_seller_figures(chain: Database, *, top: int, store: str = "", first: str = "", last: str = "") -> Figures:
    rows = chain.read(best_sellers, Ranking(top, store, first, last))
    return figures_of("Best sellers", BestSeller, rows)


def top_member_figures(chain: Database, *, top: int, store: str = "", first: str = "", last: str = "") -> Figures:
    rows = chain.read(top_members, Ranking(top, store, first, last))
    return figures_of("Top members", TopMember, rows)


def new_member_figures(
    chain: Database, by: Sequence[GrowthDimension], *, store: str = "", first: str = "", last: str = ""
) -> Figures:
    """New members by the dimensions asked for; columns of the others are left out."""
    found = chain.read(count_new_members, CountNewMembers(tuple(by), store, first, last))
    names = {
        GrowthDimension.STORE: "store_code",
        GrowthDimension.DATE: "business_date",
        GrowthDimension.SOURCE: "source",
        GrowthDimension.CHANNEL: "channel",
        GrowthDimension.CAMPAIGN: "campaign_code",
    }
    left_out = {name for dimension, name in names.items() if dimension not in by}
    return figures_of("New members", NewMembersRow, found.rows, leaving_out=left_out)


def points_liability_total(chain: Database) -> Figures:
    """The points liability of the whole chain, one row per currency."""
    sums: dict[str, list[int]] = {}
    for row in chain.read(points_liability, GetPointsLiability()):
        total = sums.setdefault(row.currency, [0] * 6)
        parts = (row.issued, row.redeemed, row.expired, row.adjusted, row.outstanding, row.value_minor)
        for place, amount in enumerate(parts):
            total[place] += amount
    columns = [column for column in columns_of(PointsLiability) if column.name != "store_code"]
    return Figures("Points liability", columns, [(currency, *total) for currency, total in sorted(sums.items())])


def month_end_figures(rows: Sequence[PointsMonthEnd]) -> Figures:
    """Month ends; the note says whether the books owe what the lots are worth."""
    differing = sum(1 for row in rows if row.difference_minor)
    note = f"{differing} of {len(rows)} differ." if differing else "The books owe what the lots are worth."
    return figures_of("Points liability at month ends", PointsMonthEnd, rows, note=note)


def trial_balance_figures(chain: Database, *, store: str = "", first: str = "", last: str = "") -> Figures:
    """The trial balance; its note says what each currency's columns come to."""
    rows = chain.read(get_trial_balance, GetTrialBalance(store, first, last)).rows
    currencies = sorted({row.currency for row in rows})
    unequal = [
        currency
        for currency in currencies
        if sum(row.debit_minor - row.credit_minor for row in rows if row.currency == currency)
    ]
    note = f"Debits and credits differ in {', '.join(unequal)}." if unequal else "Debits equal credits."
    return figures_of("Trial balance", TrialBalanceRow, rows, note=note)


def settlement_figures(chain: Database, query: GetSettlement) -> Figures:
    """All pairs of a settlement; its note says which period it is."""
    pairs: list[SettlementPairView] = []
    found = chain.read(get_settlement, replace(query, page_size=PAGE_SIZE_MAX))
    pairs += found.pairs
    while found.next_page_token:
        asked = GetSettlement(found.settlement.settlement_id, "", PAGE_SIZE_MAX, found.next_page_token)
        found = chain.read(get_settlement, asked)
        pairs += found.pairs
    period = f"{found.settlement.from_date or 'the beginning'} to {found.settlement.to_date}"
    return figures_of("Settlement between stores", SettlementPairView, pairs, note=f"From {period}.")


def figures_of(
    title: str, view: type, rows: Iterable[Any], *, leaving_out: Iterable[str] = (), note: str = ""
) -> Figures:
    """Figures of view rows: a column per field, in the fields' order."""
    columns = [column for column in columns_of(view) if column.name not in set(leaving_out)]
    return Figures(title, columns, rows_of(columns, rows), note=note)


def columns_of(view: type) -> list[Column]:
    """A column per field of a view; the name tells its kind, as everywhere: `*_minor`, `*_milli`."""
    return [_column(field.name, field.type) for field in fields(view)]


def _column(name: str, kind: Any) -> Column:
    title = TITLES.get(name) or name.removesuffix("_minor").removesuffix("_milli").replace("_", " ").capitalize()
    if name.endswith("_minor"):
        return Column(name, title, Kind.MONEY)
    if name.endswith("_milli"):
        return Column(name, title, Kind.QUANTITY)
    return Column(name, title, Kind.COUNT if kind in (int, "int") else Kind.TEXT)
