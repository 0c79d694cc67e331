import pytest

from domain.forecasting.offers import Offer, offered, usual_price


def test_the_usual_price_is_the_median_of_the_latest_year():
    assert usual_price([900] * 60 + [1_000] * 40 + [700] * 12) == 1_000
    assert usual_price([0, 500, 0]) == 500
    assert usual_price([0, 0]) == 0


@pytest.mark.parametrize(
    ("price", "offers", "name"),
    [
        (1_000, [], ""),
        (1_000, [Offer("rate", 7, 3_000)], "30 % off"),
        # A price cut and a promotion are the same to who buys.
        (700, [], "30 % off"),
        (900, [Offer("rate", 7, 2_000)], "30 % off"),
        (960, [], ""),
        (1_150, [], "20 % dearer"),
        (1_000, [Offer("buy_get", 7)], "buy_get"),
        (1_000, [Offer("rate", 7, 3_000, for_some=True)], "30 % off for some"),
        (1_000, [Offer("gift", 7, for_some=True)], "gift for some"),
        # On three days a week is not what it is known for; of two the one that runs longer counts.
        (1_000, [Offer("rate", 3, 5_000)], ""),
        (1_000, [Offer("rate", 4, 5_000), Offer("rate", 7, 1_000)], "10 % off"),
        (1_000, [Offer("rate", 7, 2_000), Offer("rate", 7, 4_000)], "40 % off"),
        (0, [Offer("rate", 7, 2_000)], "20 % off"),
        (0, [], ""),
    ],
)
def test_names_what_is_offered(price, offers, name):
    assert offered(price_minor=price, usual_minor=1_000, offers=offers) == name
