from dataclasses import replace
from typing import Final

from domain.membership.tier import (
    Tier,
    TierFigures,
    TierProgramme,
    code_at,
    reached_by_sale,
    upgraded,
    with_sale,
)
from tests.conformance.stored_cases import deciding, minor

NO_TIER: Final = -1


@deciding("loy-05", "loy-07", "loy-08")
def test_the_tier_is_that_of_everything_spent_with_the_sale_that_is_made(case, conformance):
    tiers = tuple(Tier(name, name, name, spend_minor=minor(from_)) for name, from_ in case["given"]["tiers"].items())
    programme = TierProgramme("INR", tiers)
    before = TierFigures(spend_minor=minor(case["when"]["spent_before"]))
    rank = upgraded(programme, NO_TIER, before)
    after = replace(before, spend_minor=before.spend_minor + minor(case["when"]["current_sale"]))
    assert programme.tiers[upgraded(programme, rank, after)].code == case["expected"]["tier"]
    # Where the sale that brings a tier is sold by it, that tier is the same.
    now = code_at(programme, rank)
    total = after.spend_minor - before.spend_minor
    made = with_sale(programme, before, total_minor=total, points=0, currency="INR")
    assert (reached_by_sale(programme, now, made) or now) == case["expected"]["tier"]
    conformance.record(case["id"], area=case["area"], verdict="agree")
