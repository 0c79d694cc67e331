"""`liansuo order`: customers' orders, and where they stand."""

from typing import Annotated, Final

import typer

from application.sales.orders import GetOrder, ListOrders, get_order, list_orders
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, rows_of, show, show_all

ORDERS_DEFAULT: Final = 20
PAGE_SIZE: Final = 500

order = typer.Typer(help="Customers' orders: deposits, lay-by, and where each stands.", no_args_is_help=True)

ORDERS: Final = (
    Column("order_id", "Order"),
    Column("placed_at", "Placed"),
    Column("store_code", "Store"),
    Column("channel", "Channel"),
    Column("member_number", "Member"),
    Column("fulfilment", "Fulfilment"),
    Column("state", "State"),
    Column("due_date", "Due"),
    Column("currency", "Currency"),
    Column("total_minor", "Total, minor units", Kind.COUNT),
    Column("paid_minor", "Paid in", Kind.COUNT),
    Column("due_minor", "Left to pay", Kind.COUNT),
    Column("sale_id", "Sale"),
)
LINES: Final = (Column("sku", "SKU"), Column("quantity_milli", "Quantity, thousandths", Kind.COUNT))
TIMELINE: Final = (
    Column("at", "At"),
    Column("kind", "What"),
    Column("by", "By"),
    Column("amount_minor", "Paid, minor units", Kind.COUNT),
    Column("note", "Note"),
)


@order.command("list")
def list_(
    store: Annotated[str, typer.Option("--store", help="Only this store.")] = "",
    open_only: Annotated[bool, typer.Option("--open", help="Only those neither handed over nor cancelled.")] = False,
    member: Annotated[str, typer.Option("--member", help="Only those of the member with this number.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=PAGE_SIZE, help="How many.")] = ORDERS_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List orders, newest first; amounts are in minor units."""
    with opened(database) as chain:
        found = chain.read(list_orders, ListOrders(store, open_only, member, limit))
    rows = rows_of(ORDERS, found.orders)
    show(Figures("Orders", ORDERS, rows), form)


@order.command("show")
def show_order(
    order_id: Annotated[int, typer.Argument(metavar="ORDER", help="The order's number.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show an order with its lines and its timeline."""
    with opened(database) as chain:
        found = chain.read(get_order, GetOrder(order_id))
    parts = {"order": ("Order", ORDERS, [found]), "lines": ("Lines", LINES, found.lines)}
    parts["timeline"] = ("Timeline", TIMELINE, found.timeline)
    show_all(
        {name: Figures(title, columns, rows_of(columns, rows)) for name, (title, columns, rows) in parts.items()},
        form,
    )
