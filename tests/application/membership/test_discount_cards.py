"""Discount cards: a card of a type gives what promotions give its holders, and revoking it takes that back at once."""

from dataclasses import replace

import pytest

from application.membership.add_card import AddCard, CardNotForTier, UnknownCardType, add_card
from application.membership.cards import (
    BlockCard,
    ListCardEvents,
    ReplaceCard,
    UnblockCard,
    block_card,
    list_card_events,
    replace_card,
    unblock_card,
)
from application.membership.put_member_segments import (
    MemberSegments,
    PutMemberSegments,
    SegmentOfCard,
    put_member_segments,
)
from application.membership.tier_programme import (
    BenefitOfNoTier,
    GetTierProgramme,
    InvalidCardType,
    PutTierProgramme,
    get_tier_programme,
    put_tier_programme,
)
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.membership.tier import CardType, Tier, TierProgramme
from domain.pricing.promotion import Benefit, BenefitKind, Condition, ItemSet, Promotion
from tests.world import MEMBER, Till

DISC_88 = CardType("DISC-88", "12 % off", "88折卡", tiers=("gold",))
PROGRAMME = TierProgramme("CNY", (Tier("gold", "Gold", "金卡", spend_minor=50_000),), card_types=(DISC_88,))
OFF = Promotion(
    "DISC-88",
    "12 % with the card",
    Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=1_200),
    when=Condition(segments=("card:DISC-88",)),
)


@pytest.fixture
def shop(world):
    world.do(put_tier_programme, PutTierProgramme(PROGRAMME))
    world.do(put_promotions, PutPromotions((OFF,)))
    world.set_tier("gold")
    return world


def tea(world, channel=""):
    sale = world.sell(Till().line("TEA").member().basket(channel=channel).cash(10_000).command)
    return sale.total_minor


def issue(world, card="D-1", card_type="DISC-88"):
    return world.do(add_card, AddCard(MEMBER, card, card_type))


@pytest.mark.capability("LVL-15")
def test_twelve_percent_come_off_for_as_long_as_the_card_is_active(shop):
    assert tea(shop) == 10_000
    assert issue(shop).segments == ("card:DISC-88",)
    # Bound to the member: it counts whichever key they show, and in every channel.
    assert (tea(shop), tea(shop, "web")) == (8_800, 8_800)
    shop.do(block_card, BlockCard("D-1", "resold"))
    assert (tea(shop), tea(shop, "web")) == (10_000, 10_000)
    shop.do(unblock_card, UnblockCard("D-1", "cleared"))
    assert tea(shop) == 8_800


@pytest.mark.capability("LVL-15")
def test_a_card_that_replaces_another_is_of_its_type(shop):
    issue(shop)
    shop.do(replace_card, ReplaceCard("D-1", "D-2", "worn"))
    assert tea(shop) == 8_800
    shop.do(block_card, BlockCard("D-2", "revoked"))
    assert tea(shop) == 10_000
    events = shop.ask(list_card_events, ListCardEvents(MEMBER)).events
    assert [(one.card, one.kind.value, one.card_type) for one in events] == [
        ("D-2", "blocked", "DISC-88"),
        ("D-2", "issued", "DISC-88"),
        ("D-1", "replaced", "DISC-88"),
        ("D-1", "issued", "DISC-88"),
        ("CARD1", "issued", ""),
    ]


def test_of_two_cards_of_a_type_one_is_enough(shop):
    issue(shop, "D-1")
    issue(shop, "D-2")
    shop.do(block_card, BlockCard("D-1", "lost"))
    assert tea(shop) == 8_800


def test_segments_of_marketing_and_those_of_cards_leave_each_other_alone(shop):
    issue(shop)
    for segments in (("vip",), ()):
        shop.do(put_member_segments, PutMemberSegments((MemberSegments(MEMBER, segments),)))
        assert tea(shop) == 8_800
    with pytest.raises(SegmentOfCard) as refused:
        shop.do(put_member_segments, PutMemberSegments((MemberSegments(MEMBER, ("vip", "card:DISC-88")),)))
    assert refused.value.field == "members[0].segments[1]"
    shop.do(put_member_segments, PutMemberSegments((MemberSegments(MEMBER, ("vip",)),)))
    assert shop.do(block_card, BlockCard("D-1", "lost")).segments == ("vip",)


def test_a_card_of_no_type_or_for_another_tier_is_not_handed_out(shop):
    with pytest.raises(UnknownCardType):
        issue(shop, card_type="DISC-77")
    shop.set_tier("")
    with pytest.raises(CardNotForTier):
        issue(shop)
    assert shop.count("member_cards") == 1
    assert shop.rows("SELECT segments FROM members")[0][0] in ("[]", [])


def test_a_programme_is_kept_with_its_card_types_and_wrong_ones_are_refused(shop):
    assert shop.ask(get_tier_programme, GetTierProgramme()).programme == PROGRAMME
    for wrong, refusal, field in (
        (replace(DISC_88, code='A"'), InvalidCardType, "programme.card_types[0].code"),
        (replace(DISC_88, tiers=("gold", "iron")), BenefitOfNoTier, "programme.card_types[0].tiers[1]"),
    ):
        with pytest.raises(refusal) as refused:
            shop.do(put_tier_programme, PutTierProgramme(replace(PROGRAMME, card_types=(wrong,))))
        assert refused.value.field == field


def test_a_segment_that_no_card_gives_is_found(shop):
    issue(shop)
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE member_cards SET card_type = ''")
    assert len([one for one in shop.broken() if one.startswith("MEM-cards")]) == 1
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE member_cards SET card_type = 'DISC-88' WHERE state = 'active'")
        connection.exec_driver_sql("UPDATE members SET segments = '[]'")
    [found] = [one for one in shop.broken() if one.startswith("MEM-cards")]
    assert found.endswith(
        "types of active cards 1, segments of cards 0; types of active cards 1, segments of these types 0"
    )
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE members SET segments = '[\"card:DISC-88\"]'")
