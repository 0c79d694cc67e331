"""Goods that are sold by their serial numbers: as many as units, each sold once until it comes back."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from application.catalog.put_products import PutProducts, put_products
from application.sales.queries import GetSale, get_sale
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale, VoidSale, void_sale
from application.sales.serial_numbers import GetSerialNumber, SerialNumberView, get_serial_number
from application.sales.views import SaleView
from domain.catalog.product import SellingTerms
from domain.identity.organisation import Caller
from domain.sales.reversal import ReturnRequest
from domain.sales.serial_number import SerialKind
from domain.shared.errors import Refusal
from tests.world import PRODUCTS, Till, World


@pytest.fixture
def shop(world: World) -> World:
    """Mugs are sold by their numbers."""
    mug = next(product for product in PRODUCTS if product.sku == "MUG")
    world.do(put_products, PutProducts((replace(mug, selling=SellingTerms(serial_numbers=True)),)))
    return world


def mugs(*serials: str) -> Till:
    return Till().line("TEA").line("MUG", len(serials), serial_numbers=serials)


def sell(shop: World, *serials: str, caller: Caller | None = None) -> SaleView:
    return shop.sell(mugs(*serials).cash(10_000 + 5_000 * len(serials)).command, caller)


def look(shop: World, serial: str, caller: Caller | None = None) -> SerialNumberView:
    found: SerialNumberView = shop.ask(get_serial_number, GetSerialNumber("MUG", serial), caller or shop.s1)
    return found


def refused(shop: World, command: Any) -> tuple[str, str]:
    before = shop.counts(), shop.count("serial_entries")
    with pytest.raises(Refusal) as caught:
        if isinstance(command, RefundSale):
            shop.refund(command)
        else:
            shop.sell(command)
    assert (shop.counts(), shop.count("serial_entries")) == before
    return caught.value.reason, caught.value.field


def back(line: int, units: int, *serials: str) -> ReturnRequest:
    return ReturnRequest(line, units * 1_000, amount_only=False, serial_numbers=serials)


def test_a_serial_number_leads_to_its_sale(shop: World) -> None:
    sale = sell(shop, "A1", "A2")
    found = look(shop, "A2")
    [entry] = found.entries
    assert (found.sold, entry.kind, entry.sale_id, entry.line_number, entry.store_code) == (
        True, SerialKind.SOLD, sale.sale_id, 2, "S1",
    )  # fmt: skip
    for serial, caller in (("A3", shop.s1), ("A2", shop.s2)):
        with pytest.raises(Refusal) as caught:
            look(shop, serial, caller)
        assert caught.value.reason == "UNKNOWN_SERIAL_NUMBER"


def test_refuses_pieces_that_are_not_there_to_sell(shop: World) -> None:
    sell(shop, "A1")
    field = "basket.lines[1].serial_numbers"
    pay = Till().cash(50_000).command.tenders
    two = Till().line("MUG", 2, serial_numbers=("B1",))
    for till, reason, where in (
        (mugs("A1"), "SERIAL_NUMBER_SOLD", f"{field}[0]"),
        (mugs("B1", "B1"), "NAMED_TWICE", f"{field}[1]"),
        (mugs("B1", " "), "SPACE_AROUND", f"{field}[1]"),
        (two, "SERIAL_NUMBERS_NEEDED", "basket.lines[0].serial_numbers"),
        (Till().line("MUG"), "SERIAL_NUMBERS_NEEDED", "basket.lines[0].serial_numbers"),
        (Till().line("TEA", serial_numbers=("B1",)), "NO_SERIAL_NUMBERS", "basket.lines[0].serial_numbers"),
    ):
        assert refused(shop, replace(till.command, tenders=pay)) == (reason, where)


def test_one_batch_and_two_stores_sell_a_piece_once(shop: World) -> None:
    command = mugs("A1").cash(15_000).command
    outcomes = shop.sell_all([shop.call(command, shop.s1), shop.call(command, shop.s2)])
    assert [getattr(outcome, "reason", "") for outcome in outcomes] == ["", "SERIAL_NUMBER_SOLD"]
    told: list[str] = []

    def take(caller: Caller) -> None:
        try:
            told.append(sell(shop, "B1", caller=caller).store_code)
        except Refusal as refusal:
            told.append(refusal.reason)

    threads = [threading.Thread(target=take, args=(caller,)) for caller in (shop.s1, shop.s2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 2
    assert told.count("SERIAL_NUMBER_SOLD") == 1


def test_a_return_gives_the_piece_back_to_be_sold_again(shop: World) -> None:
    sale = sell(shop, "A1", "A2", "A3")
    for line, reason, field in (
        (back(2, 1), "RETURNED_SERIALS_NEEDED", "lines[0].serial_numbers"),
        (back(2, 1, "A1", "A2"), "RETURNED_SERIALS_NEEDED", "lines[0].serial_numbers"),
        (back(2, 1, "B1"), "NOT_OF_THIS_SALE", "lines[0].serial_numbers[0]"),
        (back(2, 2, "A1", "A1"), "NOT_OF_THIS_SALE", "lines[0].serial_numbers[1]"),
        (back(1, 1, "A1"), "NOT_OF_THIS_SALE", "lines[0].serial_numbers[0]"),
    ):
        assert refused(shop, RefundSale(sale.sale_id, "Broken", (line,))) == (reason, field)
    refund = shop.refund(RefundSale(sale.sale_id, "Broken", (back(2, 1, "A2"),))).sale
    assert (refund.total_minor, look(shop, "A2").sold, look(shop, "A1").sold) == (-5_000, False, True)
    assert refused(shop, RefundSale(sale.sale_id, "Again", (back(2, 1, "A2"),)))[0] == "NOT_OF_THIS_SALE"
    for document, pieces in ((sale, {1: [], 2: ["A1", "A2", "A3"]}), (refund, {1: ["A2"]})):
        stored = shop.ask(get_sale, GetSale(document.sale_id), shop.s1).sale
        for lines in (document.lines, stored.lines):
            assert {line.line_number: list(line.serial_numbers) for line in lines} == pieces
    again = sell(shop, "A2")
    kinds = [(entry.kind, entry.sale_id, entry.line_number) for entry in look(shop, "A2").entries]
    assert kinds == [
        (SerialKind.SOLD, again.sale_id, 2),
        (SerialKind.RETURNED, refund.sale_id, 1),
        (SerialKind.SOLD, sale.sale_id, 2),
    ]
    # What is left of the first sale comes back wholly, without being named; the piece that was sold again does not.
    shop.refund(RefundSale(sale.sale_id, "All of it"))
    assert [look(shop, serial).sold for serial in ("A1", "A2", "A3")] == [False, True, False]
    shop.once(void_sale, VoidSale(again.sale_id, "Mistake"), shop.s1)
    assert look(shop, "A2").sold is False


def test_a_sale_that_has_happened_is_stored_and_its_doubtful_pieces_told(shop: World) -> None:
    sell(shop, "A1")
    offline = Till().line("MUG", 3, serial_numbers=("A1", "B1")).cash(15_000).offline(shop.clock())
    sale = shop.sell(offline.command)
    assert sale.total_minor == 15_000
    assert len(sale.warnings) == 2
    assert "need 3 of them, not 2" in sale.warnings[0]
    assert "A1 was sold before" in sale.warnings[1]
    assert look(shop, "B1").entries[0].sale_id == sale.sale_id
    stored = shop.ask(get_sale, GetSale(sale.sale_id), shop.s1).sale
    assert [list(one.lines[0].serial_numbers) for one in (sale, stored)] == [["B1"], ["B1"]]
    assert len(look(shop, "A1").entries) == 1
    shop.refund(RefundSale(sale.sale_id, "All of it"))
    assert (look(shop, "B1").sold, look(shop, "A1").sold) == (False, True)


def test_pieces_are_scanned_after_the_quote_and_check_names_what_was_changed(shop: World) -> None:
    bare = Till().line("MUG")
    token = shop.ask(quote_basket, QuoteBasket(bare.command.basket, hold_price=True), shop.s1).quote_token
    command = Till().line("MUG", serial_numbers=("A1",)).cash(5_000).command
    sale = shop.sell(replace(command, quote_token=token))
    change = "UPDATE serial_entries SET kind = '{}' WHERE serial_number = 'A1'"
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(change.format("returned"))
    [(sku_id,)] = shop.rows("SELECT sku_id FROM serial_entries")
    assert shop.broken() == [
        f"SAL-serials serial_entries sku_id={sku_id} serial_number=A1: sold and returned in turn 0, entries 1"
    ]
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(change.format("sold"))
    assert look(shop, "A1").entries[0].sale_id == sale.sale_id


def test_goods_of_which_parts_are_sold_have_no_serial_numbers(shop: World) -> None:
    rice = next(product for product in PRODUCTS if product.sku == "RICE")
    with pytest.raises(Refusal) as caught:
        shop.do(put_products, PutProducts((replace(rice, selling=SellingTerms(serial_numbers=True)),)))
    assert (caught.value.reason, caught.value.field) == ("PIECES_ARE_WHOLE", "products[0].unit_code")
