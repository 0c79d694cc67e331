from adapters.sql.tables import identity
from application.fields import Missing, NamedTwice, TextTooLong, TooMany
from application.identity import regions
from application.identity.bounds import BeyondOwnScope
from application.identity.queries import ListRegions, list_regions
from application.identity.regions import REGIONS_AT_ONCE_MAX, PutRegions, RegionsPut, TooManyRegions, put_regions
from application.identity.views import RegionView
from domain.identity.organisation import ScopeKind


def names(shop, caller):
    return {region.code: region.name for region in shop.read(list_regions, ListRegions(), caller).regions}


def test_creates_new_ones_and_counts_only_real_changes(shop):
    hq = shop.service("hq", role="admin")
    put = PutRegions((RegionView("east", " East "), RegionView("north", "Far north"), RegionView("south", "South")))
    assert shop.write(put_regions, put, hq) == RegionsPut(created=1, changed=1)
    assert names(shop, hq) == {"east": "East", "north": "Far north", "south": "South"}
    assert shop.write(put_regions, put, hq) == RegionsPut(created=0, changed=0)


def test_moves_the_version_of_the_chain_on(shop):
    before = shop.version()
    shop.write(put_regions, PutRegions((RegionView("east", "East"),)))
    assert shop.version() == before + 1


def test_refuses_what_is_no_list_of_regions(shop):
    for views, kind, field in (
        ((), Missing, "regions"),
        ((RegionView("", "x"),), Missing, "regions[0].code"),
        ((RegionView("e", ""), RegionView("x" * 65, "")), TextTooLong, "regions[1].code"),
        ((RegionView("e", "n" * 201),), TextTooLong, "regions[0].name"),
        ((RegionView("e", ""), RegionView("f", ""), RegionView("e", "")), NamedTwice, "regions[2].code"),
        (tuple(RegionView(f"e{n}", "") for n in range(REGIONS_AT_ONCE_MAX + 1)), TooMany, "regions"),
    ):
        assert shop.refuses(kind, put_regions, PutRegions(views)).field == field


def test_a_chain_has_a_limit_of_regions(shop, monkeypatch):
    monkeypatch.setattr(regions, "REGIONS_MAX", 3)
    shop.write(put_regions, PutRegions((RegionView("east", ""),)))
    shop.refuses(TooManyRegions, put_regions, PutRegions((RegionView("west", ""),)))
    assert shop.write(put_regions, PutRegions((RegionView("east", "East"),))) == RegionsPut(created=0, changed=1)
    assert shop.count(identity.regions) == 3


def test_who_manages_a_region_renames_it_and_creates_none(shop):
    local = shop.administrator("local", scope=ScopeKind.REGION, of="north")
    assert shop.write(put_regions, PutRegions((RegionView("north", "N"),)), local) == RegionsPut(created=0, changed=1)
    foreign, absent = (
        shop.refuses(BeyondOwnScope, put_regions, PutRegions((RegionView("north", "NN"), RegionView(code, ""))), local)
        for code in ("south", "absent")
    )
    assert (foreign.field, str(foreign)) == (absent.field, str(absent))
    assert names(shop, local) == {"north": "N"}


def test_who_manages_the_only_store_of_a_region_does_not_manage_the_region(shop):
    local = shop.administrator("local", scope=ScopeKind.STORE, of="S3")
    refusal = shop.refuses(BeyondOwnScope, put_regions, PutRegions((RegionView("south", "Mine"),)), local)
    assert refusal.field == "regions[0].code"
