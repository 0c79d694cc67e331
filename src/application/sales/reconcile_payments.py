"""The reconciler: no payment stays without an outcome, none keeps money that no sale has taken."""

from collections.abc import Iterator
from typing import Final

from application.outside import Outside
from application.sales.payment_answers import TakeDue, ask_all, take_due

AT_ONCE_MAX: Final = 50
"""How many payments are asked after between two transactions."""
ROUNDS_MAX: Final = 200


def reconcile(outside: Outside) -> Iterator[int]:
    """Asks after all payments that are due, in batches; yields how many each has had.

    It may be left after any batch, by a crash too: what was taken and not stored is due again a minute later.
    """
    for _ in range(ROUNDS_MAX):
        questions = outside.write(take_due, TakeDue(AT_ONCE_MAX))
        if not questions:
            return
        ask_all(outside, questions)
        yield len(questions)
