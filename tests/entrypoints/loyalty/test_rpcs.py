from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.identity.organisation import SYSTEM
from entrypoints.grpc.loyalty import SERVICE
from liansuo.loyalty.v1 import loyalty_pb2 as pb2
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, Till

REQUEST = "6f1c2a52-6b0c-4e0e-9d55-0f4c8a1b2c3d"


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "GetPointsBalance": "loyalty.read",
        "GetPointsStatement": "loyalty.read",
        "GetPointsFigures": "finance.read",
        "GetPointsQuotas": "finance.read",
        "ExpirePoints": "loyalty.expire",
        "HoldPoints": "loyalty.hold",
        "CapturePoints": "loyalty.hold",
        "ReleasePoints": "loyalty.hold",
        "JoinPointsPool": "loyalty.pools",
        "LeavePointsPool": "loyalty.pools",
        "SetPointsPoolRule": "loyalty.pools",
        "GetPointsPool": "loyalty.read",
        "TransferPoints": "loyalty.pools",
        "AdjustPoints": "loyalty.adjust",
        "ReversePointsAdjustment": "loyalty.adjust",
    }


def test_carries_points_from_the_sale_to_the_answer(world):
    sale = world.sell(Till().line("TEA").member().cash(10_000).command)
    assert ask(world, SERVICE, "GetPointsBalance", pb2.GetPointsBalanceRequest(member_key=MEMBER)) == (
        pb2.GetPointsBalanceResponse(
            member_number=sale.member_number,
            points_balance=100,
            next_expiry_on="2028-01-01",
            next_expiry_points=100,
            spendable_points=100,
        )
    )
    statement = ask(world, SERVICE, "GetPointsStatement", pb2.GetPointsStatementRequest(member_key=MEMBER))
    [entry] = statement.entries
    assert statement == pb2.GetPointsStatementResponse(
        member_number=sale.member_number,
        points_balance=100,
        entries=[
            pb2.PointsEntry(
                entry_id=entry.entry_id,
                points=100,
                reason=pb2.POINTS_REASON_EARNED,
                sale_id=sale.sale_id,
                lot_id=entry.lot_id,
                expires_on="2028-01-01",
                store_code="S1",
                business_date="2026-11-22",
                posted_at=sale.sold_at,
            )
        ],
    )


@pytest.mark.capability("PTS-12")
def test_carries_what_has_expired_to_the_answer(world):
    world.sell(Till().line("TEA").member().cash(10_000).command)
    world.clock.now = datetime(2028, 1, 2, tzinfo=UTC)
    method = SERVICE.methods[f"/{SERVICE.name}/ExpirePoints"]
    command = method.decode(pb2.ExpirePointsRequest(on="2028-01-01", lots_max=7))
    answer = method.row.response.FromString(method.show(world.do(method.use_case, command)))
    [expiry] = answer.expiries
    assert answer == pb2.ExpirePointsResponse(
        on="2028-01-01",
        members=1,
        lots=1,
        points=100,
        expiries=[
            pb2.PointsExpiry(
                expiry_id=expiry.expiry_id, store_code="S1", currency="CNY", lots=1, points=100, value_minor=99
            )
        ],
    )
    statement = ask(world, SERVICE, "GetPointsStatement", pb2.GetPointsStatementRequest(member_key=MEMBER))
    newest = statement.entries[0]
    assert (newest.points, newest.reason, newest.sale_id) == (-100, pb2.POINTS_REASON_EXPIRED, expiry.expiry_id)


@pytest.mark.capability("PTS-17")
def test_carries_figures_to_the_answer(world):
    world.sell(Till().line("TEA").member().cash(10_000).command)
    found = ask(world, SERVICE, "GetPointsFigures", pb2.GetPointsFiguresRequest(to_date="2026-11-22"))
    assert found == pb2.GetPointsFiguresResponse(
        figures=[
            pb2.PointsFigures(
                store_code="S1", currency="CNY", issued_points=100, outstanding_points=100, issued_minor=99,
                liability_minor=99,
            )
        ]
    )  # fmt: skip


def test_carries_an_adjustment_and_its_reversal_to_the_answer(world):
    made = run(world, "AdjustPoints", pb2.AdjustPointsRequest(
        request_id=REQUEST, member_key=MEMBER, points=50, reason="Late", store_code="S1"
    )).adjustment  # fmt: skip
    assert (made.points, made.value_minor, made.points_balance) == (50, 50, 50)
    undone = run(world, "ReversePointsAdjustment", pb2.ReversePointsAdjustmentRequest(
        request_id=REQUEST, adjustment_id=made.adjustment_id, reason="Wrong member"
    )).adjustment  # fmt: skip
    assert undone == pb2.PointsAdjustment(
        adjustment_id=undone.adjustment_id, member_number=made.member_number, points=-50, value_minor=-50
    )


def run(world, name, request):
    """The response of an RPC that writes, as it was sent the first time."""
    method = SERVICE.methods[f"/{SERVICE.name}/{name}"]
    return method.row.response.FromString(
        method.show(world.once(method.use_case, method.decode(request), replace(SYSTEM, caller_id=len(name))))
    )
