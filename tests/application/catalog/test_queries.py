import pytest

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.catalog.queries import (
    GetProduct,
    ListProducts,
    SkuOrBarcode,
    UnknownCategory,
    UnknownProduct,
    get_product,
    list_products,
)
from application.paging import InvalidPageSize, InvalidPageToken, next_token
from domain.catalog.barcode import WrongCheckDigit


def skus(page) -> list[str]:
    return [product.sku for product in page.products]


def test_finds_a_product_by_sku_barcode_and_the_label_of_a_scale(stocked):
    tea = stocked.read(get_product, GetProduct(sku="TEA"))
    assert (tea.sku, tea.category_code, tea.unit_code, tea.barcodes) == ("TEA", "DRINK", "EA", ("6901234567892",))
    assert stocked.read(get_product, GetProduct(barcode="6901234567892")) == tea
    # 12345 is the item, 01234 the weight.
    assert stocked.read(get_product, GetProduct(barcode="2012345012349")).sku == "HAM"


@pytest.mark.parametrize(
    ("query", "refusal", "field"),
    [
        (GetProduct(), SkuOrBarcode, "sku"),
        (GetProduct("TEA", "6901234567892"), SkuOrBarcode, "sku"),
        (GetProduct(sku="COFFEE"), UnknownProduct, "sku"),
        (GetProduct(barcode="96385074"), UnknownProduct, "barcode"),
        (GetProduct(barcode="2099999012345"), UnknownProduct, "barcode"),
        (GetProduct(barcode="6901234567899"), WrongCheckDigit, "barcode"),
    ],
)
def test_says_what_is_wrong_with_a_look_up(stocked, query, refusal, field):
    with pytest.raises(refusal) as refused:
        stocked.read(get_product, query)
    assert refused.value.field == field


def test_lists_products_page_by_page(stocked):
    first = stocked.read(list_products, ListProducts(page_size=3))
    assert skus(first) == ["BAG", "HAM", "MILK"]
    second = stocked.read(list_products, ListProducts(page_size=3, page_token=first.next_page_token))
    assert (skus(second), second.next_page_token) == (["TEA"], "")
    assert first.products[1].weighed_item_code == "12345"


def test_lists_a_category_with_everything_below_it(stocked):
    assert skus(stocked.read(list_products, ListProducts("DRINK"))) == ["MILK", "TEA"]
    assert skus(stocked.read(list_products, ListProducts("FOOD"))) == ["BAG", "HAM", "MILK", "TEA"]
    first = stocked.read(list_products, ListProducts("DRINK", page_size=1))
    assert skus(stocked.read(list_products, ListProducts("DRINK", 1, first.next_page_token))) == ["TEA"]


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        (ListProducts("TOYS"), UnknownCategory),
        (ListProducts(page_size=501), InvalidPageSize),
        (ListProducts(page_token=next_token([7, 8], 1, lambda row: (row,))), InvalidPageToken),
    ],
)
def test_refuses_a_list_that_cannot_be(stocked, query, refusal):
    with pytest.raises(refusal):
        stocked.read(list_products, query)


def test_takes_as_many_statements_for_a_full_page_as_for_one_product(stocked):
    stocked.write(
        put_products, PutProducts(tuple(ProductEntry(f"P{number}", "x", "FOOD", "EA") for number in range(600)))
    )
    assert stocked.statements(list_products, ListProducts(page_size=1)) == 2
    assert stocked.statements(list_products, ListProducts(page_size=500)) == 2
