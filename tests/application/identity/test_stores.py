from dataclasses import replace
from datetime import date

from sqlalchemy import insert

from adapters.sql.tables import identity, inventory
from application.fields import Missing, NamedTwice, OutOfRange, TooMany
from application.identity.bounds import CodeTaken, UnknownRegion
from application.identity.queries import ListStores, list_stores
from application.identity.stores import STORES_AT_ONCE_MAX, CurrencyInUse, PutStores, StoresPut, put_stores
from domain.identity.organisation import ScopeKind, StoreStatus
from domain.identity.time_zones import UnknownTimeZone
from domain.shared.money import UnknownCurrency
from tests.application.identity.shop import NOON, store


def put(*views):
    return PutStores(views)


def listed(shop, caller):
    return {view.code: view for view in shop.read(list_stores, ListStores(), caller).stores}


def test_creates_and_changes_in_one_request(shop):
    hq = shop.service("hq", role="admin")
    lhasa = store("S4", "south", time_zone="Asia/Urumqi", day_cutoff_minutes=1439)
    closed = store("S1", "south", name="Old", day_cutoff_minutes=0, status=StoreStatus.CLOSED)
    assert shop.write(put_stores, put(lhasa, closed, store("S2", "north")), hq) == StoresPut(created=1, changed=1)
    assert listed(shop, hq) == {
        "S1": closed,
        "S2": store("S2", "north", status=StoreStatus.OPEN),
        "S3": store("S3", "south", status=StoreStatus.OPEN),
        "S4": replace(lhasa, status=StoreStatus.OPEN),
    }


def test_without_a_status_a_closed_store_stays_closed(shop):
    shop.write(put_stores, put(store("S1", "north", status=StoreStatus.CLOSED)))
    assert shop.write(put_stores, put(store("S1", "north"))) == StoresPut(created=0, changed=0)
    assert shop.row(identity.stores, "S1").status == "closed"


def test_moves_the_version_of_the_chain_on(shop):
    before = shop.version()
    shop.write(put_stores, put(store("S4", "north"), store("S5", "north")))
    assert shop.version() == before + 1


def test_refuses_the_whole_request_for_one_wrong_field(shop):
    for change, kind, field in (
        ({"code": ""}, Missing, "code"),
        ({"region_code": ""}, Missing, "region_code"),
        ({"region_code": "nowhere"}, UnknownRegion, "region_code"),
        ({"currency": ""}, Missing, "currency"),
        ({"currency": "cny"}, UnknownCurrency, "currency"),
        ({"currency": "YUAN"}, UnknownCurrency, "currency"),
        ({"time_zone": ""}, UnknownTimeZone, "time_zone"),
        ({"time_zone": "China"}, UnknownTimeZone, "time_zone"),
        ({"day_cutoff_minutes": -1}, OutOfRange, "day_cutoff_minutes"),
        ({"day_cutoff_minutes": 1440}, OutOfRange, "day_cutoff_minutes"),
        ({"code": "S4"}, NamedTwice, "code"),
    ):
        wrong = replace(store("S5", "north"), **change)
        assert shop.refuses(kind, put_stores, put(store("S4", "north"), wrong)).field == f"stores[1].{field}"


def test_refuses_more_stores_than_fit_one_request(shop):
    many = put(*(store(f"N{number}", "north") for number in range(STORES_AT_ONCE_MAX + 1)))
    assert shop.refuses(TooMany, put_stores, many).field == "stores"


def test_a_store_changes_its_currency_only_before_it_trades(shop):
    assert shop.write(put_stores, put(store("S1", "north", currency="HKD"))) == StoresPut(created=0, changed=1)
    movement = {
        "location_id": shop.row(identity.stores, "S1").store_id,
        "sku_id": 1,
        "movement_id": 1,
        "quantity_milli": 1_000,
        "value_minor": 500,
        "reason": "receipt",
        "document_id": 1,
        "business_date": date(2025, 3, 1),
        "moved_at": NOON,
    }
    with shop.engine.begin() as connection:
        connection.execute(insert(inventory.stock_movements), movement)
    asked = put(store("S2", "north", currency="HKD"), store("S1", "north"))
    refusal = shop.refuses(CurrencyInUse, put_stores, asked)
    assert refusal.field == "stores[1].currency"
    assert refusal.details == {"store_code": "S1", "currency": "HKD", "asked": "CNY"}


def test_a_regional_administrator_manages_the_stores_of_the_region_only(shop):
    local = shop.administrator("local", scope=ScopeKind.REGION, of="north")
    asked = put(store("S4", "north"), store("S1", "north", name="Mine"))
    assert shop.write(put_stores, asked, local) == StoresPut(created=1, changed=1)
    for view in (store("S3", "south", name="Mine"), store("S5", "south"), store("S1", "south"), store("S5", "absent")):
        refusal = shop.refuses(UnknownRegion, put_stores, put(view), local)
        assert (refusal.field, refusal.details) == ("stores[0].region_code", {"region_code": view.region_code})
    # Codes are unique in the chain, so this one thing about foreign stores cannot be hidden.
    assert shop.refuses(CodeTaken, put_stores, put(store("S3", "north")), local).field == "stores[0].code"
    assert sorted(listed(shop, shop.authenticated("local"))) == ["S1", "S2", "S4"]


def test_the_administrator_of_a_store_changes_that_store_only(shop):
    local = shop.administrator("local", scope=ScopeKind.STORE, of="S1")
    changed = put(store("S1", "north", day_cutoff_minutes=0))
    assert shop.write(put_stores, changed, local) == StoresPut(created=0, changed=1)
    for view in (store("S2", "north"), store("S4", "north"), store("S1", "south")):
        shop.refuses(UnknownRegion, put_stores, put(view), local)
