"""Transfers are approved or refused by those responsible for both stores, and cancelled by either."""

from dataclasses import dataclass
from enum import StrEnum

from application.fields import optional_name, required_name
from application.inventory.transfer_ledger import after_change, locked_transfer, next_number, note_step
from application.inventory.transfer_views import TransferView
from application.ports.kernel import UnitOfWork
from domain.inventory.transfer import OPEN, TransferState, TransferStep, check_state, state_after
from domain.shared.errors import Forbidden, Invalid


class TransferDecision(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"


class DecisionNeeded(Invalid):
    en = "Say whether the transfer is approved: APPROVE or REFUSE."
    zh = "请说明是否批准调拨：APPROVE 或 REFUSE。"


class OwnTransfer(Forbidden):
    en = "Nobody approves a transfer that they have requested. Ask another person to approve it."
    zh = "不能批准自己申请的调拨，请由他人审批。"


@dataclass(frozen=True, slots=True)
class DecideTransfer:
    """A refusal needs a note, for whoever has asked for the goods."""

    transfer_id: int
    decision: TransferDecision | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CancelTransfer:
    transfer_id: int
    note: str


def decide_transfer(uow: UnitOfWork, command: DecideTransfer) -> TransferView:
    """Approves a requested transfer, or refuses it; the caller sees both stores.

    Raises UnknownTransfer, TransferNotThere, DecisionNeeded, OwnTransfer, and Missing without a note.
    """
    if command.decision is None:
        raise DecisionNeeded("decision")
    approved = command.decision is TransferDecision.APPROVE
    note = (optional_name if approved else required_name)(command.note, field="note")
    uow.refresh()
    transfer = locked_transfer(uow, command.transfer_id, source=True, destination=True)
    step = TransferStep.APPROVED if approved else TransferStep.REFUSED
    check_state(transfer, {TransferState.REQUESTED}, step)
    if approved and transfer.staff_id is not None and transfer.staff_id == uow.caller.staff_id:
        raise OwnTransfer("transfer_id")
    transfer.state = TransferState(step.value)
    uow.transfers.move(transfer)
    note_step(uow, transfer, step, number=next_number(uow, transfer), note=note)
    return after_change(uow, transfer)


def cancel_transfer(uow: UnitOfWork, command: CancelTransfer) -> TransferView:
    """Nothing more is shipped of an open transfer: one that was not shipped at all is cancelled by that.

    What is in transit still has to arrive or to be missing. Raises UnknownTransfer, TransferNotThere, and Missing
    without a note.
    """
    note = required_name(command.note, field="note")
    uow.refresh()
    transfer = locked_transfer(uow, command.transfer_id)
    check_state(transfer, OPEN, TransferStep.CANCELLED)
    number = next_number(uow, transfer)
    transfer.ended = True
    if transfer.state is TransferState.SHIPPED:
        transfer.state = state_after(transfer, uow.transfers.progress(transfer.transfer_id).values())
    else:
        transfer.state = TransferState.CANCELLED
    uow.transfers.move(transfer)
    note_step(uow, transfer, TransferStep.CANCELLED, number=number, note=note)
    return after_change(uow, transfer)
