import pytest

from adapters.sql.tables import catalog
from application.catalog.entries import UnitEntry
from application.catalog.put_units import PutUnits, UnitsPut, put_units
from application.catalog.queries import ListUnits, list_units
from application.fields import Missing, NamedTwice, OutOfRange

PIECE = UnitEntry("EA", "Piece")
KILOGRAM = UnitEntry("KG", "Kilogram", 3)


def test_creates_and_changes_units(chain):
    assert chain.write(put_units, PutUnits((KILOGRAM, PIECE))) == UnitsPut(created=2, changed=0)
    assert chain.write(put_units, PutUnits((PIECE, UnitEntry("KG", "Kilogram", 2)))) == UnitsPut(created=0, changed=1)
    assert chain.read(list_units, ListUnits()).units == [PIECE, UnitEntry("KG", "Kilogram", 2)]
    assert chain.version("chain") == 2


def test_lets_products_of_a_changed_unit_be_read_again(stocked):
    assert stocked.version("prices") == 1
    stocked.write(put_units, PutUnits((UnitEntry("KG", "Kilogram", 2),)))
    assert stocked.rows(catalog.products, "sku", "changed_version") == [("BAG", 1), ("HAM", 2), ("MILK", 1), ("TEA", 1)]
    assert stocked.version("prices") == 2


@pytest.mark.parametrize(
    ("units", "refusal", "field"),
    [
        ((PIECE, UnitEntry("KG", "Kilogram", 4)), OutOfRange, "units[1].decimals"),
        ((UnitEntry("KG", "Kilogram", -1),), OutOfRange, "units[0].decimals"),
        ((PIECE, KILOGRAM, PIECE), NamedTwice, "units[2].code"),
        ((UnitEntry("KG", ""),), Missing, "units[0].name"),
        ((), Missing, "units"),
    ],
)
def test_refuses_what_is_no_unit_and_changes_nothing(chain, units, refusal, field):
    with pytest.raises(refusal) as refused:
        chain.write(put_units, PutUnits(units))
    assert refused.value.field == field
    assert chain.rows(catalog.units) == []
    assert chain.version("chain") == 0
