"""The chain and its products in memory: never older than the version says, never what was not committed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from adapters.sql.snapshots import Snapshots
from adapters.sql.tables import catalog, identity, kernel, pricing
from adapters.sql.unit_of_work import SqlUnits
from domain.catalog.product import Product, ProductStatus
from domain.pricing.price_list import Price
from tests.adapters.sql.conftest import NOW, reading, writing
from tests.adapters.sql.samples import put_store

APPLE = Product(40, "A-1", "Apple", 3, 2, 1, "standard", "", False, False, False, ProductStatus.ACTIVE)
PEAR = replace(APPLE, sku_id=41, sku="A-2", name="Pear", weighed_item_code="2100001", weighed_by_price=True)


def put(units: SqlUnits, *products: Product) -> None:
    """Stores products under a new price version."""
    with writing(units) as uow:
        version = uow.bump("prices")
        if not uow.execute(select(catalog.units)).all():
            uow.execute(insert(catalog.units), {"unit_id": 1, "code": "kg", "name": "", "decimals": 3})
            uow.execute(
                insert(catalog.categories),
                [
                    {"category_id": 2, "code": "FOOD", "name": "", "parent_id": None, "department_id": 2},
                    {"category_id": 3, "code": "FRUIT", "name": "", "parent_id": 2, "department_id": 2},
                ],
            )
        for product in products:
            row = {name: getattr(product, name) for name in Product.__slots__ if name != "department_id"}
            row |= {"changed_version": version, "status": product.status.value}
            if (
                uow.execute(update(catalog.products).where(catalog.products.c.sku_id == product.sku_id), row).rowcount
                == 0
            ):
                uow.execute(insert(catalog.products), row)
        uow.commit()


def set_barcode(units: SqlUnits, barcode: str, product: Product, *others: Product) -> None:
    with writing(units) as uow:
        uow.execute(delete(catalog.barcodes).where(catalog.barcodes.c.barcode == barcode))
        uow.execute(insert(catalog.barcodes), {"barcode": barcode, "sku_id": product.sku_id})
        uow.commit()
    put(units, product, *others)


def asked(units: SqlUnits, *skus: str, barcodes: Sequence[str] = ()) -> dict[str, str]:
    """The names of the products by what was asked, as a unit of work is shown them after looking at the versions."""
    with reading(units) as uow:
        uow.refresh()
        found = uow.pricing.products(skus=skus, barcodes=barcodes)
    by_code = {**found.by_sku, **found.by_barcode}
    return {code: priced.product.name for code, priced in by_code.items()}


def test_the_chain_is_read_once_and_again_when_its_version_has_moved(units: SqlUnits):
    put_store(units)
    with reading(units) as uow:
        first = uow.chain
        assert (first.version, first.store_ids) == (1, {"S1": 7})
    with reading(units) as uow:
        uow.refresh()
        assert uow.chain is first
    with writing(units) as uow:
        uow.execute(update(identity.stores).values(code="S2"))
        uow.bump("chain")
        uow.commit()
    with reading(units) as uow:
        assert uow.chain is first
        uow.refresh()
        assert (uow.chain.version, uow.chain.store_ids) == (2, {"S2": 7})


def test_looking_at_the_versions_is_one_round_trip_when_nothing_has_changed(units: SqlUnits):
    put_store(units)
    with writing(units) as uow:
        uow.refresh()
    with writing(units) as uow:
        uow.refresh()
        assert uow.round_trips == 1


def test_what_a_transaction_changed_itself_is_shown_to_nobody_else(units: SqlUnits):
    put_store(units)
    with reading(units) as uow:
        uow.refresh()
    with writing(units) as uow:
        uow.execute(update(identity.stores).values(code="S2"))
        uow.bump("chain")
        uow.refresh()
        assert (uow.chain.version, uow.chain.store_ids) == (2, {"S2": 7})
    with writing(units) as uow:
        uow.execute(update(identity.stores).values(code="S3"))
        uow.bump("chain")
        uow.commit()
    with reading(units) as uow:
        uow.refresh()
        assert (uow.chain.version, uow.chain.store_ids) == (2, {"S3": 7})


def test_products_come_with_unit_department_and_all_their_prices(units: SqlUnits):
    put(units, APPLE, PEAR)
    later = NOW + timedelta(days=1)
    with writing(units) as uow:
        uow.execute(
            insert(pricing.price_lists),
            {
                "price_list_id": 9, "code": "BASE", "name": "", "currency": "CNY", "includes_tax": True, "priority": 0,
                "channel": "", "tier": "",
            },
        )  # fmt: skip
        prices = [
            Price(9, 40, 0, None, later, 500),
            Price(9, 40, 0, later, None, 600),
            Price(9, 40, 5_000, None, None, 450),
        ]
        uow.pricing.put_prices(prices, version=uow.bump("prices"))
        uow.commit()
    set_barcode(units, "6901234567892", APPLE)
    with reading(units) as uow:
        found = uow.pricing.products(
            skus=["A-1", "absent"],
            barcodes=["6901234567892", "6900000000000"],
            weighed_item_codes=["2100001", "2100002"],
        )
    assert set(found.by_sku) == {"A-1"}
    apple = found.by_sku["A-1"]
    assert (apple.product, apple.unit_code, apple.unit_decimals, list(apple.prices)) == (APPLE, "kg", 3, prices)
    assert found.by_barcode == {"6901234567892": apple}
    assert {code: priced.product for code, priced in found.by_weighed_item_code.items()} == {"2100001": PEAR}


def test_only_products_that_are_not_in_memory_are_read(units: SqlUnits):
    put(units, APPLE, PEAR)
    assert asked(units, "A-1", "A-2") == {"A-1": "Apple", "A-2": "Pear"}
    with reading(units) as uow:
        before = uow.round_trips
        assert set(uow.pricing.products(skus=["A-1", "A-2"]).by_sku) == {"A-1", "A-2"}
        assert uow.round_trips == before


def test_only_products_that_have_changed_are_read_again(units: SqlUnits):
    put(units, APPLE, PEAR)
    asked(units, "A-1", "A-2")
    put(units, replace(APPLE, name="Red apple"))
    with reading(units) as uow:
        uow.refresh()
        before = uow.round_trips
        assert uow.pricing.products(skus=["A-2"]).by_sku["A-2"].product == PEAR
        assert uow.round_trips == before
    assert asked(units, "A-1", "A-2") == {"A-1": "Red apple", "A-2": "Pear"}


def test_products_are_as_of_the_version_that_they_carry(units: SqlUnits):
    put(units, APPLE)
    assert asked(units, "A-1") == {"A-1": "Apple"}
    put(units, replace(APPLE, name="Red apple"))
    with reading(units) as uow:
        assert uow.pricing.products(skus=["A-1"]).version == 1
        uow.refresh()
        assert uow.pricing.products(skus=["A-1"]).version == 2


def test_a_barcode_that_moved_finds_its_new_product(units: SqlUnits):
    put(units, APPLE, PEAR)
    set_barcode(units, "6901234567892", APPLE)
    assert asked(units, "A-1", "A-2", barcodes=["6901234567892"])["6901234567892"] == "Apple"
    set_barcode(units, "6901234567892", PEAR, APPLE)
    assert asked(units, "A-1", "A-2", barcodes=["6901234567892"])["6901234567892"] == "Pear"


def test_prices_of_an_open_transaction_are_not_remembered(units: SqlUnits):
    put(units, APPLE)
    assert asked(units, "A-1") == {"A-1": "Apple"}
    with writing(units) as uow:
        version = uow.bump("prices")
        uow.execute(update(catalog.products).values(name="Never", changed_version=version))
        uow.refresh()
        found = uow.pricing.products(skus=["A-1"])
        assert (found.version, found.by_sku["A-1"].product.name) == (2, "Never")
    assert asked(units, "A-1") == {"A-1": "Apple"}
    put(units, replace(APPLE, name="Red apple"))
    assert asked(units, "A-1") == {"A-1": "Red apple"}


def test_what_an_old_reader_reads_is_not_remembered_for_others(units: SqlUnits):
    put(units, APPLE)
    with reading(units) as old:
        old.execute(select(kernel.versions)).all()
        put(units, replace(APPLE, name="Red apple"))
        with reading(units) as uow:
            uow.refresh()
        assert old.pricing.products(skus=["A-1"]).by_sku["A-1"].product.name == "Apple"
    assert asked(units, "A-1") == {"A-1": "Red apple"}


def test_the_least_recently_used_half_goes_when_there_are_too_many(units: SqlUnits):
    products = [replace(APPLE, sku_id=number, sku=f"P-{number}") for number in range(1, 8)]
    put(units, *products)
    units.snapshots = Snapshots(products_max=6)
    asked(units, *[f"P-{number}" for number in range(1, 7)])
    asked(units, "P-1", "P-2")
    asked(units, "P-7")
    with reading(units) as uow:
        before = uow.round_trips
        uow.pricing.products(skus=["P-1", "P-2", "P-7"])
        assert uow.round_trips == before
        uow.pricing.products(skus=["P-3"])
        assert uow.round_trips > before


def test_after_very_many_changes_everything_is_read_again(units: SqlUnits, monkeypatch):
    monkeypatch.setattr("adapters.sql.snapshots.CHANGED_PRODUCTS_MAX", 1)
    put(units, APPLE, PEAR)
    asked(units, "A-1", "A-2")
    put(units, replace(APPLE, name="Red apple"), replace(PEAR, name="Green pear"))
    assert asked(units, "A-1", "A-2") == {"A-1": "Red apple", "A-2": "Green pear"}


def test_readers_and_changes_side_by_side_end_with_the_last_name(units: SqlUnits):
    put(units, APPLE)

    def read(_: int) -> None:
        asked(units, "A-1")

    def change(number: int) -> None:
        put(units, replace(APPLE, name=f"Apple {number}"))

    with ThreadPoolExecutor(6) as threads:
        jobs = [threads.submit(read if number % 4 else change, number) for number in range(60)]
        for job in jobs:
            job.result()
    put(units, replace(APPLE, name="Last apple"))
    assert asked(units, "A-1") == {"A-1": "Last apple"}
