"""The same points in every store, a store's own standard, and points at the next store at once; in messages."""

from typing import Any

import pytest
from google.protobuf.message import Message

from domain.identity.organisation import SYSTEM, Caller
from domain.shared.errors import Refusal
from entrypoints.grpc.identity import SERVICE as IDENTITY
from entrypoints.grpc.loyalty import SERVICE as LOYALTY
from entrypoints.grpc.membership import SERVICE as MEMBERSHIP
from entrypoints.grpc.rpc import Service
from entrypoints.grpc.sales import SERVICE as SALES
from liansuo.identity.v1 import identity_pb2
from liansuo.loyalty.v1 import loyalty_pb2
from liansuo.membership.v1 import membership_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, World


def do(world: World, service: Service, name: str, request: Message, caller: Caller = SYSTEM) -> Any:
    """The answer of an RPC that writes."""
    method = service.methods[f"/{service.name}/{name}"]
    result = world.once(method.use_case, method.decode(request), caller)
    return method.row.response.FromString(method.show(result))


def sale(world: World, caller: Caller, *, units: int = 1, channel: str = "", points: int = 0) -> pb2.Sale:
    method = SALES.methods[f"/{SALES.name}/Checkout"]
    lines = [pb2.BasketLine(sku="TEA", quantity_milli=units * 1_000)]
    tenders = [pb2.Tender(kind=pb2.TENDER_KIND_POINTS, points=points)] if points else []
    tenders.append(pb2.Tender(kind=pb2.TENDER_KIND_CARD, amount_minor=units * 10_000 - points, reference="A1"))
    basket = pb2.Basket(lines=lines, member_key=MEMBER, channel=channel)
    sold = world.sell(method.decode(pb2.CheckoutRequest(basket=basket, tenders=tenders)), caller)
    return method.row.response.FromString(method.show(sold)).sale


def put(world: World, name: str, value: str, store: str = "", caller: Caller = SYSTEM) -> None:
    scope = identity_pb2.SCOPE_KIND_STORE if store else identity_pb2.SCOPE_KIND_CHAIN
    request = identity_pb2.PutSettingRequest(name=name, scope_kind=scope, scope_code=store, value=value)
    do(world, IDENTITY, "PutSetting", request, caller)


@pytest.mark.capability("PTS-06")
def test_every_store_gives_the_same_points(world: World):
    put(world, "points_per_major_unit", "2")
    assert [sale(world, caller).points_earned for caller in (world.s1, world.s2)] == [200, 200]


@pytest.mark.capability("PTS-07")
def test_a_store_gives_more_and_it_is_known_who_said_so(world: World):
    put(world, "points_store_factor_bp", "11000")
    put(world, "points_store_factor_bp", "12000", "S2", caller=world.s2)
    assert [sale(world, caller).points_earned for caller in (world.s1, world.s2)] == [110, 120]
    put(world, "points_redeem_step", "50", "S2")
    assert sale(world, world.s2, points=150).points_redeemed == 150
    with pytest.raises(Refusal, match="multiples of 100"):
        sale(world, world.s1, points=50)
    put(world, "points_store_factor_bp", "", "S2")
    assert sale(world, world.s2).points_earned == 110

    asked = identity_pb2.ListSettingChangesRequest(name="points_store_factor_bp", page_size=2)
    first = ask(world, IDENTITY, "ListSettingChanges", asked)
    told = [(one.scope_code, one.before, one.after, one.changed_by) for one in first.changes]
    assert told == [("S2", "12000", "", "system"), ("S2", "", "12000", "T2")]
    asked.page_token = first.next_page_token
    rest = ask(world, IDENTITY, "ListSettingChanges", asked)
    assert [(one.scope_code, one.before, one.after) for one in rest.changes] == [("", "", "11000")]
    assert rest.next_page_token == ""
    own = ask(world, IDENTITY, "ListSettingChanges", asked.__class__(name="points_store_factor_bp"), world.s1)
    assert [one.scope_code for one in own.changes] == [""], "another store's is none of its business"


def test_setting_what_is_set_already_is_no_change(world: World):
    for _ in range(2):
        put(world, "points_store_factor_bp", "12000")
    asked = identity_pb2.ListSettingChangesRequest(name="points_store_factor_bp")
    assert len(ask(world, IDENTITY, "ListSettingChanges", asked).changes) == 1
    with pytest.raises(Refusal) as refused:
        ask(world, IDENTITY, "ListSettingChanges", identity_pb2.ListSettingChangesRequest(name="nothing"))
    assert (refused.value.reason, refused.value.field) == ("UNKNOWN_SETTING", "name")


@pytest.mark.capability("MEM-11", "PTS-08")
def test_points_are_there_at_the_next_store_at_once(world: World):
    earned = sale(world, world.s1, units=2)
    assert earned.points_balance == 200
    asked = loyalty_pb2.GetPointsBalanceRequest(member_key=MEMBER)
    assert ask(world, LOYALTY, "GetPointsBalance", asked, world.s2).points_balance == 200
    member = ask(world, MEMBERSHIP, "GetMember", membership_pb2.GetMemberRequest(member_key=MEMBER)).member
    assert member.points_balance == 200
    redeemed = sale(world, world.s2, points=200)
    assert (redeemed.points_redeemed, redeemed.points_balance) == (200, 98)
    with pytest.raises(Refusal, match="has 98 points"):
        sale(world, world.s1, points=200)


@pytest.mark.capability("MEM-19")
def test_an_order_of_a_delivery_platform_earns_as_a_sale_at_the_till(world: World):
    """The platform knows the member's phone only; what it sends late is earned once, on its own day."""
    at_till = sale(world, world.s1)
    delivered = sale(world, world.s1, channel="MEITUAN")
    assert (delivered.channel, delivered.member_number) == ("MEITUAN", at_till.member_number)
    assert delivered.points_earned == at_till.points_earned == 100
    assert delivered.points_balance == 200
    request = pb2.ListSalesRequest(member_number=at_till.member_number)
    sales = ask(world, SALES, "ListSales", request).sales
    assert [one.channel for one in sales] == ["MEITUAN", "store"]
