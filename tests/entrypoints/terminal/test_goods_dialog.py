"""What goods ask for, with the server and without: their price, the customer's age, serial numbers, a second person."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from application.catalog.put_products import PutProducts, put_products
from application.sales.selling_terms import NoOpenPrice, OpenPriceNeeded, OpenPriceOutOfBounds
from domain.catalog.product import SellingTerms
from domain.sales.sale import TenderKind
from entrypoints.terminal.asking import Next, Question
from entrypoints.terminal.goods_dialog import GoodsDialog
from entrypoints.terminal.selling import SerialTwice
from entrypoints.terminal.till import Till
from tests.application.sales.shift import PINS, start_shift
from tests.entrypoints.terminal.shop import Shop, shop_in
from tests.entrypoints.terminal.test_drawer import answered
from tests.world import PRODUCTS, World

REPAIR = SellingTerms(open_price=True, open_price_min_minor=500, open_price_max_minor=50_000)
WINE = SellingTerms(age_min=18)
PHONE = SellingTerms(serial_numbers=True, age_min=16)


@pytest.fixture
def furnished_url(sqlite_chain: str) -> str:
    """One engine: what the server keeps of this is tested on both where it is written."""
    return sqlite_chain


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[Shop]:
    by_sku = {product.sku: product for product in PRODUCTS}
    asking = [replace(by_sku[sku], selling=terms) for sku, terms in (("WRAP", REPAIR), ("MUG", WINE), ("TEA", PHONE))]
    world.do(put_products, PutProducts(tuple(asking)))
    people = start_shift(world)
    with shop_in(world, tmp_path) as made:
        world.s1 = people.signed_in("ann")
        yield made


@pytest.fixture
def till(shop: Shop) -> Till:
    made = shop.till()
    made.keep_up()
    return made


def scanned(till: Till, code: str, *texts: str, quantity_milli: int = 0) -> Next:
    return answered(GoodsDialog(till).scan(code, quantity_milli, lambda line: f"{line.sku} {line.total_minor}"), *texts)


def sold(till: Till, *texts: str) -> Any:
    """Answers what is still open, pays in cash, and gives the sale."""
    ready = answered(GoodsDialog(till).before_paying(lambda: "ready"), *texts)
    assert ready == "ready"
    till.tender(TenderKind.CASH, till.due_minor())
    sales = []
    assert GoodsDialog(till).sell(lambda: sales.append(till.complete()) or "sold") == "sold"
    return sales[0]


@pytest.mark.capability("SAL-01")
@pytest.mark.parametrize("online", [True, False])
def test_goods_are_sold_with_everything_that_they_ask_for(shop: Shop, till: Till, online: bool) -> None:
    if not online:
        till.line.lost()
    with pytest.raises(OpenPriceOutOfBounds):
        scanned(till, "WRAP", "4.99")
    for code, price_minor, refusal in (("WRAP", 0, OpenPriceNeeded), ("RICE", 5, NoOpenPrice)):
        with pytest.raises(refusal):
            till.scan(code, open_price_minor=price_minor)
    assert scanned(till, "WRAP", "12.50") == "WRAP 1250"
    assert scanned(till, "MUG", "n") == "Not sold to anybody under 18"
    assert [line.sku for line in till.basket.lines] == ["WRAP"]
    assert scanned(till, "MUG", "") == "MUG 5000"
    # Who is 18 is 16, too.
    two = scanned(till, "6901234567892", "SN-1", "SN-1", quantity_milli=2_000)
    assert isinstance(two, Question) and two.prompt == "Green tea: serial number 2 of 2"
    assert two.take("SN-2") == "TEA 20000"
    with pytest.raises(SerialTwice):
        scanned(till, "TEA", "SN-2")
    # One more of them: its number is missing when it comes to paying.
    till.set_quantity(3, 3_000)
    assert till.total().age_to_confirm == 0
    sale = sold(till, "SN-1", "SN-2", "SN-3")
    assert (sale.total_minor, sale.uploaded) == (1_250 + 5_000 + 30_000, not online)
    assert till.age_seen == 0
    till.line.probe()
    till.keep_up()
    assert till.state().not_sent == 0
    assert shop.world.rows("SELECT serial_number FROM serial_entries ORDER BY 1") == [("SN-1",), ("SN-2",), ("SN-3",)]


@pytest.mark.capability("SAL-01")
def test_a_second_person_lets_a_discount_pass_before_anything_is_paid(shop: Shop, till: Till) -> None:
    scanned(till, "RICE", quantity_milli=10_000)
    till.discount("damaged", rate_bp=5_000)
    asked = GoodsDialog(till).before_paying(lambda: "ready")
    assert isinstance(asked, Question) and "Discount by hand" in asked.told
    sale = sold(till, "mia", PINS["mia"])
    assert sale.discount_minor
    [(approver, reason, uses)] = shop.world.rows(
        "SELECT (SELECT code FROM staff WHERE staff_id = approver_id), reason,"
        " (SELECT count(*) FROM approval_uses) FROM approvals"
    )
    assert (approver, reason, uses) == ("mia", "damaged", 1)
    # One that has expired while the customer looked for money is asked for again.
    scanned(till, "RICE", quantity_milli=10_000)
    till.discount("damaged", rate_bp=5_000)
    answered(GoodsDialog(till).before_paying(lambda: "ready"), "mia", PINS["mia"])
    till.tender(TenderKind.CASH, till.due_minor())
    shop.world.clock.advance(minutes=5)
    again = GoodsDialog(till).sell(lambda: till.complete().receipt_number)
    assert answered(again, "mia", PINS["mia"]) == "T1-000002"
