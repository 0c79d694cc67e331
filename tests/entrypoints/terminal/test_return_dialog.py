"""Goods come back at the till: the sale is found by its receipt or its member, and paid out as somebody allows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from application.catalog.put_products import PutProducts, put_products
from domain.catalog.product import SellingTerms
from domain.sales.sale import TenderKind
from entrypoints.terminal.asking import Next, Question
from entrypoints.terminal.return_dialog import NoSuchReturnLine, NothingToReturn, ReturnDialog, WhyIsItReturned
from entrypoints.terminal.till import Till
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.application.sales.shift import PINS, start_shift
from tests.entrypoints.terminal.shop import Shop, shop_in
from tests.entrypoints.terminal.test_drawer import answered
from tests.world import MEMBER, PRODUCTS, World


@pytest.fixture
def furnished_url(sqlite_chain: str) -> str:
    """One engine: what is refunded is tested on both where it is written."""
    return sqlite_chain


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[Shop]:
    tea = next(product for product in PRODUCTS if product.sku == "TEA")
    world.do(put_products, PutProducts((replace(tea, selling=SellingTerms(serial_numbers=True)),)))
    people = start_shift(world)
    with shop_in(world, tmp_path) as made:
        world.s1 = people.signed_in("ann")
        yield made


@pytest.fixture
def till(shop: Shop) -> Till:
    made = shop.till()
    made.keep_up()
    return made


def returned(till: Till, *texts: str) -> Next:
    return answered(ReturnDialog(till).start(), *texts)


def sold(till: Till, *skus: str, kind: TenderKind = TenderKind.CASH, member: str = "") -> pb2.Sale:
    for sku in skus:
        till.scan(sku, quantity_milli=2_000, serial_numbers=("SN-1", "SN-2") if sku == "TEA" else ())
    if member:
        till.identify(member)
    till.tender(kind, till.due_minor(), reference="A1" if kind is TenderKind.CARD else "")
    return till.complete()


@pytest.mark.capability("SAL-03")
def test_lines_come_back_by_the_receipt_and_which_pieces_is_asked(shop: Shop, till: Till) -> None:
    sale = sold(till, "MUG", "TEA", "RICE")
    number, on = sale.receipt_number, sale.business_date
    with pytest.raises(NothingToReturn):
        returned(till, f"T1-000042.{sale.sale_id}.ABCDEFGH")
    with pytest.raises(NoSuchReturnLine):
        returned(till, number, "1 4")
    with pytest.raises(WhyIsItReturned):
        returned(till, number, "1x1", "")
    listed = returned(till, f"{number} {on}")
    assert isinstance(listed, Question)
    assert listed.told.splitlines()[1:3] == ["1  Mug  2  100.00", "2  Green tea  2  200.00"]
    assert answered(listed, "1x1 2x1", "SN-2", "wrong size", "x", "") == "Returned. Pay out: Cash 150.00"
    receipt = shop.printed[-1]
    assert "RETURN" in receipt and f"For receipt{number:>37}" in receipt
    assert shop.world.rows("SELECT count(*) FROM serial_entries WHERE serial_number = 'SN-2'") == [(2,)]
    # What the QR code says leads to the same sale; its rest comes back wholly.
    rest = returned(till, f"https://shop.example/r?c={number}.{sale.sale_id}.ABCDEFGH", "", "1", "2")
    assert rest == f"Returned. Pay out: Cash {(sale.total_minor - 15_000) / 100:.2f}"
    [(first,)] = shop.world.rows("SELECT code FROM return_reasons ORDER BY code LIMIT 1")
    assert shop.world.rows("SELECT DISTINCT reason_code, condition FROM returned_lines WHERE reason_code <> ''") == [
        (first, "to_supplier")
    ]
    with pytest.raises(NothingToReturn):
        returned(till, number)


@pytest.mark.capability("SAL-03")
def test_a_members_sale_is_found_and_paid_out_in_cash_when_a_second_person_agrees(shop: Shop, till: Till) -> None:
    sold(till, "MUG", member=MEMBER)
    shop.world.clock.advance(minutes=1)
    by_card = sold(till, "MUG", kind=TenderKind.CARD, member=MEMBER)
    chosen = returned(till, MEMBER)
    assert isinstance(chosen, Question) and chosen.told.splitlines()[0].startswith("1  2026-11-22  T1-000002")
    how = answered(chosen, "1", "1x1")
    assert isinstance(how, Question) and how.told == "Card 100.00"
    asked = answered(how, "c", "wrong size", "", "mia")
    assert isinstance(asked, Question) and asked.secret
    assert asked.take(PINS["mia"]) == "Returned. Pay out: Cash 50.00"
    again = returned(till, by_card.receipt_number, "", "", "2", "1")
    assert again == "Returned. Pay out: Card 50.00"
    assert len(shop.sales()) == 4
