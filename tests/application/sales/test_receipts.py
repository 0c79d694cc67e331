"""Receipts of what is stored: the first print is the original, every other one a copy, and their code leads back."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.receipt_views import LaidOutReceipt, ReceiptFound
from application.sales.receipts import (
    GetReceipt,
    MailIsSent,
    NoSuchPaper,
    NotAPrintId,
    PrintIdReused,
    RenderReceipt,
    SaleOrCode,
    TooManyPrints,
    UnknownReceiptLanguage,
    WrongReceiptCode,
    get_receipt,
    render_receipt,
)
from application.sales.refund import RefundSale, ReturnRequest, VoidSale, void_sale
from application.sales.views import UnknownSale
from domain.identity.organisation import SYSTEM
from domain.pricing.basket import Manual
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.sales.paper import PaperLine
from domain.sales.receipt import Qr, on_paper
from domain.sales.receipt_log import PRINTS_MAX, ReceiptFormat
from tests.application.sales.coupons import put_batch
from tests.world import Till, World

TEXT, PDF = ReceiptFormat.TEXT, ReceiptFormat.PDF


def print_of(world: World, sale_id: int = 0, *, print_id: str = "", caller: Any = None, **asked: Any) -> LaidOutReceipt:
    form = asked.pop("form", TEXT)
    command = RenderReceipt(print_id or str(uuid4()), form, sale_id, **asked)
    laid: LaidOutReceipt = world.do(render_receipt, command, caller or world.s1)
    return laid


def looked_up(world: World, sale_id: int = 0, code: str = "", caller: Any = None) -> ReceiptFound:
    found: ReceiptFound = world.ask(get_receipt, GetReceipt(sale_id, code), caller or world.s1)
    return found


def lines_of(laid: LaidOutReceipt, columns: int = 48) -> list[str]:
    placed = on_paper(laid.receipt, columns=columns)
    return [line.text(columns) for line in placed if isinstance(line, PaperLine)]


def code_of(laid: LaidOutReceipt) -> str:
    [code] = [part.payload for part in laid.receipt.parts if isinstance(part, Qr)]
    return code


@pytest.mark.capability("SAL-01")
def test_a_sale_is_printed_as_it_was_sold(world: World) -> None:
    benefit = Benefit(BenefitKind.RATE, ItemSet(skus=("TEA",)), rate_bp=1_000)
    world.do(put_promotions, PutPromotions((Promotion("TEN", "Tea week 茶叶周", benefit),)))
    earned = world.sell(Till().line("MUG", 12).member().cash(60_000).command).points_balance
    world.set("receipt_tax_number", "91310000MA1FL0TEST")
    world.set("receipt_header", "Open daily|9 to 21")
    till = Till().line("TEA", 2).line("MUG", discounts=(Manual("Scratch", 0, 100),)).member()
    sale = world.sell(till.points(500).cash(25_000).command)
    laid = print_of(world, sale.sale_id)
    assert lines_of(laid) == [
        "                    Store S1",
        "           Tax no. 91310000MA1FL0TEST",
        "                   Open daily",
        "                    9 to 21",
        "                    RECEIPT",
        f"No.{sale.receipt_number:>45}",
        "Date                            2026-11-22 10:00",
        "Till                                          T1",
        "-" * 48,
        "Green tea",
        "  2 x 100.00                              200.00",
        "  Tea week 茶叶周                         -20.00",
        "Mug",
        "  1 x 50.00                                50.00",
        "  Scratch                                  -1.00",
        "-" * 48,
        "Subtotal                                  250.00",
        "Discounts                                 -21.00",
        "TOTAL CNY                                 229.00",
        "Paid",
        "  Points (500)                              5.00",
        "  Cash                                    250.00",
        "Change                                     26.00",
        "Tax",
        "  VAT13 13 % of 202.65                     26.35",
        "-" * 48,
        f"Member{'*' * (len(sale.member_number) - 4) + sale.member_number[-4:]:>42}",
        "Points earned                                224",
        "Points spent                                 500",
        f"Points balance{sale.points_balance:>34,}",
    ]
    assert sale.points_balance == earned - 500 + sale.points_earned
    assert (laid.print_number, laid.receipt_number) == (1, sale.receipt_number)


@pytest.mark.capability("SAL-03")
def test_what_comes_back_names_the_receipt_that_it_is_for(world: World) -> None:
    sale = world.sell(Till().line("TEA", 2).cash(20_000).command)
    world.clock.advance(minutes=5)
    back = world.refund(RefundSale(sale.sale_id, "Too much", (ReturnRequest(1, 1_000, amount_only=False),)))
    refunded = lines_of(print_of(world, back.sale.sale_id, language="zh", columns=32), 32)
    assert f"原单号{sale.receipt_number:>26}" in refunded
    assert [one for one in refunded if "100.00" in one][:2] == [
        "  -1 x 100.00            -100.00",
        "合计 CNY                 -100.00",
    ]
    other = world.sell(Till().line("MUG").cash(5_000).command)
    void = world.once(void_sale, VoidSale(other.sale_id, "Typed wrong"), world.s1)
    voided = lines_of(print_of(world, void.sale.sale_id))
    assert f"{'VOID':^48}".rstrip() in voided
    assert f"For receipt{other.receipt_number:>37}" in voided


@pytest.mark.capability("SAL-12")
def test_the_first_print_is_the_original_and_later_ones_are_numbered_copies(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    lost = str(uuid4())
    original = print_of(world, sale.sale_id, print_id=lost)
    # The answer got lost, and the till asks again: it is the same print.
    assert print_of(world, sale.sale_id, print_id=lost) == original
    world.clock.advance(days=3)
    copy = print_of(world, sale.sale_id, form=PDF, caller=SYSTEM)
    assert (original.print_number, copy.print_number) == (1, 2)
    marks = [[line for line in lines_of(one) if "COPY" in line] for one in (original, copy)]
    assert marks == [[], ["                 *** COPY 1 ***"] * 2]
    shown = [(one.number, one.format, one.terminal_code) for one in looked_up(world, sale.sale_id).prints]
    assert shown == [(1, TEXT, "T1"), (2, PDF, "")]


def test_tills_that_print_at_once_get_numbers_one_after_the_other(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: print_of(world, sale.sale_id).print_number, range(8)))
    assert sorted(found) == list(range(1, 9))


def test_the_code_leads_to_the_document_and_only_this_one(world: World) -> None:
    world.set("receipt_link", "https://shop.example/r?c=")
    first = world.sell(Till().line("TEA").cash(10_000).member().command)
    second = world.sell(Till().line("MUG").cash(5_000).command)
    scanned = code_of(print_of(world, first.sale_id))
    found = looked_up(world, code=scanned)
    assert scanned == f"https://shop.example/r?c={found.receipt_code}"
    assert (found.sale_id, found.store_code, found.business_date) == (first.sale_id, "S1", "2026-11-22")
    assert looked_up(world, code=found.receipt_code).sale_id == first.sale_id
    assert first.member_number not in scanned
    forged = found.receipt_code.replace(str(first.sale_id), str(second.sale_id))
    for wrong in (forged, found.receipt_code[:-1], scanned[:-8] + "AAAAAAAA", "nonsense", "a.b.c", "..", "x.9" * 60):
        with pytest.raises(WrongReceiptCode):
            looked_up(world, code=wrong)


def test_a_coupon_for_the_next_purchase_stands_whole_on_the_original_only(world: World) -> None:
    put_batch(world, "NEXT")
    benefit = Benefit(BenefitKind.COUPON, ItemSet(skus=("TEA",)), coupon_batch_code="NEXT", units=1)
    world.do(put_promotions, PutPromotions((Promotion("AGAIN", "Come again", benefit),)))
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    [awarded] = sale.coupons_awarded
    original, copy = print_of(world, sale.sale_id), print_of(world, sale.sale_id)
    assert "For your next purchase: NEXT coupon" in lines_of(original)
    assert awarded.code in "\n".join(lines_of(original))
    assert awarded.code not in "\n".join(lines_of(copy))
    assert f"…{awarded.code[-4:]}" in "\n".join(lines_of(copy))


def test_refuses_what_is_no_print_and_writes_nothing(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    for wrong, refusal in (
        ({"columns": 40}, NoSuchPaper),
        ({"language": "fr"}, UnknownReceiptLanguage),
        ({"form": ReceiptFormat.EMAIL}, MailIsSent),
        ({"print_id": "1"}, NotAPrintId),
        ({"receipt_code": "x"}, SaleOrCode),
        ({"caller": world.s2}, UnknownSale),
    ):
        with pytest.raises(refusal):
            print_of(world, sale.sale_id, **wrong)
    with pytest.raises(SaleOrCode):
        print_of(world)
    assert world.count("receipt_prints") == 0


def test_a_print_id_is_for_one_print(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    used = str(uuid4())
    print_of(world, sale.sale_id, print_id=used)
    with pytest.raises(PrintIdReused):
        print_of(world, sale.sale_id, print_id=used, form=PDF)
    other = world.sell(Till().line("TEA").cash(10_000).command)
    assert print_of(world, other.sale_id, print_id=used).print_number == 1
    assert world.count("receipt_prints") == 2


def test_a_broken_till_does_not_print_for_ever(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        for number in range(1, PRINTS_MAX + 1):
            values = {"sale": sale.sale_id, "number": number, "id": str(uuid4())}
            uow.execute(
                text(
                    "INSERT INTO receipt_prints SELECT sale_id, :number, :id, 'text', terminal_id, NULL, stored_at"
                    " FROM sales WHERE sale_id = :sale"
                    if world.engine.dialect.name == "sqlite"
                    else "INSERT INTO receipt_prints SELECT sale_id, :number, CAST(:id AS uuid), 'text', terminal_id,"
                    " NULL, stored_at FROM sales WHERE sale_id = :sale"
                ),
                values,
            )
        uow.commit()
    with pytest.raises(TooManyPrints):
        print_of(world, sale.sale_id)


def test_a_missing_print_breaks_the_invariant(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    for _ in range(3):
        print_of(world, sale.sale_id)
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text("DELETE FROM receipt_prints WHERE number = 2"))
        broken = {one.id: list(one.violations) for one in run_checks(uow) if one.violations}
    assert broken == {"SAL-receipts": [f"receipt_prints sale_id={sale.sale_id}: last number 3, prints 2"]}
