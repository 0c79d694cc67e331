"""For how long a sale may be voided: in its shift where tills have shifts, on its day elsewhere, or so many minutes."""

from datetime import date, timedelta

from application.ports.kernel import UnitOfWork
from domain.sales.sale import Sale
from domain.sales.shift import Shift


def may_void(uow: UnitOfWork, sale: Sale, *, window: str, on: date) -> bool:
    """Whether the calling till may void the sale by the setting `void_window`; later it is a refund.

    A shift that is open over midnight is one shift. A sale that fell into no shift counts by its business date, `on`
    being that of now.
    """
    if sale.terminal_id != uow.caller.caller_id:
        return False
    kind, _, minutes = window.partition(":")
    if kind == "minutes":
        return uow.now < sale.sold_at + timedelta(minutes=int(minutes))
    if kind == "same_shift" and (shift := uow.shifts.at(sale.terminal_id, sale.sold_at)) and _holds(shift, sale):
        return shift.closed_at is None
    return sale.business_date == on


def _holds(shift: Shift, sale: Sale) -> bool:
    return shift.closed_at is None or sale.sold_at < shift.closed_at
