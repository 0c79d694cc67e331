"""Members with habits: tea every tenth day, mugs now and then, some who refuse to be told about."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from application.membership.register_member import RegisterMember, register_member
from tests.world import MEMBER, Till, World

FIRST: Final = date(2026, 11, 23)
AT_NOON: Final = 4
"""In UTC; noon in Shanghai."""
PHONES: Final = tuple(f"1390000000{number}" for number in range(6))
TEA: Final[dict[str, tuple[int, ...]]] = {
    MEMBER: tuple(range(0, 91, 10)),
    PHONES[0]: (0, 7, 13, 21, 28, 33, 42),
    PHONES[1]: (2, 16, 31, 44, 60, 75),
    PHONES[2]: (5, 26, 44, 68),
    PHONES[3]: (50,),
}
"""Days since FIRST on which each buys tea, of department FOOD."""
MUGS: Final[dict[str, tuple[int, ...]]] = {MEMBER: (20,), PHONES[0]: (7, 42)}
TODAY: Final = FIRST + timedelta(days=92)
"""23 February 2027, a Tuesday."""


def noon(day: int) -> datetime:
    on = FIRST + timedelta(days=day)
    return datetime(on.year, on.month, on.day, AT_NOON, 0, tzinfo=UTC)


def shop(world: World) -> None:
    """Registers four more members and lets all buy; the clock then stands at noon of TODAY. PHONES[3] is of S2."""
    for number, phone in enumerate(PHONES[:4]):
        store = "S2" if number == 3 else "S1"
        world.do(register_member, RegisterMember(phone=phone, source="till", store_code=store))
    for day in range(92):
        for phone in TEA:
            till = Till()
            if day in TEA[phone]:
                till = till.line("TEA")
            if day in MUGS.get(phone, ()):
                till = till.line("MUG")
            if till.command.basket.lines:
                world.clock.now = noon(day)
                world.sell(till.member(phone).cash(20_000).command)
    world.clock.now = noon(92)
