"""What receipts cost that becomes known later, and what of them had been recorded wrongly: rules, without stock.

Nothing here rewrites a receipt: all of it is by how much a new entry changes a line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from domain.inventory.receipt import GoodsReceiptLine, ReceiptLineKind
from domain.shared.errors import Conflict, Invalid, Rejected
from domain.shared.money import Rounding, allocate, divide


class ChargeKind(StrEnum):
    FREIGHT = "freight"
    DUTY = "duty"
    INSURANCE = "insurance"
    OTHER = "other"


class SpreadBasis(StrEnum):
    """What a cost is spread over lines by."""

    VALUE = "value"
    """What the goods cost without landed costs."""
    QUANTITY = "quantity"
    WEIGHT = "weight"


class NoGoodsLeft(Rejected):
    en = "No goods of these receipts are left after their corrections, so there is nothing to spread a cost over."
    zh = "这些收货单更正后已没有商品，无法分摊费用。"


class WeightMissing(Invalid):
    en = "“{sku}” has no weight. State in weights what one unit of it weighs, or spread by VALUE or QUANTITY."
    zh = "商品“{sku}”没有重量。请在 weights 中填写其单位重量，或改按 VALUE 或 QUANTITY 分摊。"


class LandedBelowZero(Rejected):
    en = "Line {line_number} of receipt {receipt_id} would have landed costs of {landed} below zero. Take back less."
    zh = "收货单 {receipt_id} 第 {line_number} 行的附加费用将变为负数 {landed}，请减少冲回金额。"


class LineStandsOtherwise(Conflict):
    en = "Line {line_number} stands at {quantity} thousandths for {cost} by now. Read the receipt again."
    zh = "第 {line_number} 行现为 {quantity}（千分之一单位）、成本 {cost}，请重新读取收货单。"


class NothingCorrected(Invalid):
    en = "Line {line_number} has the same figures before and after. Leave it out, or state what is right."
    zh = "第 {line_number} 行更正前后相同，请删除该行或填写正确数据。"


class CostWithoutGoods(Invalid):
    en = "Line {line_number} has no goods, so it cannot cost {cost}. State a quantity, or a cost of 0."
    zh = "第 {line_number} 行没有商品，成本不能为 {cost}。请填写数量，或将成本填 0。"


@dataclass(frozen=True, slots=True)
class LineNow:
    """How a line of a receipt stands. `cost_minor` is without `landed_minor`; `number` is that of its last change."""

    receipt_id: int
    line_number: int
    sku_id: int
    quantity_milli: int
    cost_minor: int
    landed_minor: int
    number: int


@dataclass(frozen=True, slots=True)
class LineChange:
    """A correction as movements: `quantity_milli` comes at `cost_minor`, or goes where both are below zero.

    Then the `kept_milli` cost `revalued_minor` more, or less.
    """

    quantity_milli: int
    cost_minor: int
    kept_milli: int
    revalued_minor: int


def lines_now(entries: Iterable[GoodsReceiptLine]) -> list[LineNow]:
    """How every line stands, by receipt and line number; `entries` are in that order."""
    found = []
    for (receipt_id, line_number), group in groupby(entries, key=lambda one: (one.receipt_id, one.line_number)):
        of_line = list(group)
        landed = [one.cost_minor for one in of_line if one.kind is ReceiptLineKind.LANDED_COST]
        found.append(
            LineNow(
                receipt_id,
                line_number,
                of_line[0].sku_id,
                sum(one.quantity_milli for one in of_line),
                sum(one.cost_minor for one in of_line) - sum(landed),
                sum(landed),
                max(one.number for one in of_line),
            )
        )
    return found


def spread_charge(
    amount_minor: int, *, basis: SpreadBasis, lines: Sequence[LineNow], weights: Mapping[int, int]
) -> list[int]:
    """The share of every line, by largest remainder, so that they sum to the amount; a line without goods has none.

    `weights` is what a unit of a SKU weighs, by SKU id, of all SKUs where it goes by weight. Where the lines have
    nothing to go by (all cost nothing), they share alike. Raises NoGoodsLeft.
    """
    there = [1 if line.quantity_milli else 0 for line in lines]
    if not any(there):
        raise NoGoodsLeft("receipt_ids")
    if basis is SpreadBasis.VALUE:
        by = [line.cost_minor if line.quantity_milli else 0 for line in lines]
    elif basis is SpreadBasis.QUANTITY:
        by = [line.quantity_milli for line in lines]
    else:
        by = [line.quantity_milli * weights[line.sku_id] if line.quantity_milli else 0 for line in lines]
    return allocate(amount_minor, by if any(by) else there)


def check_landed(lines: Sequence[LineNow], shares: Sequence[int], *, field: str) -> None:
    """Raises LandedBelowZero: no more landed cost is taken back of a line than it has."""
    for line, share in zip(lines, shares, strict=True):
        if share < 0 and line.landed_minor + share < 0:
            raise LandedBelowZero(
                field, receipt_id=line.receipt_id, line_number=line.line_number, landed=line.landed_minor + share
            )


def staying_share(value_minor: int, *, left_milli: int, of_milli: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """What of a value that belongs to `of_milli` falls to the `left_milli` of them that are still on hand.

    All of it where everything is, nothing where nothing is; what more is on hand is of other receipts.
    """
    left = min(max(left_milli, 0), of_milli)
    if not left:
        return 0
    return value_minor if left == of_milli else divide(value_minor * left, of_milli, rounding)


def corrected(
    line: LineNow,
    *,
    old_quantity_milli: int,
    old_cost_minor: int,
    quantity_milli: int,
    cost_minor: int,
    field: str,
    rounding: Rounding = Rounding.HALF_UP,
) -> LineChange:
    """What makes a line stand at its new figures, the old ones being how it stands.

    What goes, goes at the cost of a unit before; what comes, comes at that of a unit after; what was there before and
    stays bears the difference of both. Raises LineStandsOtherwise, NothingCorrected and CostWithoutGoods.
    """
    number = line.line_number
    if (old_quantity_milli, old_cost_minor) != (line.quantity_milli, line.cost_minor):
        raise LineStandsOtherwise(field, line_number=number, quantity=line.quantity_milli, cost=line.cost_minor)
    if (quantity_milli, cost_minor) == (line.quantity_milli, line.cost_minor):
        raise NothingCorrected(field, line_number=number)
    if cost_minor and not quantity_milli:
        raise CostWithoutGoods(f"{field}.cost_minor", line_number=number, cost=cost_minor)
    moved = quantity_milli - line.quantity_milli
    if moved < 0:
        stays = divide(line.cost_minor * quantity_milli, line.quantity_milli, rounding)
        return LineChange(moved, stays - line.cost_minor, quantity_milli, cost_minor - stays)
    before = divide(cost_minor * line.quantity_milli, quantity_milli, rounding) if moved else cost_minor
    return LineChange(moved, cost_minor - before, line.quantity_milli, before - line.cost_minor)
