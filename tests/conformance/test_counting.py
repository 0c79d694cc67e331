from datetime import UTC, datetime, timedelta

from domain.inventory.stock_count import CountEntry, Moved, counts_per_day, expected_at, found_by_sku
from tests.conformance.stored_cases import deciding, milli

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@deciding("INV-15")
def test_counts_every_class_as_often_as_it_deserves(case, conformance):
    given = case["given"]
    classes = [(items, days) for items, days in (given[letter] for letter in "ABC")]
    assert counts_per_day(classes) == case["expected"]["counts_per_day"]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("cnt-01")
def test_compares_with_what_stood_there_when_it_was_counted(case, conformance):
    on_hand = {number: milli(units) for number, units in enumerate(case["given"]["on_hand"].values())}
    entries = [
        CountEntry(1, 1, 0, "", milli("3"), NOON, NOON, 1, None),
        CountEntry(1, 2, 1, "", milli("3.8"), NOON + timedelta(minutes=2), NOON, 1, None),
    ]
    received = [Moved(0, milli("1"), NOON + timedelta(minutes=1)), Moved(1, milli("1.3"), NOON + timedelta(minutes=1))]
    now = {
        sku_id: on_hand[sku_id] + sum(one.quantity_milli for one in received if one.sku_id == sku_id)
        for sku_id in (0, 1)
    }
    expected = expected_at(now, found_by_sku(entries), received)
    wanted = case["expected"]["expected_qty"]
    # What was counted after the receipt agrees; what was counted before it is compared with what stood there then.
    assert expected[1] == milli(wanted["p2"])
    assert expected[0] == milli(wanted["p1"]) - milli("1")
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="What was counted is compared with what stood there at that moment, so goods that arrive between "
        "counting and closing are no part of the difference.",
    )
