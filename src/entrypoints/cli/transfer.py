"""`liansuo transfer`: goods that move between stores."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.inventory.create_transfers import CreateTransfers, NewTransfer, TransferItem, create_transfers
from application.inventory.decide_transfer import (
    CancelTransfer,
    DecideTransfer,
    TransferDecision,
    cancel_transfer,
    decide_transfer,
)
from application.inventory.propose_transfers import ProposeTransfers, StockTarget, propose_transfers
from application.inventory.receive_transfer import ArrivedItem, ReceiveTransfer, receive_transfer
from application.inventory.ship_transfer import ShipTransfer, ship_transfer
from application.inventory.transfer_queries import GetTransfer, ListTransfers, get_transfer, list_transfers
from application.inventory.transfer_views import TransferView
from application.paging import PAGE_SIZE_MAX
from domain.inventory.transfer import DifferenceReason
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show
from entrypoints.cli.problems import Exit, Problem

FILE_BYTES_MAX: Final = 10_000_000

transfer = typer.Typer(help="Goods that move between stores.", no_args_is_help=True)

TransferArgument = Annotated[int, typer.Argument(metavar="TRANSFER", help="Its id, as `transfer list` shows it.")]
NoteOption = Annotated[str, typer.Option("--note", help="For whoever reads it later.")]
FileArgument = Annotated[Path, typer.Argument(help="YAML or JSON.", exists=True, dir_okay=False)]

TRANSFERS: Final = (
    Column("transfer_id", "Transfer"),
    Column("from_store_code", "From"),
    Column("to_store_code", "To"),
    Column("state", "State"),
    Column("requested_at", "Requested"),
    Column("requested_by", "By"),
    Column("reference", "Reference"),
)
LINES: Final = (
    Column("sku", "SKU"),
    Column("requested_milli", "Requested", Kind.QUANTITY),
    Column("shipped_milli", "Shipped", Kind.QUANTITY),
    Column("in_transit_milli", "In transit", Kind.QUANTITY),
    Column("received_milli", "Received", Kind.QUANTITY),
    Column("missing_milli", "Missing", Kind.QUANTITY),
    Column("over_milli", "Over", Kind.QUANTITY),
    Column("shipped_minor", "Cost", Kind.COUNT),
)


class TransfersFile(BaseModel):
    """What `transfer request` reads."""

    model_config = ConfigDict(extra="forbid")

    transfers: tuple[NewTransfer, ...]


class TargetsFile(BaseModel):
    """What `transfer propose` reads."""

    model_config = ConfigDict(extra="forbid")

    targets: tuple[StockTarget, ...]


@transfer.command("list")
def list_(
    store: Annotated[str, typer.Option("--store", help="Code of a store: those it sends and those it gets.")] = "",
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are under way.")] = False,
    shown: Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")] = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List transfers, newest first."""
    with opened(database) as chain:
        found = chain.read(list_transfers, ListTransfers(store, open_only=open_only, page_size=shown))
    _show_list(found.transfers, form)


@transfer.command("show")
def show_one(transfer_id: TransferArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show the lines of a transfer; costs in minor units."""
    with opened(database) as chain:
        found = chain.read(get_transfer, GetTransfer(transfer_id))
    _show_lines(found, form)


@transfer.command("request")
def request(
    file: FileArgument,
    approve: Annotated[bool, typer.Option("--approve", help="Approve them at once.")] = False,
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="Create those that can be, and tell of the others.")
    ] = False,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Request the transfers of a file, such as `transfer propose` prints, all or none."""
    read = read_document(file, TransfersFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        made = chain.write(create_transfers, CreateTransfers(read.transfers, approve, skip_refused))
    for refused in made.refused:
        notes.print(f"transfers[{refused.place}].{refused.field}: {refused.message}", markup=False)
    _show_list(made.transfers, form)


@transfer.command("propose")
def propose(file: FileArgument, database: DatabaseOption = None) -> None:
    """Print transfers that bring stores below their least to their most, as a file for `transfer request`."""
    read = read_document(file, TargetsFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        found = chain.read(propose_transfers, ProposeTransfers(read.targets))
    for one in found.unmet:
        notes.print(f"{one.store_code} {one.sku}: nobody can give {one.quantity_milli / 1000:g}.", markup=False)
    print(TransfersFile(transfers=tuple(found.transfers)).model_dump_json(indent=2))


@transfer.command("approve")
def approve(transfer_id: TransferArgument, note: NoteOption = "", database: DatabaseOption = None) -> None:
    """Approve a requested transfer."""
    _tell(_write(database, decide_transfer, DecideTransfer(transfer_id, TransferDecision.APPROVE, note)))


@transfer.command("refuse")
def refuse(
    transfer_id: TransferArgument,
    note: Annotated[str, typer.Option("--note", help="Why, for whoever has asked.")],
    database: DatabaseOption = None,
) -> None:
    """Refuse a requested transfer."""
    _tell(_write(database, decide_transfer, DecideTransfer(transfer_id, TransferDecision.REFUSE, note)))


@transfer.command("ship")
def ship(
    transfer_id: TransferArgument,
    items: Annotated[
        list[str] | None, typer.Argument(metavar="[SKU=QUANTITY…]", help="Thousandths; all that is left without.")
    ] = None,
    note: NoteOption = "",
    database: DatabaseOption = None,
) -> None:
    """Ship goods of a transfer out of its source."""
    lines = tuple(TransferItem(*_item(one)) for one in items or ())
    _tell(_write(database, ship_transfer, ShipTransfer(transfer_id, lines, note)))


@transfer.command("receive")
def receive(
    transfer_id: TransferArgument,
    items: Annotated[
        list[str] | None, typer.Argument(metavar="[SKU=QUANTITY…]", help="Thousandths; all in transit without.")
    ] = None,
    missing: Annotated[
        list[str] | None, typer.Option("--missing", help="SKU=QUANTITY that will not arrive; may be repeated.")
    ] = None,
    reason: Annotated[DifferenceReason | None, typer.Option("--reason", help="Why something differs.")] = None,
    note: NoteOption = "",
    database: DatabaseOption = None,
) -> None:
    """Receive goods of a transfer at its destination, with what is missing or came beyond what was shipped."""
    came = dict(_item(one) for one in items or ())
    gone = dict(_item(one) for one in missing or ())
    differing = gone if gone else came
    lines = tuple(
        ArrivedItem(sku, came.get(sku, 0), gone.get(sku, 0), reason if sku in differing else None)
        for sku in dict.fromkeys([*came, *gone])
    )
    _tell(_write(database, receive_transfer, ReceiveTransfer(transfer_id, lines, note)))


@transfer.command("cancel")
def cancel(
    transfer_id: TransferArgument,
    note: Annotated[str, typer.Option("--note", help="Why.")],
    database: DatabaseOption = None,
) -> None:
    """Ship nothing more of a transfer."""
    _tell(_write(database, cancel_transfer, CancelTransfer(transfer_id, note)))


def _item(text: str) -> tuple[str, int]:
    sku, sign, quantity = text.rpartition("=")
    if not (sku and sign and quantity.isascii() and quantity.isdigit()):
        raise Problem(f"“{text}” is no SKU=QUANTITY.", advice="Write it as TEA=2000.", code=Exit.USAGE)
    return sku, int(quantity)


def _write(database: str | None, use_case: Any, command: object) -> TransferView:
    with opened(database) as chain:
        done: TransferView = chain.write(use_case, command)
    return done


def _tell(done: TransferView) -> None:
    notes.print(f"Transfer {done.transfer_id} is {done.state}.", markup=False)


def _show_list(found: Any, form: Format) -> None:
    show(Figures("Transfers", TRANSFERS, rows_of(TRANSFERS, found)), form)


def _show_lines(found: TransferView, form: Format) -> None:
    title = f"{found.transfer_id}: {found.from_store_code} to {found.to_store_code}, {found.state}"
    show(Figures(title, LINES, rows_of(LINES, found.lines)), form)
