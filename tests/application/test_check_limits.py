"""A counter or an entry of a promotion with limits that was tampered with is named."""

from dataclasses import dataclass

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.pricing.put_campaigns import PutCampaigns, put_campaigns
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.refund import RefundSale, ReturnRequest
from domain.identity.organisation import SYSTEM
from domain.pricing.limits import Campaign, Limits
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from tests.world import Till, World

DAY = "2026-11-22"


@dataclass
class Used:
    """A chain in which a promotion was used twice by a member, and partly given back."""

    world: World
    first: int
    second: int
    member: int

    def violations(self, *tampering: str) -> list[str]:
        """What the check of promotions finds in a transaction that tampers and is then undone; others find nothing."""
        with self.world.units.begin(caller=SYSTEM, now=self.world.clock()) as uow:
            for statement in tampering:
                uow.execute(text(statement))
            results = {result.id: result.violations for result in run_checks(uow)}
        found = results.pop("PRM-limits")
        assert not any(results.values())
        return list(found)


@pytest.fixture
def used(world: World) -> Used:
    benefit = Benefit(BenefitKind.AMOUNT, ItemSet(skus=("TEA",)), off_minor=1_000)
    limits = Limits(
        campaign_code="XMAS",
        uses_max=3,
        uses_per_day_max=4,
        uses_per_member_max=5,
        uses_per_member_per_day_max=6,
        discount_minor_total_max=3_000,
        discount_minor_per_day_max=4_000,
        discount_minor_per_member_max=5_000,
    )
    world.do(put_campaigns, PutCampaigns((Campaign("XMAS", "Christmas", "CNY", budget_minor=6_000),)))
    world.do(put_promotions, PutPromotions((Promotion("P", "P", benefit, currency="CNY", limits=limits),)))
    sales = [world.sell(Till().line("TEA", 2).member().cash(19_000).command) for _ in range(2)]
    world.refund(RefundSale(sales[0].sale_id, "one too many", (ReturnRequest(1, 1_000, amount_only=False),)))
    [(member,)] = world.rows("SELECT member_id FROM members")
    return Used(world, sales[0].sale_id, sales[1].sale_id, member)


def test_a_counter_that_is_not_the_sum_of_its_entries(used: Used):
    assert used.violations() == []
    assert used.violations("UPDATE promotion_counters SET uses = uses + 1 WHERE member_id = 0 AND day <> ''") == [
        f"promotion_counters subject=promotion member_id=0 day={DAY} code=P: uses 3, uses of entries 2"
    ]
    assert used.violations("DELETE FROM promotion_counters WHERE subject = 'campaign'") == [
        "promotion_counters subject=campaign member_id=0 day= code=XMAS:"
        " uses 0, uses of entries 2; discount 0, discount of entries 1500"
    ]
    assert used.violations(
        "UPDATE promotion_counters SET members = 2 WHERE member_id = 0 AND day = '' AND code = 'P'"
    ) == [
        "promotion_counters subject=promotion member_id=0 day= code=P: members 2, members of entries 1",
        "promotion_counters code=P: members 2, members who have used it 1",
    ]


def test_an_entry_that_is_gone_or_says_another_discount_than_the_sale(used: Used):
    member, second = used.member, used.second
    assert used.violations(
        f"UPDATE promotion_uses SET discount_minor = 900 WHERE sale_id = {second}",
        "UPDATE promotion_counters SET discount_minor = 1400",
    ) == [
        f"promotion_uses sale_id={second} promotion_code=P:"
        " discount of the sale and its returns 900, discounts of their lines 1000"
    ]
    gone = used.violations("DELETE FROM promotion_uses WHERE discount_minor < 0")
    assert gone[:2] == [
        "promotion_counters subject=campaign member_id=0 day= code=XMAS: discount 1500, discount of entries 2000",
        "promotion_counters subject=promotion member_id=0 day= code=P: discount 1500, discount of entries 2000",
    ]
    assert gone[-1] == (
        f"promotion_uses sale_id={used.first} promotion_code=P:"
        " discount of the sale and its returns 1000, discounts of their lines 500"
    )
    assert member


@pytest.mark.parametrize(
    ("limit", "most", "violation"),
    [
        ("uses_max", 1, "promotion_uses promotion_code=P: uses 2, uses_max 1"),
        ("discount_minor_total_max", 1_499, "promotion_uses promotion_code=P: discount_minor 1500, {limit} 1499"),
        ("uses_per_day_max", 1, "promotion_uses promotion_code=P business_date={day}: uses 2, {limit} 1"),
        (
            "discount_minor_per_day_max",
            1_499,
            "promotion_uses promotion_code=P business_date={day}: discount_minor 1500, {limit} 1499",
        ),
        ("uses_per_member_max", 1, "promotion_uses promotion_code=P member_id={member}: uses 2, {limit} 1"),
        (
            "discount_minor_per_member_max",
            1_499,
            "promotion_uses promotion_code=P member_id={member}: discount_minor 1500, {limit} 1499",
        ),
        (
            "uses_per_member_per_day_max",
            1,
            "promotion_uses promotion_code=P member_id={member} business_date={day}: uses 2, {limit} 1",
        ),
        ("budget_minor", 1_499, "promotion_uses campaign_code=XMAS: discount_minor 1500, {limit} 1499"),
    ],
)
def test_more_uses_than_a_limit_that_stood_when_they_were_made(used: Used, limit: str, most: int, violation: str):
    document = f"'{{\"{limit}\": {most}}}'"
    if used.world.url.startswith("postgresql"):
        document = f"CAST({document} AS jsonb)"
    # A colon before a figure would be a parameter.
    tampering = f"UPDATE promotion_uses SET limits = {document} WHERE uses > 0".replace(": ", "\\: ")
    expected = violation.format(limit=limit, day=DAY, member=used.member)
    assert used.violations(tampering) == [expected]
    marked = f"UPDATE promotion_uses SET beyond = TRUE WHERE sale_id = {used.second}"
    assert used.violations(tampering, marked) == []
