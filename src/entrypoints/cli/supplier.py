"""`liansuo supplier`: the file of suppliers, and what they deliver at what price."""

from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.paging import PAGE_SIZE_MAX
from application.purchasing.compare_suppliers import CompareSuppliers, compare_suppliers
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.supplier_products import PutSupplierProducts, SupplierProductEntry, put_supplier_products
from application.purchasing.supplier_queries import (
    HISTORY_MAX,
    ListSupplierProducts,
    ListSuppliers,
    SupplierProductView,
    list_supplier_products,
    list_suppliers,
)
from application.purchasing.supplier_scores import (
    GetSupplierScore,
    ListSupplierScores,
    get_supplier_score,
    list_supplier_scores,
)
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show

FILE_BYTES_MAX: Final = 10_000_000

supplier = typer.Typer(help="Suppliers, their terms and prices.", no_args_is_help=True)

FileArgument = Annotated[
    Path, typer.Argument(help="YAML or JSON with `suppliers` and `products`.", exists=True, dir_okay=False)
]
SupplierOption = Annotated[str, typer.Option("--supplier", help="Code of a supplier: what they deliver.")]
SkuOption = Annotated[str, typer.Option("--sku", help="A SKU: who delivers it.")]

SUPPLIERS: Final = (
    Column("code", "Supplier"),
    Column("name", "Name"),
    Column("currency", "Currency"),
    Column("payment_days", "Days to pay", Kind.COUNT),
    Column("lead_days", "Days to deliver", Kind.COUNT),
    Column("minimum_order_minor", "Least order", Kind.MONEY),
    Column("over_delivery_bp", "More taken, bp", Kind.COUNT),
    Column("blocked", "Blocked"),
)
PRODUCTS: Final = (
    Column("sku", "SKU"),
    Column("supplier_code", "Supplier"),
    Column("supplier_sku", "Their number"),
    Column("currency", "Currency"),
    Column("price_minor", "Price", Kind.MONEY),
    Column("price_quantity_milli", "For", Kind.QUANTITY),
    Column("valid_from", "From"),
    Column("pack_milli", "Pack", Kind.QUANTITY),
    Column("moq_milli", "At least", Kind.QUANTITY),
    Column("lead_days", "Days to deliver", Kind.COUNT),
    Column("preferred", "Preferred"),
)
PRICES: Final = (
    Column("sku", "SKU"),
    Column("supplier_code", "Supplier"),
    Column("currency", "Currency"),
    Column("valid_from", "From"),
    Column("price_minor", "Price", Kind.MONEY),
    Column("price_quantity_milli", "For", Kind.QUANTITY),
    Column("recorded_at", "Recorded"),
)
SCORES: Final = (
    Column("from_date", "From"),
    Column("to_date", "To"),
    Column("grade", "Grade"),
    Column("score_bp", "Score, bp", Kind.COUNT),
    Column("deliveries", "Deliveries", Kind.COUNT),
    Column("overdue", "Overdue", Kind.COUNT),
    Column("on_time_bp", "On time, bp", Kind.COUNT),
    Column("in_full_bp", "In full, bp", Kind.COUNT),
    Column("reject_bp", "Rejected, bp", Kind.COUNT),
    Column("over_last_bp", "Above last price, bp", Kind.COUNT),
    Column("over_list_bp", "Above agreed, bp", Kind.COUNT),
    Column("lead_mean_milli", "Days", Kind.QUANTITY),
    Column("lead_deviation_milli", "± days", Kind.QUANTITY),
)
COMPARED: Final = (
    Column("supplier_code", "Supplier"),
    Column("currency", "Currency"),
    Column("cost_minor", "Cost", Kind.MONEY),
    Column("order_milli", "To order", Kind.QUANTITY),
    Column("price_minor", "Price", Kind.MONEY),
    Column("price_quantity_milli", "For", Kind.QUANTITY),
    Column("moq_milli", "At least", Kind.QUANTITY),
    Column("delivery_date", "Delivers"),
    Column("lead_mean_milli", "Took, days", Kind.QUANTITY),
    Column("grade", "Grade"),
    Column("on_time_bp", "On time, bp", Kind.COUNT),
    Column("reject_bp", "Rejected, bp", Kind.COUNT),
    Column("preferred", "Preferred"),
    Column("blocked", "Blocked"),
)


class SuppliersFile(BaseModel):
    """Suppliers with the fields of PutSuppliers, and by supplier what they deliver, as PutSupplierProducts takes it."""

    model_config = ConfigDict(extra="forbid")

    suppliers: tuple[SupplierEntry, ...] = ()
    products: dict[str, tuple[SupplierProductEntry, ...]] = {}


@supplier.command()
def put(file: FileArgument, database: DatabaseOption = None) -> None:
    """Put the suppliers of the file and what they deliver; what it does not name stays as it is."""
    read = read_document(file, SuppliersFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        if read.suppliers or not read.products:
            done = chain.write(put_suppliers, PutSuppliers(read.suppliers))
            notes.print(f"{len(read.suppliers)} suppliers, {done.created} of them new.", markup=False)
        for code, products in read.products.items():
            priced = chain.write(put_supplier_products, PutSupplierProducts(code, products))
            notes.print(f"{code}: {priced.products} products, {priced.prices_added} new prices.", markup=False)


@supplier.command("list")
def list_all(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the suppliers, without whom to reach."""
    rows: list[list[object]] = []
    token = ""
    with opened(database) as chain:
        while True:
            page = chain.read(list_suppliers, ListSuppliers(page_size=PAGE_SIZE_MAX, page_token=token))
            rows += rows_of(SUPPLIERS, page.suppliers)
            token = page.next_page_token
            if not token:
                break
    show(Figures("Suppliers", SUPPLIERS, rows), form)


@supplier.command()
def products(
    supplier_code: SupplierOption = "",
    sku: SkuOption = "",
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="At the prices of this day; default: today.")] = "",
    history: Annotated[bool, typer.Option("--history", help="List their prices instead, the latest first.")] = False,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what a supplier delivers, or who delivers a SKU, with prices in major units without tax."""
    rows: list[list[object]] = []
    token = ""
    with opened(database) as chain:
        while True:
            asked = ListSupplierProducts(
                supplier_code, sku, on, HISTORY_MAX if history else 0, page_size=PAGE_SIZE_MAX, page_token=token
            )
            page = chain.read(list_supplier_products, asked)
            for product in page.products:
                rows += _prices(product) if history else [_row(product)]
            token = page.next_page_token
            if not token:
                break
    title, columns = ("Prices of suppliers", PRICES) if history else ("Products of suppliers", PRODUCTS)
    show(Figures(title, columns, rows), form)


@supplier.command()
def score(
    supplier_code: Annotated[str, typer.Argument(metavar="SUPPLIER", help="Code of a supplier.")],
    history: Annotated[bool, typer.Option("--history", help="The score cards of months that are over too.")] = False,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show how well a supplier has delivered of late, and with --history by month."""
    with opened(database) as chain:
        scores = [chain.read(get_supplier_score, GetSupplierScore(supplier_code))]
        token = ""
        while history:
            asked = ListSupplierScores(supplier_code, PAGE_SIZE_MAX, token)
            page = chain.read(list_supplier_scores, asked)
            scores += page.cards
            token = page.next_page_token
            if not token:
                break
    show(Figures(f"Deliveries of {supplier_code}", SCORES, [_cells(one, SCORES) for one in scores]), form)


@supplier.command()
def compare(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="Who delivers it.")],
    quantity: Annotated[int, typer.Option("--quantity", min=0, help="Wanted, in thousandths; one unit without.")] = 0,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Compare the suppliers of a SKU, whom to ask first: cost, least quantity, delivery, grade."""
    with opened(database) as chain:
        found = chain.read(compare_suppliers, CompareSuppliers(sku, quantity))
    show(Figures(f"Suppliers of {sku}", COMPARED, [_cells(one, COMPARED) for one in found.suppliers]), form)


def _cells(shown: object, columns: tuple[Column, ...]) -> list[object]:
    return [getattr(shown, one.name) for one in columns]


def _row(product: SupplierProductView) -> list[object]:
    price = product.price
    priced = {name: getattr(price, name, "") for name in ("price_minor", "price_quantity_milli", "valid_from")}
    return [priced[one.name] if one.name in priced else getattr(product, one.name) for one in PRODUCTS]


def _prices(product: SupplierProductView) -> list[list[object]]:
    return [
        [getattr(price if hasattr(price, one.name) else product, one.name) for one in PRICES]
        for price in product.history
    ]
