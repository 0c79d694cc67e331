"""`liansuo seed`: a small chain to try things on."""

import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.catalog.put_units import PutUnits, put_units
from application.identity.queries import ListStaff, list_staff
from application.identity.regions import PutRegions, put_regions
from application.identity.roles import EnsureBuiltinRoles, ensure_builtin_roles
from application.identity.staff import PutStaff, put_staff
from application.identity.stores import PutStores, put_stores
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.membership.register_member import RegisterMembers, register_members
from application.paging import PAGE_SIZE_MAX
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_taxes import PutTaxes, put_taxes
from domain.shared.money import divide
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.enrolling import enrol_terminals
from entrypoints.cli.messages import seed_id
from entrypoints.cli.output import Column, Figures, Format, FormatOption, notes, show
from entrypoints.cli.seed_chain import (
    CATEGORIES,
    GOLD_LIST,
    GOODS,
    MEMBERS,
    PRICE_LISTS,
    REGIONS,
    RETAIL_LIST,
    STAFF,
    STORES,
    TAXES,
    TERMINALS,
    UNITS,
    gold_prices,
    products,
    retail_prices,
)

PIN_DIGITS: Final = 6
STOCK_UNITS: Final = 100
COST_PERCENT: Final = 60
ROLE: Final = "terminal"

TRY: Final = r"""Try it: run `liansuo serve`, and in another shell, with grpcurl and jq:
  CREDENTIAL=$(jq -r .terminals.S01 {credentials})
  grpcurl -plaintext -max-time 5 -H "authorization: Bearer $CREDENTIAL" -d '{{"request_id": "'$(uuidgen)'",
    "basket": {{"lines": [{{"sku": "TEA-250", "quantity_milli": 2000}}], "member_key": "13800138000"}},
    "tenders": [{{"kind": "TENDER_KIND_CASH", "amount_minor": 10000}}]}}' \
    127.0.0.1:50051 liansuo.sales.v1.SalesService/Checkout"""


def seed(
    database: DatabaseOption = None,
    terminals: Annotated[Path | None, typer.Option("--terminals", help="File of the terminals' credentials.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Create a small bilingual chain: 3 stores, 40 products, 5 members, a terminal per store, staff with PINs.

    Running it again changes nothing, and shows no PIN again.
    """
    with opened(database) as chain:
        path = terminals or chain.beside("terminals.json")
        _chain(chain)
        enrolled = enrol_terminals(chain, TERMINALS, role=ROLE, credentials=path, renew=False)
        _goods(chain)
        chain.once(register_members, RegisterMembers(MEMBERS), request_id=seed_id("members"))
        pins = _staff(chain)
    columns = (
        Column("what", "What"), Column("code", "Code"), Column("name", "Name"), Column("store", "Store"),
        Column("pin", "PIN, shown once"),
    )  # fmt: skip
    rows = [["store", store.code, store.name, "", ""] for store in STORES]
    rows += [["terminal", code, "", store, ""] for store, code in TERMINALS.items()]
    rows += [["staff", one.code, one.name, one.scope_code, pins.get(one.code, "")] for one in STAFF]
    rows += [["member", one.card, one.name, "", ""] for one in MEMBERS]
    show(Figures("A chain to try things on", columns, rows), form)
    if not (pins or enrolled):
        notes.print("Nothing new: the chain was there before.")
    notes.print(TRY.format(credentials=path), markup=False)


def _chain(chain: Database) -> None:
    chain.write(ensure_builtin_roles, EnsureBuiltinRoles())
    chain.write(put_regions, PutRegions(REGIONS))
    chain.write(put_stores, PutStores(STORES))


def _goods(chain: Database) -> None:
    chain.write(put_units, PutUnits(UNITS))
    chain.write(put_categories, PutCategories(CATEGORIES))
    chain.write(put_products, PutProducts(products()))
    chain.write(put_taxes, PutTaxes(TAXES))
    chain.write(put_price_lists, PutPriceLists(PRICE_LISTS))
    chain.write(put_prices, PutPrices(RETAIL_LIST, retail_prices()))
    chain.write(put_prices, PutPrices(GOLD_LIST, gold_prices()))
    stocked = [good for good in GOODS if good.category != "RESTAURANT"]
    lines = tuple(
        ReceiptLine(good.sku, STOCK_UNITS * 1000, divide(good.price_minor * STOCK_UNITS * COST_PERCENT, 100))
        for good in stocked
    )
    for store in STORES:
        received = ReceiveGoods(lines, store.code, "Opening stock")
        chain.once(receive_goods, received, request_id=seed_id(f"opening-stock/{store.code}"))


def _staff(chain: Database) -> dict[str, str]:
    """Creates the staff that is missing; returns their PINs, which are kept nowhere else."""
    known = {one.code for one in chain.read(list_staff, ListStaff(page_size=PAGE_SIZE_MAX)).staff}
    pins = {}
    for one in STAFF:
        if one.code not in known:
            pins[one.code] = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
            chain.write(put_staff, PutStaff(one, pins[one.code]))
    return pins
