"""The reconciler: no payment stays without an outcome, none keeps money that no sale has taken."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from application.outside import Outside
from application.sales.payment_answers import TakeDue, ask_all, take_due

AT_ONCE_MAX: Final = 16
"""How many payments are asked after between two transactions; all side by side, they take as long as one."""
LASTS_MAX: Final = timedelta(seconds=45)
"""What is left after so long is for the next minute: a provider that hangs must not hold up all other jobs."""


def reconcile(outside: Outside) -> Iterator[int]:
    """Asks after the payments that are due, in batches; yields how many each has had.

    It may be left after any batch, by a crash too: what was taken and not stored is due again a minute later.
    """
    ends = outside.now() + LASTS_MAX
    while outside.now() < ends:
        questions = outside.write(take_due, TakeDue(AT_ONCE_MAX))
        if not questions:
            return
        ask_all(outside, questions)
        yield len(questions)
