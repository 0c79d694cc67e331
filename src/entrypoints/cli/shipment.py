"""`liansuo shipment`: what is on its way, what carriers tell of it, and how they keep their promises."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from application.logistics.late_shipments import TellLateShipments, tell_late_shipments
from application.logistics.shipment_queries import (
    GetShipment,
    ListCarrierPerformance,
    ListShipments,
    get_shipment,
    list_carrier_performance,
    list_shipments,
)
from application.logistics.tracking import NewTrackingEvent, RecordTracking, record_tracking
from domain.logistics.shipment import TrackingKind
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, show, show_all
from entrypoints.cli.problems import Exit, Problem

PAGE_SIZE: Final = 500

shipment = typer.Typer(help="Shipments: waybills, tracking, and what is late.", no_args_is_help=True)

SHIPMENTS: Final = (
    Column("shipment_id", "Shipment"),
    Column("created_at", "Created"),
    Column("store_code", "Store"),
    Column("order_id", "Order"),
    Column("transfer_id", "Transfer"),
    Column("carrier", "Carrier"),
    Column("waybill_number", "Waybill"),
    Column("state", "State"),
    Column("promised_at", "Promised"),
    Column("signed_at", "Signed"),
    Column("problem", "Problem"),
    Column("currency", "Currency"),
    Column("fee_minor", "Fee, minor units", Kind.COUNT),
)
EVENTS: Final = (Column("occurred_at", "At"), Column("kind", "What"), Column("place", "Where"))
CARRIERS: Final = (
    Column("carrier", "Carrier"),
    Column("shipments", "Shipments", Kind.COUNT),
    Column("delivered", "Delivered", Kind.COUNT),
    Column("on_time", "On time", Kind.COUNT),
    Column("late", "Late", Kind.COUNT),
    Column("on_time_bp", "On time, hundredths of a percent", Kind.COUNT),
    Column("damaged", "Damaged", Kind.COUNT),
    Column("lost", "Lost", Kind.COUNT),
    Column("returned", "Returned", Kind.COUNT),
)
StoreOption = Annotated[str, typer.Option("--store", help="Only this store.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=PAGE_SIZE, help="How many.")]
ShipmentArgument = Annotated[int, typer.Argument(metavar="SHIPMENT", help="The shipment's number.")]


@shipment.command("list")
def list_(
    store: StoreOption = "",
    order: Annotated[int, typer.Option("--order", help="Only those of this order.")] = 0,
    transfer: Annotated[int, typer.Option("--transfer", help="Only those of this transfer.")] = 0,
    problems: Annotated[bool, typer.Option("--problems", help="Only those that somebody has to look at.")] = False,
    limit: LimitOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List shipments, newest first; fees are in minor units."""
    with opened(database) as chain:
        found = chain.read(list_shipments, ListShipments(store, order, transfer, problems, page_size=limit))
    show(Figures("Shipments", SHIPMENTS, _rows(SHIPMENTS, found.shipments)), form)


@shipment.command("show")
def show_one(shipment_id: ShipmentArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show a shipment with what was told of it. Who takes it is shown by nothing but its waybill."""
    with opened(database) as chain:
        found = chain.read(get_shipment, GetShipment(shipment_id))
    show_all(
        {
            "shipment": Figures("Shipment", SHIPMENTS, _rows(SHIPMENTS, [found.shipment])),
            "events": Figures("Events", EVENTS, _rows(EVENTS, found.events)),
        },
        form,
    )


@shipment.command("track")
def track(
    shipment_id: ShipmentArgument,
    kind: Annotated[TrackingKind, typer.Argument(help="What the carrier has told.")],
    at: Annotated[str, typer.Option("--at", help="When, in ISO 8601 with its offset; now, unless it is given.")] = "",
    place: Annotated[str, typer.Option("--place", help="Where; no person.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Record what a carrier has told of a shipment, e.g. by telephone."""
    occurred_at = _instant(at)
    with opened(database) as chain:
        done = chain.write(record_tracking, RecordTracking((NewTrackingEvent(kind, occurred_at, place),), shipment_id))
    problem = f", problem: {done.shipment.problem}" if done.shipment.problem else ""
    notes.print(f"{done.recorded} recorded: the shipment is {done.shipment.state}{problem}.", markup=False)


@shipment.command("late")
def late(
    store: StoreOption = "",
    tell: Annotated[
        bool, typer.Option("--tell", help="Tell of them first, each once, and open tasks to apologise: the job.")
    ] = False,
    limit: LimitOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what is not there more than 24 hours after it was promised."""
    with opened(database) as chain:
        if tell:
            shipments = tasks = 0
            while (told := chain.write(tell_late_shipments, TellLateShipments())).shipments:
                shipments, tasks = shipments + told.shipments, tasks + told.tasks
            notes.print(f"{shipments} told of, {tasks} tasks opened.", markup=False)
        found = chain.read(list_shipments, ListShipments(store, late_only=True, page_size=limit))
    show(Figures("Late shipments", SHIPMENTS, _rows(SHIPMENTS, found.shipments)), form)


@shipment.command("carriers")
def carriers(
    from_date: Annotated[str, typer.Argument(metavar="FROM", help="ISO date: promised from this day on.")],
    to_date: Annotated[str, typer.Argument(metavar="TO", help="ISO date: up to and with this day.")],
    store: StoreOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show how carriers have kept what they promised for the days of a period."""
    with opened(database) as chain:
        found = chain.read(list_carrier_performance, ListCarrierPerformance(from_date, to_date, store))
    show(Figures("Carriers", CARRIERS, _rows(CARRIERS, found.carriers)), form)


def _instant(text: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    with suppress(ValueError):
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at
    raise Problem(f"“{text}” is no time.", advice="Write it like 2026-11-22T10:00:00+08:00.", code=Exit.USAGE)


def _rows(columns: Sequence[Column], found: Iterable[Any]) -> list[list[Any]]:
    return [["" if (value := getattr(one, column.name)) is None else value for column in columns] for one in found]
