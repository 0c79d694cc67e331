"""What replenishment takes from the forecast: demand of the weeks to come, for rules that ask for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from application.ports.kernel import UnitOfWork
from domain.forecasting.run import PlaceKind
from domain.identity.organisation import Store
from domain.replenishment.forecasted import Forecasted
from domain.replenishment.rule import DemandBasis, ReplenishmentRule


def with_demand(uow: UnitOfWork, rules: Sequence[ReplenishmentRule]) -> Sequence[ReplenishmentRule]:
    """The rules with what the setting `replenishment_demand` says where they say nothing."""
    usual = DemandBasis(uow.chain.chain_policies.replenishment_demand)
    return [rule if rule.demand is not None else replace(rule, demand=usual) for rule in rules]


def forecasted(
    uow: UnitOfWork, rules: Sequence[ReplenishmentRule], stores: Sequence[Store], sku_ids: Sequence[int], *, as_of: date
) -> Forecasted | None:
    """What the newest forecast says of these SKUs from `as_of` on; None where no rule asks, and once it is all over."""
    if not any(rule.demand is DemandBasis.FORECAST for rule in rules):
        return None
    run = uow.forecasts.newest()
    if run is None or not 0 <= (as_of - run.origin_on).days < 7 * run.weeks:
        return None
    place_ids = [
        {PlaceKind.STORE: store.store_id, PlaceKind.REGION: store.region_id, PlaceKind.CHAIN: 0}[run.place_kind]
        for store in stores
    ]
    rows = {place_id: row for row, place_id in enumerate(sorted(set(place_ids)))}
    columns = {sku_id: column for column, sku_id in enumerate(sku_ids)}
    weeks_milli = np.zeros((len(rows), len(columns), run.weeks))
    known = np.zeros(weeks_milli.shape[:2], dtype=np.bool_)
    for sku_id, place_id, weeks in uow.forecasts.weeks_between(
        run.run_id, first_sku_id=sku_ids[0], last_sku_id=sku_ids[-1]
    ):
        if place_id in rows and sku_id in columns:
            weeks_milli[rows[place_id], columns[sku_id]] = weeks
            known[rows[place_id], columns[sku_id]] = True
    return Forecasted(weeks_milli, known, [rows[place_id] for place_id in place_ids], (as_of - run.origin_on).days)
