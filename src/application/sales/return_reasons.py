"""Why goods come back: the reasons that head office keeps, and what came back for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import (
    Missing,
    at_most,
    named_once,
    required_code,
    required_name,
)
from application.ports.kernel import UnitOfWork
from application.ports.returned_goods import ReturnsSum
from application.scope import selected, store_in_scope
from domain.sales.returned import Condition, ReturnReason
from domain.shared.errors import Invalid, Rejected

REASONS_MAX: Final = 200
DAYS_MAX: Final = 366
SUMS_MAX: Final = (REASONS_MAX + 1) * (len(Condition) + 1)
"""More groups there cannot be: every reason and none, in every condition and none."""


class TooManyReasons(Rejected):
    en = "A chain has at most {count_max} reasons for returns; with these there would be {count}. Retire some instead."
    zh = "退货原因最多 {count_max} 个，加上这些将有 {count} 个。请停用部分原因。"


class ReturnsPeriodTooLong(Invalid):
    en = "From from_date to to_date there are {days} days; ask for at most {days_max} at once."
    zh = "from_date 至 to_date 共 {days} 天，一次最多查询 {days_max} 天。"


@dataclass(frozen=True, slots=True)
class PutReturnReasons:
    reasons: tuple[ReturnReason, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnReasonsPut:
    created: int


@dataclass(frozen=True, slots=True)
class ListReturnReasons:
    pass


@dataclass(frozen=True, slots=True)
class ReturnReasonsListed:
    reasons: Sequence[ReturnReason]


@dataclass(frozen=True, slots=True)
class ReportReturns:
    """What came back in a store from the first to the last business date, both required."""

    from_date: str
    to_date: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class ReturnsReported:
    """By reason and condition; amounts in minor units of `currency`, that of the store."""

    store_code: str
    currency: str
    sums: Sequence[ReturnsSum]


def put_return_reasons(uow: UnitOfWork, command: PutReturnReasons) -> ReturnReasonsPut:
    """Creates or replaces reasons by code, for the whole chain; a retired one is no longer taken, and stays readable.

    Raises TooManyReasons and the refusals of single fields.
    """
    at_most(command.reasons, REASONS_MAX, field="reasons")
    reasons = []
    for index, reason in enumerate(command.reasons):
        field = f"reasons[{index}]"
        reasons.append(
            ReturnReason(
                required_code(reason.code, field=f"{field}.code"),
                required_name(reason.name_en, field=f"{field}.name_en"),
                required_name(reason.name_zh, field=f"{field}.name_zh"),
                reason.retired,
            )
        )
    named_once([reason.code for reason in reasons], field="reasons")
    # Whoever else changes them waits here, so that both are counted.
    uow.bump("chain")
    known = {reason.code for reason in uow.returned_goods.reasons()}
    count = len(known | {reason.code for reason in reasons})
    if count > REASONS_MAX:
        raise TooManyReasons("reasons", count=count, count_max=REASONS_MAX)
    if reasons:
        uow.returned_goods.put_reasons(reasons)
    return ReturnReasonsPut(count - len(known))


def list_return_reasons(uow: UnitOfWork, _: ListReturnReasons) -> ReturnReasonsListed:
    """All reasons by code, REASONS_MAX at most, those that are retired too."""
    return ReturnReasonsListed(uow.returned_goods.reasons())


def report_returns(uow: UnitOfWork, query: ReportReturns) -> ReturnsReported:
    """Lines of refunds by reason and condition, voids aside: what a store took back in a period.

    Raises UnknownStore, StoreNeeded, Missing, InvalidDate, LastBeforeFirst and ReturnsPeriodTooLong.
    """
    uow.refresh()
    store = store_in_scope(uow, query.store_code)
    for field, day in (("from_date", query.from_date), ("to_date", query.to_date)):
        if not day:
            raise Missing(field)
    period = selected(uow, store_code=store.code, from_date=query.from_date, to_date=query.to_date)
    days = (period.to_date - period.from_date).days + 1
    if days > DAYS_MAX:
        raise ReturnsPeriodTooLong("to_date", days=days, days_max=DAYS_MAX)
    sums = uow.returned_goods.sums(store_id=store.store_id, first=period.from_date, last=period.to_date, limit=SUMS_MAX)
    return ReturnsReported(store.code, store.currency, sums)
