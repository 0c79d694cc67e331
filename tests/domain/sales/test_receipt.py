"""Receipts laid out: as they look, that they add up, and that nothing on them is too wide or says too much."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sales.paper import PAPERS, PaperLine, width_of
from domain.sales.receipt import (
    Letterhead,
    Pair,
    Printed,
    PrintedCoupon,
    PrintedLine,
    PrintedTender,
    Qr,
    Receipt,
    Text,
    amount_text,
    masked_member,
    on_paper,
    quantity_text,
    rate_text,
    receipt_of,
)
from domain.sales.receipt_words import WORDS, ReceiptLanguage
from domain.sales.sale import SaleKind, TenderKind
from domain.shared.applied import AppliedDiscount, AppliedTax
from tests.domain.sales.receipts import MUG, REFUND, SALE, SHOP, VOID

AS_PRINTED = Path(__file__).parent / "printed"
EN, ZH = ReceiptLanguage.EN, ReceiptLanguage.ZH


def laid_out(printed: Printed, language: ReceiptLanguage = EN, letterhead: Letterhead = SHOP) -> Receipt:
    return receipt_of(printed, letterhead=letterhead, language=language)


def lines_of(receipt: Receipt, columns: int) -> list[str]:
    placed = on_paper(receipt, columns=columns)
    return [line.text(columns) for line in placed if isinstance(line, PaperLine)]


@pytest.mark.parametrize(("language", "relief"), [(EN, "Tax taken out"), (ZH, "扣除税额")])
@pytest.mark.parametrize("taken_out", [1_150, 0])
def test_the_certificate_of_a_buyer_without_taxes_is_printed(
    language: ReceiptLanguage, relief: str, taken_out: int
) -> None:
    off = AppliedDiscount("tax_exemption", "D-7", taken_out, 10_000)
    lines = [PrintedLine(name="Tea", quantity_milli=1_000, unit_price_minor=1, gross_minor=1, discounts=[off])] * 2
    parts = laid_out(replace(SALE, lines=lines), language).parts
    told = [part.text for part in parts if isinstance(part, Text) and "D-7" in part.text]
    assert told == [WORDS[language]["tax_exempt"].format(certificate="D-7")]
    amounts = [part.right for part in parts if isinstance(part, Pair) and part.left == relief]
    assert amounts == (["-11.50"] * 2 if taken_out else [])


@pytest.mark.parametrize("columns", PAPERS)
@pytest.mark.parametrize("language", [EN, ZH])
@pytest.mark.parametrize(("name", "printed"), [("sale", SALE), ("refund", REFUND), ("void", VOID)])
def test_a_receipt_looks_like_this(name: str, printed: Printed, language: ReceiptLanguage, columns: int) -> None:
    expected = (AS_PRINTED / f"{name}-{language}-{columns}.txt").read_text().splitlines()
    shown = lines_of(laid_out(printed, language), columns)
    # A QR code stands where the text says what is in it.
    assert [line for line in expected if line in shown] == shown
    assert printed.code in "".join(expected)


def test_only_what_is_no_original_is_marked_as_a_copy() -> None:
    copy = WORDS[EN]["copy"].format(number=2)
    assert [line for line in lines_of(laid_out(REFUND), 48) if "COPY" in line] == [copy.center(48).rstrip()] * 2
    assert not [line for line in lines_of(laid_out(SALE), 48) if "COPY" in line]


def test_the_qr_code_is_the_one_that_was_given() -> None:
    assert [part for part in laid_out(SALE).parts if isinstance(part, Qr)] == [Qr("T1-000042.4711.ABCDEFGH")]
    assert not [part for part in laid_out(VOID).parts if isinstance(part, Qr)]


def test_each_piece_stands_under_its_line() -> None:
    piece = replace(MUG, serial_numbers=("A1", "A2"))
    for language, told in ((ReceiptLanguage.EN, "S/N A1"), (ReceiptLanguage.ZH, "序列号 A1")):
        lines = [line.strip() for line in lines_of(laid_out(replace(SALE, lines=[piece]), language), 32)]
        assert lines[lines.index(told) + 1] == told.replace("A1", "A2")


def test_of_a_member_only_the_end_of_the_number_is_shown() -> None:
    assert masked_member("M00012345") == "*****2345"
    assert masked_member("2345") == "***5"
    assert "M00012345" not in "".join(lines_of(laid_out(SALE), 48))


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "CNY", "0.00"),
        (-5, "CNY", "-0.05"),
        (123_456, "USD", "1,234.56"),
        (123_456, "JPY", "123,456"),
        (-1_234_567, "KWD", "-1,234.567"),
    ],
)
def test_amounts_have_the_digits_of_their_currency(amount: int, currency: str, text: str) -> None:
    assert amount_text(amount, currency) == text


def test_quantities_and_rates_have_no_needless_digits() -> None:
    assert [quantity_text(milli) for milli in (2_000, 375, -1_500, 10_010)] == ["2", "0.375", "-1.5", "10.01"]
    assert [rate_text(ppm) for ppm in (130_000, 65_000, 1_250, 0)] == ["13", "6.5", "0.125", "0"]


NAMES = st.text(st.characters(codec="utf-8"), max_size=60)
AMOUNTS = st.integers(-(10**15), 10**15)


@st.composite
def printed_lines(draw: Any) -> PrintedLine:
    discounts = [
        AppliedDiscount(draw(NAMES), draw(NAMES), amount, 0)
        for amount in draw(st.lists(st.integers(1, 10**12), max_size=3))
    ]
    taxes = [
        AppliedTax(draw(NAMES), draw(st.integers(0, 10**6)), draw(AMOUNTS), draw(AMOUNTS))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return PrintedLine(
        name=draw(NAMES),
        quantity_milli=draw(st.integers(-(10**9), 10**9)),
        unit_price_minor=draw(AMOUNTS),
        gross_minor=draw(AMOUNTS),
        discounts=discounts,
        taxes=taxes,
        gift=draw(st.booleans()),
        serial_numbers=draw(st.lists(NAMES, max_size=2)),
    )


@st.composite
def documents(draw: Any) -> Printed:
    lines = draw(st.lists(printed_lines(), min_size=1, max_size=4))
    tenders = [
        PrintedTender(kind, draw(AMOUNTS), reference=draw(NAMES))
        for kind in draw(st.lists(st.sampled_from(TenderKind), max_size=3))
    ]
    return replace(
        SALE,
        kind=draw(st.sampled_from(SaleKind)),
        receipt_number=draw(NAMES),
        currency=draw(st.sampled_from(("CNY", "JPY", "KWD"))),
        lines=lines,
        tenders=tenders,
        gross_minor=sum(line.gross_minor for line in lines),
        discount_minor=sum(one.amount_minor for line in lines for one in line.discounts),
        total_minor=draw(AMOUNTS),
        coupons_awarded=[PrintedCoupon(draw(NAMES), draw(NAMES))],
        print_number=draw(st.integers(1, 999)),
    )


@given(documents(), NAMES, st.sampled_from(PAPERS), st.sampled_from(ReceiptLanguage))
def test_nothing_is_wider_than_the_paper_whatever_it_is_called(
    printed: Printed, name: str, columns: int, language: ReceiptLanguage
) -> None:
    shop = Letterhead(store_name=name, seller=name, address=name, tax_number=name, header=(name,), footer=(name, name))
    lines = lines_of(laid_out(printed, language, shop), columns)
    assert max(width_of(line) for line in lines) <= columns
    assert not any("\n" in line or "\x1b" in line for line in lines)


def minor(text: str, currency: str) -> int:
    """The amount that a receipt tells, read back."""
    digits = {"CNY": 2, "JPY": 0, "KWD": 3}[currency]
    assert len(text.partition(".")[2]) == digits
    return int(text.replace(",", "").replace(".", ""))


@given(documents())
def test_what_is_printed_adds_up_to_what_is_stored(printed: Printed) -> None:
    currency = printed.currency
    parts = [part for part in laid_out(printed).parts if isinstance(part, Pair)]
    words = WORDS[EN]
    (total_at,) = [place for place, part in enumerate(parts) if part.left == words["total"].format(currency=currency)]
    total = minor(parts[total_at].right, currency)
    assert total == printed.total_minor
    gross_at = next((place for place, part in enumerate(parts) if part.left == words["gross"]), total_at)
    head = next(place for place, part in enumerate(parts) if part.left == words["cashier"]) + 1
    on_lines = sum(minor(part.right, currency) for part in parts[head:gross_at])
    assert on_lines == printed.gross_minor - printed.discount_minor
    # Between the subtotal and the total stand what was taken off and the tax that was added.
    if gross_at != total_at:
        assert sum(minor(part.right, currency) for part in parts[gross_at:total_at]) == total
    paid = [part for part in parts[total_at + 1 :] if part.indent == 2][: len(printed.tenders)]
    assert [minor(part.right, currency) for part in paid] == [tender.amount_minor for tender in printed.tenders]
