"""What stores need, from where it comes, and why: proposed batch by batch, and read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from application.fields import named_once, optional_code, required_code, within
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.replenishment import Range, ReplenishedGoods
from application.replenishment.places import NamedPlace, acts_for, code_of, named_place, open_stores, region_of
from application.replenishment.rules import UnknownSku
from application.scope import latest_day
from domain.identity.organisation import Store
from domain.replenishment.planning import NO_SOURCE, Figures, Goods, Places, Sold, Stock, Supply, figures, supplies
from domain.replenishment.proposal import (
    LineSource,
    LineState,
    Proposal,
    ProposalKind,
    ProposalLine,
    ProposalState,
    overlap,
)
from domain.replenishment.rule import NO_RULE, rules_in_force
from domain.shared.errors import NotFound, Rejected

DEMAND_DAYS: Final = 56
"""Eight whole weeks: what a store sells differs by the day of the week."""
PAIRS_AT_ONCE: Final = 400_000
SKUS_MAX: Final = 1_000
GOODS_AT_ONCE: Final = 20_000


class UnknownProposal(NotFound):
    en = "There is no proposal {proposal_id} that you may act on."
    zh = "没有您可以处理的建议 {proposal_id}。"


class NotComputing(Rejected):
    en = "Proposal {proposal_id} is {state}: nothing of it is left to compute. Make another one."
    zh = "建议 {proposal_id} 的状态为 {state}，没有待计算的内容。请重新生成。"


@dataclass(frozen=True, slots=True)
class ProposeReplenishment:
    """For a store, a region or the whole chain; of the goods of one supplier, some SKUs, or all."""

    store_code: str = ""
    region_code: str = ""
    supplier_code: str = ""
    skus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComputeProposal:
    proposal_id: int


@dataclass(frozen=True, slots=True)
class GetProposal:
    proposal_id: int
    supplier_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ListProposals:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ProposalView:
    """How far a proposal is. `pairs` counts what was looked at, `without_rule` those that no rule replenishes."""

    proposal_id: int
    state: ProposalState
    store_code: str
    region_code: str
    supplier_code: str
    as_of: str
    pairs: int
    without_rule: int
    lines: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalLineView:
    """A quantity for a store, from where, and the figures that it follows from; see ProposalLine of the domain."""

    store_code: str
    sku: str
    source: LineSource
    source_store_code: str
    supplier_code: str
    state: LineState
    document_id: int
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


@dataclass(frozen=True, slots=True)
class ProposalLines:
    proposal: ProposalView
    lines: Sequence[ProposalLineView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ProposalPage:
    proposals: Sequence[ProposalView]
    next_page_token: str


def propose_replenishment(uow: UnitOfWork, command: ProposeReplenishment) -> ProposalView:
    """Begins a proposal and computes its first batch; more is computed by `compute_proposal` while it is COMPUTING.

    Once it is whole it is OPEN, and takes the place of every undecided one that may propose the same goods in the same
    place. Raises UnknownStore, UnknownRegion, BeyondScope, StoreOrRegion, UnknownSku.
    """
    supplier_code = optional_code(command.supplier_code, field="supplier_code")
    within(len(command.skus), 0, SKUS_MAX, field="skus")
    named_once(command.skus, field="skus", key="sku")
    uow.bump("replenishment")
    uow.refresh()
    place = named_place(uow, store_code=command.store_code, region_code=command.region_code)
    known = uow.catalog.sku_ids([required_code(sku, field="skus") for sku in command.skus])
    for index, sku in enumerate(command.skus):
        if sku not in known:
            raise UnknownSku(f"skus[{index}]", sku=sku)
    proposal = Proposal(
        proposal_id=uow.new_id(),
        kind=ProposalKind.REPLENISHMENT,
        state=ProposalState.COMPUTING,
        place_kind=place.kind,
        place_id=place.place_id,
        supplier_code=supplier_code,
        sku_ids=tuple(sorted(known.values())),
        as_of=latest_day(uow),
        next_sku_id=0,
        pairs=0,
        without_rule=0,
        lines=0,
        created_at=uow.now,
        closed_at=None,
    )
    uow.replenishment.add_proposal(proposal)
    return _view(uow, _computed(uow, proposal))


def compute_proposal(uow: UnitOfWork, command: ComputeProposal) -> ProposalView:
    """Computes one more batch of SKUs in all stores; raises UnknownProposal and NotComputing."""
    uow.bump("replenishment")
    uow.refresh()
    proposal = acting_on(uow, command.proposal_id)
    if proposal.state is not ProposalState.COMPUTING:
        raise NotComputing("proposal_id", proposal_id=proposal.proposal_id, state=proposal.state.value)
    return _view(uow, _computed(uow, proposal))


def get_proposal(uow: UnitOfWork, query: GetProposal) -> ProposalLines:
    """A page of the lines of a proposal by store and SKU, those of a supplier when one is named.

    Raises UnknownProposal.
    """
    asked = page(query.page_size, query.page_token, key=(int, int, int))
    supplier_code = optional_code(query.supplier_code, field="supplier_code")
    uow.refresh()
    proposal = acting_on(uow, query.proposal_id)
    after = None if asked.after is None else (asked.after[0], asked.after[1], asked.after[2])
    rows = uow.replenishment.list_lines(
        proposal.proposal_id, supplier_code=supplier_code, after=after, limit=asked.limit + 1
    )
    token = next_token(rows, asked.limit, lambda row: (row.line.location_id, row.line.sku_id, row.line.number))
    return ProposalLines(
        _view(uow, proposal), [_line_view(uow, row.sku, row.line) for row in rows[: asked.limit]], token
    )


def list_proposals(uow: UnitOfWork, query: ListProposals) -> ProposalPage:
    """Proposals that the caller may act on, newest first; a page may hold fewer than asked for."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    after = None if asked.after is None else (asked.after[0], asked.after[1])
    rows = uow.replenishment.list_proposals(after=after, limit=asked.limit + 1)
    shown = [
        _view(uow, one) for one in rows[: asked.limit] if acts_for(uow.caller, NamedPlace(one.place_kind, one.place_id))
    ]
    return ProposalPage(shown, next_token(rows, asked.limit, lambda one: (one.created_at, one.proposal_id)))


def acting_on(uow: UnitOfWork, proposal_id: int) -> Proposal:
    """The proposal, of a place that the caller may act for; raises UnknownProposal."""
    found = uow.replenishment.find(proposal_id)
    if found is None or not acts_for(uow.caller, NamedPlace(found.place_kind, found.place_id)):
        raise UnknownProposal("proposal_id", proposal_id=proposal_id)
    return found


def _computed(uow: UnitOfWork, proposal: Proposal) -> Proposal:
    """The proposal with one batch more; open, and in place of others, once nothing is left."""
    stores = sorted(uow.chain.stores.values(), key=lambda store: store.store_id)
    count = max(1, min(GOODS_AT_ONCE, PAIRS_AT_ONCE // max(1, len(stores))))
    goods = uow.replenishment.goods(
        after=proposal.next_sku_id, limit=count + 1, supplier_code=proposal.supplier_code, sku_ids=proposal.sku_ids
    )
    batch, more = list(goods[:count]), len(goods) > count
    for_whom = {store.store_id for store in open_stores(uow, proposal.place_kind, proposal.place_id)}
    lines: list[ProposalLine] = []
    without_rule = 0
    if batch and for_whom:
        lines, without_rule = _batch(uow, proposal, batch, stores, for_whom)
        uow.replenishment.add_lines(lines)
    done = replace(
        proposal,
        state=ProposalState.COMPUTING if more else ProposalState.OPEN,
        next_sku_id=batch[-1].sku_id if batch else proposal.next_sku_id,
        pairs=proposal.pairs + len(batch) * len(for_whom),
        without_rule=proposal.without_rule + without_rule,
        lines=proposal.lines + len(lines),
    )
    changed = [done] if more else [done, *_superseded(uow, done)]
    uow.replenishment.change(changed)
    return done


def _superseded(uow: UnitOfWork, proposal: Proposal) -> list[Proposal]:
    """The others that are undecided and may propose the same: only the newest stands."""
    region = region_of(uow, proposal.place_kind, proposal.place_id)
    return [
        replace(other, state=ProposalState.SUPERSEDED, closed_at=uow.now)
        for other in uow.replenishment.undecided()
        if other.proposal_id != proposal.proposal_id
        and overlap(proposal, other, region_id=region, other_region_id=region_of(uow, other.place_kind, other.place_id))
    ]


def _batch(
    uow: UnitOfWork, proposal: Proposal, batch: Sequence[ReplenishedGoods], stores: Sequence[Store], for_whom: set[int]
) -> tuple[list[ProposalLine], int]:
    """The lines of some SKUs in all stores, and how many of the pairs in question no rule replenishes."""
    sku_ids = [one.sku_id for one in batch]
    span = Range(sku_ids[0], sku_ids[-1], [store.store_id for store in stores], sku_ids)
    rules = uow.replenishment.rules(first_sku_id=sku_ids[0], last_sku_id=sku_ids[-1])
    paths = category_paths(uow)
    chosen = rules_in_force(
        rules,
        store_ids=span.store_ids,
        region_ids=[store.region_id for store in stores],
        sku_ids=sku_ids,
        category_paths=[paths[one.category_id] for one in batch],
        classes=uow.replenishment.class_numbers(span),
    )
    rows = [store.store_id in for_whom for store in stores]
    without_rule = int((chosen[np.array(rows)] == NO_RULE).sum())
    if not (chosen != NO_RULE).any():
        return [], without_rule
    days = [proposal.as_of - timedelta(days=ago) for ago in range(1, DEMAND_DAYS + 1)]
    sold, stock = uow.replenishment.sold(span, days), _stock(uow, span)
    currencies = {currency: number for number, currency in enumerate(sorted({store.currency for store in stores}))}
    places = Places(span.store_ids, [currencies[store.currency] for store in stores], rows)
    found = figures(rules=rules, chosen=chosen, places=places, goods=goods_of(batch), stock=stock, sold=sold)
    moved = supplies(found, places=places, stock=stock, sold=sold)
    return _lines(proposal, batch, span, found, stock, sold, moved), without_rule


def goods_of(batch: Sequence[ReplenishedGoods]) -> Goods:
    """The goods as the arrays that targets are worked out of."""

    def of_each(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([getattr(one, name) for one in batch], dtype=np.int64)

    return Goods(
        sku_ids=[one.sku_id for one in batch],
        unit_decimals=of_each("unit_decimals"),
        lead_days=of_each("lead_days"),
        pack_milli=of_each("pack_milli"),
        minimum_milli=of_each("minimum_milli"),
        kept=np.array([one.kept for one in batch], dtype=np.bool_),
    )


def _stock(uow: UnitOfWork, span: Range) -> Stock:
    """What is there, and what transfers and purchase orders bring and take."""
    on_hand, reserved = uow.replenishment.stock(span)
    stores = {store_id: row for row, store_id in enumerate(span.store_ids)}
    columns = {sku_id: column for column, sku_id in enumerate(span.sku_ids)}
    in_transit, on_order, outgoing = (np.zeros_like(on_hand) for _ in range(3))
    way = uow.transfers.on_the_way(set(span.store_ids), set(span.sku_ids))
    for (store_id, sku_id), quantity in way.coming.items():
        in_transit[stores[store_id], columns[sku_id]] += quantity
    for (store_id, sku_id), quantity in way.leaving.items():
        outgoing[stores[store_id], columns[sku_id]] += quantity
    for one in uow.purchase_orders.on_order(span.store_ids, span.sku_ids):
        on_order[stores[one.location_id], columns[one.sku_id]] += one.quantity_milli
    return Stock(on_hand, reserved, in_transit, on_order, outgoing)


def category_paths(uow: UnitOfWork) -> Mapping[int, Sequence[int]]:
    """Every category's ids from its department down to itself."""
    parents = {category.category_id: category.parent_id for category in uow.catalog.categories()}
    paths: dict[int, Sequence[int]] = {}
    for category_id in parents:
        path: list[int] = []
        node: int | None = category_id
        while node is not None:
            path.insert(0, node)
            node = parents[node]
        paths[category_id] = path
    return paths


def _lines(
    proposal: Proposal,
    batch: Sequence[ReplenishedGoods],
    span: Range,
    found: Figures,
    stock: Stock,
    sold: Sold,
    moved: Sequence[Supply],
) -> list[ProposalLine]:
    numbers: dict[tuple[int, int], int] = {}
    lines = []
    for one in moved:
        at = one.row, one.column
        numbers[at] = numbers.get(at, 0) + 1
        lines.append(
            ProposalLine(
                proposal_id=proposal.proposal_id,
                location_id=span.store_ids[one.row],
                sku_id=span.sku_ids[one.column],
                number=numbers[at],
                source=one.source,
                source_store_id=None if one.source_row == NO_SOURCE else span.store_ids[one.source_row],
                supplier_code=batch[one.column].supplier_code if one.source is LineSource.SUPPLIER else "",
                state=LineState.PROPOSED,
                document_id=None,
                quantity_milli=one.quantity_milli,
                need_milli=one.need_milli,
                mean_milli=round(float(found.demand.mean[at]) * 1_000),
                deviation_milli=round(float(found.demand.variance[at]) ** 0.5 * 1_000),
                service_bp=int(found.service_bp[at]),
                lead_days=int(found.lead_days[at]),
                review_days=int(found.review_days[at]),
                cover_days=int(found.cover_days[at]),
                safety_milli=int(found.safety[at]),
                reorder_milli=int(found.reorder[at]),
                target_milli=int(found.target[at]),
                on_hand_milli=int(stock.on_hand[at]),
                reserved_milli=int(stock.reserved[at]),
                in_transit_milli=int(stock.in_transit[at]),
                on_order_milli=int(stock.on_order[at]),
            )
        )
    return lines


def _view(uow: UnitOfWork, one: Proposal) -> ProposalView:
    code = code_of(uow, one.place_kind, one.place_id)
    return ProposalView(
        proposal_id=one.proposal_id,
        state=one.state,
        store_code=code if one.place_kind.value == "store" else "",
        region_code=code if one.place_kind.value == "region" else "",
        supplier_code=one.supplier_code,
        as_of=one.as_of.isoformat(),
        pairs=one.pairs,
        without_rule=one.without_rule,
        lines=one.lines,
        created_at=one.created_at,
    )


def _line_view(uow: UnitOfWork, sku: str, line: ProposalLine) -> ProposalLineView:
    stores = uow.chain.stores
    values = {name: getattr(line, name) for name in ProposalLineView.__slots__ if hasattr(line, name)}
    values |= {
        "store_code": stores[line.location_id].code,
        "sku": sku,
        "source_store_code": stores[line.source_store_id].code if line.source_store_id is not None else "",
        "document_id": line.document_id or 0,
    }
    return ProposalLineView(**values)
