import pytest

from adapters.sql.tables import catalog
from application.catalog.entries import CategoryEntry, ProductEntry, UnitEntry
from application.catalog.put_categories import CategoriesPut, PutCategories, UnknownParent, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.catalog.put_units import PutUnits, put_units
from application.catalog.queries import ListCategories, list_categories
from application.fields import Missing, NamedTwice, SpaceAround, TextTooLong, TooMany, UnusableCharacter
from domain.catalog.category_tree import CategoryCycle
from tests.application.small_chain import SmallChain

FOOD = CategoryEntry("FOOD", "Food")
DRINK = CategoryEntry("DRINK", "Drinks", "FOOD")
TEA = CategoryEntry("TEA", "Tea", "DRINK")
HOME = CategoryEntry("HOME", "Household")


def put(chain: SmallChain, *categories: CategoryEntry) -> CategoriesPut:
    return chain.write(put_categories, PutCategories(categories))


def departments(chain: SmallChain) -> dict[str, str]:
    rows = chain.rows(catalog.categories, "code", "category_id", "department_id")
    codes = {category_id: code for code, category_id, _ in rows}
    return {code: codes[department_id] for code, _, department_id in rows}


def test_stores_every_category_with_its_department(chain):
    # A child may stand before its parent in the request.
    assert put(chain, TEA, DRINK, FOOD, HOME) == CategoriesPut(created=4, changed=0)
    assert departments(chain) == {"FOOD": "FOOD", "DRINK": "FOOD", "TEA": "FOOD", "HOME": "HOME"}
    assert chain.version("chain") == 1


def test_lists_each_category_before_its_descendants(chain):
    put(chain, TEA, DRINK, FOOD, HOME, CategoryEntry("BREAD", "Bread", "FOOD"))
    listed = chain.read(list_categories, ListCategories()).categories
    assert listed == [FOOD, CategoryEntry("BREAD", "Bread", "FOOD"), DRINK, TEA, HOME]


def test_counts_only_what_is_different(chain):
    put(chain, FOOD, DRINK)
    assert put(chain, FOOD, CategoryEntry("DRINK", "Beverages", "FOOD"), TEA) == CategoriesPut(created=1, changed=1)
    assert put(chain, FOOD) == CategoriesPut(created=0, changed=0)


def test_moves_the_descendants_of_a_category_to_its_new_department(chain):
    put(chain, FOOD, DRINK, TEA, HOME)
    chain.write(put_units, PutUnits((UnitEntry("EA", "Piece"),)))
    chain.write(
        put_products,
        PutProducts((ProductEntry("T1", "Tea", "TEA", "EA"), ProductEntry("F1", "Rice", "FOOD", "EA"))),
    )
    assert put(chain, CategoryEntry("DRINK", "Drinks", "HOME")) == CategoriesPut(created=0, changed=1)
    assert departments(chain) == {"FOOD": "FOOD", "DRINK": "HOME", "TEA": "HOME", "HOME": "HOME"}
    # Who keeps the product in memory with its department must read it again.
    assert chain.rows(catalog.products, "sku", "changed_version") == [("F1", 1), ("T1", 2)]
    assert chain.version("prices") == 2


def test_makes_a_category_a_department_of_its_own(chain):
    put(chain, FOOD, DRINK, TEA)
    put(chain, CategoryEntry("DRINK", "Drinks"))
    assert departments(chain) == {"FOOD": "FOOD", "DRINK": "DRINK", "TEA": "DRINK"}


@pytest.mark.parametrize(
    ("categories", "refusal", "field"),
    [
        ((CategoryEntry("FOOD", "Food", "TEA"),), CategoryCycle, "categories[0].parent_code"),
        ((CategoryEntry("FOOD", "Food", "FOOD"),), CategoryCycle, "categories[0].parent_code"),
        ((HOME, CategoryEntry("X", "X", "NOWHERE")), UnknownParent, "categories[1].parent_code"),
        ((HOME, HOME), NamedTwice, "categories[1].code"),
        ((CategoryEntry("", "Food"),), Missing, "categories[0].code"),
        ((CategoryEntry("X", "  "),), Missing, "categories[0].name"),
        ((CategoryEntry("X" * 65, "X"),), TextTooLong, "categories[0].code"),
        ((CategoryEntry("X", "X" * 201),), TextTooLong, "categories[0].name"),
        ((CategoryEntry("X ", "X"),), SpaceAround, "categories[0].code"),
        ((CategoryEntry("X\0", "X"),), UnusableCharacter, "categories[0].code"),
        ((), Missing, "categories"),
        ((HOME,) * 5_001, TooMany, "categories"),
    ],
)
def test_refuses_what_is_no_tree_and_changes_nothing(chain, categories, refusal, field):
    put(chain, FOOD, DRINK, TEA)
    before = chain.rows(catalog.categories)
    with pytest.raises(refusal) as refused:
        put(chain, *categories)
    assert refused.value.field == field
    assert chain.rows(catalog.categories) == before
    assert chain.version("chain") == 1


def test_takes_as_many_statements_for_a_thousand_categories_as_for_one(chain):
    many = tuple(CategoryEntry(f"C{number}", "x", f"C{number - 1}" if number % 10 else "") for number in range(1_000))
    one = chain.statements(put_categories, PutCategories((FOOD,)))
    assert (one, chain.statements(put_categories, PutCategories(many))) == (3, 3)
