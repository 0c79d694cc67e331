"""Times cards are good in every store, and what they are used for elsewhere is owed by the one that took the money."""

import pytest

from application.finance.settling import GetSettlement, get_settlement
from tests.application.finance.test_settling import booked, settled
from tests.application.wallet.test_times_cards import buy, give_back, spa, use
from tests.world import World

__all__ = ["spa"]


@pytest.mark.capability("FIN-07")
def test_who_has_sold_a_times_card_owes_what_its_uses_were_worth_elsewhere(spa: World):
    """Ten uses are 884.96 net; three are used in S2 and two in S1, and the rest comes back."""
    sale = buy(spa, 10, 100_000)
    worth = use(spa, spa.s2, sku="FACIAL", uses=3).value_minor
    use(spa, uses=2, sku="FACIAL")
    give_back(spa, sale, 5)
    assert settled(spa).settlement.movements == 1
    [pair] = spa.ask(get_settlement, GetSettlement()).pairs
    assert (pair.debtor_store_code, pair.creditor_store_code) == ("S1", "S2")
    assert (pair.times_card_minor, pair.net_minor, worth) == (26_549, 26_549, 26_549)
    assert booked(spa, "S2") == {"122102": 26_549, "220505": -26_549}
    assert booked(spa, "S1") == {"122102": -26_549, "220505": 26_549}
    spa.clock.advance(days=1)
    assert settled(spa).settlement.movements == 0
