"""What was sold, as it is shown: one document, lists, takings and rankings, each within the caller's scope."""

from dataclasses import replace
from itertools import chain, combinations
from uuid import uuid4

import pytest

from application.fields import InvalidDate, NamedTwice, OutOfRange
from application.identity.callers import CreateTerminal, create_terminal
from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from application.paging import InvalidPageToken
from application.sales import queries
from application.sales.basket import Basket, BasketLine, TerminalPrice
from application.sales.preparing import Checkout
from application.sales.queries import (
    DepartmentWithTender,
    GetSale,
    GetTakings,
    ListSales,
    NotARequestId,
    Ranking,
    SaleIdOrRequestId,
    TooManyTakings,
    UnknownMemberNumber,
    best_sellers,
    get_sale,
    get_takings,
    list_sales,
    top_members,
)
from application.sales.refund import RefundSale
from application.sales.tender import Tender
from application.sales.views import (
    BestSeller,
    SaleSummary,
    SaleView,
    TakingsDimension,
    TakingsRow,
    TopMember,
    UnknownSale,
)
from application.scope import LastBeforeFirst, UnknownStore
from domain.identity.organisation import SYSTEM, Caller, StoreStatus
from domain.sales.sale import TenderKind
from tests.trading_day import trade
from tests.world import Till, World

STORE, DATE, DEPARTMENT, TENDER, CHANNEL = TakingsDimension


def ids(world: World, caller: Caller = SYSTEM, **query: object) -> list[int]:
    return [sale.sale_id for sale in world.ask(list_sales, ListSales(**query), caller).sales]


def stored(sale: SaleView) -> SaleView:
    """A receipt as it is read back: without what the cashier was warned of."""
    return replace(sale, warnings=[])


def test_shows_a_document_as_it_was_answered(world: World) -> None:
    day = trade(world)
    for sale in (day.discounted, day.redeemed, day.void, day.scrapped, day.rounded):
        assert world.ask(get_sale, GetSale(sale_id=sale.sale_id), world.s1).sale == stored(sale)
    assert world.ask(get_sale, GetSale(sale_id=day.offline.sale_id), world.s2).sale == stored(day.offline)


def test_names_the_refunds_and_voids_of_a_sale(world: World) -> None:
    day = trade(world)
    found = world.ask(get_sale, GetSale(sale_id=day.discounted.sale_id))
    assert found.reversal_sale_ids == [day.refund.sale_id, day.scrapped.sale_id]
    assert world.ask(get_sale, GetSale(sale_id=day.refund.sale_id)).reversal_sale_ids == []


def test_finds_a_document_by_the_request_id_of_the_calling_terminal_only(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    assert world.ask(get_sale, GetSale(request_id=sale.request_id.upper()), world.s1).sale == sale
    for caller in (world.s2, SYSTEM):
        with pytest.raises(UnknownSale) as refusal:
            world.ask(get_sale, GetSale(request_id=sale.request_id), caller)
        assert refusal.value.field == "request_id"


@pytest.mark.capability("SEC-02")
def test_a_foreign_sale_is_refused_like_an_absent_one(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    refusals = []
    for sale_id in (sale.sale_id, 999_999):
        with pytest.raises(UnknownSale) as refusal:
            world.ask(get_sale, GetSale(sale_id=sale_id), world.s2)
        refusals.append(str(refusal.value))
    assert refusals == ["sale_id: There is no such sale in this caller's scope."] * 2


@pytest.mark.parametrize("query", [GetSale(), GetSale(1, str(uuid4()))])
def test_wants_one_of_two_ids(world: World, query: GetSale) -> None:
    with pytest.raises(SaleIdOrRequestId):
        world.ask(get_sale, query)


def test_refuses_a_request_id_that_is_none(world: World) -> None:
    with pytest.raises(NotARequestId) as refusal:
        world.ask(get_sale, GetSale(request_id="7; DROP TABLE sales"))
    assert refusal.value.field == "request_id"


def test_lists_what_is_in_scope_newest_first(world: World) -> None:
    day = trade(world)
    listed = world.ask(list_sales, ListSales(), world.s1)
    assert listed.next_page_token == ""
    assert listed.sales[0] == SaleSummary(
        sale_id=day.rounded.sale_id,
        kind=day.rounded.kind,
        receipt_number=day.rounded.receipt_number,
        store_code="S1",
        terminal_code="T1",
        channel="store",
        currency="CNY",
        business_date="2026-11-23",
        sold_at=day.rounded.sold_at,
        member_number="",
        total_minor=987,
        points_earned=0,
    )
    assert [sale.total_minor for sale in listed.sales] == [
        987, 10_000, 80_800, -20_000, 20_000, -5_000, -9_000, 30_000, 37_300,
    ]  # fmt: skip
    assert ids(world, world.s2) == [day.offline.sale_id]
    assert ids(world) == ids(world, replace(SYSTEM, store_ids=world.s1.store_ids | world.s2.store_ids))
    assert len(ids(world)) == 10
    assert ids(world, replace(SYSTEM, store_ids=frozenset())) == []


def test_lists_by_the_time_of_the_sale_not_of_its_arrival(world: World) -> None:
    first = world.sell(Till().line("TEA").cash(10_000).command)
    before = world.clock.now
    world.clock.advance(hours=2)
    last = world.sell(Till().line("TEA").cash(10_000).command)
    late = world.sell(Till().line("TEA").cash(10_000).offline(before.replace(minute=30)).command)
    in_order = [last.sale_id, late.sale_id, first.sale_id]
    assert ids(world, world.s1) == ids(world) == in_order


@pytest.mark.parametrize("who", ["terminal", "region", "chain"])
def test_pages_hold_every_sale_once(world: World, who: str) -> None:
    trade(world)
    stores = {"terminal": world.s1.store_ids, "region": world.s1.store_ids | world.s2.store_ids, "chain": None}
    caller = replace(SYSTEM, store_ids=stores[who])
    pages, token = [], ""
    while True:
        page = world.ask(list_sales, ListSales(page_size=4, page_token=token), caller)
        pages.append([sale.sale_id for sale in page.sales])
        token = page.next_page_token
        if not token:
            break
    assert [len(page) for page in pages] == ([4, 4, 1] if who == "terminal" else [4, 4, 2])
    assert list(chain.from_iterable(pages)) == ids(world, caller)


def test_lists_of_a_store_a_period_and_a_member(world: World) -> None:
    day = trade(world)
    second = [day.rounded.sale_id, day.coupon.sale_id]
    assert ids(world, store_code="S2") == [day.offline.sale_id]
    assert ids(world, from_date="2026-11-23") == second
    assert ids(world, store_code="S1", from_date="2026-11-23", to_date="2026-11-23") == second
    assert ids(world, to_date="2026-11-21") == []
    of_member = [sale.sale_id for sale in (day.scrapped, day.refund, day.redeemed, day.discounted)]
    # Both reversals happened in the same second.
    assert sorted(ids(world, member_number=day.redeemed.member_number)) == sorted(of_member)
    assert ids(world, member_number=day.redeemed.member_number, from_date="2026-11-23") == []
    assert ids(world, world.s2, member_number=day.redeemed.member_number) == []


@pytest.mark.capability("MEM-08")
def test_lists_what_a_member_bought_in_all_stores_and_channels_in_the_order_of_time(world: World) -> None:
    tea = Till().line("TEA").member().cash(10_000)
    orders = [
        (world.s1, tea, "store"),
        (world.s2, tea.basket(channel="web"), "web"),
        (world.s2, tea, "store"),
        (world.s1, tea.basket(channel="web"), "web"),
        (world.s1, tea, "store"),
    ]
    bought = []
    for caller, till, channel in orders:
        bought.append((world.sell(till.command, caller).sale_id, channel))
        world.clock.advance(minutes=5)
    back = world.refund(RefundSale(bought[0][0], "changed my mind")).sale
    number = back.member_number
    listed = world.ask(list_sales, ListSales(member_number=number)).sales
    assert [(sale.sale_id, sale.channel) for sale in listed] == [(back.sale_id, "store"), *reversed(bought)]


@pytest.mark.capability("SAL-08")
def test_a_sale_moves_the_takings_of_the_chain_at_once(world: World) -> None:
    world.sell(Till().line("TEA").cash(10_000).command)
    assert [row.total_minor for row in world.ask(get_takings, GetTakings()).rows] == [10_000]
    world.sell(Till().line("MUG").cash(5_000).command, world.s2)
    assert [row.total_minor for row in world.ask(get_takings, GetTakings()).rows] == [15_000]


@pytest.mark.capability("SEC-02")
def test_refuses_a_foreign_store_like_an_absent_one(world: World) -> None:
    for query, command in ((list_sales, ListSales), (get_takings, GetTakings)):
        for code in ("S2", "S99"):
            with pytest.raises(UnknownStore) as refusal:
                world.ask(query, command(store_code=code), world.s1)
            assert str(refusal.value) == f"store_code: There is no store “{code}” in this caller's scope."


def test_refuses_what_names_nothing(world: World) -> None:
    with pytest.raises(UnknownMemberNumber):
        world.ask(list_sales, ListSales(member_number="00000000"))
    with pytest.raises(InvalidDate) as refusal:
        world.ask(list_sales, ListSales(from_date="2026-02-30"))
    assert refusal.value.field == "from_date"
    with pytest.raises(LastBeforeFirst):
        world.ask(get_takings, GetTakings(from_date="2026-11-23", to_date="2026-11-22"))
    with pytest.raises(InvalidPageToken):
        world.ask(list_sales, ListSales(page_token="WzFd"))


def test_takings_by_each_dimension(world: World) -> None:
    trade(world)
    assert world.ask(get_takings, GetTakings()).rows == [
        TakingsRow(
            store_code="",
            business_date="",
            department="",
            tender=None,
            channel="",
            currency="CNY",
            sales=7,
            reversals=3,
            quantity_milli=(3 + 2 + 1 + 4 + 1 - 1 - 1 + 2 - 2 + 101 + 101 + 1) * 1_000 + 1_234,
            gross_minor=40_300 + 30_000 - 10_000 - 5_000 + 505_000 + 80_800 + 10_000 + 987,
            discount_minor=3_000 - 1_000,
            net_minor=650_087 - 74_789,
            tax_minor=74_789,
            total_minor=650_087,
            rounding_minor=3,
        )
    ]

    def by(dimension: TakingsDimension, *fields: str) -> list[tuple[object, ...]]:
        rows = world.ask(get_takings, GetTakings((dimension,))).rows
        return [tuple(getattr(row, name) for name in (*fields, "total_minor")) for row in rows]

    assert by(STORE, "store_code", "sales", "reversals") == [("S1", 6, 3, 145_087), ("S2", 1, 0, 505_000)]
    assert by(DATE, "business_date", "sales") == [("2026-11-22", 5, 639_100), ("2026-11-23", 2, 10_987)]
    assert by(CHANNEL, "channel", "sales", "reversals") == [("phone", 1, 1, 0), ("store", 6, 2, 650_087)]
    # A sale counts in each of its departments.
    assert by(DEPARTMENT, "department", "sales", "reversals", "quantity_milli") == [
        ("FOOD", 6, 2, 106_234, 27_000 + 10_000 - 9_000 + 80_800 + 10_000 + 987),
        ("HOME", 3, 1, 107_000, 10_000 + 300 + 20_000 - 5_000 + 505_000),
    ]
    assert by(TENDER, "tender", "sales", "reversals", "rounding_minor", "quantity_milli") == [
        (TenderKind.BANK_TRANSFER, 1, 1, 0, 0, 0),
        (TenderKind.CARD, 2, 0, 0, 0, 29_700 + 8_500),
        (TenderKind.CASH, 3, 2, 3, 0, 37_300 - 9_000 - 5_000 + 80_800 + 990),
        (TenderKind.MANUFACTURER_COUPON, 1, 0, 0, 0, 1_500),
        (TenderKind.POINTS, 1, 0, 0, 0, 300),
        (TenderKind.WALLET, 1, 0, 0, 0, 505_000),
    ]


@pytest.mark.capability("OMN-01")
def test_takings_grouped_by_anything_add_up_to_the_same(world: World) -> None:
    trade(world)
    groupings = [
        dimensions
        for size in range(5)
        for dimensions in combinations(TakingsDimension, size)
        if not {DEPARTMENT, TENDER} <= set(dimensions)
    ]
    assert len(groupings) == 24
    for dimensions in groupings:
        rows = world.ask(get_takings, GetTakings(dimensions)).rows
        rounding = sum(row.rounding_minor for row in rows) if TENDER in dimensions else 0
        assert sum(row.total_minor for row in rows) - rounding == 650_087
        assert rows == sorted(rows, key=lambda row: [getattr(row, FIELDS[name]) for name in dimensions])


FIELDS = {STORE: "store_code", DATE: "business_date", DEPARTMENT: "department", TENDER: "tender", CHANNEL: "channel"}


def test_takings_of_a_store_and_a_period(world: World) -> None:
    trade(world)
    dimensions = (DATE, STORE)
    assert [
        (row.business_date, row.store_code, row.total_minor)
        for row in world.ask(get_takings, GetTakings(dimensions, from_date="2026-11-22", to_date="2026-11-22")).rows
    ] == [("2026-11-22", "S1", 134_100), ("2026-11-22", "S2", 505_000)]
    assert [row.total_minor for row in world.ask(get_takings, GetTakings((), "S1", "2026-11-23")).rows] == [10_987]
    assert [row.total_minor for row in world.ask(get_takings, GetTakings(), world.s2).rows] == [505_000]
    assert world.ask(get_takings, GetTakings(to_date="2020-01-01")).rows == []


def test_takings_never_add_currencies(world: World) -> None:
    world.do(
        put_stores,
        PutStores((StoreView("S3", "Store S3", "EAST", "USD", "America/New_York", 240, StoreStatus.OPEN),)),
    )
    world.do(create_terminal, CreateTerminal("T3", "S3", "terminal"))
    line = BasketLine("WRAP", quantity_milli=1_000, terminal_price=TerminalPrice(250))
    dollars = Checkout(Basket((line,)), (Tender(TenderKind.CASH, 250),))
    world.sell(dollars, world.terminal("T3"))
    world.sell(Till().line("WRAP").cash(300).command)
    for dimensions in ((), (STORE,), (TENDER,), (DEPARTMENT,)):
        rows = world.ask(get_takings, GetTakings(dimensions)).rows
        assert sorted((row.currency, row.total_minor) for row in rows) == [("CNY", 300), ("USD", 250)]
    assert [(row.currency, row.total_minor) for row in world.ask(best_sellers, Ranking(5))] == [
        ("CNY", 300),
        ("USD", 250),
    ]


def test_refuses_takings_that_cannot_be_had(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DepartmentWithTender):
        world.ask(get_takings, GetTakings((TENDER, STORE, DEPARTMENT)))
    with pytest.raises(NamedTwice):
        world.ask(get_takings, GetTakings((STORE, STORE)))
    trade(world)
    monkeypatch.setattr(queries, "TAKINGS_ROWS_MAX", 1)
    with pytest.raises(TooManyTakings):
        world.ask(get_takings, GetTakings((STORE,)))
    assert len(world.ask(get_takings, GetTakings((STORE,)), world.s1).rows) == 1


def test_best_sellers_are_what_brought_most(world: World) -> None:
    trade(world)
    assert world.ask(best_sellers, Ranking(3)) == [
        BestSeller("MUG", "Mug", "HOME", "CNY", 106_000, 530_000),
        BestSeller("RICE", "Rice, loose", "FOOD", "CNY", 102_234, 81_787),
        BestSeller("TEA", "Green tea", "FOOD", "CNY", 4_000, 38_000),
    ]
    assert [row.sku for row in world.ask(best_sellers, Ranking(1, from_date="2026-11-23"))] == ["TEA"]
    assert [row.sku for row in world.ask(best_sellers, Ranking(9), world.s2)] == ["MUG"]
    for limit in (0, 1_001):
        with pytest.raises(OutOfRange):
            world.ask(best_sellers, Ranking(limit))


def test_top_members_are_those_who_bought_most(world: World) -> None:
    day = trade(world)
    assert world.ask(top_members, Ranking(10)) == [TopMember(day.redeemed.member_number, "CNY", 2, 53_300, 230)]
    assert world.ask(top_members, Ranking(10), world.s2) == []
