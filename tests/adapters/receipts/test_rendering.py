"""Receipts as bytes: text, ESC/POS, HTML and PDF say the same, and the QR code leads back."""

import re
import zlib
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from hypothesis import given
from hypothesis import strategies as st

from adapters.receipts.escpos import printable
from adapters.receipts.fonts import font_file
from adapters.receipts.rendering import rendered
from domain.sales.paper import plain, width_of
from domain.sales.receipt import Receipt, receipt_of
from domain.sales.receipt_log import ReceiptFormat
from domain.sales.receipt_words import ReceiptLanguage
from tests.domain.sales.receipts import REFUND, SALE, SHOP

AS_PRINTED = Path(__file__).parents[2] / "domain" / "sales" / "printed"
COMMANDS = re.compile(rb"\x1b@|\x1c&|\x1bE[\x00\x01]|\x1ba[\x00-\x02]|\x1d\(k..[\x00-\xff]*?\x1dQ?|\x1dV.|\x1bd.")


def laid_out(language: ReceiptLanguage = ReceiptLanguage.EN) -> Receipt:
    return receipt_of(SALE, letterhead=SHOP, language=language)


@pytest.mark.parametrize("columns", [32, 48])
@pytest.mark.parametrize("language", ReceiptLanguage)
def test_text_is_what_stands_in_the_examples(language: ReceiptLanguage, columns: int) -> None:
    made = rendered(laid_out(language), ReceiptFormat.TEXT, columns=columns)
    assert made.content.decode() == (AS_PRINTED / f"sale-{language}-{columns}.txt").read_text()
    assert made.media_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize("columns", [32, 48])
@pytest.mark.parametrize("language", ReceiptLanguage)
def test_escpos_bytes_read_back_as_the_text(language: ReceiptLanguage, columns: int) -> None:
    content = rendered(laid_out(language), ReceiptFormat.ESCPOS, columns=columns).content
    assert content.startswith(b"\x1b@\x1c&")
    assert b"\x1d(k" in content and SALE.code.encode() in content
    body, _, rest = content.partition(b"\x1ba\x01")
    text = rendered(laid_out(language), ReceiptFormat.TEXT, columns=columns).content.decode()
    lines = re.sub(rb"\x1b@|\x1c&|\x1bE[\x00\x01]", b"", body).decode("gb18030").splitlines()
    assert lines == text.splitlines()[: len(lines)]
    # Behind the lines of text stands only what the QR code says.
    assert SALE.code in "".join(text.splitlines()[len(lines) :])
    assert rest.endswith(b"\x1dV\x00")


def test_escpos_marks_a_copy_behind_the_qr_code_too() -> None:
    receipt = receipt_of(REFUND, letterhead=SHOP, language=ReceiptLanguage.ZH)
    content = rendered(receipt, ReceiptFormat.ESCPOS, columns=48).content
    assert content.count("*** 副本 第 2 份 ***".encode("gb18030")) == 2


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_what_a_printer_lacks_is_replaced_without_moving_a_column(text: str) -> None:
    shown = printable(plain(text))
    assert width_of(shown) == width_of(plain(text))
    assert shown.encode("gb18030").decode("gb18030") == shown
    assert all(character.isascii() or width_of(character) == 2 for character in shown)


def test_letters_lose_their_accents_rather_than_themselves() -> None:
    assert printable("Müller äÄã 茶㐂𠮷😀") == "Müller aAa 茶㐂〓〓"
    # The sign of yuan that half of the keyboards write is no sign that such printers have.
    assert printable(plain("\u00a510 券")) == "\uffe510 券"
    # What is ambiguous takes two columns, whatever becomes of it.
    assert printable("þö") == "〓o" and printable("ĳ") == "ｉ" and printable("Ⅻ") == "Ⅻ"


def test_html_shows_names_as_text_and_draws_the_qr_code() -> None:
    nasty = receipt_of(SALE, letterhead=type(SHOP)(store_name="<script>alert(1)</script>"), language=ReceiptLanguage.ZH)
    page = rendered(nasty, ReceiptFormat.HTML, columns=48).content.decode()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert '<html lang="zh-CN">' in page and "<svg" in page
    assert page.count("170.50") == 1
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A font that has every character of the examples, each drawn as a box: half as wide as high, or as wide."""
    text = "".join(path.read_text() for path in AS_PRINTED.glob("*.txt"))
    characters = sorted({character for character in text if character.isprintable()})
    names = {ord(character): f"u{ord(character):04X}" for character in characters}
    pen = TTGlyphPen(None)
    for move, point in ((pen.moveTo, (50, 0)), (pen.lineTo, (50, 700)), (pen.lineTo, (450, 700))):
        move(point)
    pen.closePath()
    box = pen.glyph()
    builder = FontBuilder(1_000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupGlyf(dict.fromkeys((".notdef", *names.values()), box))
    widths = {name: 500 * width_of(chr(code)) for code, name in names.items()}
    builder.setupHorizontalMetrics({name: (widths.get(name, 500), 0) for name in (".notdef", *names.values())})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    builder.setupPost()
    path = tmp_path_factory.mktemp("font") / "boxes.ttf"
    builder.save(path)
    return path


@pytest.mark.parametrize(("columns", "width_mm"), [(32, 58), (48, 80)])
def test_a_pdf_is_one_page_as_wide_as_its_paper_with_its_font_inside(font: Path, columns: int, width_mm: int) -> None:
    made = rendered(laid_out(ReceiptLanguage.ZH), ReceiptFormat.PDF, columns=columns, font=font)
    content = made.content
    assert content.startswith(b"%PDF-") and made.media_type == "application/pdf"
    assert content.count(b"/Type /Page\n") == 1 and b"/FontFile2" in content
    [box] = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", content)
    assert round(float(box[0]) * 25.4 / 72) == width_mm
    streams = [zlib.decompress(found) for found in re.findall(rb"stream\n(x[\s\S]*?)\nendstream", content)]
    drawn = max(streams, key=lambda stream: stream.count(b" re f"))
    lines = rendered(laid_out(ReceiptLanguage.ZH), ReceiptFormat.TEXT, columns=columns).content.decode().splitlines()
    rules = sum(line.startswith("---") for line in lines)
    assert drawn.count(b" l S") == rules
    # Every line of text is written, but for the code, which is drawn.
    assert drawn.count(b" Tj") >= len(lines) - rules - 2


def test_the_font_that_was_chosen_is_the_only_one(font: Path, tmp_path: Path) -> None:
    assert font_file(font) == font
    assert font_file(tmp_path / "none.ttf", (font,)) is None
    assert font_file(None, (tmp_path / "none.ttf", font)) == font
    assert font_file(None, ()) is None
