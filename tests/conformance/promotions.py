"""Promotions of conformance cases, in the terms of Liansuo, and the baskets that get them.

What a case applies one after the other are stages here, each on what the one before has left.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from domain.pricing.basket import LineRequest, PricedBasket
from domain.pricing.goods import Goods
from domain.pricing.promoting import Considered, Promoting, Stacking
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Needed, Promotion, Situation, Step
from domain.pricing.promotion_book import PromotionBook
from domain.shared.money import Rounding, divide
from tests.conformance.baskets import line_minor, priced
from tests.conformance.stored_cases import Case, scaled

Row = dict[str, Any]

ALL = ItemSet(everything=True)
FREE_UNITS_MAX = 1_000


def situation(*, tier: str = "") -> Situation:
    return Situation("S001", "R1", "store", "USD", tier, bool(tier), date(2026, 6, 15), 720)


def items(*skus: str) -> ItemSet:
    return ALL if not skus or "*" in skus else ItemSet(skus=tuple(skus))


def consider(
    promotions: list[Promotion], goods: list[Goods], *, stacking: Stacking = Stacking.COMPOUND, tier: str = ""
) -> dict[str, Considered]:
    """What became of each promotion, by code."""
    considered = Promoting(PromotionBook(promotions), situation(tier=tier), stacking).consider(goods, Rounding.HALF_UP)
    return {one.code: one for one in considered}


class Basket:
    """The basket of a case with what the case applies, each promotion with its place (or `ref`) as code."""

    def __init__(self, case: Case, *, together: bool = False) -> None:
        given = case["given"]
        self.digits = 0 if given.get("unit", "").startswith("minor") else 2
        self.rows = _rows(case)
        self.applied = case["when"]["apply"]
        self.codes = [applied.get("ref", str(number)) for number, applied in enumerate(self.applied)]
        lanes = [applied.get("lane", number) for number, applied in enumerate(self.applied)]
        order = list(dict.fromkeys(sorted(lanes) if "post" in lanes else lanes))  # "default" before "post"
        self.promotions: list[Promotion] = []
        for code, lane, applied in zip(self.codes, lanes, self.applied, strict=True):
            self.promotions += self._promotions(code, 0 if together else order.index(lane), applied)
        self.free_units = self._add_free_goods()
        self.priced = self.price(len(self.applied))
        self.before = self.price(0)
        self.considered = {one.code: one for one in self.priced.considered}

    def price(self, count: int) -> PricedBasket:
        """With the first `count` of what is applied."""
        wanted = [one for one in self.promotions if one.code.split("/")[0] in self.codes[:count]]
        return _price(self.rows, wanted, self.digits)

    def off(self, code: str) -> list[int]:
        """What is taken off each line."""
        parts = [one.off_by_line for key, one in self.considered.items() if key.split("/")[0] == code]
        return [sum(offs) for offs in zip(*parts, strict=True)] or [0] * len(self.rows)

    def found(self, key: str, expected: Any) -> Any:
        """What the case calls `key`, in the form of `expected`."""
        after, before = self.priced, self.before
        match key:
            case "total" | "gross":
                return after.total_minor
            case "net" | "net_before":
                return (before if key == "net_before" else after).net_minor
            case "tax":
                return after.tax_minor
            case "subtotal":
                return before.gross_minor
            case "discount":
                return after.discount_minor
            case "discount_gross":
                return before.total_minor - after.total_minor
            case "promo":
                return -after.discount_minor
            case "total_after_first":
                return self.price(1).total_minor
            case "totals":
                return [self.price(count).total_minor for count in range(1, len(self.applied) + 1)]
            case "discounts":
                return [sum(self.off(code)) for code in self.codes]
            case "amounts":
                return [self.off(code) for code in self.codes]
            case "discount_of_first_line":
                return after.lines[0].discount_minor
            case "free_qty" | "gift_qty":
                return self.free_units
            case "refused":
                return [code for code in self.codes if not sum(self.off(code))]
            case "second":
                return "refused" if not sum(self.off(self.codes[1])) else "applied"
            case "applied":
                names = [one.name for one in self.promotions if sum(self.off(one.code.split("/")[0]))]
                return bool(names) if isinstance(expected, bool) else names
        raise ValueError(f"nothing here is called {key}")

    def expected(self, key: str, expected: Any) -> Any:
        if key in ("refused", "second", "applied"):
            return expected
        if isinstance(expected, list):
            return [self.expected(key, each) for each in expected]
        return scaled(expected, 0 if key in ("free_qty", "gift_qty") else self.digits)

    def _promotions(self, code: str, stage: int, applied: Row) -> list[Promotion]:
        kind, meant = applied["type"], items(*applied.get("skus", ()))
        name = f"{applied.get('value', '')}%" if kind.startswith("percent") else kind
        if kind == "fixed" and applied["allocation"] == "each":
            # An amount off so many units of each line: a promotion for each.
            benefit = Benefit(BenefitKind.UNIT_AMOUNT, off_minor=self._amount(applied["value"]))
            return [
                Promotion(
                    f"{code}/{sku}",
                    name,
                    Benefit(benefit.kind, items(sku), off_minor=benefit.off_minor),
                    stage=stage,
                    times_max=int(applied.get("max_qty", 0)),
                )
                for sku in dict.fromkeys(row["sku"] for row in self.rows)
            ]
        return [
            Promotion(
                code,
                name,
                self._benefit(kind, meant, applied),
                stage=stage,
                needs=tuple(self._needs(applied)),
                discount_minor_max=self._largest(applied),
            )
        ]

    def _benefit(self, kind: str, meant: ItemSet, applied: Row) -> Benefit:
        match kind:
            case "percent_order" | "percent_items" | "percentage":
                return Benefit(BenefitKind.RATE, meant, rate_bp=scaled(applied["value"], 2))
            case "percent_shipping":
                return Benefit(BenefitKind.RATE, items(applied["method"]), rate_bp=scaled(applied["value"], 2))
            case "percent_cheapest":
                return Benefit(BenefitKind.CHEAPEST, meant, rate_bp=scaled(applied["value"], 2), units=1)
            case "fixed_order" | "fixed_items" | "fixed":
                return Benefit(BenefitKind.AMOUNT, meant, off_minor=self._amount(applied["value"]))
            case "tiered_percent_order" | "tiered_percent_items":
                steps = [Step(0, self._amount(start), scaled(percent, 2)) for start, percent in applied["tiers"]]
                if "base" in applied:
                    steps.append(Step(rate_bp=scaled(applied["base"], 2)))
                return Benefit(BenefitKind.RATE, meant, steps=tuple(steps))
            case "buy_x_get_y":
                buy, get = applied["buy"], applied["get"]
                bought = (Component(items(buy["sku"]), int(buy["qty"])),)
                return Benefit(
                    BenefitKind.BUY_GET, items(get["sku"]), rate_bp=10_000, units=int(get["qty"]), components=bought
                )
            case "gift_with_purchase":
                bought = tuple(Component(items(sku), int(units)) for sku, units in applied["needs"].items())
                gift = applied["gift"]
                return Benefit(
                    BenefitKind.BUY_GET,
                    items(gift["sku"]),
                    rate_bp=10_000,
                    units=int(gift.get("qty_per", 1)),
                    components=bought,
                )
        raise ValueError(f"no promotion is called {kind}")

    def _needs(self, applied: Row) -> list[Needed]:
        needs = [
            Needed(ALL, amount_minor=self._amount(applied[key]))
            for key in ("min_amount", "min_net", "min_total", "min_discounted_total")
            if key in applied
        ]
        meant = items(*applied.get("skus", ()))
        needs += [
            Needed(meant, amount_minor=self._amount(applied[key]))
            for key in ("min_amount_of_skus", "min_net_of_skus")
            if key in applied
        ]
        if "min_qty_of_skus" in applied:
            needs.append(Needed(meant, scaled(applied["min_qty_of_skus"], 3)))
        if "needs_line_qty" in applied:
            (sku,) = {row["sku"] for row in self.rows}
            needs.append(Needed(items(sku), scaled(applied["needs_line_qty"], 3)))
        if applied["type"] != "gift_with_purchase":
            needs += [Needed(items(sku), scaled(units, 3)) for sku, units in applied.get("needs", {}).items()]
        if "condition" in applied:
            assert applied["condition"].startswith("order contains ")
            needs.append(Needed(items(applied["condition"].removeprefix("order contains "))))
        return needs

    def _largest(self, applied: Row) -> int:
        """The largest amount off: as the prices of the goods have it, so without tax where they have none."""
        if "max_discount_gross" not in applied:
            return 0
        largest = self._amount(applied["max_discount_gross"])
        rows = [row for row in self.rows if row["sku"] in applied.get("skus", (row["sku"],))]
        ((percent, included),) = {(row.get("tax", "0"), row.get("tax_included", True)) for row in rows}
        return largest if included else divide(largest * 10_000, 10_000 + scaled(percent, 2))

    def _amount(self, text: str) -> int:
        return scaled(text, self.digits)

    def _add_free_goods(self) -> int:
        """Puts in as many units as are got for the price of what is in the basket; how many these are."""
        added = 0
        for promotion, applied in zip(self.promotions, self.applied, strict=False):
            if promotion.benefit.kind is not BenefitKind.BUY_GET:
                continue
            got = applied.get("gift") or next(row for row in self.rows if row["sku"] == applied["get"]["sku"])
            paid = _price(self.rows, [], self.digits)
            for units in range(1, FREE_UNITS_MAX):
                rows = [*self.rows, {**got, "qty": str(units)}]
                with_free = _price(rows, [promotion], self.digits)
                if with_free.gross_minor - with_free.discount_minor > paid.gross_minor:
                    units -= 1  # noqa: PLW2901
                    break
            if units:
                self.rows = [*self.rows, {**got, "qty": str(units)}]
            added += units
        return added


def _rows(case: Case) -> list[Row]:
    given = case["given"]
    if "items" in given:
        return [{**row, "unit_price": str(Decimal(row["subtotal"]) / Decimal(row["qty"]))} for row in given["items"]]
    if "rate" in given:
        of_one_rate = {"tax": given["rate"], "tax_included": given["included"]}
        return [
            {"sku": f"l{n}", "qty": quantity, "unit_price": price, **of_one_rate}
            for n, (quantity, price) in enumerate(given["lines"])
        ]
    rows = [
        row
        if isinstance(row, dict)
        else {"sku": f"l{n}", "unit_price": row[0], "tax": row[1], "qty": row[2], "tax_included": given["included"]}
        for n, row in enumerate(given["lines"])
    ]
    if "shipping" in given:
        rows.append({"sku": given["shipping"]["method"], "qty": "1", "unit_price": given["shipping"]["cost"]})
    return rows


def _price(rows: list[Row], promotions: list[Promotion], digits: int) -> PricedBasket:
    promoting = Promoting(PromotionBook(promotions), situation())
    return priced([_line(row, digits) for row in rows], promoting=promoting)


def _line(row: Row, digits: int) -> LineRequest:
    line = line_minor(
        scaled(row["unit_price"], digits),
        row["qty"],
        taxes=[row["tax"]] if "tax" in row else [tax["rate"] for tax in row.get("taxes", ())],
        included=row.get("tax_included", True),
    )
    line.sku = row["sku"]
    if "line_discount_pct" in row:
        line.unit_price_minor = divide(line.unit_price_minor * (10_000 - scaled(row["line_discount_pct"], 2)), 10_000)
    return line
