"""Stored value of members whose files were merged stays owed by the stores that took the money."""

import pytest

from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.sales.refund import RefundSale
from tests.application.finance.test_settling import booked, owed, paid_from_stored_value, settled
from tests.application.wallet.paying_in import pay_in
from tests.world import MEMBER, World

OTHER = "13900139000"


@pytest.mark.capability("FIN-07")
def test_what_came_by_a_merge_stays_owed_by_who_took_the_money(world: World):
    """The file paid 1,000 and had 100 on top in S1; the survivor spends 60 of the bonus and 500 in S2."""
    world.do(register_member, RegisterMember(phone=OTHER))
    pay_in(world, 1_000, bonus_minor=100, member=OTHER, caller=world.terminal("T1", "wallet.bonus"))
    command = MergeMembers(MEMBER, OTHER, "One person", "S2")
    merge_id = world.once(merge_members, command, world.s2).merge_id
    sale = paid_from_stored_value(world, 560, world.s2)
    settled(world)
    assert owed(world) == [("S1", "S2", 0, 560, 0, 560)]
    assert booked(world, "S1") == {"122102": -560, "220502": 460, "220503": 100}
    world.clock.advance(days=1)
    world.refund(RefundSale(sale.sale_id, "all"), world.s2)
    world.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), world.s2)
    settled(world)
    assert booked(world, "S1") == {}
    assert world.rows("SELECT sum(principal_minor), sum(bonus_minor) FROM stored_value_paid_in") == [(1_000, 100)]
