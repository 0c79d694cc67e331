import pytest

from application.identity.callers import CreateTerminal, UnknownCaller, create_terminal
from application.identity.queries import (
    CallerProfile,
    GetCaller,
    ListCallers,
    ListRegions,
    ListStaff,
    ListStores,
    get_caller,
    list_callers,
    list_regions,
    list_staff,
    list_stores,
)
from application.identity.stores import PutStores, put_stores
from application.identity.views import CallerView
from application.paging import InvalidPageSize, InvalidPageToken
from domain.identity.organisation import CallerKind, CallerStatus, DeviceType, ScopeKind, stranger
from tests.application.identity.shop import TERMINAL_AND_CASHIER, store

CHAIN, REGION, STORE = ScopeKind.CHAIN, ScopeKind.REGION, ScopeKind.STORE
SCOPES = [(CHAIN, ""), (REGION, "north"), (STORE, "S1")]


@pytest.fixture(params=SCOPES, ids=["chain", "region", "store"])
def viewer(shop, request):
    """An administrator of each scope, beside terminals of all stores, services and staff of all scopes."""
    for code in ("S1", "S2", "S3"):
        shop.write(create_terminal, CreateTerminal(f"terminal {code}", code, "terminal"))
    for kind, of in [*SCOPES, (REGION, "south"), (STORE, "S3")]:
        shop.service(f"service {of or 'chain'}", role="terminal", scope=kind, of=of)
        shop.staff(f"staff {of or 'chain'}", scope=kind, of=of)
    kind, of = request.param
    return shop.administrator("viewer", scope=kind, of=of), kind


SEEN_STORES = {CHAIN: ["S1", "S2", "S3"], REGION: ["S1", "S2"], STORE: ["S1"]}
SEEN_REGIONS = {CHAIN: ["north", "south"], REGION: ["north"], STORE: ["north"]}


def test_lists_hold_what_lies_in_scope(shop, viewer):
    caller, kind = viewer
    stores = shop.read(list_stores, ListStores(), caller).stores
    regions = shop.read(list_regions, ListRegions(), caller).regions
    assert [view.code for view in stores] == SEEN_STORES[kind]
    assert [view.code for view in regions] == SEEN_REGIONS[kind]


def test_callers_and_staff_are_seen_by_those_whose_scope_holds_all_of_theirs(shop, viewer):
    caller, kind = viewer
    callers = {view.code for view in shop.read(list_callers, ListCallers(), caller).callers}
    staff = {view.code for view in shop.read(list_staff, ListStaff(), caller).staff}
    of_store = {"terminal S1", "service S1"}
    of_region = of_store | {"terminal S2", "service north"}
    everything = of_region | {"terminal S3", "service S3", "service south", "service chain"}
    assert callers == {STORE: of_store, REGION: of_region, CHAIN: everything}[kind] | {"viewer"}
    of_region = {"staff S1", "staff north"}
    everything = of_region | {"staff S3", "staff south", "staff chain"}
    assert staff == {STORE: {"staff S1"}, REGION: of_region, CHAIN: everything}[kind]


def test_a_caller_of_no_store_sees_nothing(shop):
    empty = shop.service("empty", role="hq", scope=STORE, of="S1")
    assert shop.read(list_stores, ListStores(), stranger()).stores == []
    assert shop.read(list_regions, ListRegions(), stranger()).regions == []
    assert shop.read(list_callers, ListCallers(), stranger()).callers == []
    assert len(shop.read(list_callers, ListCallers(), empty).callers) == 1


def test_pages_hold_every_row_once(shop):
    shop.write(put_stores, PutStores(tuple(store(f"N{number}", "north") for number in range(4))))
    seen, token, pages = [], "", 0
    while True:
        found = shop.read(list_stores, ListStores(3, token))
        seen += [view.code for view in found.stores]
        pages += 1
        if not (token := found.next_page_token):
            break
    assert (seen, pages) == (["N0", "N1", "N2", "N3", "S1", "S2", "S3"], 3)


@pytest.mark.parametrize(
    ("query", "command"), [(list_stores, ListStores), (list_callers, ListCallers), (list_staff, ListStaff)]
)
def test_refuses_pages_that_do_not_exist(shop, query, command):
    with pytest.raises(InvalidPageSize):
        shop.read(query, command(501, ""))
    with pytest.raises(InvalidPageToken):
        shop.read(query, command(1, "made up"))


def test_a_caller_learns_who_it_is_and_what_it_may_do(shop):
    terminal = shop.terminal("T1")
    view = CallerView("T1", CallerKind.TERMINAL, "terminal", "S1", STORE, "S1", CallerStatus.ACTIVE, DeviceType.FIXED)
    alone = shop.read(get_caller, GetCaller(), terminal)
    assert alone == CallerProfile(view, "", tuple(sorted(terminal.permissions)))
    shop.staff("ann")
    with_ann = shop.authenticated("T1", session=shop.sign_in("ann", terminal))
    profile = shop.read(get_caller, GetCaller(), with_ann)
    assert profile == CallerProfile(view, "ann", tuple(sorted(TERMINAL_AND_CASHIER)))


def test_nobody_is_no_caller(shop):
    with pytest.raises(UnknownCaller):
        shop.read(get_caller, GetCaller(), stranger())
