"""What a range of goods needs in many places at once, and from where it comes.

Arrays of two dimensions have a row per place and a column per SKU; those of one have an element per SKU, or per place
where it is said. A warehouse is a place that others name as their source.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.replenishment.allocation import moves_before_buying, sell_through_bp, share_out
from domain.replenishment.forecasted import Forecasted, forecasted_demand
from domain.replenishment.proposal import LineSource
from domain.replenishment.rule import NO_RULE, DemandBasis, Method, ReplenishmentRule
from domain.replenishment.targets import (
    UNIT_MILLI,
    DailyDemand,
    Flags,
    Floats,
    Integers,
    demand_targets,
    needed_milli,
    orderable_milli,
    shared_demand,
)

_FIELDS: Final = (
    "service_bp", "lead_days", "lead_deviation_milli", "review_days", "cover_days", "minimum_milli", "maximum_milli",
    "pack_milli", "order_minimum_milli", "surplus_days",
)  # fmt: skip
NO_SOURCE: Final = -1
SERVICE_BP_UNRULED: Final = 5_000
"""Of what no rule replenishes; any level would do."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where goods are held.

    `groups` says which places hand surplus on to each other: those with the same number. What is not `open` is no place
    for which anything is proposed, but may be the source of others.
    """

    store_ids: Sequence[int]
    groups: Sequence[int]
    open: Sequence[bool]


@dataclass(frozen=True, slots=True)
class Goods:
    """SKUs of one supplier or of several. `lead_days`, `pack_milli` and `minimum_milli` are their suppliers'.

    `kept` is false for what is neither stocked nor ordered, whatever rule holds.
    """

    sku_ids: Sequence[int]
    unit_decimals: Integers
    lead_days: Integers
    pack_milli: Integers
    minimum_milli: Integers
    kept: Flags


@dataclass(frozen=True, slots=True)
class Stock:
    """What is there and what is coming, in thousandths. `outgoing` is promised to other places and still on hand."""

    on_hand: Integers
    reserved: Integers
    in_transit: Integers
    on_order: Integers
    outgoing: Integers

    @property
    def at_hand(self) -> Integers:
        """What can still be promised, to customers or to other places."""
        return self.on_hand - self.reserved - self.outgoing

    @property
    def position(self) -> Integers:
        """What is at hand, and what is coming."""
        return self.at_hand + self.in_transit + self.on_order


@dataclass(frozen=True, slots=True)
class Sold:
    """Sums over `days` days of the quantities of each day, in thousandths, and of their squares."""

    days: int
    quantity: Integers
    squares: Floats


@dataclass(frozen=True, slots=True)
class Figures:
    """What holds for each place and SKU: see ProposalLine. `surplus` may go to others."""

    demand: DailyDemand
    service_bp: Integers
    lead_days: Integers
    review_days: Integers
    cover_days: Integers
    safety: Integers
    reorder: Integers
    target: Integers
    need: Integers
    surplus: Integers
    step: Integers
    pack: Integers
    minimum: Integers
    source: Integers
    """The row of the place that the rule names as source, NO_SOURCE for none."""
    kept_back: Integers
    """What a source does not give away."""
    ruled: Flags
    by_forecast: Flags
    """Whether the demand is what is forecast, instead of the mean of the last weeks."""


@dataclass(frozen=True, slots=True)
class Supply:
    """A quantity that comes to a place (row) of a SKU (column); `source_row` is NO_SOURCE for a supplier.

    One that is CENTRAL is part of what its source buys of the same SKU.
    """

    row: int
    column: int
    source: LineSource
    source_row: int
    quantity_milli: int
    need_milli: int


def figures(
    *,
    rules: Sequence[ReplenishmentRule],
    chosen: Integers,
    places: Places,
    goods: Goods,
    stock: Stock,
    sold: Sold,
    forecasted: Forecasted | None = None,
) -> Figures:
    """Targets, needs and surplus of every place and SKU; `chosen` is what `rules_in_force` has found.

    Where a rule asks for the forecast and there is one, `forecasted` is the demand.

    Without a rule, or with one that says so, nothing is needed and nothing given.
    """
    active = (chosen != NO_RULE) & goods.kept
    of_rule = _of_rules(rules, chosen, active, places)
    active &= of_rule["method"] != _METHODS[Method.NOTHING]
    bounded = of_rule["method"] == _METHODS[Method.MIN_MAX]
    lead = np.where(of_rule["lead_days"] > 0, of_rule["lead_days"], goods.lead_days)
    step = np.broadcast_to(UNIT_MILLI // 10**goods.unit_decimals, chosen.shape)
    demand = shared_demand(sold_milli=sold.quantity, squares_milli=sold.squares, days=sold.days)
    by_forecast = np.zeros(chosen.shape, dtype=np.bool_)
    if forecasted is not None:
        days = lead + of_rule["review_days"] + of_rule["cover_days"]
        demand, by_forecast = forecasted_demand(
            demand, forecasted, days=days.astype(np.float64), asked=active & (of_rule["demand"] == 1)
        )
    wanted = demand_targets(
        demand,
        lead_days=lead.astype(np.float64),
        lead_deviation_days=of_rule["lead_deviation_milli"] / 1_000,
        review_days=of_rule["review_days"].astype(np.float64),
        cover_days=of_rule["cover_days"].astype(np.float64),
        service_bp=of_rule["service_bp"],
        unit_decimals=np.broadcast_to(goods.unit_decimals, chosen.shape),
    )
    reorder = np.where(bounded, of_rule["minimum_milli"], wanted.reorder_milli)
    target = np.where(bounded, of_rule["maximum_milli"], wanted.target_milli)
    missing = needed_milli(position_milli=stock.position, reorder_milli=reorder, target_milli=target)
    need = np.where(active, -(-missing // step) * step, 0)
    enough = np.maximum(target, np.ceil(demand.mean * UNIT_MILLI * of_rule["surplus_days"]).astype(np.int64))
    gives = active & (of_rule["surplus_days"] > 0) & (need == 0)
    beyond = np.minimum(stock.at_hand, stock.position) - enough
    return Figures(
        demand=demand,
        service_bp=of_rule["service_bp"],
        lead_days=lead,
        review_days=of_rule["review_days"],
        cover_days=of_rule["cover_days"],
        safety=np.where(bounded, 0, wanted.safety_milli),
        reorder=reorder,
        target=target,
        need=need,
        surplus=np.where(gives, np.maximum(beyond, 0) // step * step, 0),
        step=step,
        pack=np.where(of_rule["pack_milli"] > 0, of_rule["pack_milli"], np.maximum(goods.pack_milli, step)),
        minimum=np.where(of_rule["order_minimum_milli"] > 0, of_rule["order_minimum_milli"], goods.minimum_milli),
        source=np.where(active, of_rule["source"], NO_SOURCE),
        # A warehouse gives what it has; a store that others draw on first keeps what it sells itself.
        kept_back=np.where(bounded | (demand.mean == 0), 0, reorder),
        ruled=active,
        by_forecast=by_forecast,
    )


def supplies(found: Figures, *, places: Places, stock: Stock, sold: Sold) -> list[Supply]:
    """What comes to each place, and from where: from its source, from the surplus of its group, then from suppliers.

    What a source has is shared by sell-through where it does not suffice. What it cannot send it is to buy itself, on
    top of its own need, as far as that is not on order yet, and what of it is for whom is told beside it; a place
    without source buys for itself. Nothing comes to a place that is not `open`, or is bought for it.
    """
    rest = np.where(np.array(places.open)[:, None], found.need, 0)
    moved: list[Supply] = []
    left = np.maximum(stock.at_hand - found.kept_back, 0)
    owed = np.zeros_like(rest)
    for column in np.flatnonzero(((found.source != NO_SOURCE) & (rest > 0)).any(axis=0)).tolist():
        moved += _from_sources(column, found, stock, sold, rest, left, owed)
    for column in np.flatnonzero((found.surplus > 0).any(axis=0) & (rest > 0).any(axis=0)).tolist():
        moved += _from_surplus(column, found, places, rest)
    need = _to_buy(found, places, stock, rest, owed)
    bought = orderable_milli(need, minimum_milli=found.minimum, pack_milli=found.pack)
    rows, columns = np.nonzero(bought)
    needs = np.maximum(found.need, need)[rows, columns]
    moved += [
        Supply(row, column, LineSource.SUPPLIER, NO_SOURCE, quantity, wanted)
        for row, column, quantity, wanted in zip(
            rows.tolist(), columns.tolist(), bought[rows, columns].tolist(), needs.tolist(), strict=True
        )
    ]
    moved += _for_others(found, places, rest, bought)
    return moved


def _from_sources(
    column: int, found: Figures, stock: Stock, sold: Sold, rest: Integers, left: Integers, owed: Integers
) -> Iterator[Supply]:
    """Shares out what the sources of one SKU have; `owed` is what they have sent."""
    for source in sorted(set(found.source[:, column].tolist()) - {NO_SOURCE}):
        rows = np.flatnonzero((found.source[:, column] == source) & (rest[:, column] > 0)).tolist()
        weights = [
            sell_through_bp(sold_milli=int(sold.quantity[row, column]), on_hand_milli=int(stock.on_hand[row, column]))
            for row in rows
        ]
        parts = share_out(
            available_milli=int(left[source, column]),
            wants_milli=rest[rows, column].tolist(),
            weights=weights,
            step_milli=int(found.step[source, column]),
        )
        for row, part in zip(rows, parts, strict=True):
            if part:
                yield Supply(row, column, LineSource.WAREHOUSE, source, part, int(found.need[row, column]))
                rest[row, column] -= part
                owed[source, column] += part


def _from_surplus(column: int, found: Figures, places: Places, rest: Integers) -> Iterator[Supply]:
    """Moves surplus of one SKU within each group."""
    groups = np.array(places.groups)
    for group in sorted(set(groups[found.surplus[:, column] > 0].tolist())):
        rows = np.flatnonzero(groups == group)
        moves = moves_before_buying(
            surplus_milli=found.surplus[rows, column].tolist(),
            needs_milli=rest[rows, column].tolist(),
            least_milli=int(found.step[0, column]),
        )
        for move in moves:
            source, row = int(rows[move.source]), int(rows[move.destination])
            yield Supply(row, column, LineSource.STORE, source, move.quantity_milli, int(found.need[row, column]))
            rest[row, column] -= move.quantity_milli


def _to_buy(found: Figures, places: Places, stock: Stock, rest: Integers, owed: Integers) -> Integers:
    """What each place has to buy: its own rest, or as a source what it and those who draw on it lack."""
    need = np.where(found.source == NO_SOURCE, rest, 0)
    for source in sorted(set(found.source.ravel().tolist()) - {NO_SOURCE}):
        if not places.open[source]:
            continue
        wanted = np.where((found.source == source) & (rest > 0), rest, 0).sum(axis=0) + owed[source]
        lacking = needed_milli(
            position_milli=stock.position[source] - wanted,
            reorder_milli=found.reorder[source],
            target_milli=found.target[source],
        )
        need[source] = np.where(wanted > 0, lacking, need[source])
    return need


def _for_others(found: Figures, places: Places, rest: Integers, bought: Integers) -> Iterator[Supply]:
    """What of the purchases of sources is for those who draw on them, in proportion where it does not suffice.

    Stores of another currency cannot be served by transfers.
    """
    groups = np.array(places.groups)
    for source in sorted(set(found.source.ravel().tolist()) - {NO_SOURCE}):
        waiting = (found.source == source) & (rest > 0) & (groups == groups[source])[:, None]
        for column in np.flatnonzero(waiting.any(axis=0) & (bought[source] > 0)).tolist():
            rows = np.flatnonzero(waiting[:, column]).tolist()
            wants = rest[rows, column].tolist()
            parts = share_out(
                available_milli=int(bought[source, column]),
                wants_milli=wants,
                weights=wants,
                step_milli=int(found.step[source, column]),
            )
            for row, part in zip(rows, parts, strict=True):
                if part:
                    yield Supply(row, column, LineSource.CENTRAL, source, part, int(found.need[row, column]))


_METHODS: Final[Mapping[Method, int]] = {method: number for number, method in enumerate(Method)}


def _of_rules(
    rules: Sequence[ReplenishmentRule], chosen: Integers, active: Flags, places: Places
) -> Mapping[str, Integers]:
    """Every figure of the rule that holds, per place and SKU; zeros where none does."""
    rows = {store_id: row for row, store_id in enumerate(places.store_ids)}
    at = np.where(active, chosen, len(rules))

    def of_each(values: list[int], otherwise: int = 0) -> Integers:
        return np.array([*values, otherwise], dtype=np.int64)[at]

    found = {
        name: of_each([getattr(rule, name) for rule in rules], SERVICE_BP_UNRULED if name == "service_bp" else 0)
        for name in _FIELDS
    }
    found["method"] = of_each([_METHODS[rule.method] for rule in rules], _METHODS[Method.NOTHING])
    found["demand"] = of_each([int(rule.demand is DemandBasis.FORECAST) for rule in rules])
    named = of_each([rows.get(rule.source_store_id or 0, NO_SOURCE) for rule in rules], NO_SOURCE)
    # Nobody is their own source.
    found["source"] = np.where(named == np.arange(len(rows))[:, None], NO_SOURCE, named)
    return found
