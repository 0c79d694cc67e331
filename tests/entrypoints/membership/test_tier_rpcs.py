"""Tiers through the contract, from message to message."""

from entrypoints.grpc.membership import SERVICE as MEMBERSHIP
from entrypoints.grpc.tiers import SERVICE
from liansuo.membership.v1 import membership_pb2
from liansuo.membership.v1 import tier_pb2 as pb2
from tests.application.small_chain import NOON, S01, terminal
from tests.entrypoints.table_calls import call, permissions

PROGRAMME = pb2.TierProgramme(
    currency="CNY",
    tiers=[
        pb2.Tier(code="silver", name_en="Silver", name_zh="银卡"),
        pb2.Tier(code="gold", name_en="Gold", name_zh="金卡", spend_minor=1_000, visits=2, all_of=True),
    ],
    window=pb2.TIER_WINDOW_ROLLING_DAYS,
    window_days=365,
    review_days=365,
    grace_days=30,
    downgrade=pb2.DOWNGRADE_TO_FIT,
    visit_score=1,
)


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutTierProgramme": "tiers.manage",
        "GetTierProgramme": "membership.read",
        "ChangeTier": "tiers.change",
        "GetTierStatus": "membership.read",
        "ListPaidMemberships": "membership.read",
        "GetTierHistory": "membership.read",
        "UseBenefit": "benefits.use",
        "ListBenefits": "membership.read",
    }


def test_carries_a_tier_from_the_programme_to_the_history(chain):
    put = call(chain, SERVICE, "PutTierProgramme", pb2.PutTierProgrammeRequest(programme=PROGRAMME))
    assert put == pb2.PutTierProgrammeResponse(version=1, changed=True)
    found = call(chain, SERVICE, "GetTierProgramme", pb2.GetTierProgrammeRequest(), caller=terminal(S01))
    assert found == pb2.GetTierProgrammeResponse(version=1, programme=PROGRAMME, put_at=NOON)
    number = call(
        chain, MEMBERSHIP, "RegisterMember", membership_pb2.RegisterMemberRequest(card="C1")
    ).member.member_number
    asked = pb2.GetTierStatusRequest(member_key="C1")
    assert call(chain, SERVICE, "GetTierStatus", asked) == pb2.GetTierStatusResponse(
        member_number=number,
        from_date="2024-06-02",
        until_date="2025-06-02",
        done=pb2.TierFigures(),
        next_tier="silver",
        missing=pb2.TierFigures(),
    )
    change = pb2.ChangeTierRequest(member_key="C1", tier="silver", reason="Guest")
    assert call(chain, SERVICE, "ChangeTier", change) == pb2.ChangeTierResponse(to_tier="silver")
    shown = call(chain, SERVICE, "GetTierStatus", asked)
    assert (shown.tier, shown.next_tier, shown.all_of) == ("silver", "gold", True)
    assert shown.missing == pb2.TierFigures(spend_minor=1_000, visits=2)
    history = call(chain, SERVICE, "GetTierHistory", pb2.GetTierHistoryRequest(member_key="C1"))
    assert history == pb2.GetTierHistoryResponse(
        entries=[
            pb2.TierEntry(
                number=1,
                to_tier="silver",
                cause=pb2.TIER_CAUSE_MANUAL,
                reason="Guest",
                figures=pb2.TierFigures(),
                programme_version=1,
                decided_on="2025-06-01",
                entered_at=NOON,
            )
        ]
    )
