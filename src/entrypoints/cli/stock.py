"""`liansuo stock`: what stood at a moment, who has what, adjustments, and what is made of others."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final

import typer

from application.inventory.adjust_stock import AdjustmentLine, AdjustStock, StatedCost, adjust_stock
from application.inventory.adjustments import ListAdjustments, list_adjustments
from application.inventory.as_of import GetStockAsOf, get_stock_as_of
from application.inventory.assemble_goods import AssembleGoods, assemble_goods
from application.inventory.find_stock import FindStock, StoreOrder, find_stock
from application.inventory.queries import GetStock, get_stock
from application.inventory.reserve_stock import (
    ListReservations,
    ReleaseStock,
    ReservedLineView,
    list_reservations,
    release_stock,
)
from application.inventory.stock_reports import GetStockTurnover, StockTurnover, get_stock_turnover
from application.paging import PAGE_SIZE_MAX
from application.replenishment.stock_alerts import ListStockAlerts, list_stock_alerts
from domain.inventory.adjustment import AdjustmentReason, StockPlace
from domain.inventory.reservation import ReservationState
from domain.replenishment.stock_alert import AlertKind
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.idle_stock import OVER, SLOW, over_of, slow_of
from entrypoints.cli.output import (
    Column,
    Figures,
    Format,
    FormatOption,
    Kind,
    notes,
    progress,
    rows_of,
    show,
    write_csv,
)
from entrypoints.cli.problems import Exit, Problem

stock = typer.Typer(
    help="Stock at any moment and in all stores, adjustments, and goods made of others.", no_args_is_help=True
)

SHOWN_DEFAULT: Final = 50
StoreOption = Annotated[str, typer.Option("--store", help="Code of the store; not needed where there is one.")]
ShownOption = Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")]
SkusArgument = Annotated[list[str], typer.Argument(metavar="SKU…", help="One or more SKUs.")]

STOOD: Final = (
    Column("sku", "SKU"),
    Column("on_hand_milli", "On hand", Kind.QUANTITY),
    Column("value_minor", "Value", Kind.COUNT),
)
POSITION: Final = (
    Column("store_code", "Store"),
    Column("sku", "SKU"),
    Column("on_hand_milli", "On hand", Kind.QUANTITY),
    Column("reserved_milli", "Reserved", Kind.QUANTITY),
    Column("available_milli", "Available", Kind.QUANTITY),
    Column("in_transit_milli", "In transit", Kind.QUANTITY),
    Column("damaged_milli", "Damaged", Kind.QUANTITY),
    Column("quarantine_milli", "Quarantine", Kind.QUANTITY),
    Column("to_supplier_milli", "To supplier", Kind.QUANTITY),
    Column("consignment_milli", "Consignment", Kind.QUANTITY),
    Column("value_minor", "Value", Kind.COUNT),
)
FOUND: Final = (
    Column("store_code", "Store"),
    Column("store_name", "Name"),
    Column("region_code", "Region"),
    Column("sku", "SKU"),
    Column("available_milli", "Available", Kind.QUANTITY),
)

RESERVED: Final = (
    Column("reservation_id", "Reservation"),
    Column("store_code", "Store"),
    Column("reference", "Reference"),
    Column("state", "State"),
    Column("expires_at", "Expires"),
    Column("sku", "SKU"),
    Column("asked_milli", "Asked", Kind.QUANTITY),
    Column("quantity_milli", "Reserved", Kind.QUANTITY),
    Column("reserved_by", "By"),
)
ALERTS: Final = (
    Column("alert_id", "Alert"),
    Column("store_code", "Store"),
    Column("sku", "SKU"),
    Column("name", "Name"),
    Column("kind", "Kind"),
    Column("now_milli", "Available", Kind.QUANTITY),
    Column("reorder_milli", "Reorder at", Kind.QUANTITY),
    Column("raised_at", "Raised"),
    Column("acknowledged_by", "Seen by"),
    Column("closed_at", "Closed"),
)
TURNOVER: Final = (
    Column("store_code", "Store"),
    Column("category_code", "Category"),
    Column("cost_of_goods_sold_minor", "Cost of sales", Kind.COUNT),
    Column("opening_minor", "Opening", Kind.COUNT),
    Column("closing_minor", "Closing", Kind.COUNT),
    Column("turnover_bp", "Turnover", Kind.COUNT),
    Column("currency", "Currency"),
)
COMPONENTS: Final = (
    Column("sku", "Component"),
    Column("quantity_milli", "Quantity", Kind.QUANTITY),
    Column("cost_minor", "Cost", Kind.COUNT),
)
ADJUSTMENTS: Final = (
    Column("store_code", "Store"),
    Column("number", "Number", Kind.COUNT),
    Column("adjustment_id", "Adjustment"),
    Column("business_date", "Date"),
    Column("adjusted_by", "By"),
    Column("line_count", "Lines", Kind.COUNT),
    Column("lost_minor", "Lost", Kind.COUNT),
    Column("found_minor", "Found", Kind.COUNT),
    Column("note", "Note"),
)


@stock.command("adjust")
def adjust(
    sku: Annotated[str, typer.Argument(metavar="SKU")],
    quantity: Annotated[str, typer.Argument(metavar="QUANTITY", help="In its unit, such as 2 or 0.350.")],
    source: Annotated[StockPlace, typer.Argument(metavar="FROM", help=", ".join(StockPlace))],
    target: Annotated[StockPlace, typer.Argument(metavar="TO", help="As FROM; nowhere writes off.")],
    reason: Annotated[AdjustmentReason | None, typer.Option("--reason", help="Why it is lost or found.")] = None,
    cost: Annotated[
        int | None, typer.Option("--cost", help="Of all of it in minor units, found or taken over.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="For whoever reads it later.")] = "",
    store: StoreOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write goods off, find some, or move them between for sale and what is set aside, with the books."""
    stated = None if cost is None else StatedCost(cost)
    line = AdjustmentLine(sku, _milli(quantity), source, target, reason, stated)
    with opened(database) as chain:
        done = chain.write(adjust_stock, AdjustStock((line,), store, note))
        found = chain.read(list_adjustments, ListAdjustments(adjustment_id=done.adjustment_id))
    show(Figures("Adjustment", ADJUSTMENTS, rows_of(ADJUSTMENTS, found.adjustments)), form)


@stock.command("make")
def make(
    sku: Annotated[str, typer.Argument(metavar="SKU")],
    quantity: Annotated[str, typer.Argument(metavar="QUANTITY", help="In its unit, such as 2 or 0.350.")],
    take_apart: Annotated[bool, typer.Option("--take-apart", help="Put its components back on the shelf.")] = False,
    reference: Annotated[str, typer.Option("--reference", help="The work order, say.")] = "",
    store: StoreOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Make goods out of others by their recipe; costs in minor units."""
    command = AssembleGoods(sku, _milli(quantity), store, take_apart, reference)
    with opened(database) as chain:
        done = chain.write(assemble_goods, command)
    show(Figures(f"{sku} {done.assembly_id}", COMPONENTS, rows_of(COMPONENTS, done.components)), form)


@stock.command("adjustments")
def adjustments(
    store: StoreOption = "",
    shown: ShownOption = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List adjustments, newest first; amounts in minor units."""
    with opened(database) as chain:
        found = chain.read(list_adjustments, ListAdjustments(store, page_size=shown))
    show(Figures("Adjustments", ADJUSTMENTS, rows_of(ADJUSTMENTS, found.adjustments)), form)


@stock.command("as-of")
def as_of(
    moment: Annotated[str, typer.Argument(metavar="MOMENT", help="ISO 8601; UTC where it names no time zone.")],
    skus: Annotated[list[str] | None, typer.Argument(metavar="[SKU…]", help="All SKUs without it.")] = None,
    store: StoreOption = "",
    shown: ShownOption = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what stood in a store at a moment, and what it had cost in minor units."""
    at = _moment(moment)
    with opened(database) as chain:
        found = chain.read(get_stock_as_of, GetStockAsOf(at, store, tuple(skus or ()), shown))
    show(Figures(f"{found.store_code} at {at.isoformat()}", STOOD, rows_of(STOOD, found.levels)), form)


@stock.command("reservations")
def reservations(
    sku: Annotated[str, typer.Option("--sku", help="Those with a line of it.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="What the goods are kept for.")] = "",
    state: Annotated[ReservationState | None, typer.Option("--state", help=", ".join(ReservationState))] = None,
    store: StoreOption = "",
    shown: ShownOption = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what is kept for outside references, newest first, a row for each line."""
    with opened(database) as chain:
        found = chain.read(list_reservations, ListReservations(store, sku, reference, state, shown))
    rows = [
        [getattr(line if column.name in ReservedLineView.__slots__ else one, column.name) for column in RESERVED]
        for one in found.reservations
        for line in one.lines
    ]
    show(Figures("Reservations", RESERVED, rows), form)


@stock.command("release")
def release(
    reservation: Annotated[
        int, typer.Argument(metavar="RESERVATION", help="Its id, as `stock reservations` shows it.")
    ],
    database: DatabaseOption = None,
) -> None:
    """Free what a reservation keeps before its time is over."""
    with opened(database) as chain:
        done = chain.write(release_stock, ReleaseStock(reservation))
    notes.print(f"Reservation {done.reservation_id} of {done.reference} is {done.state}.", markup=False)


@stock.command("alerts")
def alerts(
    kind: Annotated[AlertKind | None, typer.Option("--kind", help=", ".join(AlertKind))] = None,
    unseen: Annotated[bool, typer.Option("--unseen", help="Only those that nobody has seen.")] = False,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
    store: StoreOption = "",
    shown: ShownOption = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List goods that run low or out, newest first."""
    with opened(database) as chain:
        found = chain.read(list_stock_alerts, ListStockAlerts(store, kind, unseen, closed, shown))
    show(Figures("Alerts", ALERTS, rows_of(ALERTS, found.alerts)), form)


@stock.command("slow")
def slow(
    days: Annotated[int, typer.Option("--days", help="Without a sale for so long; as set without it.")] = 0,
    over: Annotated[bool, typer.Option("--over", help="Goods that last longer than so many days instead.")] = False,
    store: StoreOption = "",
    shown: ShownOption = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List goods that nobody buys, or of which there is too much; values in minor units."""
    with opened(database) as chain:
        if over:
            much, limit = over_of(chain, store, days, shown)
            show(Figures(f"More than {limit} days of sales", OVER, rows_of(OVER, much)), form)
        else:
            idle, limit = slow_of(chain, store, days, shown)
            show(Figures(f"No sale for {limit} days", SLOW, rows_of(SLOW, idle)), form)


@stock.command("turnover")
def turnover(
    from_date: Annotated[str, typer.Argument(metavar="FROM", help="First business date, YYYY-MM-DD.")],
    to_date: Annotated[str, typer.Argument(metavar="TO", help="Last business date.")],
    by_category: Annotated[bool, typer.Option("--by-category", help="Each category too.")] = False,
    store: StoreOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show how often the stock of each store turned over; values in minor units, 10,000 is once."""
    rows: list[StockTurnover] = []
    token, more = "", True
    with opened(database) as chain:
        while more:
            found = chain.read(get_stock_turnover, GetStockTurnover(store, from_date, to_date, by_category, token))
            rows += found.rows
            token = found.next_page_token
            more = bool(token)
    show(Figures(f"{from_date} to {to_date}", TURNOVER, rows_of(TURNOVER, rows)), form)


@stock.command("position")
def position(
    skus: Annotated[list[str] | None, typer.Argument(metavar="[SKU…]", help="All SKUs without it.")] = None,
    store: Annotated[str, typer.Option("--store", help="Code of the store; all stores without.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All of it, as CSV.")] = False,
    shown: ShownOption = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what stands where: on hand, reserved, set aside, in transit; values in minor units."""
    asked = GetStock(store, tuple(skus or ()), PAGE_SIZE_MAX if everything else shown)
    with opened(database) as chain:
        found = chain.read(get_stock, asked)
        if not everything:
            show(Figures("Stock", POSITION, rows_of(POSITION, found.levels)), form)
            return
        with progress() as step:
            advance, headed = step("levels", None), True
            while found.levels:
                write_csv(Figures("Stock", POSITION, rows_of(POSITION, found.levels)), sys.stdout, headed=headed)
                advance(len(found.levels))
                if not found.next_page_token:
                    break
                headed, found = False, chain.read(get_stock, replace(asked, page_token=found.next_page_token))


@stock.command("find")
def find(
    skus: SkusArgument,
    store: Annotated[str, typer.Option("--store", help="The store that asks: the nearest to it come first.")] = "",
    shown: ShownOption = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show which stores have some of the SKUs free to sell."""
    order = StoreOrder.NEAREST if store else StoreOrder.CODE
    with opened(database) as chain:
        found = chain.read(find_stock, FindStock(tuple(skus), store, order, shown))
    show(Figures("Stores", FOUND, rows_of(FOUND, found.stores)), form)


def _milli(text: str) -> int:
    try:
        milli = Decimal(text) * 1000
        if milli == milli.to_integral_value():
            return int(milli)
    except (ArithmeticError, ValueError):
        pass
    raise Problem(f"“{text}” is no quantity.", advice="Write it as 2 or 0.350.", code=Exit.USAGE)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(
            f"“{text}” is no moment.", advice="Write it as 2026-03-31T18:00:00+08:00.", code=Exit.USAGE
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
