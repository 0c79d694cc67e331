"""What a member usually buys, and when they come."""

from dataclasses import dataclass
from typing import Final

from application.membership.queries import found_id
from application.ports.kernel import UnitOfWork
from domain.membership.habits import habits_of

DOCUMENTS_MAX: Final = 100
"""How many of the latest sales, refunds and voids are looked at: habits are of now, and the cost stays bounded."""


@dataclass(frozen=True, slots=True)
class GetMemberHabits:
    member_key: str


@dataclass(frozen=True, slots=True)
class MemberHabitsView:
    """`purchases` are those looked at; `last_purchase_on` is an ISO date, empty without any.

    `usual_weekday` is 1 for Monday to 7 for Sunday, 0 while unknown; `top_category_code` is empty while unknown.
    """

    purchases: int
    last_purchase_on: str
    top_category_code: str
    usual_weekday: int


def get_member_habits(uow: UnitOfWork, query: GetMemberHabits) -> MemberHabitsView:
    """A member's top category and usual weekday, from the latest purchases in the stores that the caller sees.

    Raises UnknownMember, and CardBlocked or CardReplaced for a card that leads to nobody any more.
    """
    member_id = found_id(uow, query.member_key)
    store_ids = uow.caller.store_ids
    purchases = uow.member_habits.purchases(member_id, store_ids=store_ids, documents_max=DOCUMENTS_MAX)
    habits = habits_of(purchases=purchases)
    return MemberHabitsView(
        purchases=len(purchases),
        last_purchase_on=purchases[0].business_date.isoformat() if purchases else "",
        top_category_code=habits.top_category_code,
        usual_weekday=habits.usual_weekday,
    )
