"""`liansuo purchase`: what suppliers are asked for, and what comes of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import BaseModel, ConfigDict

from adapters.documents.ubl import read_answer, written_order
from application.paging import PAGE_SIZE_MAX
from application.purchasing.advance_purchase_order import (
    AdvancePurchaseOrder,
    ConfirmedLine,
    ConfirmPurchaseOrder,
    ReviewPurchaseOrder,
    advance_purchase_order,
    confirm_purchase_order,
    review_purchase_order,
)
from application.purchasing.create_purchase_orders import (
    CreatePurchaseOrders,
    PurchaseOrderEntry,
    create_purchase_orders,
)
from application.purchasing.delivery_notices import ListDeliveryNotices, list_delivery_notices
from application.purchasing.order_documents import GetOrderDocument, get_order_document, take_supplier_document
from application.purchasing.purchase_order_queries import (
    GetPurchaseOrder,
    ListPurchaseOrders,
    get_purchase_order,
    list_purchase_orders,
)
from application.purchasing.purchase_views import PurchaseOrderView
from application.purchasing.receive_purchase import ReceivedLine, ReceivePurchase, receive_purchase
from domain.purchasing.purchase_order import PurchaseStep
from entrypoints.cli import purchase_invoices, purchase_returns
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show
from entrypoints.cli.problems import Exit, Problem
from entrypoints.cli.purchase_central import shares, split, to_split
from entrypoints.cli.purchase_drop_ship import drop_ship

FILE_BYTES_MAX: Final = 10_000_000

purchase = typer.Typer(
    help="Purchase orders, the goods that come for them, and what suppliers invoice.", no_args_is_help=True
)
purchase.command("return")(purchase_returns.return_)
purchase.command("returns")(purchase_returns.returns)
purchase.command("invoice")(purchase_invoices.invoice)
purchase.command("invoices")(purchase_invoices.invoices)
purchase.command("invoice-lines")(purchase_invoices.invoice_lines)
purchase.command("invoice-decide")(purchase_invoices.decide)
purchase.command("unbilled")(purchase_invoices.unbilled)
purchase.command("due")(purchase_invoices.due)
purchase.command("aging")(purchase_invoices.aging)
purchase.command("pay")(purchase_invoices.pay)
purchase.command("to-split")(to_split)
purchase.command("shares")(shares)
purchase.command("split")(split)
purchase.add_typer(drop_ship, name="drop-ship")

OrderArgument = Annotated[int, typer.Argument(metavar="ORDER", help="Its id, as `purchase list` shows it.")]
NoteOption = Annotated[str, typer.Option("--note", help="For whoever reads it later.")]
VersionOption = Annotated[
    int, typer.Option("--version", help="The newest version, as `purchase show` tells; 0 for whatever it is.")
]

ORDERS: Final = (
    Column("order_id", "Order"),
    Column("supplier_code", "Supplier"),
    Column("store_code", "Store"),
    Column("state", "State"),
    Column("awaiting", "Awaits"),
    Column("expected_date", "Expected"),
    Column("overdue", "Overdue"),
    Column("net_minor", "Worth", Kind.COUNT),
    Column("note", "Note"),
)
LINES: Final = (
    Column("line_number", "Line", Kind.COUNT),
    Column("sku", "SKU"),
    Column("ordered_milli", "Ordered", Kind.QUANTITY),
    Column("accepted_milli", "Accepted", Kind.QUANTITY),
    Column("rejected_milli", "Rejected", Kind.QUANTITY),
    Column("open_milli", "Open", Kind.QUANTITY),
    Column("goods_minor", "Cost", Kind.COUNT),
    Column("freight_minor", "Freight", Kind.COUNT),
)
NOTICES: Final = (
    Column("notice_id", "Notice"),
    Column("order_id", "Order"),
    Column("supplier_code", "Supplier"),
    Column("store_code", "Store"),
    Column("reference", "Delivery note"),
    Column("state", "State"),
    Column("dispatched_date", "Left"),
    Column("expected_date", "Expected"),
    Column("carrier", "Carrier"),
    Column("tracking", "Tracking"),
)


class OrdersFile(BaseModel):
    """What `purchase create` reads."""

    model_config = ConfigDict(extra="forbid")

    orders: tuple[PurchaseOrderEntry, ...]
    proposal_reference: str = ""


class DeliveryFile(BaseModel):
    """What `purchase receive --file` reads."""

    model_config = ConfigDict(extra="forbid")

    lines: tuple[ReceivedLine, ...]


@purchase.command("list")
def list_(
    supplier: Annotated[str, typer.Option("--supplier", help="Code of a supplier.")] = "",
    store: Annotated[str, typer.Option("--store", help="Code of a store.")] = "",
    open_only: Annotated[bool, typer.Option("--open", help="Only those that goods are still to come for.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that should have come.")] = False,
    shown: Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")] = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List purchase orders, newest first; amounts in minor units."""
    query = ListPurchaseOrders(store, supplier, open_only=open_only, overdue_only=overdue, page_size=shown)
    with opened(database) as chain:
        found = chain.read(list_purchase_orders, query)
    _show_orders(found.orders, form)


@purchase.command("show")
def show_one(order_id: OrderArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show how far the lines of an order have come, and what happened to it."""
    with opened(database) as chain:
        found = chain.read(get_purchase_order, GetPurchaseOrder(order_id))
    title = f"{found.order_id}: {found.supplier_code} for {found.store_code}, {found.state}, version {found.version}"
    show(Figures(title, LINES, rows_of(LINES, found.progress)), form)
    for event in found.timeline:
        notes.print(f"{event.at:%Y-%m-%d %H:%M} {event.kind} ({event.version}) {event.by} {event.note}", markup=False)


@purchase.command("create")
def create(
    file: Annotated[Path, typer.Argument(help="YAML or JSON with `orders`.", exists=True, dir_okay=False)],
    submit: Annotated[bool, typer.Option("--submit", help="Submit them for approval at once.")] = False,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write the orders of a file, all or none; those of a proposal that was ordered before are not made again."""
    read = read_document(file, OrdersFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        made = chain.write(create_purchase_orders, CreatePurchaseOrders(read.orders, read.proposal_reference, submit))
    if made.existing:
        notes.print("This proposal had been ordered before: these are its orders.", markup=False)
    _show_orders(made.orders, form)


@purchase.command("approve")
def approve(
    order_id: OrderArgument,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse instead.")] = False,
    version: VersionOption = 0,
    note: NoteOption = "",
    database: DatabaseOption = None,
) -> None:
    """Approve what somebody else has written and submitted."""
    with opened(database) as chain:
        command = ReviewPurchaseOrder(order_id, version or _newest(chain, order_id), not refuse, note)
        done = chain.write(review_purchase_order, command)
    _tell(done)


@purchase.command("step")
def step(
    order_id: OrderArgument,
    what: Annotated[PurchaseStep, typer.Argument(metavar="STEP", help=", ".join(PurchaseStep))],
    version: VersionOption = 0,
    note: NoteOption = "",
    database: DatabaseOption = None,
) -> None:
    """Submit, send, close or cancel an order, or answer what the supplier has confirmed otherwise."""
    with opened(database) as chain:
        command = AdvancePurchaseOrder(order_id, what, version or _newest(chain, order_id), note)
        done = chain.write(advance_purchase_order, command)
    _tell(done)


@purchase.command("confirm")
def confirm(
    order_id: OrderArgument,
    lines: Annotated[
        list[str] | None, typer.Argument(metavar="[LINE=QUANTITY…]", help="Thousandths that differ from the order.")
    ] = None,
    expected: Annotated[str, typer.Option("--expected", help="YYYY-MM-DD, if it is another date.")] = "",
    version: VersionOption = 0,
    note: NoteOption = "",
    database: DatabaseOption = None,
) -> None:
    """Note what the supplier promises: what was ordered, or something else that the buyer has to accept."""
    otherwise = tuple(ConfirmedLine(*one) for one in _numbered(lines))
    with opened(database) as chain:
        command = ConfirmPurchaseOrder(order_id, version or _newest(chain, order_id), otherwise, expected, note)
        done = chain.write(confirm_purchase_order, command)
    _tell(done)


@purchase.command("document")
def document(
    order_id: OrderArgument,
    file: Annotated[Path, typer.Argument(help="Where the UBL 2.1 Order goes.", dir_okay=False)],
    database: DatabaseOption = None,
) -> None:
    """Write an order that was sent as a UBL 2.1 Order, for the supplier's system."""
    with opened(database) as chain:
        order = chain.read(get_order_document, GetOrderDocument(order_id))
    file.write_bytes(written_order(order))
    notes.print(f"{file}: order {order.order_id}, version {order.version}.", markup=False)


@purchase.command("take")
def take(
    file: Annotated[
        Path, typer.Argument(help="A UBL 2.1 OrderResponse or DespatchAdvice.", exists=True, dir_okay=False)
    ],
    database: DatabaseOption = None,
) -> None:
    """Take what a supplier's system has answered: a confirmation, or an announced delivery."""
    with opened(database) as chain:
        done = chain.write(take_supplier_document, read_answer(file.read_bytes()))
    told = f"notice {done.notice_id}" if done.notice_id else "awaiting acceptance" if done.awaits_buyer else done.state
    notes.print(f"Order {done.order_id}: {told}.", markup=False)


@purchase.command("notices")
def notices(
    store: Annotated[str, typer.Option("--store", help="Code of a store.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Those that came or were taken back too.")] = False,
    shown: Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")] = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what suppliers have announced and is on its way, newest first."""
    query = ListDeliveryNotices(store_code=store, open_only=not every, page_size=shown)
    with opened(database) as chain:
        found = chain.read(list_delivery_notices, query)
    rows = rows_of(NOTICES, found.notices)
    show(Figures("Announced deliveries", NOTICES, rows), form)


@purchase.command("receive")
def receive(
    order_id: OrderArgument,
    lines: Annotated[
        list[str] | None, typer.Argument(metavar="[LINE=QUANTITY…]", help="Thousandths accepted; all open without.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="YAML or JSON with `lines`, rejected ones too.", exists=True, dir_okay=False),
    ] = None,
    notice: Annotated[
        int, typer.Option("--notice", help="What the supplier has announced, by its id; all of it without more.")
    ] = 0,
    freight: Annotated[int, typer.Option("--freight", help="What the delivery cost besides, in minor units.")] = 0,
    delivery_note: Annotated[str, typer.Option("--delivery-note", help="Its number.")] = "",
    close_rest: Annotated[bool, typer.Option("--close-rest", help="Wait for nothing more.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Receive goods for an order into stock, at its prices and their share of the freight."""
    came = tuple(ReceivedLine(*one) for one in _numbered(lines))
    if file is not None:
        came += read_document(file, DeliveryFile, bytes_max=FILE_BYTES_MAX).lines
    with opened(database) as chain:
        if not came and not notice:
            order = chain.read(get_purchase_order, GetPurchaseOrder(order_id))
            came = tuple(ReceivedLine(one.line_number, one.open_milli) for one in order.progress if one.open_milli)
        command = ReceivePurchase(order_id, came, delivery_note, freight, close_rest, notice)
        done = chain.write(receive_purchase, command)
    notes.print(f"Receipt {done.receipt_id}: {done.goods_minor} and freight {done.freight_minor}.", markup=False)
    if done.stores_waiting:
        told = f"{done.stores_waiting} stores wait for their share: liansuo purchase split {done.receipt_id}"
        notes.print(told, markup=False)
    _tell(done.order)


def _numbered(texts: Sequence[str] | None) -> list[tuple[int, int]]:
    found = []
    for text in texts or ():
        number, sign, quantity = text.partition("=")
        if not (sign and number.isascii() and number.isdigit() and quantity.isascii() and quantity.isdigit()):
            raise Problem(f"“{text}” is no LINE=QUANTITY.", advice="Write it as 1=90000.", code=Exit.USAGE)
        found.append((int(number), int(quantity)))
    return found


def _newest(chain: Any, order_id: int) -> int:
    found: PurchaseOrderView = chain.read(get_purchase_order, GetPurchaseOrder(order_id))
    return max(one.version for one in found.versions)


def _tell(done: PurchaseOrderView) -> None:
    notes.print(f"Purchase order {done.order_id} is {done.state}, awaiting {done.awaiting}.", markup=False)


def _show_orders(orders: Sequence[PurchaseOrderView], form: Format) -> None:
    rows = rows_of(ORDERS, orders)
    show(Figures("Purchase orders", ORDERS, rows), form)
