"""`liansuo forecast`: what stores will sell, how good such forecasts have been, and when members buy again."""

from typing import Annotated, Final

import typer
from rich.progress import Progress

from application.forecasting.forecast_new_product import ForecastNewProduct, forecast_new_product
from application.forecasting.forecast_purchases import ForecastPurchases, PurchaseRunView, forecast_purchases
from application.forecasting.next_purchases import (
    ListMembersDue,
    ListNextPurchases,
    list_members_due,
    list_next_purchases,
)
from application.forecasting.queries import (
    GetForecast,
    GetForecastAccuracy,
    ListForecastRuns,
    get_forecast,
    get_forecast_accuracy,
    list_forecast_runs,
)
from application.forecasting.run_forecast import ForecastRunView, RunForecast, run_forecast
from application.paging import PAGE_SIZE_MAX
from domain.forecasting.purchase_run import PurchaseRunState
from domain.forecasting.run import RunState
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show

forecast = typer.Typer(help="What stores will sell, and when members buy again.", no_args_is_help=True)

ShownOption = Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")]

RUNS: Final = (
    Column("run_id", "Run"),
    Column("state", "State"),
    Column("place_kind", "Of each"),
    Column("origin_on", "From"),
    Column("weeks", "Weeks", Kind.COUNT),
    Column("history_weeks", "History", Kind.COUNT),
    Column("skus", "SKUs", Kind.COUNT),
    Column("series", "Series", Kind.COUNT),
    Column("wape_bp", "WAPE, bp", Kind.COUNT),
    Column("recent_mean_wape_bp", "4 weeks' mean", Kind.COUNT),
    Column("seasonal_naive_wape_bp", "Seasonal naive", Kind.COUNT),
)
WEEKS: Final = (
    Column("store_code", "Store"),
    Column("method", "Method"),
    Column("week_on", "Week of"),
    Column("quantity_milli", "Quantity", Kind.QUANTITY),
    Column("low_milli", "From", Kind.QUANTITY),
    Column("high_milli", "To", Kind.QUANTITY),
)
NEW_WEEKS: Final = (Column("week_on", "Week of"), Column("quantity_milli", "Quantity", Kind.QUANTITY))
ALIKE: Final = (
    Column("sku", "SKU"),
    Column("launched_on", "Launched"),
    Column("weight_bp", "Weight, bp", Kind.COUNT),
    Column("price_minor", "Price", Kind.COUNT),
    Column("sold_milli", "Sold in a store", Kind.QUANTITY),
)
EXPECTED: Final = (
    Column("next_on", "Next"),
    Column("from_on", "From"),
    Column("until_on", "Until"),
    Column("confidence_bp", "Within 3 days, bp", Kind.COUNT),
    Column("last_on", "Last"),
    Column("purchase_days", "Days bought", Kind.COUNT),
    Column("interval_days", "Every, days", Kind.COUNT),
)
PURCHASES: Final = (Column("department_code", "Department"), *EXPECTED)
DUE: Final = (
    Column("member_number", "Member"),
    Column("store_code", "Store"),
    *EXPECTED,
    Column("may_contact_for", "May be contacted for"),
)
PURCHASE_RUNS: Final = (
    Column("run_id", "Run"),
    Column("state", "State"),
    Column("as_of_on", "As of"),
    Column("members", "Members", Kind.COUNT),
    Column("purchases", "Next purchases", Kind.COUNT),
)
ERRORS: Final = (
    Column("category_code", "Category"),
    Column("series", "Series", Kind.COUNT),
    Column("by_effects", "By effects", Kind.COUNT),
    Column("by_recent_mean", "By 4 weeks' mean", Kind.COUNT),
    Column("by_seasonal_naive", "By seasonal naive", Kind.COUNT),
    Column("sold_milli", "Sold", Kind.QUANTITY),
    Column("wape_bp", "WAPE, bp", Kind.COUNT),
    Column("recent_mean_wape_bp", "4 weeks' mean", Kind.COUNT),
    Column("seasonal_naive_wape_bp", "Seasonal naive", Kind.COUNT),
)


@forecast.command("run")
def run(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Forecast the demand of all goods now; interrupted, the same command carries on."""
    with opened(database) as chain:
        made = _run(chain)
    show(Figures("Forecast", RUNS, rows_of(RUNS, [made])), form)


@forecast.command("runs")
def runs(shown: ShownOption = 50, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """List runs, the newest first, with the errors of their back-tests."""
    with opened(database) as chain:
        found = chain.read(list_forecast_runs, ListForecastRuns(shown))
    show(Figures("Forecasts", RUNS, rows_of(RUNS, found.runs)), form)


@forecast.command("show")
def show_one(
    sku: Annotated[str, typer.Argument(help="SKU of the goods.")],
    store: Annotated[list[str] | None, typer.Option("--store", help="Code of a store; may be repeated.")] = None,
    weeks: Annotated[int, typer.Option("--weeks", min=0, max=26, help="How many; all without.")] = 0,
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what stores are expected to sell of a SKU week by week, and between what in eight of ten cases."""
    with opened(database) as chain:
        found = chain.read(get_forecast, GetForecast(sku, tuple(store or ()), weeks, shown))
    rows = [
        [one.store_code, str(one.method), week.week_on, week.quantity_milli, week.low_milli, week.high_milli]
        for one in found.stores
        for week in one.weeks
    ]
    for one in found.stores:
        if one.method is None:
            notes.print(f"{one.store_code}: nothing is forecast, nobody near has sold it.", markup=False)
    show(Figures(f"{sku}, run {found.run_id}", WEEKS, rows), form)


@forecast.command("accuracy")
def accuracy(
    run_id: Annotated[int, typer.Option("--run", help="A run; the newest without.")] = 0,
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show how well the weeks held out were forecast, beside two baselines, in all and by category."""
    with opened(database) as chain:
        found = chain.read(get_forecast_accuracy, GetForecastAccuracy(run_id, shown))
    title = f"Run {found.run_id}, {found.held_out_weeks} weeks before {found.origin_on}"
    show(Figures(title, ERRORS, rows_of(ERRORS, [found.total, *found.categories])), form)


@forecast.command("new")
def new(
    sku: Annotated[str, typer.Argument(help="SKU of a product that is new.")],
    store: Annotated[list[str] | None, typer.Option("--store", help="Code of a store; may be repeated.")] = None,
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=26, help="How many since its launch.")] = 8,
    launch: Annotated[str, typer.Option("--launch", help="A day of the week of its launch; this week without.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a new product will sell by those alike that were launched before, and how good that is."""
    with opened(database) as chain:
        asked = ForecastNewProduct(sku, tuple(store or ()), weeks, launch_on=launch)
        found = chain.read(forecast_new_product, asked)
    title = f"{sku} in {found.stores} stores"
    if form is not Format.TABLE:
        show(Figures(title, NEW_WEEKS, rows_of(NEW_WEEKS, found.weeks)), form)
        return
    show(Figures(title, NEW_WEEKS, rows_of(NEW_WEEKS, found.weeks)), form)
    show(Figures("By those alike", ALIKE, rows_of(ALIKE, found.look_alikes)), form)
    error = f"{found.wape_bp / 100:.1f} %, their plain mean {found.mean_wape_bp / 100:.1f} %"
    notes.print(f"Error of {found.launches} past launches: {error if found.launches else 'not known'}.", markup=False)


@forecast.command("purchases")
def purchases(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Forecast now when members buy again; interrupted, the same command carries on."""
    with opened(database) as chain:
        made = _run_purchases(chain)
    show(Figures("Next purchases", PURCHASE_RUNS, rows_of(PURCHASE_RUNS, [made])), form)


@forecast.command("member")
def member(
    key: Annotated[str, typer.Argument(help="Number, phone, card or code of a member.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show when a member will buy of each department again, and between when in half of all cases."""
    with opened(database) as chain:
        found = chain.read(list_next_purchases, ListNextPurchases(key))
    if found.refused:
        notes.print(f"{found.member_number} refuses profiling: nothing is forecast.", markup=False)
    show(Figures(f"Next purchases of {found.member_number}", PURCHASES, rows_of(PURCHASES, found.purchases)), form)


@forecast.command("due")
def due(
    department: Annotated[str, typer.Argument(help="Code of a category at the top of the tree.")],
    first: Annotated[str, typer.Option("--from", help="First day; today without.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day; six days later without.")] = "",
    store: Annotated[str, typer.Option("--store", help="Only members of this home store.")] = "",
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List members who are expected to buy of a department, the earliest first, and for what they may be contacted."""
    with opened(database) as chain:
        found = chain.read(list_members_due, ListMembersDue(department, first, last, store, shown))
    rows = [
        [
            one.member_number,
            one.store_code,
            *[getattr(one.purchase, column.name) for column in EXPECTED],
            ", ".join(one.may_contact_for),
        ]
        for one in found.members
    ]
    if found.next_page_token:
        notes.print(f"There are more than the {len(rows)} shown.", markup=False)
    show(Figures(f"Due in {department}", DUE, rows), form)


def _run_purchases(chain: Database) -> PurchaseRunView:
    """The run once it is whole, with progress on the way."""
    with Progress(console=notes, transient=True) as progress:
        task = progress.add_task("Members", total=None)
        made = chain.write(forecast_purchases, ForecastPurchases())
        while made.state is not PurchaseRunState.FINISHED:
            progress.update(task, completed=made.members)
            made = chain.write(forecast_purchases, ForecastPurchases(when_due=True))
    return made


def _run(chain: Database) -> ForecastRunView:
    """The run once it is whole, with progress on the way."""
    with Progress(console=notes, transient=True) as progress:
        made = chain.write(run_forecast, RunForecast())
        task = progress.add_task("SKUs", total=made.skus_total)
        while made.state is RunState.COMPUTING:
            progress.update(task, completed=made.skus)
            made = chain.write(run_forecast, RunForecast())
    return made
