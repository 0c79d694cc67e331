import threading

import pytest

from application.outside import Outside, TimedAsk
from application.ports.payments import ProviderPayment, ProviderState, ProviderUnreachable
from domain.identity.organisation import SYSTEM


def test_a_provider_that_hangs_is_waited_for_only_so_long_and_holds_up_nobody_else() -> None:
    ask, released = TimedAsk(threads=2, seconds=0.05), threading.Event()

    def hangs() -> ProviderPayment:
        released.wait(10)
        return ProviderPayment(ProviderState.APPROVED)

    with pytest.raises(ProviderUnreachable):
        ask(hangs)
    assert ask(lambda: ProviderPayment(ProviderState.DECLINED)).state is ProviderState.DECLINED
    released.set()
    ask.close()


def test_questions_are_asked_side_by_side_and_answered_in_order() -> None:
    together = threading.Barrier(3)
    outside = Outside(None, {}, None, SYSTEM, None, side_by_side=3)  # type: ignore[arg-type]

    def ask(number: int) -> int:
        together.wait(10)
        return number * number

    assert outside.each(ask, [1, 2, 3]) == [1, 4, 9]


def test_what_a_provider_refuses_to_say_is_raised() -> None:
    ask = TimedAsk(threads=1)

    def unreachable() -> ProviderPayment:
        raise ProviderUnreachable("no route")

    with pytest.raises(ProviderUnreachable, match="no route"):
        ask(unreachable)
    ask.close()
