"""A proposal that somebody agrees with becomes purchase orders and transfers, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.fields import optional_code
from application.inventory.create_transfers import (
    TRANSFERS_MAX,
    CreateTransfers,
    NewTransfer,
    TransferItem,
    create_transfers,
)
from application.ports.kernel import UnitOfWork
from application.ports.replenishment import ListedLine
from application.purchasing.create_purchase_orders import (
    ORDERS_MAX,
    CreatePurchaseOrders,
    PurchaseOrderEntry,
    create_purchase_orders,
)
from application.purchasing.purchase_views import PurchaseLineEntry, StoreShare
from application.replenishment.propose import acting_on
from domain.identity.organisation import StoreStatus
from domain.purchasing.purchase_order import PurchaseSource
from domain.replenishment.proposal import VALID_DAYS, LineSource, ProposalState
from domain.shared.errors import Rejected

LINES_AT_ONCE: Final = 10_000
LINES_OF_ORDER: Final = 500
SHARES_AT_ONCE: Final = 20_000


class ProposalNotOpen(Rejected):
    en = "Proposal {proposal_id} is {state}. Accept one that is open, or make another one."
    zh = "建议 {proposal_id} 的状态为 {state}。请处理未决的建议，或重新生成。"


class ProposalTooOld(Rejected):
    en = "Proposal {proposal_id} was made more than {days} days ago. Make another one: stock has moved since."
    zh = "建议 {proposal_id} 生成已超过 {days} 天，库存已变动，请重新生成。"


@dataclass(frozen=True, slots=True)
class AcceptProposal:
    """The lines of one supplier, or all; with `submit` orders wait for approval at once instead of being drafts."""

    proposal_id: int
    supplier_code: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line that could not become an order: it has no supplier, or no price is agreed."""

    store_code: str
    sku: str
    supplier_code: str


@dataclass(frozen=True, slots=True)
class ProposalAccepted:
    """What was made; `more` lines wait: accept again. `left` are those that cannot be ordered as they are."""

    purchase_orders: Sequence[int]
    transfers: Sequence[int]
    lines: int
    left: Sequence[LineLeft]
    more: bool


def accept_proposal(uow: UnitOfWork, command: AcceptProposal) -> ProposalAccepted:
    """Makes transfers of what other stores give, and orders of what suppliers deliver, up to 10,000 lines at once.

    What a source buys for others becomes one order that says for which stores it is, up to 20,000 shares at once.
    Raises UnknownProposal, ProposalNotOpen, ProposalTooOld, and what transfers and orders raise.
    """
    supplier_code = optional_code(command.supplier_code, field="supplier_code")
    uow.bump("replenishment")
    uow.refresh()
    proposal = acting_on(uow, command.proposal_id)
    if proposal.state is not ProposalState.OPEN:
        raise ProposalNotOpen("proposal_id", proposal_id=proposal.proposal_id, state=proposal.state.value)
    if (uow.now - proposal.created_at).days >= VALID_DAYS:
        raise ProposalTooOld("proposal_id", proposal_id=proposal.proposal_id, days=VALID_DAYS)
    waiting = uow.replenishment.waiting_lines(
        proposal.proposal_id, supplier_code=supplier_code, limit=LINES_AT_ONCE + 1
    )
    lines, more = waiting[:LINES_AT_ONCE], len(waiting) > LINES_AT_ONCE
    bought = [one for one in lines if one.line.source is LineSource.SUPPLIER]
    moved = [one for one in lines if one.line.source is not LineSource.SUPPLIER]
    orderable, left = _orderable(uow, bought)
    counts = uow.replenishment.central_counts(proposal.proposal_id)
    ordered = _at_once(orderable, counts)
    central = _central(uow, proposal.proposal_id, ordered, counts)
    documents: dict[int, int] = {}
    transfers = _transfer(uow, moved, documents)
    orders = _order(uow, ordered, central, documents, submit=command.submit)
    accepted = [(one.line, documents[id(one)]) for one in (*moved, *ordered) if id(one) in documents]
    more = more or len(accepted) < len(moved) + len(orderable)
    for one in ordered:
        if id(one) in documents:
            shares = central.get((one.line.location_id, one.line.sku_id), ())
            accepted += [(share.line, documents[id(one)]) for share in shares]
    uow.replenishment.accept_lines(accepted)
    if not more and not left and not supplier_code:
        uow.replenishment.change([replace(proposal, state=ProposalState.ACCEPTED, closed_at=uow.now)])
    return ProposalAccepted(orders, transfers, len(accepted), left, more)


def _orderable(uow: UnitOfWork, bought: Sequence[ListedLine]) -> tuple[list[ListedLine], list[LineLeft]]:
    """The lines whose supplier is known, open, paid in the store's currency, and has agreed a price."""
    suppliers = uow.suppliers.by_codes({one.line.supplier_code for one in bought if one.line.supplier_code})
    offers = {
        code: uow.suppliers.offers(
            supplier.supplier_id,
            {one.line.sku_id for one in bought if one.line.supplier_code == code},
            on=uow.now.date(),
        )
        for code, supplier in sorted(suppliers.items())
    }
    orderable, left = [], []
    for one in bought:
        supplier = suppliers.get(one.line.supplier_code)
        store = uow.chain.stores[one.line.location_id]
        offer = offers.get(one.line.supplier_code, {}).get(one.line.sku_id)
        fits = supplier is not None and not supplier.blocked and supplier.currency == store.currency
        if fits and offer is not None and offer.price is not None:
            orderable.append(one)
        else:
            left.append(LineLeft(store.code, one.sku, one.line.supplier_code))
    return orderable, left


def _transfer(uow: UnitOfWork, moved: Sequence[ListedLine], documents: dict[int, int]) -> list[int]:
    """One transfer for each pair of stores, or more where one would have too many lines."""
    stores = uow.chain.stores
    pairs: dict[tuple[int, int], list[ListedLine]] = {}
    for one in moved:
        assert one.line.source_store_id is not None
        pairs.setdefault((one.line.source_store_id, one.line.location_id), []).append(one)
    chunks = [
        (pair, group[start : start + LINES_OF_ORDER])
        for pair, group in sorted(pairs.items())
        for start in range(0, len(group), LINES_OF_ORDER)
    ][:TRANSFERS_MAX]
    made = []
    for pair, group in chunks:
        items = tuple(TransferItem(one.sku, one.line.quantity_milli) for one in group)
        new = NewTransfer(stores[pair[0]].code, stores[pair[1]].code, items, f"R{group[0].line.proposal_id}")
        [transfer] = create_transfers(uow, CreateTransfers((new,))).transfers
        documents.update({id(one): transfer.transfer_id for one in group})
        made.append(transfer.transfer_id)
    return made


def _at_once(orderable: Sequence[ListedLine], counts: Mapping[tuple[int, int], int]) -> list[ListedLine]:
    """As many of the lines as are for so many stores; at least one."""
    chosen: list[ListedLine] = []
    shares = 0
    for one in orderable:
        shares += counts.get((one.line.location_id, one.line.sku_id), 0)
        if chosen and shares > SHARES_AT_ONCE:
            break
        chosen.append(one)
    return chosen


def _central(
    uow: UnitOfWork, proposal_id: int, ordered: Sequence[ListedLine], counts: Mapping[tuple[int, int], int]
) -> Mapping[tuple[int, int], Sequence[ListedLine]]:
    """The lines of the stores for which these are bought, by source and SKU; what closed stores wanted is left out."""
    keys = {(one.line.location_id, one.line.sku_id) for one in ordered} & set(counts)
    if not keys:
        return {}
    found: dict[tuple[int, int], list[ListedLine]] = {}
    for one in uow.replenishment.central_lines(proposal_id, {sku_id for _, sku_id in keys}):
        key = (one.line.source_store_id or 0, one.line.sku_id)
        if key in keys and uow.chain.stores[one.line.location_id].status is not StoreStatus.CLOSED:
            found.setdefault(key, []).append(one)
    return found


def _order(
    uow: UnitOfWork,
    ordered: Sequence[ListedLine],
    central: Mapping[tuple[int, int], Sequence[ListedLine]],
    documents: dict[int, int],
    *,
    submit: bool,
) -> list[int]:
    """One order for each supplier and store, or more where one would have too many lines."""

    def entry(one: ListedLine) -> PurchaseLineEntry:
        shares = central.get((one.line.location_id, one.line.sku_id), ())
        return PurchaseLineEntry(
            one.sku,
            one.line.quantity_milli,
            shares=tuple(
                StoreShare(uow.chain.stores[share.line.location_id].code, share.line.quantity_milli) for share in shares
            ),
        )

    groups: dict[tuple[str, int], list[ListedLine]] = {}
    for one in ordered:
        groups.setdefault((one.line.supplier_code, one.line.location_id), []).append(one)
    chunks = [
        (key, group[start : start + LINES_OF_ORDER])
        for key, group in sorted(groups.items())
        for start in range(0, len(group), LINES_OF_ORDER)
    ][:ORDERS_MAX]
    if not chunks:
        return []
    entries = tuple(
        PurchaseOrderEntry(
            code,
            tuple(entry(one) for one in group),
            PurchaseSource.REPLENISHMENT,
            uow.chain.stores[store_id].code,
            note=f"R{group[0].line.proposal_id}",
        )
        for (code, store_id), group in chunks
    )
    made = create_purchase_orders(uow, CreatePurchaseOrders(entries, submit=submit)).orders
    for (_, group), order in zip(chunks, made, strict=True):
        documents.update({id(one): order.order_id for one in group})
    return [order.order_id for order in made]
