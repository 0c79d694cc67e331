from domain.inventory.costing import apply_issue, apply_put_back, apply_receipt
from domain.inventory.stock import StockLevel
from tests.conformance.stored_cases import cases, deciding, milli, minor, places


def empty(initial_cost=None):
    stock = StockLevel(1, 1, 0, 0, 0, 0, 0)
    if initial_cost is not None:
        stock.last_cost_minor, stock.last_cost_quantity_milli = minor(initial_cost), 1000
    return stock


def average(stock, digits=2):
    return places(stock.value_minor * 10, stock.on_hand_milli, digits)


def receive(stock, quantity, unit_cost):
    cost = minor(unit_cost) * milli(quantity) // 1000
    value, correction = apply_receipt(stock, quantity_milli=milli(quantity), cost_minor=cost)
    return value + correction


class History:
    """The moves of a case made on one level, with the value and the average after each."""

    def __init__(self, case):
        self.stock = empty(case["given"].get("initial_cost"))
        self.moves, self.values, self.averages = {}, {}, {}
        for number, move in enumerate(case["when"]["moves"]):
            ref = move.get("ref", str(number))
            self.before = average(self.stock) if self.stock.on_hand_milli else None
            self.values[ref] = self.make(move)
            self.moves[ref] = move
            self.averages[ref] = average(self.stock) if self.stock.on_hand_milli else self.before

    def make(self, move):
        match move["op"]:
            case "in":
                return receive(self.stock, move["qty"], move["unit_cost"])
            case "return" if self.moves[move["of"]]["op"] == "out":
                return self.back(move["of"], milli(move["qty"]))
            case "out" | "return":
                return self.out(move)
            case "edit_done_qty":
                return self.edit_done_qty(move)

    def out(self, move):
        return -apply_issue(self.stock, quantity_milli=milli(move["qty"]))

    def edit_done_qty(self, move):
        """A quantity that was recorded wrongly is made good by a movement of today; history is never rewritten."""
        original = self.moves[move["of"]]
        more = milli(move["qty"]) - milli(original["qty"])
        if (original["op"] == "in") == (more < 0):
            return -apply_issue(self.stock, quantity_milli=abs(more))
        return self.back(move["of"], abs(more))

    def back(self, ref, quantity):
        cost = -self.values[ref] * quantity // milli(self.moves[ref]["qty"])
        return sum(apply_put_back(self.stock, quantity_milli=quantity, cost_minor=cost))


@deciding(
    "val-avg-01", "val-avg-03", "val-avg-04", "val-avg-05", "val-avg-06", "val-avg-09", "val-avg-12", "val-avg-14"
)
def test_values_stock_at_its_moving_average(case, conformance):
    history, expected = History(case), case["expected"]
    assert (history.stock.on_hand_milli, history.stock.value_minor) == (
        milli(expected["qty"]),
        minor(expected["value"]),
    )
    last = list(history.averages.values())[-1]
    for name in ("avg_cost", "avg_cost_before_out"):
        assert minor(expected.get(name, last)) == minor(last)
    for ref, value in expected.get("move_values", {}).items():
        assert history.values[ref] == minor(value)
    for ref, value in expected.get("avg_after", {}).items():
        assert minor(history.averages[ref]) == minor(value)
    for ref, value in expected.get("rounding_adjustment", {}).items():
        move = history.moves[ref]
        assert history.values[ref] + milli(move["qty"]) * minor(expected["avg_cost"]) // 1000 == minor(value)
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("val-avg-16")
def test_goods_sold_before_their_receipt_return_at_the_cost_of_their_sale(case, conformance):
    history = History(case)
    assert (history.stock.on_hand_milli, history.stock.value_minor) == (10_000, 1_000)
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="Returned goods come back at the cost stored with their sale; what the receipt corrected stays a "
        "correction of its own day.",
    )


@deciding("val-tr-03")
def test_negative_stock_takes_the_cost_of_the_last_receipt(case, conformance):
    history = History(case)
    assert {ref: minor(value) for ref, value in history.averages.items()} == {
        ref: minor(value) for ref, value in case["expected"]["avg_after"].items()
    }
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("VAL-03")
def test_values_a_textbook_example_continuously(case, conformance):
    given, expected = cases()[case["given"]["same_as"]]["given"], case["expected"]
    stock = empty()
    receive(stock, *given["opening"])
    for _, kind, quantity, *cost in given["events"]:
        if kind == "in":
            receive(stock, quantity, *cost)
        else:
            assert average(stock, 4) == expected["unit_cost_at_sale"]
            assert apply_issue(stock, quantity_milli=milli(quantity)) == minor(expected["cost_of_sales"])
    assert stock.value_minor == minor(expected["closing_value"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("VAL-05")
def test_sweeps_what_rounding_left_with_the_last_goods(case, conformance):
    expected, stock, cost_of_goods_sold = case["expected"], empty(), []
    for kind, quantity, *cost in case["given"]["events"]:
        if kind == "in":
            receive(stock, quantity, *cost)
        else:
            cost_of_goods_sold.append(apply_issue(stock, quantity_milli=milli(quantity)))
    assert cost_of_goods_sold == [minor(cost) for cost in expected["cogs"]]
    closing = (milli(expected["closing_units"]), minor(expected["closing_value"]))
    assert (stock.on_hand_milli, stock.value_minor) == closing
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("VAL-07")
def test_values_what_was_received_not_what_was_expected(case, conformance):
    stock = empty()
    for _, quantity, unit_cost in case["given"]["events"]:
        receive(stock, quantity, unit_cost)
    assert stock.on_hand_milli == milli(case["expected"]["on_hand"])
    assert average(stock) == case["expected"]["unit_cost"]
    conformance.record(case["id"], area=case["area"], verdict="agree")
