"""Stores ask for goods of other stores: one request creates one transfer or many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import at_most, named_once, optional_name, required_code
from application.inventory.receive_goods import UnknownSku, Unstocked
from application.inventory.transfer_ledger import note_step
from application.inventory.transfer_views import TransferView, transfer_view
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.scope import UnknownStore, checked_open
from domain.catalog.quantity import checked_quantity
from domain.identity.organisation import Store
from domain.inventory.transfer import Transfer, TransferLine, TransferState, TransferStep
from domain.shared.errors import Forbidden, Invalid, Refusal, Rejected
from domain.shared.money import divide

APPROVE: Final = "transfers.approve"
TRANSFERS_MAX: Final = 200
LINES_MAX: Final = 500
LINES_IN_ALL_MAX: Final = 10_000


class SameStore(Invalid):
    en = "A transfer goes from one store to another; both are “{store_code}”. Name two stores."
    zh = "调拨须在两家门店之间进行，两者均为“{store_code}”。请填写不同门店。"


class OtherCurrency(Rejected):
    en = (
        "“{from_code}” keeps its books in {from_currency}, “{to_code}” in {to_currency}: goods cannot move at cost. "
        "Sell and buy them."
    )
    zh = "“{from_code}”以 {from_currency} 记账，“{to_code}”以 {to_currency} 记账，不能按成本调拨。请以购销处理。"


class MayNotApproveTransfer(Forbidden):
    en = (
        "Approving takes the permission {action} and both stores in your scope. Leave approve out, and head office "
        "approves."
    )
    zh = "审批需要权限 {action}，且两家门店均在您的管辖范围内。请不要设置 approve，由总部审批。"


class TooManyLines(Invalid):
    en = "{count} lines in all are too many; send at most {count_max} in one request."
    zh = "共 {count} 行过多，每次请求最多 {count_max} 行。"


@dataclass(frozen=True, slots=True)
class TransferItem:
    sku: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class NewTransfer:
    from_store_code: str
    to_store_code: str
    lines: tuple[TransferItem, ...]
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CreateTransfers:
    """`approve`: they are approved at once. `skip_refused`: what is refused is told, and does not stop the others."""

    transfers: tuple[NewTransfer, ...]
    approve: bool = False
    skip_refused: bool = False


@dataclass(frozen=True, slots=True)
class RefusedTransfer:
    """`place` is that in the request, from 0; `field` is that within the transfer."""

    place: int
    field: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class TransfersCreated:
    """The transfers in the order of the request, without their lines, and those that were refused."""

    transfers: Sequence[TransferView]
    refused: Sequence[RefusedTransfer]


@dataclass(frozen=True, slots=True)
class _Checked:
    source: Store
    destination: Store
    new: NewTransfer
    lines: Sequence[tuple[StockItem, int]]


def create_transfers(uow: UnitOfWork, command: CreateTransfers) -> TransfersCreated:
    """Requests up to 200 transfers, all or none; with `skip_refused` those that can be, with reasons for the others.

    The caller sees the source or the destination of each. Raises UnknownStore, StoreClosed, SameStore, OtherCurrency,
    UnknownSku, Unstocked, those of quantities, MayNotApproveTransfer and TooManyLines.
    """
    at_most(command.transfers, TRANSFERS_MAX, field="transfers")
    count = sum(len(one.lines) for one in command.transfers)
    if count > LINES_IN_ALL_MAX:
        raise TooManyLines("transfers", count=count, count_max=LINES_IN_ALL_MAX)
    uow.refresh()
    # Codes that cannot be are refused line by line below.
    items = uow.stock.items({line.sku for one in command.transfers for line in one.lines if "\0" not in line.sku})
    checked: list[_Checked] = []
    refused: list[RefusedTransfer] = []
    for place, new in enumerate(command.transfers):
        try:
            checked.append(_checked(uow, new, items, approve=command.approve))
        except Refusal as refusal:
            if not command.skip_refused:
                raise refusal.at(f"transfers[{place}]") from None
            message = refusal.message(uow.caller.language)
            refused.append(RefusedTransfer(place, refusal.field, refusal.reason, message))
    small = set() if command.approve else _small(uow, checked)
    created = [_create(uow, one, approved=command.approve or place in small) for place, one in enumerate(checked)]
    return TransfersCreated([transfer_view(uow, one) for one in created], refused)


def _checked(uow: UnitOfWork, new: NewTransfer, items: Mapping[str, StockItem], *, approve: bool) -> _Checked:
    source = _store(uow, new.from_store_code, field="from_store_code")
    destination = checked_open(_store(uow, new.to_store_code, field="to_store_code"), field="to_store_code")
    sees_source, sees_destination = uow.caller.sees(source.store_id), uow.caller.sees(destination.store_id)
    if not (sees_source or sees_destination):
        raise UnknownStore("to_store_code", store_code=new.to_store_code)
    if source.store_id == destination.store_id:
        raise SameStore("to_store_code", store_code=source.code)
    if source.currency != destination.currency:
        raise OtherCurrency(
            "to_store_code",
            from_code=source.code, from_currency=source.currency,
            to_code=destination.code, to_currency=destination.currency,
        )  # fmt: skip
    if approve and not (uow.caller.may(APPROVE) and sees_source and sees_destination):
        raise MayNotApproveTransfer("approve", action=APPROVE)
    optional_name(new.reference, field="reference")
    at_most(new.lines, LINES_MAX, field="lines")
    named_once([line.sku for line in new.lines], field="lines", key="sku")
    lines = []
    for index, line in enumerate(new.lines):
        field = f"lines[{index}]"
        item = items.get(required_code(line.sku, field=f"{field}.sku"))
        if item is None:
            raise UnknownSku(f"{field}.sku", sku=line.sku)
        if item.unstocked:
            raise Unstocked(f"{field}.sku", sku=line.sku)
        checked_quantity(line.quantity_milli, unit_decimals=item.unit_decimals, field=f"{field}.quantity_milli")
        lines.append((item, line.quantity_milli))
    return _Checked(source, destination, new, lines)


def _store(uow: UnitOfWork, code: str, *, field: str) -> Store:
    """A store of the chain, whoever sees it: goods are asked for where they are."""
    found = uow.chain.store_ids.get(required_code(code, field=field))
    if found is None:
        raise UnknownStore(field, store_code=code)
    return uow.chain.stores[found]


def _small(uow: UnitOfWork, checked: Sequence[_Checked]) -> set[int]:
    """The places of those worth so little that the destination's setting approves them as they are requested.

    They are valued at the average cost of their source. What has none there has to be looked at.
    """
    limits = [uow.chain.policies(one.destination.store_id).transfer_self_approval_minor for one in checked]
    if not any(limits):
        return set()
    locations = {one.source.store_id for one in checked}
    sku_ids = {item.sku_id for one in checked for item, _ in one.lines}
    rows = uow.stock.list_levels(
        location_ids=locations, sku_ids=sku_ids, after=None, limit=len(locations) * len(sku_ids)
    )
    levels = {(level.location_id, level.sku_id): level for _, level in rows if level.on_hand_milli > 0}
    small = set()
    for place, (one, limit) in enumerate(zip(checked, limits, strict=True)):
        costs = [
            divide(level.value_minor * quantity, level.on_hand_milli)
            for item, quantity in one.lines
            if (level := levels.get((one.source.store_id, item.sku_id))) is not None
        ]
        if limit and len(costs) == len(one.lines) and sum(costs) <= limit:
            small.add(place)
    return small


def _create(uow: UnitOfWork, checked: _Checked, *, approved: bool) -> Transfer:
    caller = uow.caller
    transfer = Transfer(
        transfer_id=uow.new_id(),
        from_store_id=checked.source.store_id,
        to_store_id=checked.destination.store_id,
        state=TransferState.APPROVED if approved else TransferState.REQUESTED,
        ended=False,
        currency=checked.source.currency,
        basis=None,
        reference=optional_name(checked.new.reference, field="reference"),
        requested_at=uow.now,
        caller_id=caller.caller_id,
        staff_id=caller.staff_id,
    )
    lines = [
        TransferLine(transfer.transfer_id, number, item.sku_id, quantity)
        for number, (item, quantity) in enumerate(checked.lines, start=1)
    ]
    uow.add(transfer, *lines)
    note_step(uow, transfer, TransferStep.REQUESTED, number=1)
    if approved:
        note_step(uow, transfer, TransferStep.APPROVED, number=2)
    return transfer
