"""For what reason each line of a refund comes back, and what becomes of the goods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.sales import SoldProduct
from domain.sales.returned import Condition, ReturnedLine
from domain.sales.reversal import LineLeft, ReturnRequest
from domain.sales.sale import Sale, SaleLine
from domain.shared.errors import Invalid


class UnknownReturnReason(Invalid):
    en = "There is no reason “{code}” for returns, or it is no longer used. Choose one of ListReturnReasons."
    zh = "没有退货原因“{code}”，或该原因已停用。请从 ListReturnReasons 中选择。"


class ReturnReasonNeeded(Invalid):
    en = "Line {line_number} comes back without a reason_code. Choose one of ListReturnReasons."
    zh = "第 {line_number} 行退货缺少 reason_code，请从 ListReturnReasons 中选择。"


class NothingToSetAside(Invalid):
    en = "Line {line_number} has no goods that stand in stock. Leave its condition out."
    zh = "第 {line_number} 行没有库存商品，请勿填写 condition。"


class ScrapOrCondition(Invalid):
    en = "The condition says {condition}, and scrap says that the goods are written off. Send the condition alone."
    zh = "condition 为 {condition}，而 scrap 表示报废。请只填写 condition。"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How a line comes back. `condition` counts where goods of it stand in stock."""

    reason_code: str = ""
    condition: Condition = Condition.TO_STOCK


def condition_of_all(condition: Condition | None, *, scrap: bool) -> Condition:
    """What becomes of the goods of lines that do not say it themselves. Raises ScrapOrCondition."""
    if scrap and condition not in (None, Condition.SCRAP):
        raise ScrapOrCondition("condition", condition=condition)
    return Condition.SCRAP if scrap else condition or Condition.TO_STOCK


def taken_back(
    uow: UnitOfWork,
    chosen: Sequence[tuple[LineLeft, int]],
    requests: Sequence[ReturnRequest],
    products: Mapping[int, SoldProduct],
    *,
    otherwise: TakenBack,
    policies: Policies,
) -> dict[int, TakenBack]:
    """How each line of the sale comes back, by its number; `otherwise` holds for what a line does not say.

    Raises UnknownReturnReason, NothingToSetAside and, with the setting `return_reason_required`, ReturnReasonNeeded.
    """
    usable = _usable(uow, {otherwise.reason_code, *[request.reason_code for request in requests]})
    if otherwise.reason_code and otherwise.reason_code not in usable:
        raise UnknownReturnReason("reason_code", code=otherwise.reason_code[:64])
    found = {}
    for index, (rest, quantity_milli) in enumerate(chosen):
        number = rest.line.line_number
        # Requests, where there are any, are those of the chosen lines, in their order.
        request = requests[index] if requests else ReturnRequest(number, quantity_milli, amount_only=False)
        code = request.reason_code or otherwise.reason_code
        if request.reason_code and request.reason_code not in usable:
            raise UnknownReturnReason(f"lines[{index}].reason_code", code=request.reason_code[:64])
        if not code and policies.return_reason_required:
            raise ReturnReasonNeeded(f"lines[{index}].reason_code" if requests else "reason_code", line_number=number)
        stocked = quantity_milli and not products[rest.line.sku_id].unstocked
        if request.condition is not None and not stocked:
            raise NothingToSetAside(f"lines[{index}].condition", line_number=number)
        found[number] = TakenBack(code, request.condition or otherwise.condition)
    return found


def ask_for_reasons(
    uow: UnitOfWork, said: Sequence[tuple[str, Condition | None]], *, policies: Policies
) -> dict[int, TakenBack]:
    """How each line comes back, numbered from 1, where every one speaks for itself; raises as `taken_back`."""
    usable = _usable(uow, {code for code, _ in said})
    for index, (code, _) in enumerate(said):
        if code and code not in usable:
            raise UnknownReturnReason(f"lines[{index}].reason_code", code=code[:64])
        if not code and policies.return_reason_required:
            raise ReturnReasonNeeded(f"lines[{index}].reason_code", line_number=index + 1)
    return {number: TakenBack(code, where or Condition.TO_STOCK) for number, (code, where) in enumerate(said, start=1)}


def by_line_of_refund(lines: Sequence[SaleLine], taken: Mapping[int, TakenBack]) -> dict[int, TakenBack]:
    """How lines come back by their own numbers, from how those of the sale do."""
    return {line.line_number: taken[line.original_line_number] for line in lines if line.original_line_number in taken}


def returned_lines(
    sale: Sale,
    lines: Sequence[SaleLine],
    taken: Mapping[int, TakenBack],
    products: Mapping[int, SoldProduct],
    *,
    otherwise: str = "",
) -> list[ReturnedLine]:
    """What is kept of each line of the refund; `otherwise` is the reason of lines that are not among those `taken`."""
    return [
        ReturnedLine(
            sale_id=sale.sale_id,
            line_number=line.line_number,
            store_id=sale.store_id,
            business_date=sale.business_date,
            sku_id=line.sku_id,
            reason_code=back.reason_code if back else otherwise,
            condition=back.condition if back and _stocked(line, products) else None,
            quantity_milli=-line.quantity_milli,
            total_minor=-line.total_minor,
            cost_minor=-line.cost_minor,
        )
        for line in lines
        for back in (taken.get(line.line_number),)
    ]


def _usable(uow: UnitOfWork, codes: set[str]) -> set[str]:
    """The reasons that may be given; a refund that gives none does not ask for them."""
    return {reason.code for reason in uow.returned_goods.reasons() if not reason.retired} if codes - {""} else set()


def _stocked(line: SaleLine, products: Mapping[int, SoldProduct]) -> bool:
    return bool(line.quantity_milli) and not products[line.sku_id].unstocked
