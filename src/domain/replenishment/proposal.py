"""Proposals: what to bring where and from where, with the figures that it follows from."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from domain.replenishment.rule import DemandBasis, PlaceKind

VALID_DAYS: Final = 7
"""How long a proposal can be accepted: after a week its figures say little about today."""


class ProposalKind(StrEnum):
    """What is missing is ordered, or a quantity at hand is given out."""

    REPLENISHMENT = "replenishment"
    ALLOCATION = "allocation"


class ProposalState(StrEnum):
    COMPUTING = "computing"
    OPEN = "open"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"


class LineSource(StrEnum):
    """Where goods come from: another store with more than it needs, the warehouse of the rule, or a supplier."""

    STORE = "store"
    WAREHOUSE = "warehouse"
    SUPPLIER = "supplier"
    CENTRAL = "central"
    """The supplier, by way of the warehouse: the line is part of what that buys."""


class LineState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What has been asked and how far it is.

    It is about the goods of `supplier_code` or, when that is empty, `sku_ids`, or all when both are, in a part of the
    chain. It was computed up to `next_sku_id`; `pairs` counts what was looked at, stores times SKUs, `without_rule`
    those of them that no rule replenishes.
    """

    proposal_id: int
    kind: ProposalKind
    state: ProposalState
    place_kind: PlaceKind
    place_id: int
    supplier_code: str
    sku_ids: tuple[int, ...]
    as_of: date
    next_sku_id: int
    pairs: int
    without_rule: int
    lines: int
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A quantity to bring to `location_id`, and why.

    `need_milli` is what the location lacks, which other lines of the same location and SKU may bring in part;
    `quantity_milli` is what this line brings, in whole packs from a supplier. Demand is that of a day, in thousandths
    of the unit. `source_store_id` is None for a supplier. `document_id` is the order or transfer that the line became;
    that of a CENTRAL line is the order of its source. `demand` says what the mean is: of the last weeks, or a forecast.
    """

    proposal_id: int
    location_id: int
    sku_id: int
    number: int
    source: LineSource
    source_store_id: int | None
    supplier_code: str
    state: LineState
    document_id: int | None
    quantity_milli: int
    need_milli: int
    mean_milli: int
    deviation_milli: int
    service_bp: int
    lead_days: int
    review_days: int
    cover_days: int
    safety_milli: int
    reorder_milli: int
    target_milli: int
    on_hand_milli: int
    reserved_milli: int
    in_transit_milli: int
    on_order_milli: int
    demand: DemandBasis = DemandBasis.MEAN


def overlap(one: Proposal, other: Proposal, *, region_id: int | None, other_region_id: int | None) -> bool:
    """Whether both may propose the same goods in the same place: then only the newer one stands.

    The regions are those of the proposals' places, None for the chain. Goods of two suppliers are different goods, and
    so are two lists of SKUs that have none in common; everything else is taken to overlap.
    """
    if one.place_kind is not PlaceKind.CHAIN and other.place_kind is not PlaceKind.CHAIN:
        if region_id != other_region_id:
            return False
        both_stores = one.place_kind is PlaceKind.STORE and other.place_kind is PlaceKind.STORE
        if both_stores and one.place_id != other.place_id:
            return False
    if one.supplier_code and other.supplier_code:
        return one.supplier_code == other.supplier_code
    return not (one.sku_ids and other.sku_ids) or not set(one.sku_ids).isdisjoint(other.sku_ids)
