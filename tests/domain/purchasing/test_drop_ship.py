import pytest

from domain.purchasing.drop_ship import Delivery, DropShipProgress, Lack, covers


def progress(sku_id=3, quantity=5_000, to_come=0, dispatched=5_000, under_way=5_000):
    return DropShipProgress(8, 1, 7, sku_id, quantity, to_come, dispatched, under_way, 4_000)


@pytest.mark.parametrize(
    ("lack", "short", "most", "released_of_all"),
    [
        # Two of five are on the shelf.
        (Lack(5_000, 5_000, 0, 3_000), 3_000, 5_000, 5_000),
        # Other orders lack too: no more is short than this one has asked for.
        (Lack(5_000, 5_000, 0, 9_000), 5_000, 5_000, 5_000),
        # Three are drawn already.
        (Lack(5_000, 2_000, 3_000, 0), 0, 2_000, 2_000),
        # They were drawn, and the purchase order was cancelled: nothing is kept for them.
        (Lack(5_000, 2_000, 0, 0), 3_000, 5_000, 2_000),
        (Lack(5_000, 5_000, 0, 0), 0, 5_000, 5_000),
    ],
)
def test_what_an_order_lacks_is_what_is_neither_there_nor_drawn(lack, short, most, released_of_all):
    assert (lack.short_milli, lack.most_milli, lack.released_milli(lack.most_milli)) == (short, most, released_of_all)
    assert lack.released_milli(lack.uncovered_milli) == 0


def test_no_more_is_to_be_sent_than_the_customer_waits_for():
    assert progress(to_come=2_000, dispatched=4_000).to_send_milli == 1_000
    assert progress(to_come=2_000, dispatched=1_000).to_send_milli == 2_000
    assert progress(to_come=0, dispatched=1_000).to_send_milli == 0


def test_an_order_is_covered_once_all_of_every_sku_is_under_way():
    both = [progress(3, under_way=3_000), progress(3, under_way=2_000), progress(4, under_way=1_000)]
    assert covers(both, {3: 5_000, 4: 1_000})
    assert not covers(both, {3: 5_001})
    assert not covers(both, {3: 1_000, 5: 1_000})
    assert not covers([], {})


def test_an_address_is_in_no_log():
    assert repr(Delivery("Wang", "13800138000", "1 Nanjing Road")) == "Delivery()"
