"""`liansuo import`: members from a file, or a chain with stores, terminals, products, members and opening stock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from application.catalog.entries import CategoryEntry, ProductEntry, UnitEntry
from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.catalog.put_units import PutUnits, put_units
from application.identity.regions import PutRegions, put_regions
from application.identity.roles import EnsureBuiltinRoles, ensure_builtin_roles
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StoreView
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.membership.register_member import RegisterMember, RegisterMembers, register_members
from entrypoints.cli.campaigns import load_campaigns
from entrypoints.cli.complete_journey import (
    ASSUMED_COST_PERCENT,
    CURRENCY,
    TIME_ZONE,
    WEEKS_MAX,
    Journey,
    load,
)
from entrypoints.cli.coupon_importing import import_campaigns
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.enrolling import enrol_terminals
from entrypoints.cli.member_importing import members
from entrypoints.cli.messages import import_id, member_key
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, Step, notes, progress, show

T = TypeVar("T")

REGION: Final = "complete-journey"
ROLE: Final = "pricing_terminal"
OPENED_AT: Final = datetime(2016, 12, 31, 12, tzinfo=UTC)
"""The opening stock is received the day before the first sale."""

STOCK_RANGES: Final = ((1, 2), (3, WEEKS_MAX))
"""One opening receipt per store and range of weeks, so that more weeks can be imported later without doubling any."""

PRODUCTS_AT_ONCE_MAX: Final = 1_000
RECEIPT_LINES_AT_ONCE_MAX: Final = 25_000

WeeksOption = Annotated[int, typer.Option("--weeks", min=1, max=WEEKS_MAX, help="Weeks of the data, from the first.")]
TerminalsOption = Annotated[
    Path | None,
    typer.Option("--terminals", help="File of the terminals' credentials; default: beside the database."),
]


@dataclass(slots=True)
class Imported:
    """What was created and what was there before, by kind of thing."""

    rows: list[tuple[str, int, int]] = field(default_factory=list)

    def count(self, what: str, *, created: int, before: int) -> None:
        self.rows.append((what, created, before))

    @property
    def created(self) -> int:
        return sum(created for _, created, _ in self.rows)


imports = typer.Typer(help="Import members from a file, or a chain from real data.", no_args_is_help=True)


@imports.callback()
def import_something() -> None:
    """Import members from a file, or a chain from real data."""


imports.command("members")(members)


@imports.command("complete-journey")
def import_complete_journey(
    weeks: WeeksOption = WEEKS_MAX,
    database: DatabaseOption = None,
    terminals: TerminalsOption = None,
    renew_terminals: Annotated[
        bool, typer.Option("--renew-terminals", help="Give every terminal a new credential: its file was lost.")
    ] = False,
    coupons: Annotated[
        bool, typer.Option("--coupons", help="Also 27 campaigns with 1,197 coupons; takes about half a minute.")
    ] = False,
    coupon_uses: Annotated[
        int, typer.Option("--coupon-uses", min=1, max=100, help="How often a member may use each coupon.")
    ] = 1,
    form: FormatOption = Format.TABLE,
) -> None:
    """Create the chain of The Complete Journey: 457 stores, 92,348 products, 2,469 members and opening stock.

    Running it again changes nothing. One terminal per store is enrolled, with the role pricing_terminal; the
    credentials go to a file that only you can read. Opening stock is what the played weeks sell.
    """
    journey = load()
    with opened(database) as opened_database:
        path = terminals or opened_database.beside("terminals.json")
        imported = import_journey(opened_database, journey, path, weeks=weeks, renew_terminals=renew_terminals)
        if coupons:
            with progress() as step:
                known = {product.sku for product in journey.products}
                imported.rows += import_campaigns(
                    opened_database, load_campaigns(), step, known_skus=known, uses_per_member=coupon_uses
                )
    show(imported_figures(imported), form)
    if not imported.created:
        notes.print("Nothing new: everything was imported before.")
    notes.print(f"Credentials of the terminals: {path}")


def imported_figures(imported: Imported) -> Figures:
    """What an import came to, with its assumption."""
    columns = (Column("what", "What"), Column("created", "Created", Kind.COUNT), Column("before", "Before", Kind.COUNT))
    note = (
        f"Opening stock at an assumed cost of {ASSUMED_COST_PERCENT} % of the average shelf value per unit. "
        "Stores keep UTC, the clock of the data; all goods are untaxed."
    )
    return Figures("Imported", columns, imported.rows, note=note)


def import_journey(
    database: Database, journey: Journey, credentials: Path, *, weeks: int, renew_terminals: bool = False
) -> Imported:
    """Creates what is missing of the chain and says what it created; interrupted or repeated, it doubles nothing."""
    imported = Imported()
    with progress() as step:
        _stores(database, journey, imported, step)
        _terminals(database, journey, imported, step, credentials=credentials, renew=renew_terminals)
        _products(database, journey, imported, step)
        _members(database, journey, imported, step)
        _opening_stock(database, journey, imported, step, weeks=weeks)
    return imported


def _stores(database: Database, journey: Journey, imported: Imported, step: Step) -> None:
    advance = step("Stores", len(journey.stores))
    database.write(ensure_builtin_roles, EnsureBuiltinRoles())
    database.write(put_regions, PutRegions((RegionView(REGION, "The Complete Journey"),)))
    stores = tuple(
        StoreView(str(number), f"Store {number}", REGION, CURRENCY, TIME_ZONE, day_cutoff_minutes=0)
        for number in journey.stores
    )
    put = database.write(put_stores, PutStores(stores))
    imported.count("stores", created=put.created, before=len(stores) - put.created)
    advance(len(stores))


def _terminals(
    database: Database, journey: Journey, imported: Imported, step: Step, *, credentials: Path, renew: bool
) -> None:
    """One terminal per store that may state prices."""
    advance = step("Terminals", len(journey.stores))
    terminals = {str(store): f"{store}-1" for store in journey.stores}
    created = enrol_terminals(database, terminals, role=ROLE, credentials=credentials, renew=renew)
    imported.count("terminals", created=created, before=len(terminals) - created)
    advance(len(terminals))


def _products(database: Database, journey: Journey, imported: Imported, step: Step) -> None:
    products = journey.products
    advance = step("Products", len(products))
    departments = sorted({product.department for product in products})
    put = database.write(put_categories, PutCategories(tuple(CategoryEntry(name, name) for name in departments)))
    imported.count("departments", created=put.created, before=len(departments) - put.created)
    database.write(put_units, PutUnits((UnitEntry("EA", "Each", 0), UnitEntry("GAL", "Gallon", 3))))
    created = 0
    for part in _parts(products, PRODUCTS_AT_ONCE_MAX):
        entries = tuple(
            ProductEntry(
                sku=product.sku,
                name=product.name,
                category_code=product.department,
                unit_code="GAL" if product.fuel else "EA",
            )
            for product in part
        )
        created += database.write(put_products, PutProducts(entries)).created
        advance(len(part))
    imported.count("products", created=created, before=len(products) - created)


def _members(database: Database, journey: Journey, imported: Imported, step: Step) -> None:
    """All households as one request: it has an effect once."""
    advance = step("Members", len(journey.households))
    cards = tuple(RegisterMember(card=member_key(number), source="import") for number in journey.households)
    fresh = database.once(register_members, RegisterMembers(cards), request_id=import_id("members"))
    imported.count("members", created=len(cards) * fresh, before=len(cards) * (not fresh))
    advance(len(cards))


def _opening_stock(database: Database, journey: Journey, imported: Imported, step: Step, *, weeks: int) -> None:
    """One goods receipt per store and range of weeks that is needed, several stores in one transaction."""
    ranges = [(first, last) for first, last in STOCK_RANGES if first <= weeks]
    advance = step("Opening stock", len(journey.stores) * len(ranges))
    created = before = 0
    for first, last in ranges:
        for requests in _receipts(journey.between(first, last), first, last):
            fresh = sum(database.once_each(receive_goods, requests, now=OPENED_AT))
            created += fresh
            before += len(requests) - fresh
            advance(len(requests))
    imported.count("opening receipts", created=created, before=before)


def _receipts(journey: Journey, first: int, last: int) -> Iterator[list[tuple[str, ReceiveGoods]]]:
    """The receipts of all stores with their request ids, in parts of about RECEIPT_LINES_AT_ONCE_MAX lines."""
    part: list[tuple[str, ReceiveGoods]] = []
    lines = 0
    for store in journey.stores:
        stock = journey.opening_stock(store)
        if not stock:
            continue
        received = tuple(ReceiptLine(item.sku, item.quantity_milli, item.cost_minor) for item in stock)
        command = ReceiveGoods(received, str(store), f"Opening stock, weeks {first} to {last}")
        part.append((import_id(f"opening-stock/{store}/{first}-{last}"), command))
        lines += len(received)
        if lines >= RECEIPT_LINES_AT_ONCE_MAX:
            yield part
            part, lines = [], 0
    if part:
        yield part


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
