"""Times cards and accounts of merged files, on both engines."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.refund import RefundSale
from application.wallet.credit import (
    GetCredit,
    PaymentTender,
    ReceivePayment,
    SetCreditLimit,
    get_credit,
    receive_payment,
    set_credit_limit,
)
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
from domain.sales.sale import TenderKind
from domain.wallet.credit import CreditExceeded, owed_back
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


def credit(world: World, *members: str) -> list[tuple[int, int]]:
    """Limit and owed of each."""
    found = [world.ask(get_credit, GetCredit(member)).balances for member in members]
    return [(one.limit_minor, one.owed_minor) for [one] in found]


def charge(world: World, member: str, amount: int) -> int:
    """Mugs of 50.00 on account."""
    till = Till().line("MUG", amount // 5_000).member(member).tender(TenderKind.ON_ACCOUNT, amount)
    return int(world.sell(till.command).sale_id)


def limit(world: World, member: str, amount: int) -> None:
    world.do(set_credit_limit, SetCreditLimit(member, amount, "Regular", "S1"))


@pytest.mark.capability("MEM-12", "MEM-09")
def test_what_both_owe_adds_up_under_the_larger_limit(two: World) -> None:
    """150 of 200 and 300 of 500 is 450 of 500, so that 50 may still be taken. 100 come back, 320 are paid."""
    limit(two, MEMBER, 20_000)
    limit(two, OTHER, 50_000)
    charge(two, MEMBER, 15_000)
    sale_id = charge(two, OTHER, 30_000)
    books = two.ledger()
    merge_id = merge(two)
    assert (credit(two, MEMBER, OTHER), two.ledger()) == ([(50_000, 45_000)] * 2, books)
    with pytest.raises(CreditExceeded):
        charge(two, MEMBER, 10_000)
    charge(two, MEMBER, 5_000)
    two.refund(RefundSale(sale_id, "Broken", (ReturnRequest(1, 2_000, amount_only=False),)))
    two.do(receive_payment, ReceivePayment(MEMBER, (PaymentTender(TenderKind.CASH, 32_000),)), two.s2)
    assert credit(two, OTHER) == [(50_000, 8_000)]
    assert two.broken() == []
    undo(two, merge_id)
    # Of the 300 that came 80 are still owed. They are the file's, and the survivor's limit is that of before.
    assert credit(two, MEMBER, OTHER) == [(20_000, 0), (50_000, 8_000)]


def test_a_limit_that_was_set_since_stays(two: World) -> None:
    limit(two, OTHER, 50_000)
    merge_id = merge(two)
    limit(two, MEMBER, 10_000)
    undo(two, merge_id)
    assert credit(two, MEMBER, OTHER) == [(10_000, 0), (50_000, 0)]


@given(brought=st.integers(-9, 9), left=st.integers(-9, 9))
def test_no_more_goes_back_than_came_and_no_more_than_is_left(brought: int, left: int) -> None:
    back = owed_back(brought=brought, left=left)
    assert abs(back) == (min(abs(brought), abs(left)) if brought * left > 0 else 0)
    assert back * brought >= 0
