"""One valid request for every RPC of tiers."""

from typing import Final

from liansuo.membership.v1 import tier_pb2
from tests.stress.chain import PHONES
from tests.stress.requests import Valid

TIERS: Final[dict[str, Valid]] = {
    "PutTierProgramme": lambda key, _: tier_pb2.PutTierProgrammeRequest(
        request_id=key,
        programme=tier_pb2.TierProgramme(
            currency="CNY",
            tiers=[
                tier_pb2.Tier(code="silver", name_en="Silver", name_zh="银卡"),
                tier_pb2.Tier(
                    code="gold",
                    name_en="Gold",
                    name_zh="金卡",
                    spend_minor=10,
                    visits=2,
                    points=3,
                    score=4,
                    all_of=True,
                ),
            ],
            window=tier_pb2.TIER_WINDOW_ROLLING_DAYS,
            window_days=365,
            review_days=365,
            grace_days=30,
            downgrade=tier_pb2.DOWNGRADE_ONE_STEP,
            visit_score=1,
            check_in_score=1,
            card_types=[tier_pb2.CardType(code="DISC-88", name_en="12 % off", name_zh="88折卡", tiers=["gold"])],
            benefits=[
                tier_pb2.TierBenefit(
                    code="PARKING", name_en="Parking", name_zh="停车", uses_per_month=1_000, tiers=["silver", "gold"]
                )
            ],
        ),
    ),
    "GetTierProgramme": lambda key, _: tier_pb2.GetTierProgrammeRequest(),
    "ChangeTier": lambda key, _: tier_pb2.ChangeTierRequest(
        request_id=key, member_key=PHONES[0], tier="gold", reason="Guest of honour", valid_until="2031-01-01"
    ),
    "ListPaidMemberships": lambda key, _: tier_pb2.ListPaidMembershipsRequest(member_key=PHONES[0], page_size=3),
    "GetTierStatus": lambda key, _: tier_pb2.GetTierStatusRequest(member_key=PHONES[0]),
    "GetTierHistory": lambda key, _: tier_pb2.GetTierHistoryRequest(member_key=PHONES[0], page_size=3),
    "UseBenefit": lambda key, _: tier_pb2.UseBenefitRequest(
        request_id=key, member_key=PHONES[0], benefit_code="PARKING", note="A12345", store_code="S1"
    ),
    "ListBenefits": lambda key, _: tier_pb2.ListBenefitsRequest(member_key=PHONES[0], store_code="S1"),
}
