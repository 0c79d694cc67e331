"""What members usually buy, from the sales that are stored, on both engines."""

import pytest

from application.membership import get_member_habits as module
from application.membership.get_member_habits import GetMemberHabits, MemberHabitsView, get_member_habits
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.queries import UnknownMember
from application.membership.register_member import RegisterMember, register_member
from application.sales.refund import RefundSale, VoidSale, void_sale
from domain.identity.organisation import SYSTEM
from domain.sales.reversal import ReturnRequest
from tests.world import MEMBER, Till


def buy(world, *skus, caller=None):
    till = Till().member()
    for sku in skus:
        till = till.line(sku)
    return world.sell(till.cash(100_000).command, caller)


def habits(world, caller=SYSTEM, member=MEMBER):
    return world.ask(get_member_habits, GetMemberHabits(member), caller)


@pytest.mark.capability("MEM-07")
def test_five_purchases_tell_the_top_category_and_the_usual_weekday(world):
    assert habits(world) == MemberHabitsView(0, "", "", 0)
    for day in range(4):  # Sunday, Monday, Sunday, Monday
        buy(world, "MUG", *(["TEA", "RICE"] if day == 0 else []), caller=world.s2 if day == 3 else world.s1)
        world.clock.advance(days=1 if day % 2 == 0 else 6)
    assert habits(world) == MemberHabitsView(4, "2026-11-30", "", 0)
    world.clock.advance(days=1)
    buy(world, "TEA")
    assert world.clock().date().isoformat() == "2026-12-07"
    assert habits(world) == MemberHabitsView(5, "2026-12-07", "HOME", 1)
    # A store sees what was bought there: four purchases, which tell no habit.
    assert habits(world, world.s1) == MemberHabitsView(4, "2026-12-07", "", 0)
    assert habits(world, world.s2) == MemberHabitsView(1, "2026-11-30", "", 0)


def test_a_voided_sale_is_no_purchase_and_a_returned_one_is(world):
    sales = [buy(world, "TEA") for _ in range(6)]
    world.refund(RefundSale(sales[0].sale_id, "Unwanted", (ReturnRequest(1, 1_000, False),)))
    assert habits(world) == MemberHabitsView(6, "2026-11-22", "FOOD", 7)
    for sale in sales[1:3]:
        world.once(void_sale, VoidSale(sale.sale_id, reason="Wrong"), world.s1)
    assert habits(world) == MemberHabitsView(4, "2026-11-22", "", 0)


def test_looks_at_the_latest_documents_only(world, monkeypatch):
    for sku in ("TEA", "TEA", "TEA", "MUG", "MUG", "MUG", "TEA", "MUG"):
        buy(world, sku)
        world.clock.advance(minutes=1)
    monkeypatch.setattr(module, "DOCUMENTS_MAX", 5)
    assert habits(world) == MemberHabitsView(5, "2026-11-22", "HOME", 7)


@pytest.mark.capability("MEM-12")
def test_reads_what_was_bought_under_every_file_of_a_member(world, monkeypatch):
    """Three mugs under the one file and two teas under another: five purchases tell that it is mugs."""
    other = "13900139000"
    world.do(register_member, RegisterMember(phone=other))
    for _ in range(3):
        buy(world, "MUG")
    merged_sales = [world.sell(Till().member(other).line("TEA").cash(100_000).command) for _ in range(2)]
    assert habits(world, member=other) == MemberHabitsView(2, "2026-11-22", "", 0)
    made = world.once(merge_members, MergeMembers(MEMBER, other, "One person", "S1"), SYSTEM)
    assert habits(world) == habits(world, member=other) == MemberHabitsView(5, "2026-11-22", "HOME", 7)
    assert habits(world, world.s2) == MemberHabitsView(0, "", "", 0)
    world.once(void_sale, VoidSale(merged_sales[0].sale_id, reason="Wrong"), world.s1)
    assert habits(world).purchases == 4
    # Of the latest two documents one is the void, the other the sale of a tea.
    monkeypatch.setattr(module, "DOCUMENTS_MAX", 2)
    assert habits(world).purchases == 1
    world.once(undo_member_merge, UndoMemberMerge(made.merge_id, "Two persons"), SYSTEM)
    monkeypatch.setattr(module, "DOCUMENTS_MAX", 100)
    assert (habits(world).purchases, habits(world, member=other).purchases) == (3, 1)


def test_refuses_an_unknown_member(world):
    with pytest.raises(UnknownMember):
        habits(world, member="13900139000")
