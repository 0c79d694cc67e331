"""A basket as it is kept while it is put aside, and read back as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from application.sales.basket import Basket, BasketLine, TerminalPrice
from application.sales.exempting import ExemptBuyer
from domain.catalog.barcode import parse
from domain.pricing.basket import Manual, Named, Override
from domain.sales.parking import LineShare, LineToSplit
from domain.sales.sale import TenderKind
from domain.shared.errors import Rejected


class BasketDiscountNotDivisible(Rejected):
    en = "An amount is taken off the whole basket by hand, so it cannot be split. Take it up, and park it without."
    zh = "整单有手工减免金额，无法拆分。请先取单，去掉减免后重新挂单。"


def content_of(basket: Basket) -> dict[str, Any]:
    """What is kept of a basket: goods, prices, discounts by hand, exemption, staff. No member, no coupon, no place."""
    kept: dict[str, Any] = {
        "channel": basket.channel,
        "discounts": [asdict(discount) for discount in basket.discounts],
        "payment_kinds": [kind.value for kind in basket.payment_kinds],
    }
    if basket.tax_exemption is not None:
        kept["tax_exemption"] = asdict(basket.tax_exemption)
    if basket.staff_buyer_code:
        kept["staff_buyer_code"] = basket.staff_buyer_code
    # What a line does not say is not kept: most say two things.
    kept["lines"] = [{name: value for name, value in asdict(line).items() if value} for line in basket.lines]
    return kept


def basket_of(content: Mapping[str, Any], *, member_key: str, store_code: str) -> Basket:
    """The basket that was kept, for that member and store."""
    return Basket(
        lines=tuple([_line(line) for line in content["lines"]]),
        member_key=member_key,
        channel=content["channel"],
        discounts=_manual(content["discounts"]),
        store_code=store_code,
        payment_kinds=tuple([TenderKind(kind) for kind in content["payment_kinds"]]),
        tax_exemption=ExemptBuyer(**content["tax_exemption"]) if "tax_exemption" in content else None,
        staff_buyer_code=content.get("staff_buyer_code", ""),
    )


def lines_to_split(content: Mapping[str, Any]) -> list[LineToSplit]:
    """How much each line holds and whether it may be divided; raises BasketDiscountNotDivisible."""
    if any(discount["amount_minor"] for discount in content["discounts"]):
        raise BasketDiscountNotDivisible("basket_id")
    return [LineToSplit(quantity, _divisible(line)) for line, quantity in _with_quantities(content)]


def part_of(content: Mapping[str, Any], shares: Sequence[LineShare]) -> dict[str, Any]:
    """The content of a part: these shares of its lines, with the unit prices of then and no totals."""
    lines, quantities, priced = [], [], []
    for line_number, quantity_milli in shares:
        line, whole = content["lines"][line_number - 1], content["quantities"][line_number - 1]
        lines.append(line if quantity_milli == whole else {**line, "quantity_milli": quantity_milli})
        quantities.append(quantity_milli)
        priced.append([content["priced"][line_number - 1][0], None])
    return {**content, "lines": lines, "quantities": quantities, "priced": priced}


def _with_quantities(content: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], int]]:
    return list(zip(content["lines"], content["quantities"], strict=True))


def _divisible(line: Mapping[str, Any]) -> bool:
    """Whether what was agreed for the line is agreed for each of its units."""
    by_amount = any(discount["amount_minor"] for discount in line.get("discounts", ()))
    # What a scale has printed, a weight or a price, is that of what was weighed.
    weighed = "barcode" in line and bool(parse(line["barcode"], field="barcode").weighed_item_code)
    return not (by_amount or weighed or "terminal_price" in line or "serial_numbers" in line)


def _line(kept: Mapping[str, Any]) -> BasketLine:
    line = BasketLine(**{name: value for name, value in kept.items() if name not in _NESTED})
    price, override = kept.get("terminal_price"), kept.get("price_override")
    return replace(
        line,
        discounts=_manual(kept.get("discounts", ())),
        serial_numbers=tuple(kept.get("serial_numbers", ())),
        terminal_price=None if price is None else _terminal_price(price),
        price_override=None if override is None else Override(**override),
    )


_NESTED = frozenset({"discounts", "terminal_price", "price_override"})


def _terminal_price(kept: Mapping[str, Any]) -> TerminalPrice:
    return TerminalPrice(kept["gross_minor"], tuple([Named(**one) for one in kept["discounts"]]))


def _manual(kept: Sequence[Mapping[str, Any]]) -> tuple[Manual, ...]:
    return tuple([Manual(**one) for one in kept])
