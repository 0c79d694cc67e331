import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.barcode import BarcodeKind, NotABarcode, Scanned, WrongCheckDigit, check_digit, parse


@pytest.mark.parametrize(
    ("barcode", "kind"),
    [
        ("96385074", BarcodeKind.EAN_8),
        ("73513537", BarcodeKind.EAN_8),
        ("4006381333931", BarcodeKind.EAN_13),
        ("6901234567892", BarcodeKind.EAN_13),
        ("0036000291452", BarcodeKind.EAN_13),
    ],
)
def test_reads_a_barcode_whose_check_digit_is_right(barcode, kind):
    assert parse(barcode, field="barcode") == Scanned(kind, barcode, "", None)


def test_takes_a_upc_a_and_its_ean_13_for_the_same_number():
    assert parse("036000291452", field="barcode") == Scanned(BarcodeKind.UPC_A, "0036000291452", "", None)


def test_reads_item_and_value_of_a_weighed_item_barcode():
    assert parse("2112345012346", field="barcode") == Scanned(BarcodeKind.WEIGHED_ITEM, "2112345012346", "12345", 1234)


def test_reads_weighed_items_from_20_to_29_only():
    kinds = {}
    for prefix in range(19, 31):
        digits = f"{prefix}1234500500"
        kinds[prefix] = parse(digits + check_digit(digits), field="barcode").kind
    assert [prefix for prefix, kind in kinds.items() if kind is BarcodeKind.WEIGHED_ITEM] == list(range(20, 30))


@pytest.mark.parametrize(
    "barcode", ["", "1234567", "123456789", "40063813339311", "400638133393x", "４００６３８１３３３９３１"]
)
def test_refuses_what_is_no_barcode(barcode):
    with pytest.raises(NotABarcode) as refused:
        parse(barcode, field="basket.lines[0].barcode")
    assert (refused.value.field, refused.value.details) == ("basket.lines[0].barcode", {"barcode": barcode})


def test_refuses_a_wrong_check_digit_and_says_which_one_was_expected():
    with pytest.raises(WrongCheckDigit) as refused:
        parse("6901234567893", field="barcode")
    assert refused.value.message("en") == (
        "The last digit of 6901234567893 should be 2: the barcode was misread or mistyped, scan it again."
    )
    assert refused.value.message("zh") == "6901234567893 的末位应为 2：条码读取或输入有误，请重新扫描。"


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.integers(0, 12), st.integers(1, 9))
def test_catches_every_single_wrong_digit(digits, position, step):
    barcode = digits + check_digit(digits)
    wrong = str((int(barcode[position]) + step) % 10)
    with pytest.raises(WrongCheckDigit):
        parse(barcode[:position] + wrong + barcode[position + 1 :], field="barcode")
