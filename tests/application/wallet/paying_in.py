"""Stored value for tests: paid in at a till, and what is held of it."""

from typing import Any

from application.wallet.queries import GetStoredValue, get_stored_value
from application.wallet.top_up import TopUpStoredValue, top_up_stored_value
from domain.identity.organisation import Caller
from domain.sales.sale import TenderKind
from tests.world import MEMBER, World


def pay_in(
    world: World,
    amount_minor: int,
    *,
    tender: TenderKind = TenderKind.CASH,
    caller: Caller | None = None,
    member: str = MEMBER,
    **options: Any,
) -> Any:
    command = TopUpStoredValue(member, amount_minor, tender, **options)
    return world.do(top_up_stored_value, command, caller or world.s1)


def held(world: World, member: str = MEMBER) -> tuple[int, int, bool]:
    """Principal, bonus, and whether they are frozen."""
    [balance] = world.ask(get_stored_value, GetStoredValue(member)).balances
    return balance.principal_minor, balance.bonus_minor, balance.frozen
