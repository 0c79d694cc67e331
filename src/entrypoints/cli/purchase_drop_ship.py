"""`liansuo purchase drop-ship`: what customers' orders lack, sent to them by suppliers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.paging import PAGE_SIZE_MAX
from application.purchasing.create_drop_ship import CreateDropShip, DrawnItem, create_drop_ship
from application.purchasing.dispatch_drop_ship import DispatchDropShip, DispatchedLine, dispatch_drop_ship
from application.purchasing.drop_ship_views import (
    DropShipView,
    GetDropShip,
    ListDropShips,
    get_drop_ship,
    list_drop_ships,
)
from application.purchasing.recall_drop_ship import RecallDropShip, RecalledLine, recall_drop_ship
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show
from entrypoints.cli.problems import Exit, Problem

FILE_BYTES_MAX: Final = 1_000_000

drop_ship = typer.Typer(help="Goods that suppliers send to customers, whose orders lack them.", no_args_is_help=True)

PurchaseArgument = Annotated[
    int, typer.Argument(metavar="PURCHASE_ORDER", help="Its id, as `purchase drop-ship list` shows it.")
]

DROP_SHIPS: Final = (
    Column("purchase_order_id", "Purchase order"),
    Column("order_id", "Customer's order"),
    Column("store_code", "Store"),
    Column("supplier_code", "Supplier"),
    Column("state", "State"),
    Column("expected_date", "Expected"),
    Column("net_minor", "Worth", Kind.COUNT),
)
LINES: Final = (
    Column("line_number", "Line", Kind.COUNT),
    Column("sku", "SKU"),
    Column("quantity_milli", "Drawn", Kind.QUANTITY),
    Column("to_send_milli", "To send", Kind.QUANTITY),
    Column("dispatched_milli", "Sent", Kind.QUANTITY),
    Column("under_way_milli", "Under way", Kind.QUANTITY),
    Column("under_way_minor", "Cost of that", Kind.COUNT),
)


class DeliveryFile(BaseModel):
    """What `purchase drop-ship create --to` reads: an address is for no command line, whose history stays."""

    model_config = ConfigDict(extra="forbid")

    recipient: str
    phone: str
    address: str


@drop_ship.command("list")
def list_(
    store: Annotated[str, typer.Option("--store", help="Code of a store.")] = "",
    order: Annotated[int, typer.Option("--order", help="Of this customer's order.")] = 0,
    shown: Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")] = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List drop-ships, newest first; amounts in minor units."""
    with opened(database) as chain:
        found = chain.read(list_drop_ships, ListDropShips(store, order, shown)).drop_ships
    _show_all(found, form)


@drop_ship.command("show")
def show_one(
    purchase_order: PurchaseArgument,
    address: Annotated[bool, typer.Option("--address", help="Tell where it goes, too.")] = False,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show how far the lines of a drop-ship are."""
    with opened(database) as chain:
        found = chain.read(get_drop_ship, GetDropShip(purchase_order))
    one = found.drop_ship
    _show_lines(f"{one.purchase_order_id}: {one.supplier_code} for order {one.order_id}, {one.state}", one, form)
    if address:
        notes.print(f"{found.recipient}, {found.phone}, {found.address}", markup=False)


@drop_ship.command("create")
def create(
    order: Annotated[int, typer.Argument(metavar="ORDER", help="The customer's, as `order list` shows it.")],
    to: Annotated[
        Path, typer.Option("--to", help="YAML or JSON with recipient, phone and address.", exists=True, dir_okay=False)
    ],
    lines: Annotated[
        list[str] | None, typer.Argument(metavar="[SKU=QUANTITY…]", help="Thousandths; what is short without.")
    ] = None,
    supplier: Annotated[str, typer.Option("--supplier", help="Code; without, those of the products.")] = "",
    submit: Annotated[bool, typer.Option("--submit", help="Submit the purchase orders at once.")] = False,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Order what a customer's order lacks from suppliers, who send it to the customer."""
    delivery = read_document(to, DeliveryFile, bytes_max=FILE_BYTES_MAX)
    command = CreateDropShip(
        order, delivery.recipient, delivery.phone, delivery.address,
        tuple(DrawnItem(sku, quantity) for sku, quantity in _parts(lines, "TEA=2000")), supplier, submit,
    )  # fmt: skip
    with opened(database) as chain:
        made = chain.write(create_drop_ship, command).drop_ships
    _show_all(made, form)


@drop_ship.command("dispatch")
def dispatch(
    purchase_order: PurchaseArgument,
    lines: Annotated[
        list[str] | None, typer.Argument(metavar="[LINE=QUANTITY…]", help="Thousandths; all that is open without.")
    ] = None,
    parcel: Annotated[str, typer.Option("--parcel", help="The number by which it is followed.")] = "",
    freight: Annotated[int, typer.Option("--freight", help="What sending cost besides, in minor units.")] = 0,
    close_rest: Annotated[bool, typer.Option("--close-rest", help="Wait for nothing more.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Note that the supplier has sent goods; the customer's order is handed over once all of it is there."""
    sent = tuple(DispatchedLine(int(number), quantity) for number, quantity in _parts(lines, "1=2000", numbered=True))
    with opened(database) as chain:
        command = DispatchDropShip(purchase_order, sent, parcel, freight, close_rest)
        done = chain.write(dispatch_drop_ship, command)
    told = f"sale {done.sale_id}" if done.sale_id else f"waits: {done.waits_for}"
    notes.print(f"Receipt {done.receipt_id}: {done.goods_minor} and freight {done.freight_minor}.", markup=False)
    notes.print(f"Order {done.drop_ship.order_id} is {done.order_state}, {told}.", markup=False)


@drop_ship.command("recall")
def recall(
    purchase_order: PurchaseArgument,
    lot: Annotated[
        list[str] | None, typer.Option("--lot", metavar="LINE=LOT", help="Of goods that are told apart by lot.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="Why; no personal data.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Put what was under way to the customer into the store's stock: the parcel has come back."""
    lines = []
    for one in lot or ():
        number, sign, code = one.partition("=")
        if not (sign and code and number.isascii() and number.isdigit()):
            raise Problem(f"“{one}” is no LINE=LOT.", advice="Write it as 1=L2411.", code=Exit.USAGE)
        lines.append(RecalledLine(int(number), code))
    with opened(database) as chain:
        done = chain.write(recall_drop_ship, RecallDropShip(purchase_order, tuple(lines), note))
    notes.print(f"{done.value_minor} came into the stock of {done.drop_ship.store_code}.", markup=False)


def _parts(texts: Sequence[str] | None, example: str, *, numbered: bool = False) -> list[tuple[str, int]]:
    found = []
    for one in texts or ():
        name, sign, quantity = one.rpartition("=")
        digits = quantity.isascii() and quantity.isdigit() and (not numbered or (name.isascii() and name.isdigit()))
        if not (sign and name and digits):
            raise Problem(f"“{one}” names no quantity.", advice=f"Write it as {example}.", code=Exit.USAGE)
        found.append((name, int(quantity)))
    return found


def _show_all(found: Sequence[DropShipView], form: Format) -> None:
    rows = rows_of(DROP_SHIPS, found)
    show(Figures("Drop-ships", DROP_SHIPS, rows), form)


def _show_lines(title: str, one: DropShipView, form: Format) -> None:
    show(Figures(title, LINES, [[getattr(line, column.name) for column in LINES] for line in one.lines]), form)
