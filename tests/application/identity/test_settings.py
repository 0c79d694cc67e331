import pytest

from adapters.sql.tables import identity
from application.fields import Missing, TextTooLong
from application.identity import settings
from application.identity.bounds import BeyondOwnScope, UnknownRegion
from application.identity.queries import ListSettings, list_settings
from application.identity.settings import PutSetting, TooManyOverrides, put_setting
from application.known_settings import SETTINGS
from application.policies import InvalidSetting, UnknownSetting
from application.scope import UnknownStore
from domain.identity.organisation import ScopeKind

CHAIN, REGION, STORE = ScopeKind.CHAIN, ScopeKind.REGION, ScopeKind.STORE
NAME = "negative_stock"
OVERRIDES = ((CHAIN, "", "warn"), (REGION, "north", "allow"), (STORE, "S1", "forbid"), (STORE, "S3", "allow"))


def put(shop, kind, of, value, **caller):
    setting = shop.write(put_setting, PutSetting(NAME, kind, of, value), **caller).setting
    return setting.value, setting.is_default


def shown(shop, caller):
    found = shop.read(list_settings, ListSettings(), caller).settings
    return [(row.scope_kind, row.scope_code, row.value, row.is_default) for row in found if row.name == NAME]


@pytest.fixture
def overridden(shop):
    for kind, of, value in OVERRIDES:
        put(shop, kind, of, value)
    return shop


def test_the_narrowest_setting_holds_in_a_store(overridden):
    overridden.read(list_settings, ListSettings())
    with overridden.units.read(caller=overridden.service("hq", role="admin"), now=overridden.now) as uow:
        uow.refresh()
        held = {store.code: uow.chain.policies(store.store_id).negative_stock for store in uow.chain.stores.values()}
    assert held == {"S1": "forbid", "S2": "allow", "S3": "allow"}


def test_an_empty_value_removes_what_was_set_and_tells_what_holds_now(overridden):
    assert put(overridden, STORE, "S1", "") == ("allow", False)
    assert put(overridden, REGION, "north", "") == ("warn", False)
    assert put(overridden, STORE, "S1", "") == ("warn", False)
    assert put(overridden, CHAIN, "", "") == ("forbid", True)
    assert overridden.count(identity.settings) == 1


def test_says_what_was_set_and_what_it_means(shop):
    before = shop.version()
    setting = shop.write(put_setting, PutSetting("points_redeem_step", STORE, "S1", "50")).setting
    assert (setting.name, setting.scope_kind, setting.scope_code) == ("points_redeem_step", STORE, "S1")
    assert (setting.value, setting.is_default) == ("50", False)
    assert setting.description == "Points are redeemed in multiples of this. Values: 1 to 1000000000."
    assert shop.version() == before + 1


def test_refuses_what_is_no_setting(shop):
    for command, kind, field in (
        (PutSetting("", CHAIN, "", "x"), Missing, "name"),
        (PutSetting("negative_stok", CHAIN, "", "warn"), UnknownSetting, "name"),
        (PutSetting("negative_stok", CHAIN, "", ""), UnknownSetting, "name"),
        (PutSetting(NAME, CHAIN, "", "maybe"), InvalidSetting, "value"),
        (PutSetting("points_redeem_step", CHAIN, "", "0"), InvalidSetting, "value"),
        # What an int is made of, and expiry dates are not: every sale to a member would be refused.
        (PutSetting("points_expiry", CHAIN, "", "months:+12"), InvalidSetting, "value"),
        (PutSetting("points_expiry", CHAIN, "", "months:１２"), InvalidSetting, "value"),
        (PutSetting(NAME, CHAIN, "", "x" * 201), TextTooLong, "value"),
        (PutSetting(NAME, REGION, "east", "warn"), UnknownRegion, "scope_code"),
        (PutSetting(NAME, STORE, "", "warn"), UnknownStore, "scope_code"),
    ):
        assert shop.refuses(kind, put_setting, command).field == field


def test_a_chain_has_a_limit_of_settings(shop, monkeypatch):
    monkeypatch.setattr(settings, "OVERRIDES_MAX", 1)
    put(shop, CHAIN, "", "warn")
    shop.refuses(TooManyOverrides, put_setting, PutSetting(NAME, STORE, "S1", "warn"))
    assert put(shop, CHAIN, "", "allow") == ("allow", False)


def test_everybody_sees_the_settings_of_their_scope_and_those_around_it(overridden):
    default = (CHAIN, "", "forbid", True)
    rows = [(kind, of, value, False) for kind, of, value in OVERRIDES]
    hq, north = overridden.service("hq", role="hq"), overridden.administrator("north", scope=REGION, of="north")
    assert shown(overridden, hq) == [default, *rows]
    assert shown(overridden, north) == [default, *rows[:3]]
    assert shown(overridden, overridden.terminal("T2", store="S2")) == [default, *rows[:2]]
    assert shown(overridden, overridden.terminal("T3", store="S3")) == [default, rows[0], rows[3]]


def test_every_setting_is_listed_with_its_default(shop):
    found = shop.read(list_settings, ListSettings()).settings
    assert [(row.name, row.value) for row in found] == sorted(
        (name, setting.default) for name, setting in SETTINGS.items()
    )


def test_a_regional_administrator_sets_the_region_and_its_stores_only(shop):
    local = shop.administrator("local", scope=REGION, of="north")
    put(shop, REGION, "north", "warn", caller=local)
    put(shop, STORE, "S2", "allow", caller=local)
    for kind, of, refused in (
        (CHAIN, "", BeyondOwnScope),
        (REGION, "south", UnknownRegion),
        (REGION, "absent", UnknownRegion),
        (STORE, "S3", UnknownStore),
    ):
        shop.refuses(refused, put_setting, PutSetting(NAME, kind, of, "allow"), local)
