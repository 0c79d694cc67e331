"""Taking goods back: the exact inverse of what was stored, line by line, in any number of steps.

Every figure of a partial return is its share of what is *left* of the line, so that figures never turn negative and the
last step takes the rest: any sequence of returns sums to the sale. Where what is kept is priced again (repricing.py), a
step takes what lies between what is left and that price instead.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.sales.exchange import INTO_EXCHANGE
from domain.sales.returned import Condition
from domain.sales.sale import SaleLine, SaleTender, TenderKind
from domain.sales.tenders import MONEY
from domain.shared.applied import AppliedDiscount, AppliedTax
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import allocate, divide


class UnknownSaleLine(Invalid):
    en = "The sale has no line {line_number}."
    zh = "该销售单没有第 {line_number} 行。"


class LineNamedTwice(Invalid):
    en = "Line {line_number} is named twice. Name each line once, with the whole quantity."
    zh = "第 {line_number} 行重复。每行只填一次，并填写总数量。"


class InvalidReturnQuantity(Invalid):
    en = "The quantity to take back must be above zero, in thousandths; amount-only lines need amount_only instead."
    zh = "退货数量必须大于零（千分之一单位）；仅金额行请使用 amount_only。"


class NothingLeftToReturn(Rejected):
    en = "Line {line_number} has {left} thousandths left to take back, not {asked}."
    zh = "第 {line_number} 行还可退 {left}（千分之一单位），不足 {asked}。"


class SaleFullyReturned(Rejected):
    en = "Everything of sale {sale_id} has been taken back already."
    zh = "销售单 {sale_id} 已全部退回。"


@dataclass(slots=True)
class LineLeft:
    """What is left of a sold line after the returns so far; amounts are those of the sale's sign."""

    line: SaleLine
    quantity_milli: int
    gross_minor: int
    net_minor: int
    tax_minor: int
    cost_minor: int
    points_earned: int
    deferred_minor: int
    discounts: list[AppliedDiscount]
    taxes: list[AppliedTax]
    closed: bool


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """A line to take back; `amount_only` takes what is left of a line without goods."""

    line_number: int
    quantity_milli: int
    amount_only: bool
    serial_numbers: tuple[str, ...] = ()
    reason_code: str = ""
    condition: Condition | None = None


def lines_left(sold: Sequence[SaleLine], returned: Iterable[SaleLine]) -> dict[int, LineLeft]:
    """What is left of each line of a sale, given the (negative) lines of its refunds and voids."""
    left = {
        line.line_number: LineLeft(
            line=line,
            quantity_milli=line.quantity_milli,
            gross_minor=line.gross_minor,
            net_minor=line.net_minor,
            tax_minor=line.tax_minor,
            cost_minor=line.cost_minor,
            points_earned=line.points_earned,
            deferred_minor=line.deferred_minor,
            discounts=[AppliedDiscount(d.code, d.name, d.amount_minor, d.base_minor) for d in line.discounts],
            taxes=[AppliedTax(t.code, t.rate_ppm, t.base_minor, t.tax_minor) for t in line.taxes],
            closed=False,
        )
        for line in sold
    }
    for back in returned:
        rest = left[back.original_line_number]
        rest.quantity_milli += back.quantity_milli
        rest.gross_minor += back.gross_minor
        rest.net_minor += back.net_minor
        rest.tax_minor += back.tax_minor
        rest.cost_minor += back.cost_minor
        rest.points_earned += back.points_earned
        rest.deferred_minor += back.deferred_minor
        for mine, theirs in paired(rest.discounts, back.discounts):
            mine.amount_minor += theirs.amount_minor
            mine.base_minor += theirs.base_minor
        for tax, reversed_tax in zip(rest.taxes, back.taxes, strict=True):
            tax.base_minor += reversed_tax.base_minor
            tax.tax_minor += reversed_tax.tax_minor
        # A line without goods is there until its amount is back: its share of the whole may move before.
        rest.closed = rest.quantity_milli == 0 and (rest.line.quantity_milli != 0 or rest.gross_minor == 0)
    return left


def paired(
    mine: list[AppliedDiscount], theirs: Iterable[AppliedDiscount]
) -> Iterator[tuple[AppliedDiscount, AppliedDiscount]]:
    """Each of `theirs` with the one of `mine` for the same reason; a reason that `mine` lacks is added as nothing."""
    open_ones = list(mine)
    for one in theirs:
        found = next((own for own in open_ones if own.code == one.code and own.name == one.name), None)
        if found is None:
            found = AppliedDiscount(one.code, one.name, 0, 0)
            mine.append(found)
        else:
            open_ones.remove(found)
        yield found, one


def requested_returns(left: dict[int, LineLeft], requests: Sequence[ReturnRequest]) -> list[tuple[LineLeft, int]]:
    """The lines to take back with their quantities; no request means everything that is left.

    Raises Invalid and Rejected refusals that name the line at fault, SaleFullyReturned when nothing is left at all.
    """
    open_lines = [rest for rest in left.values() if not rest.closed]
    if not open_lines:
        sale_id = next(iter(left.values())).line.sale_id if left else 0
        raise SaleFullyReturned("sale_id", sale_id=sale_id)
    if not requests:
        return [(rest, rest.quantity_milli) for rest in open_lines]
    seen: set[int] = set()
    chosen = []
    for index, request in enumerate(requests):
        field = f"lines[{index}]"
        rest = left.get(request.line_number)
        if rest is None:
            raise UnknownSaleLine(f"{field}.line_number", line_number=request.line_number)
        if request.line_number in seen:
            raise LineNamedTwice(f"{field}.line_number", line_number=request.line_number)
        seen.add(request.line_number)
        money_only = rest.line.quantity_milli == 0
        if request.amount_only != money_only or (not money_only and request.quantity_milli <= 0):
            raise InvalidReturnQuantity(f"{field}.quantity_milli")
        if rest.closed or request.quantity_milli > rest.quantity_milli:
            raise NothingLeftToReturn(
                f"{field}.quantity_milli",
                line_number=request.line_number,
                left=rest.quantity_milli,
                asked=request.quantity_milli,
            )
        chosen.append((rest, request.quantity_milli))
    return chosen


def reversed_line(rest: LineLeft, quantity_milli: int, *, sale_id: int, line_number: int) -> SaleLine:
    """The negative line that takes `quantity_milli` of what is left back; parts always agree with their sums.

    What the customer paid is shared out first; the discount is what separates it from the shared gross amount, and is
    spread over the discounts that are left, so that no figure can fall below zero whatever the order of the returns.
    """
    sold = rest.line
    whole = rest.quantity_milli

    def share(amount: int) -> int:
        return amount if quantity_milli == whole else divide(amount * quantity_milli, whole)

    gross = share(rest.gross_minor)
    tax = share(rest.tax_minor)
    left = rest.gross_minor - sum([discount.amount_minor for discount in rest.discounts])
    if left == rest.net_minor + rest.tax_minor:  # the price includes the tax
        total = share(rest.net_minor + rest.tax_minor)
        net, discount = total - tax, gross - total
    else:
        net = share(rest.net_minor)
        total, discount = net + tax, gross - net
    discount_parts = allocate(discount, [d.amount_minor for d in rest.discounts])
    tax_parts = allocate(tax, [t.tax_minor for t in rest.taxes])
    return SaleLine(
        sale_id=sale_id,
        line_number=line_number,
        sku_id=sold.sku_id,
        department_id=sold.department_id,
        quantity_milli=-quantity_milli,
        unit_price_minor=sold.unit_price_minor,
        gross_minor=-gross,
        discount_minor=-discount,
        net_minor=-net,
        tax_minor=-tax,
        total_minor=-total,
        cost_minor=-share(rest.cost_minor),
        points_earned=-share(rest.points_earned),
        deferred_minor=-share(rest.deferred_minor),
        original_line_number=sold.line_number,
        discounts=[
            AppliedDiscount(d.code, d.name, -part, -share(d.base_minor))
            for d, part in zip(rest.discounts, discount_parts, strict=True)
        ],
        taxes=[
            AppliedTax(t.code, t.rate_ppm, -share(t.base_minor), -part)
            for t, part in zip(rest.taxes, tax_parts, strict=True)
        ],
    )


@dataclass(slots=True)
class TenderLeft:
    """What one tender paid and has not been given back; change is already taken off cash.

    Of goods that paid in an exchange, `exchanged`, the kind is what the customer had paid for them.
    """

    kind: TenderKind
    amount_minor: int
    points: int
    reference: str
    exchanged: bool = False


def tenders_left(
    tenders: Sequence[SaleTender], *, change_minor: int, returned: Iterable[SaleTender], tip_minor: int = 0
) -> list[TenderLeft]:
    """What each tender of a sale still holds, in the order of the sale; refunds name tenders in the same order.

    What went into an exchange is named by `INTO_EXCHANGE` plus the number of its tender. `tip_minor` is the tip that
    does not come back: the last money that was handed over has paid it.
    """
    left = [
        TenderLeft(t.paid_kind or t.kind, t.amount_minor, t.points, t.reference, t.kind is TenderKind.EXCHANGE)
        for t in tenders
    ]
    change = change_minor
    for tender in left:
        if tender.kind is TenderKind.CASH and not tender.exchanged and change:
            taken = min(change, tender.amount_minor)
            tender.amount_minor -= taken
            change -= taken
    tip = tip_minor
    for tender in reversed(left):
        if tender.kind in MONEY and not tender.exchanged and tip:
            taken = min(tip, tender.amount_minor)
            tender.amount_minor -= taken
            tip -= taken
    by_number = {tender.tender_number: rest for tender, rest in zip(tenders, left, strict=True)}
    for back in returned:
        exchanged = back.kind is TenderKind.EXCHANGE
        rest = by_number[back.tender_number - INTO_EXCHANGE if exchanged else back.tender_number]
        rest.amount_minor += back.amount_minor
        rest.points += back.points
    return left


def refund_tenders(left: Sequence[TenderLeft], amount_minor: int) -> list[tuple[int, int]]:
    """How `amount_minor` goes back to the original tenders, in proportion to what each still holds.

    Returns (amount, points) per tender, all zero or more, none above what is left; the amounts sum to `amount_minor`.
    """
    amounts = allocate(amount_minor, [tender.amount_minor for tender in left])
    return [
        (amount, divide(tender.points * amount, tender.amount_minor) if tender.amount_minor else 0)
        for tender, amount in zip(left, amounts, strict=True)
    ]
