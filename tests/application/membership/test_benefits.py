"""What a tier grants each month: exact, however many tills ask at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from application.fields import Missing, NamedTwice, OutOfRange
from application.membership.tier_programme import BenefitOfNoTier, PutTierProgramme, put_tier_programme
from application.membership.use_benefit import (
    BenefitNotForTier,
    BenefitUsed,
    BenefitUsedUp,
    ListBenefits,
    UnknownBenefit,
    UseBenefit,
    list_benefits,
    use_benefit,
)
from application.named_members import UnknownMember
from application.scope import UnknownStore
from domain.membership.tier import Tier, TierBenefit, TierProgramme
from tests.world import MEMBER

PARKING = TierBenefit("PARKING", "2 h parking", "免费停车 2 小时", 3, ("gold",))
PROGRAMME = TierProgramme("CNY", (Tier("gold", "Gold", "金卡", spend_minor=1),), benefits=(PARKING,))
PLATE = UseBenefit(MEMBER, "PARKING", "沪A12345")


@pytest.fixture
def granted(world):
    world.do(put_tier_programme, PutTierProgramme(PROGRAMME))
    world.set_tier("gold")
    return world


def use(world, command=PLATE):
    return world.do(use_benefit, command, world.s1)


def listed(world, caller=None):
    return world.ask(list_benefits, ListBenefits(MEMBER), caller or world.s1)


@pytest.mark.capability("LVL-12")
def test_parking_is_free_three_times_a_month_for_a_plate(granted):
    assert use(granted) == BenefitUsed(1, 2, "2026-12-01")
    granted.clock.advance(minutes=1)
    granted.do(use_benefit, replace(PLATE, note="沪B67890"), granted.s2)
    granted.clock.advance(minutes=1)
    assert use(granted) == BenefitUsed(3, 0, "2026-12-01")
    with pytest.raises(BenefitUsedUp) as refused:
        use(granted)
    assert refused.value.message("en").endswith("It may be used again from 2026-12-01 on.")
    found = listed(granted)
    [parking] = found.benefits
    assert (found.tier, parking.used, parking.left) == ("gold", 3, 0)
    assert [(one.note, one.store_code) for one in parking.uses] == [("**45", "S1"), ("**90", "S2"), ("**45", "S1")]
    shown = listed(granted, granted.terminal("T1", "membership.personal")).benefits[0]
    assert [one.note for one in shown.uses] == ["沪A12345", "沪B67890", "沪A12345"]
    stored = granted.rows("SELECT note_cipher FROM benefit_uses")
    assert [cipher for (cipher,) in stored if b"12345" in bytes(cipher)] == []
    # Four in the morning of the first ends the trading day, and with it the month.
    granted.clock.now = granted.clock.now.replace(month=11, day=30, hour=19, minute=59)
    with pytest.raises(BenefitUsedUp):
        use(granted)
    granted.clock.advance(minutes=1)
    assert use(granted) == BenefitUsed(1, 2, "2027-01-01")


def test_fifty_tills_at_once_use_it_as_often_as_it_may_be(granted):
    def attempt(_):
        try:
            return use(granted).used
        except BenefitUsedUp:
            return 0

    with ThreadPoolExecutor(10) as tills:
        outcomes = sorted(tills.map(attempt, range(50)))
    assert outcomes == [0] * 47 + [1, 2, 3]
    assert granted.rows("SELECT used FROM benefit_counts") == [(3,)]
    assert granted.count("benefit_uses") == 3


def test_what_is_wrong_is_refused_and_nothing_is_used(granted):
    wrong = (
        (replace(PLATE, member_key="404"), UnknownMember, "member_key"),
        (replace(PLATE, benefit_code="PARK"), UnknownBenefit, "benefit_code"),
        (replace(PLATE, benefit_code=""), Missing, "benefit_code"),
        (replace(PLATE, note=" "), Missing, "note"),
        # Another store than the terminal's own.
        (replace(PLATE, store_code="S2"), UnknownStore, "store_code"),
    )
    for command, refusal, field in wrong:
        with pytest.raises(refusal) as refused:
            use(granted, command)
        assert refused.value.field == field
    granted.set_tier("")
    with pytest.raises(BenefitNotForTier):
        use(granted)
    assert listed(granted).benefits == []
    assert granted.count("benefit_uses") == 0
    for change, refusal, field in (
        ({"code": ""}, Missing, "benefits[0].code"),
        ({"uses_per_month": 0}, OutOfRange, "benefits[0].uses_per_month"),
        ({"tiers": ()}, Missing, "benefits[0].tiers"),
        ({"tiers": ("gold", "silver")}, BenefitOfNoTier, "benefits[0].tiers[1]"),
    ):
        with pytest.raises(refusal) as refused:
            granted.do(put_tier_programme, PutTierProgramme(replace(PROGRAMME, benefits=(replace(PARKING, **change),))))
        assert refused.value.field == f"programme.{field}"
    with pytest.raises(NamedTwice):
        granted.do(put_tier_programme, PutTierProgramme(replace(PROGRAMME, benefits=(PARKING, PARKING))))
    assert granted.count("tier_programmes") == 1


def test_a_counter_that_is_not_its_uses_is_found(granted):
    use(granted)
    with granted.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE benefit_counts SET used = 2")
    [found] = granted.broken()
    assert found.endswith("used 2, rows of benefit_uses 1")
    with granted.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE benefit_counts SET used = 1")
