from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from adapters.sql.tables import catalog
from application.catalog.entries import ProductEntry
from application.catalog.put_products import (
    BarcodeTaken,
    InvalidWeighedItemCode,
    ProductsPut,
    PutProducts,
    UnknownCategory,
    UnknownUnit,
    WeighedItemBarcode,
    WeighedItemCodeNeeded,
    WeighedItemCodeTaken,
    put_products,
)
from application.catalog.queries import GetProduct, get_product
from application.fields import Missing, NamedTwice, SpaceAround, TextTooLong, TooMany
from domain.catalog.barcode import NotABarcode, WrongCheckDigit
from domain.catalog.product import ProductStatus
from tests.application.small_chain import SmallChain

COLA = ProductEntry("COLA", "Cola", "DRINK", "EA")
TEA = ProductEntry("TEA", "Tea", "DRINK", "EA", "standard", ("6901234567892",))
HAM = ProductEntry("HAM", "Ham", "FOOD", "KG", "standard", weighed_item_code="12345")

EAN_8, UPC_A, EAN_13 = "96385074", "036000291452", "4006381333931"


def put(chain: SmallChain, *products: ProductEntry) -> ProductsPut:
    return chain.write(put_products, PutProducts(products))


def found(chain: SmallChain, sku: str) -> ProductEntry:
    return chain.read(get_product, GetProduct(sku=sku))


def test_creates_products_with_their_barcodes(stocked):
    product = ProductEntry(
        sku="CHEESE",
        name="Cheese",
        category_code="FOOD",
        unit_code="KG",
        tax_category="reduced",
        barcodes=(EAN_13, EAN_8, UPC_A),
        weighed_item_code="54321",
        weighed_by_price=True,
        excluded_from_points=True,
        status=ProductStatus.BLOCKED,
    )
    assert put(stocked, product, COLA) == ProductsPut(created=2, changed=0)
    assert found(stocked, "CHEESE") == replace(product, barcodes=("0" + UPC_A, EAN_13, EAN_8))
    assert found(stocked, "COLA") == replace(COLA, status=ProductStatus.ACTIVE)
    assert stocked.version("prices") == 2


def test_replaces_everything_that_a_product_had(stocked):
    ids = dict(stocked.rows(catalog.products, "sku", "sku_id"))
    changed = replace(TEA, name="Green tea", category_code="FOOD", barcodes=(EAN_8,))
    assert put(stocked, changed) == ProductsPut(created=0, changed=1)
    assert found(stocked, "TEA") == replace(changed, status=ProductStatus.ACTIVE)
    assert dict(stocked.rows(catalog.products, "sku", "sku_id")) == ids
    assert stocked.rows(catalog.barcodes) == [(EAN_8, ids["TEA"])]


def test_counts_and_marks_only_what_is_different(stocked):
    assert put(stocked, TEA, HAM, replace(COLA, barcodes=(EAN_8,))) == ProductsPut(created=1, changed=0)
    assert put(stocked, TEA, replace(HAM, name="Smoked ham")) == ProductsPut(created=0, changed=1)
    assert stocked.rows(catalog.products, "sku", "changed_version") == [
        ("BAG", 1),
        ("COLA", 2),
        ("HAM", 3),
        ("MILK", 1),
        ("TEA", 1),
    ]


def test_lets_a_barcode_move_between_products_of_one_request(stocked):
    put(stocked, replace(COLA, barcodes=TEA.barcodes), replace(TEA, barcodes=(EAN_8,)))
    assert found(stocked, "COLA").barcodes == TEA.barcodes
    assert found(stocked, "TEA").barcodes == (EAN_8,)


def test_lets_two_products_swap_their_weighed_item_codes(stocked):
    bacon = ProductEntry("BACON", "Bacon", "FOOD", "KG", weighed_item_code="11111")
    put(stocked, bacon)
    assert put(
        stocked, replace(bacon, weighed_item_code="12345"), replace(HAM, weighed_item_code="11111")
    ) == ProductsPut(created=0, changed=2)
    assert found(stocked, "BACON").weighed_item_code == "12345"
    assert found(stocked, "HAM").weighed_item_code == "11111"


@pytest.mark.parametrize(
    ("products", "refusal", "field", "message"),
    [
        (
            (COLA, replace(COLA, sku="C2", barcodes=(EAN_8, "6901234567892"))),
            BarcodeTaken,
            "products[1].barcodes[1]",
            "Barcode 6901234567892 belongs to SKU “TEA” already. Take it from that product first, or correct it.",
        ),
        (
            (replace(COLA, barcodes=(EAN_8,)), replace(COLA, sku="C2", barcodes=(EAN_8,))),
            BarcodeTaken,
            "products[1].barcodes[0]",
            f"Barcode {EAN_8} belongs to SKU “COLA” already. Take it from that product first, or correct it.",
        ),
        (
            (replace(COLA, barcodes=("6901234567893",)),),
            WrongCheckDigit,
            "products[0].barcodes[0]",
            "The last digit of 6901234567893 should be 2: the barcode was misread or mistyped, scan it again.",
        ),
        (
            (replace(COLA, barcodes=("12345",)),),
            NotABarcode,
            "products[0].barcodes[0]",
            "“12345” is no barcode; EAN-8, UPC-A and EAN-13 have 8, 12 and 13 digits.",
        ),
        (
            (replace(COLA, barcodes=("2112345012346",)),),
            WeighedItemBarcode,
            "products[0].barcodes[0]",
            "2112345012346 is the label of one weighing. Set weighed_item_code to 12345 instead.",
        ),
        (
            (replace(COLA, weighed_item_code="12345"),),
            WeighedItemCodeTaken,
            "products[0].weighed_item_code",
            "Weighed-item code 12345 belongs to SKU “HAM” already. Choose another one.",
        ),
        (
            (replace(COLA, weighed_item_code="22222"), replace(COLA, sku="C2", weighed_item_code="22222")),
            WeighedItemCodeTaken,
            "products[1].weighed_item_code",
            "Weighed-item code 22222 belongs to SKU “COLA” already. Choose another one.",
        ),
        (
            (replace(COLA, weighed_item_code="1234"),),
            InvalidWeighedItemCode,
            "products[0].weighed_item_code",
            "“1234” is no weighed-item code: it has exactly 5 digits.",
        ),
        (
            (replace(COLA, weighed_by_price=True),),
            WeighedItemCodeNeeded,
            "products[0].weighed_item_code",
            "A product whose labels carry a price needs a weighed_item_code.",
        ),
        (
            (COLA, replace(COLA, sku="C2", category_code="TOYS")),
            UnknownCategory,
            "products[1].category_code",
            "There is no category “TOYS”. Create it with PutCategories first.",
        ),
        (
            (COLA, replace(COLA, sku="C2", unit_code="BOX")),
            UnknownUnit,
            "products[1].unit_code",
            "There is no unit of measure “BOX”. Create it with PutUnits first.",
        ),
        (
            (COLA, COLA),
            NamedTwice,
            "products[1].sku",
            "“COLA” stands in this request twice. Send it once.",
        ),
        ((replace(COLA, sku=""),), Missing, "products[0].sku", "This field is required."),
        ((replace(COLA, name=""),), Missing, "products[0].name", "This field is required."),
        (
            (replace(COLA, tags=("a", "")),),
            Missing,
            "products[0].tags[1]",
            "This field is required.",
        ),
        (
            (replace(COLA, tags=tuple(map(str, range(51)))),),
            TooMany,
            "products[0].tags",
            "51 at once are too many; send at most 50 in one request.",
        ),
        (
            (replace(COLA, brand=" A"),),
            SpaceAround,
            "products[0].brand",
            "The code “ A” begins or ends with a space. Remove it.",
        ),
        (
            (replace(COLA, tax_category="x" * 65),),
            TextTooLong,
            "products[0].tax_category",
            "The text has 65 characters; at most 64 are kept.",
        ),
        (
            (replace(COLA, barcodes=(EAN_8,) * 101),),
            TooMany,
            "products[0].barcodes",
            "101 at once are too many; send at most 100 in one request.",
        ),
        (
            (COLA,) * 1_001,
            TooMany,
            "products",
            "1001 at once are too many; send at most 1000 in one request.",
        ),
        ((), Missing, "products", "This field is required."),
    ],
)
def test_refuses_the_whole_request_for_one_bad_row(stocked, products, refusal, field, message):
    before = stocked.rows(catalog.products), stocked.rows(catalog.barcodes)
    with pytest.raises(refusal) as refused:
        put(stocked, *products)
    assert (refused.value.field, refused.value.message()) == (field, message)
    assert (stocked.rows(catalog.products), stocked.rows(catalog.barcodes)) == before
    assert stocked.version("prices") == 1


def test_takes_as_many_statements_for_a_thousand_products_as_for_one(stocked):
    one = PutProducts((replace(COLA, barcodes=(EAN_8,)),))
    many = PutProducts(tuple(replace(COLA, sku=f"P{number}") for number in range(1_000)))
    assert (stocked.statements(put_products, one), stocked.statements(put_products, many)) == (10, 9)


def test_gives_a_barcode_to_one_of_many_who_want_it_at_the_same_time(stocked):
    def wanting(number: int) -> ProductsPut | BarcodeTaken:
        try:
            return put(stocked, replace(COLA, sku=f"C{number}", barcodes=(EAN_8,)))
        except BarcodeTaken as refusal:
            return refusal

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(wanting, range(8)))
    [winner] = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, ProductsPut)]
    losers = [outcome.details for outcome in outcomes if isinstance(outcome, BarcodeTaken)]
    assert losers == [{"barcode": EAN_8, "sku": f"C{winner}"}] * 7
    assert stocked.read(get_product, GetProduct(barcode=EAN_8)).sku == f"C{winner}"
