"""Times cards and accounts of merged files, on both engines."""

from dataclasses import replace

import pytest

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.refund import RefundSale
from application.wallet.times_cards import (
    ListTimesCards,
    NoTimesCard,
    UseTimesCard,
    list_times_cards,
    use_times_card,
)
from domain.catalog.product import TimesCardTerms
from domain.identity.organisation import SYSTEM
from domain.sales.reversal import ReturnRequest
from tests.world import MEMBER, Till, World

OTHER = "13900139000"
FACIAL = ProductEntry(
    "FACIAL", "Facial, a use", "HOME", "EA", "standard", unstocked=True, times_card=TimesCardTerms(valid_days=30)
)


@pytest.fixture
def two(world: World) -> World:
    world.do(register_member, RegisterMember(phone=OTHER))
    return world


def merge(world: World) -> int:
    return int(world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), SYSTEM).merge_id)


def undo(world: World, merge_id: int) -> None:
    world.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), SYSTEM)


def cards(world: World, member: str) -> list[tuple[int, int]]:
    found = world.ask(list_times_cards, ListTimesCards(member)).cards
    return [(one.uses_left, one.value_left_minor) for one in found]


def use(world: World, member: str, uses: int = 1) -> None:
    world.do(use_times_card, UseTimesCard(member, sku="FACIAL", uses=uses), world.s1)


@pytest.mark.capability("MEM-12")
def test_times_cards_are_the_survivors_and_go_back_with_what_is_left(two: World) -> None:
    """The file buys 10 uses at 100.00 less 13 % tax (884.96) and one more, used at once; the survivor has none."""
    two.set("points_earning", "no")
    two.do(put_products, PutProducts((FACIAL, replace(FACIAL, sku="NAILS", name="Nails, a use"))))
    two.do(put_prices, PutPrices("BASE", (PriceEntry("FACIAL", 10_000), PriceEntry("NAILS", 11_300))))
    sale = two.sell(Till().line("FACIAL", 10).member(OTHER).card(100_000).command)
    two.sell(Till().line("NAILS").member(OTHER).card(11_300).command)
    two.do(use_times_card, UseTimesCard(OTHER, sku="NAILS"), two.s1)
    books = two.ledger()
    merge_id = merge(two)
    assert two.ledger() == books
    # The one that is used up is shown with the survivor's; the other one is theirs, by whichever number.
    assert cards(two, MEMBER) == cards(two, OTHER) == [(10, 88_496), (0, 0)]
    use(two, MEMBER, 3)
    use(two, OTHER)
    assert cards(two, MEMBER) == [(6, 53_097), (0, 0)]
    two.refund(RefundSale(sale.sale_id, "Moved", (ReturnRequest(1, 2_000, amount_only=False),)))
    assert two.broken() == []
    undo(two, merge_id)
    assert (cards(two, MEMBER), cards(two, OTHER)) == ([], [(4, 35_398), (0, 0)])
    with pytest.raises(NoTimesCard):
        use(two, MEMBER)
    use(two, OTHER, 4)
    assert cards(two, OTHER) == [(0, 0), (0, 0)]
