"""The price of a basket: gross, discounts with their reasons, net and taxes of every line."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from domain.pricing.goods import Goods
from domain.pricing.offers import RATE_BP
from domain.pricing.promoting import Considered, Promoting
from domain.pricing.tax import Tax, TaxedAmount, TaxRounding, spread_taxes
from domain.shared.applied import STAFF_PURCHASE, TAX_EXEMPTION, AppliedDiscount, AppliedTax
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding, allocate, divide

MANUAL: Final = "manual"
BASKET: Final = "basket"
OVERRIDE: Final = "override"
"""The codes of what people take off: a line, the whole basket, and a list price by naming another one."""


@dataclass(slots=True)
class Manual:
    """A discount given by hand: a rate in basis points or an amount; the other one is zero."""

    reason: str
    rate_bp: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class StaffPurchase:
    """Who of the staff buys, by code, and at which discount in basis points, 0 for none."""

    staff_code: str
    rate_bp: int


@dataclass(slots=True)
class Override:
    """A price of one unit that a person names instead of the one that applies."""

    unit_price_minor: int
    reason: str


@dataclass(slots=True)
class Named:
    """A discount that a terminal has computed."""

    code: str
    name: str
    amount_minor: int


@dataclass(slots=True)
class TerminalPriced:
    """What a terminal made of a line: the value of the whole line, and the discounts off it."""

    gross_minor: int
    discounts: tuple[Named, ...]


@dataclass(slots=True)
class LineRequest:
    """A line to be priced.

    `unit_price_minor` is the chosen price, `list_price_minor` the price before the advantage that the price list gives
    (equal when there is none); a lower list price counts for nothing. With `terminal` both are ignored. `categories`
    are the codes of the product's category and of those above it; promotions know it by these, by brand, supplier and
    tags. `floor_minor` is the least that promotions may leave of the value of the whole line. `beaten_lists` are the
    codes of the price lists that applied and lost, best first; they change nothing.
    """

    line_number: int
    quantity_milli: int
    unit_price_minor: int
    list_price_minor: int
    price_list_code: str
    price_list_name: str
    includes_tax: bool
    taxes: tuple[Tax, ...]
    manual: tuple[Manual, ...]
    terminal: TerminalPriced | None
    sku: str = ""
    categories: frozenset[str] = frozenset()
    brand: str = ""
    supplier_code: str = ""
    tags: tuple[str, ...] = ()
    beaten_lists: tuple[str, ...] = ()
    override: Override | None = None
    floor_minor: int = 0


@dataclass(slots=True)
class Basis:
    """All that `price_lines` was given: the same again gives the same price again.

    `certificate` is the number by which the buyer is exempt from taxes, empty for everybody else; `staff` is who of the
    staff buys, None for customers.
    """

    lines: Sequence[LineRequest]
    basket_discounts: Sequence[Manual]
    tax_rounding: TaxRounding
    rounding: Rounding
    promoting: Promoting | None
    promised: Sequence[Considered] | None = None
    certificate: str = ""
    staff: StaffPurchase | None = None


@dataclass(slots=True)
class PricedLine:
    """`unit_price_minor`, `gross_minor` and `discount_minor` include tax where the price does; net + tax = total."""

    line_number: int
    unit_price_minor: int
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    discounts: list[AppliedDiscount]
    taxes: list[AppliedTax]


@dataclass(slots=True)
class PricedBasket:
    """The lines, in the order of the request, and their sums; `considered` tells what became of each promotion.

    `basis` is what it was priced from, as `price_lines` was given it. `exempt_minor` is the tax that an exempt buyer
    does not pay.
    """

    lines: list[PricedLine]
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    considered: list[Considered] = field(default_factory=list)
    basis: Basis | None = field(default=None, compare=False, repr=False)
    exempt_minor: int = 0

    @property
    def requests(self) -> Sequence[LineRequest]:
        """The lines as they were to be priced."""
        return self.basis.lines if self.basis is not None else ()


class NegativeAmount(Invalid):
    en = "The value of the line is {amount_minor}; it must be zero or more."
    zh = "该行金额为 {amount_minor}，不得小于零。"


class BasketTooLarge(Invalid):
    en = "The basket is worth {amount_minor}; one document may come to {amount_minor_max} at most."
    zh = "购物篮金额为 {amount_minor}，单据金额最多为 {amount_minor_max}。"


class DiscountWithoutReason(Invalid):
    en = "A discount needs the reason that the receipt shows."
    zh = "折扣必须填写小票上显示的原因。"


class RateOrAmount(Invalid):
    en = "A discount is either a rate or an amount: give exactly one of rate_bp and amount_minor."
    zh = "折扣只能是折扣率或金额之一：rate_bp 与 amount_minor 必须且只能填写一个。"


class RateOutOfRange(Invalid):
    en = "{rate_bp} is no discount rate; it must be 1 to 10000 basis points (1000 = 10 %)."
    zh = "{rate_bp} 不是有效的折扣率，必须为 1 到 10000 个基点（1000 = 10 %）。"


class AmountNotPositive(Invalid):
    en = "{amount_minor} is no discount; the amount off must be above zero."
    zh = "{amount_minor} 不是有效的折扣，减免金额必须大于零。"


class DiscountExceedsAmount(Rejected):
    en = "A discount of {amount_minor} exceeds the {left_minor} that is left after the discounts before it."
    zh = "折扣 {amount_minor} 超过此前折扣之后的余额 {left_minor}。"


class TerminalDiscountsExceedGross(Invalid):
    en = "The terminal's discounts come to {amount_minor}, more than the {gross_minor} that the line is worth."
    zh = "终端折扣合计 {amount_minor}，超过该行金额 {gross_minor}。"


class DiscountOnTerminalPrice(Invalid):
    en = (
        "A line that the terminal has priced takes no further discount; the terminal puts it into the line's discounts."
    )
    zh = "终端已定价的行不能再打折；请由终端把折扣写入该行的折扣中。"


class OverrideOnTerminalPrice(Invalid):
    en = "A line that the terminal has priced has its price already; send either terminal_price or price_override."
    zh = "终端已定价的行已有价格；terminal_price 与 price_override 只能提供一个。"


def price_lines(
    lines: Sequence[LineRequest],
    *,
    basket_discounts: Sequence[Manual],
    tax_rounding: TaxRounding,
    rounding: Rounding,
    promoting: Promoting | None = None,
    promised: Sequence[Considered] | None = None,
    certificate: str = "",
    staff: StaffPurchase | None = None,
) -> PricedBasket:
    """Prices every line such that discounts equal the sum of their reasons, net + tax = total and nothing is negative.

    Off the gross (list price * quantity) come, each computed on what the one before has left: the advantage of the
    price list, the promotions, the line's manual discounts in the order given, and the basket's discounts, spread over
    the lines by largest remainder; last what `staff` is given, spread likewise. A line with a terminal price takes that
    and the terminal's discounts as they are; only discounts of the basket and of the staff still come off it. A price
    named by a person takes the place of price list and promotions; what lies between it and the list price is its
    discount. A discount that comes to nothing on a line is not listed. With `promised` exactly these promotions come
    off, as they did before. With a `certificate` every line costs what it would have cost without its taxes. Fields in
    refusals count from zero.

    Raises NegativeAmount, BasketTooLarge, DiscountWithoutReason, RateOrAmount, RateOutOfRange, AmountNotPositive,
    DiscountExceedsAmount, TerminalDiscountsExceedGross, DiscountOnTerminalPrice, OverrideOnTerminalPrice.
    """
    priced = [
        _by_price(line, position, rounding) if line.terminal is None else _by_terminal(line, line.terminal, position)
        for position, line in enumerate(lines)
    ]
    gross_minor = sum([line.gross_minor for line in priced])
    if gross_minor > AMOUNT_MINOR_MAX:
        raise BasketTooLarge("lines", amount_minor=gross_minor, amount_minor_max=AMOUNT_MINOR_MAX)
    considered: list[Considered] = []
    if promised is not None:
        considered = list(promised)
        _take_off(priced, considered)
    elif promoting is not None:
        considered = _promote(lines, priced, promoting, rounding)
    for position, request in enumerate(lines):
        if request.manual and request.terminal is None:
            _discount_by_hand(priced[position], request.manual, position, rounding)
    if basket_discounts:
        _discount_together(priced, basket_discounts, rounding)
    if staff is not None:
        _discount_staff(priced, staff, rounding)
    taxed = spread_taxes(
        [line.gross_minor - line.discount_minor for line in priced],
        taxes=[line.taxes for line in lines],
        includes_tax=[line.includes_tax for line in lines],
        tax_rounding=tax_rounding,
        rounding=rounding,
    )
    exempt_minor = _exempted(priced, lines, taxed, certificate) if certificate else 0
    discount_minor = net_minor = tax_minor = 0
    for line, parts in zip(priced, taxed, strict=True):
        line.net_minor = net = parts.net_minor
        line.tax_minor = tax = parts.tax_minor
        line.total_minor = net + tax
        line.taxes = parts.taxes
        discount_minor += line.discount_minor
        net_minor += net
        tax_minor += tax
    basis = Basis(lines, basket_discounts, tax_rounding, rounding, promoting, promised, certificate, staff)
    total_minor = net_minor + tax_minor
    return PricedBasket(
        priced, gross_minor, discount_minor, net_minor, tax_minor, total_minor, considered, basis, exempt_minor
    )


def _exempted(
    priced: Sequence[PricedLine], lines: Sequence[LineRequest], taxed: Sequence[TaxedAmount], certificate: str
) -> int:
    """Takes the taxes off every line, and out of the prices that include them; what this comes to in minor units.

    So a line costs exactly the net that anybody else would have had, by the same rounding. Every line that bears taxes
    names the certificate, also where nothing comes off because its taxes would have come on top.
    """
    exempt_minor = 0
    for line, request, parts in zip(priced, lines, taxed, strict=True):
        if request.taxes:
            left = line.gross_minor - line.discount_minor
            inside = parts.tax_minor if request.includes_tax else 0
            line.discounts.append(AppliedDiscount(TAX_EXEMPTION, certificate, inside, left))
            line.discount_minor += inside
            exempt_minor += parts.tax_minor
            parts.tax_minor, parts.taxes = 0, []
    return exempt_minor


def _by_price(line: LineRequest, position: int, rounding: Rounding) -> PricedLine:
    if line.override is not None:
        return _by_override(line, line.override, position, rounding)
    quantity = line.quantity_milli
    units, rest = divmod(quantity, 1000)
    # Of whole units there is nothing to round.
    chosen = divide(line.unit_price_minor * quantity, 1000, rounding) if rest else line.unit_price_minor * units
    if chosen < 0:
        raise NegativeAmount(f"lines[{position}]", amount_minor=chosen)
    unit_price, gross = line.unit_price_minor, chosen
    discounts: list[AppliedDiscount] = []
    if line.list_price_minor > unit_price:
        unit_price = line.list_price_minor
        gross = divide(unit_price * quantity, 1000, rounding)
        if gross > chosen:
            code = f"price_list:{line.price_list_code}"
            discounts.append(AppliedDiscount(code, line.price_list_name, gross - chosen, gross))
    return PricedLine(line.line_number, unit_price, gross, gross - chosen, 0, 0, 0, discounts, [])


def _by_override(line: LineRequest, override: Override, position: int, rounding: Rounding) -> PricedLine:
    field = f"lines[{position}].price_override"
    if not override.reason or override.reason.isspace():
        raise DiscountWithoutReason(f"{field}.reason")
    if override.unit_price_minor < 0:
        raise NegativeAmount(f"{field}.unit_price_minor", amount_minor=override.unit_price_minor)
    list_price = max(line.list_price_minor, line.unit_price_minor)
    listed = divide(list_price * line.quantity_milli, 1000, rounding)
    named = divide(override.unit_price_minor * line.quantity_milli, 1000, rounding)
    off = max(0, listed - named)
    # Listed even where nothing comes off: the line keeps the reason and the list price.
    discounts = [AppliedDiscount(OVERRIDE, override.reason, off, listed)]
    unit_price = list_price if off else override.unit_price_minor
    return PricedLine(line.line_number, unit_price, named + off, off, 0, 0, 0, discounts, [])


def _promote(
    lines: Sequence[LineRequest], priced: list[PricedLine], promoting: Promoting, rounding: Rounding
) -> list[Considered]:
    """Takes the promotions off the lines that the server prices; a terminal or a person has the last word otherwise.

    Those that give points change no price: where others have priced some of the lines, they are looked for among all
    lines, at what these come to before the promotions.
    """
    goods = _goods(lines, priced)
    if len(goods) == len(lines):
        considered = promoting.consider(goods, rounding)
        _take_off(priced, considered)
        return considered
    points = promoting.points_for_all and bool(promoting.book.points)
    everything = _goods(lines, priced, all_of_them=True) if points else []
    considered = promoting.consider(goods, rounding, without_points=points)
    _place(considered, lines)
    _take_off(priced, considered)
    if points:
        considered += replace(promoting, book=promoting.book.points).consider(everything, rounding)
        considered.sort(key=lambda one: (not one.applied, "" if one.applied else one.code))
    return considered


def _goods(lines: Sequence[LineRequest], priced: Sequence[PricedLine], *, all_of_them: bool = False) -> list[Goods]:
    """What promotions are looked for: the lines that the server prices, or all of them."""
    return [
        Goods(
            line.sku,
            line.categories,
            line.quantity_milli,
            part.gross_minor - part.discount_minor,
            line.brand,
            line.supplier_code,
            line.tags,
            max(0, part.gross_minor - part.discount_minor - line.floor_minor) if line.floor_minor else None,
        )
        for line, part in zip(lines, priced, strict=True)
        if (line.terminal is None and line.override is None) or all_of_them
    ]


def _take_off(priced: list[PricedLine], considered: Sequence[Considered]) -> None:
    for one in considered:
        if one.applied:
            for place, off in enumerate(one.off_by_line):
                if off:
                    part = priced[place]
                    base = part.gross_minor - part.discount_minor
                    part.discounts.append(AppliedDiscount(f"promotion:{one.code}", one.name, off, base))
                    part.discount_minor += off


def _place(considered: Sequence[Considered], lines: Sequence[LineRequest]) -> None:
    """Tells of all lines of the basket what was told of those that take part in promotions."""
    places = [place for place, line in enumerate(lines) if line.terminal is None and line.override is None]
    for one in considered:
        by_line = [0] * len(lines)
        for place, off in zip(places, one.off_by_line, strict=True):
            by_line[place] = off
        one.off_by_line = by_line
        one.rewarded = [places[position] for position in one.rewarded]


def _discount_by_hand(line: PricedLine, manual: Sequence[Manual], position: int, rounding: Rounding) -> None:
    for number, discount in enumerate(manual):
        left = line.gross_minor - line.discount_minor
        amount = _amount_off(discount, left, rounding, f"lines[{position}].discounts[{number}]")
        if amount:
            line.discounts.append(AppliedDiscount(MANUAL, discount.reason, amount, left))
            line.discount_minor += amount


def _by_terminal(line: LineRequest, terminal: TerminalPriced, position: int) -> PricedLine:
    gross = left = terminal.gross_minor
    field = f"lines[{position}].terminal_price"
    if gross < 0:
        raise NegativeAmount(f"{field}.gross_minor", amount_minor=gross)
    if line.manual:
        raise DiscountOnTerminalPrice(f"lines[{position}].discounts")
    if line.override is not None:
        raise OverrideOnTerminalPrice(f"lines[{position}].price_override")
    discounts = []
    for number, named in enumerate(terminal.discounts):
        if named.amount_minor <= 0:
            raise AmountNotPositive(f"{field}.discounts[{number}].amount_minor", amount_minor=named.amount_minor)
        if not named.code:
            raise DiscountWithoutReason(f"{field}.discounts[{number}].code")
        discounts.append(AppliedDiscount(named.code, named.name, named.amount_minor, left))
        left -= named.amount_minor
    if left < 0:
        raise TerminalDiscountsExceedGross(f"{field}.discounts", amount_minor=gross - left, gross_minor=gross)
    quantity = line.quantity_milli
    # The price shown is for people: rounding it never changes what the terminal has charged.
    unit_price = divide(gross * 1000, quantity) if quantity > 0 else gross
    return PricedLine(line.line_number, unit_price, gross, gross - left, 0, 0, 0, discounts, [])


def _discount_together(priced: list[PricedLine], discounts: Sequence[Manual], rounding: Rounding) -> None:
    left = [line.gross_minor - line.discount_minor for line in priced]
    for number, manual in enumerate(discounts):
        amount = _amount_off(manual, sum(left), rounding, f"discounts[{number}]")
        for i, part in enumerate(allocate(amount, left)):
            if part:
                line = priced[i]
                line.discounts.append(AppliedDiscount(BASKET, manual.reason, part, left[i]))
                line.discount_minor += part
                left[i] -= part


def _discount_staff(priced: Sequence[PricedLine], staff: StaffPurchase, rounding: Rounding) -> None:
    """Takes the discount of the staff off what is left of the basket, rounded once.

    Every line names the buyer, also where nothing comes off, so that whoever takes it back knows.
    """
    left = [line.gross_minor - line.discount_minor for line in priced]
    amount = divide(sum(left) * staff.rate_bp, RATE_BP, rounding)
    for line, base, part in zip(priced, left, allocate(amount, left), strict=True):
        line.discounts.append(AppliedDiscount(STAFF_PURCHASE, staff.staff_code, part, base))
        line.discount_minor += part


def _amount_off(manual: Manual, left: int, rounding: Rounding, field: str) -> int:
    """What the discount takes off `left`, never more than all of it."""
    rate_bp, amount = manual.rate_bp, manual.amount_minor
    if not manual.reason or manual.reason.isspace():
        raise DiscountWithoutReason(f"{field}.reason")
    if bool(rate_bp) == bool(amount):
        raise RateOrAmount(field)
    if rate_bp:
        if not 1 <= rate_bp <= RATE_BP:
            raise RateOutOfRange(f"{field}.rate_bp", rate_bp=rate_bp)
        return divide(left * rate_bp, RATE_BP, rounding)
    if amount < 0:
        raise AmountNotPositive(f"{field}.amount_minor", amount_minor=amount)
    if amount > left:
        raise DiscountExceedsAmount(f"{field}.amount_minor", amount_minor=amount, left_minor=left)
    return amount
