"""Barcodes as they are scanned or keyed: EAN-8, UPC-A, EAN-13, and the weighed-item labels of scales."""

from dataclasses import dataclass
from enum import StrEnum

from domain.shared.errors import Invalid


class BarcodeKind(StrEnum):
    EAN_8 = "ean_8"
    UPC_A = "upc_a"
    EAN_13 = "ean_13"
    WEIGHED_ITEM = "weighed_item"


@dataclass(slots=True)
class Scanned:
    """A barcode whose check digit is right; a UPC-A is given as the EAN-13 that it also is, with a leading zero.

    Only a weighed-item barcode has a `weighed_item_code` (5 digits, else empty) and a `value`: grams, which are
    thousandths of a kilogram, or a price in minor units. Which of the two, the product says (`weighed_by_price`).
    """

    kind: BarcodeKind
    barcode: str
    weighed_item_code: str
    value: int | None


class NotABarcode(Invalid):
    en = "“{barcode}” is no barcode; EAN-8, UPC-A and EAN-13 have 8, 12 and 13 digits."
    zh = "“{barcode}”不是条码；EAN-8、UPC-A、EAN-13 分别为 8、12、13 位数字。"


class WrongCheckDigit(Invalid):
    en = "The last digit of {barcode} should be {expected}: the barcode was misread or mistyped, scan it again."
    zh = "{barcode} 的末位应为 {expected}：条码读取或输入有误，请重新扫描。"


_KINDS = {8: BarcodeKind.EAN_8, 12: BarcodeKind.UPC_A, 13: BarcodeKind.EAN_13}


def parse(barcode: str, *, field: str) -> Scanned:
    """What was scanned, its check digit verified; raises NotABarcode or WrongCheckDigit.

    13 digits from 20 to 29 are a weighed-item barcode: digits 3 to 7 are the item, 8 to 12 the weight or the price
    (GS1 General Specifications, restricted circulation numbers).
    """
    kind = _KINDS.get(len(barcode))
    if kind is None or not (barcode.isascii() and barcode.isdigit()):
        raise NotABarcode(field, barcode=barcode)
    expected = check_digit(barcode[:-1])
    if barcode[-1] != expected:
        raise WrongCheckDigit(field, barcode=barcode, expected=expected)
    if kind is BarcodeKind.UPC_A:
        # The same number by another name: scanners send either, GS1 counts both as one GTIN.
        barcode = "0" + barcode
    if kind is BarcodeKind.EAN_13 and barcode[0] == "2":
        return Scanned(BarcodeKind.WEIGHED_ITEM, barcode, barcode[2:7], int(barcode[7:12]))
    return Scanned(kind, barcode, "", None)


def check_digit(digits: str) -> str:
    """The GS1 check digit of the digits before it: weights 3, 1, 3, … from the right, up to the next ten."""
    odd = sum(map(int, digits[::-2]))
    even = sum(map(int, digits[-2::-2]))
    return str(-(3 * odd + even) % 10)
