"""`liansuo explain`: how a stored document came to its amounts; with --verify, whether all of them still do."""

import json
import sys
from collections import Counter
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from application.sales.explain_sale import ExplainSale, SaleExplanation, explain_sale
from application.sales.replaying import ExplanationBasis
from application.sales.verify_sales import Unproven, VerifySales, verify_sales
from domain.pricing.basket import Manual
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, major, notes, progress, show, show_all
from entrypoints.cli.problems import Exit, Problem
from entrypoints.cli.report import FromOption, StoreOption, ToOption

PAGE_SIZE: Final = 200
SHOWN_MAX: Final = 20

SampleOption = Annotated[
    int, typer.Option("--sample", min=0, help="At most so many documents, the newest ones; 0 is all of them.")
]


class _Row(StrEnum):
    """What a row of the explanation tells of."""

    PRICE = "price"
    DISCOUNT = "discount"
    TAX = "tax"


def explain(
    document: Annotated[
        str, typer.Argument(metavar="SALE_ID|RECEIPT", help="The id of a sale, refund or void, or its receipt number.")
    ] = "",
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="Business date of a receipt numbered by its terminal.")
    ] = "",
    verify: Annotated[
        bool, typer.Option("--verify", help="Price many documents again and exit 1 when one comes to something else.")
    ] = False,
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    sample: SampleOption = 0,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Explain how a sale, refund or void came to its amounts: prices, promotions, discounts, taxes and the proof."""
    if verify == bool(document):
        raise Problem("Name one document, or ask for many with --verify.", code=Exit.USAGE)
    with opened(database) as chain:
        if verify:
            _verify(chain, store=store, first=first, last=last, sample=sample, form=form)
            return
        found = chain.read(explain_sale, _asked(document, on))
    if form is Format.JSON:
        json.dump(asdict(found), sys.stdout, ensure_ascii=False, indent=2, default=_plain)
        sys.stdout.write("\n")
    else:
        _show(found, form)
    if not found.proven:
        raise typer.Exit(Exit.REFUSED)


def _asked(document: str, on: str) -> ExplainSale:
    if document.isascii() and document.isdigit():
        return ExplainSale(sale_id=min(int(document), 2**63 - 1))
    return ExplainSale(receipt_number=document, business_date=on)


def _show(found: SaleExplanation, form: Format) -> None:
    currency = found.sale.currency
    shown = {
        "lines": Figures(
            f"{found.sale.kind} {found.sale.receipt_number} of {found.sale.business_date} in {found.sale.store_code}",
            (
                Column("line_number", "Line", Kind.COUNT),
                Column("sku", "SKU"),
                Column("step", "Step"),
                Column("code", "Code"),
                Column("name", "Name"),
                Column("quantity_milli", "Quantity", Kind.QUANTITY),
                Column("base_minor", "From", Kind.MONEY),
                Column("amount_minor", "Amount", Kind.MONEY),
                Column("note", "How"),
            ),
            _line_rows(found),
            currency=currency,
            note=_sums(found),
        ),
        "promotions": Figures(
            "Promotions considered",
            (
                Column("code", "Code"),
                Column("name", "Name"),
                Column("stage", "Stage", Kind.COUNT),
                Column("result", "Result"),
                Column("base_minor", "From", Kind.MONEY),
                Column("discount_minor", "Off", Kind.MONEY),
                Column("lines", "Lines"),
                Column("explanation", "Why"),
            ),
            [
                [
                    one.code, one.name, one.stage, "applied" if one.applied else one.reason, one.base_minor,
                    one.discount_minor, ", ".join(f"{part.line_number}: {part.discount_minor}" for part in one.lines),
                    one.explanation,
                ]
                for one in found.promotions
            ],
            currency=currency,
        ),
    }  # fmt: skip
    if found.points_rate is not None:
        settings = (Column("name", "Setting"), Column("value", "Value"), Column("set_for", "Set for"))
        set_then = [[one.name, one.value, one.set_for] for one in found.points_rate.settings]
        shown["points"] = Figures(f"{found.sale.points_earned:,} points earned by", settings, set_then)
    if found.differences:
        columns = (
            Column("line_number", "Line", Kind.COUNT),
            Column("field", "Field"),
            Column("stored", "Stored"),
            Column("replayed", "Priced again"),
        )
        rows = [[one.line_number, one.field, one.stored, one.replayed] for one in found.differences]
        shown["differences"] = Figures("Differences", columns, rows)
    show_all({name: figures for name, figures in shown.items() if figures.rows}, form)
    notes.print(found.explanation, style="" if found.proven else "bold red", markup=False)


def _line_rows(found: SaleExplanation) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for line, told in zip(found.sale.lines, found.lines, strict=True):
        head = [line.line_number, line.sku]
        if told.terminal_priced:
            how = "stated by the terminal or the scale"
        elif told.gift_promotion_code:
            how = f"given by {told.gift_promotion_code}"
        elif told.sold_quantity_milli:
            how = f"of {told.sold_quantity_milli} sold, {told.left_quantity_milli} thousandths were left"
        else:
            how = f"beat {', '.join(told.beaten_price_list_codes)}" if told.beaten_price_list_codes else ""
        rows.append(
            [
                *head, _Row.PRICE, told.price_list_code, told.price_list_name, line.quantity_milli,
                line.unit_price_minor, line.gross_minor, how,
            ]
        )  # fmt: skip
        rows += [
            [*head, _Row.DISCOUNT, one.code, one.name, None, one.base_minor, -one.amount_minor, ""]
            for one in line.discounts
        ]
        rows += [
            [
                *head, _Row.TAX, tax.code, "", None, tax.base_minor, tax.tax_minor,
                f"{tax.rate_ppm / 10_000:g} %, {'inside the price' if told.includes_tax else 'on top'}",
            ]
            for tax in line.taxes
        ]  # fmt: skip
    return rows


def _sums(found: SaleExplanation) -> str:
    sale = found.sale
    parts = [
        f"{name} {major(amount, sale.currency)}"
        for name, amount in (
            ("gross", sale.gross_minor),
            ("discount", sale.discount_minor),
            ("net", sale.net_minor),
            ("tax", sale.tax_minor),
            ("total", sale.total_minor),
            ("cash rounding", sale.rounding_minor),
            ("tip", sale.tip_minor),
        )
        if amount or name != "tip"
    ]
    by_hand = [_by_hand(one, sale.currency) for one in found.basket_discounts]
    return f"{sale.currency}: " + ", ".join(parts + by_hand)


def _by_hand(one: Manual, currency: str) -> str:
    off = f"{one.rate_bp / 100:g} %" if one.rate_bp else major(one.amount_minor, currency)
    return f"by hand off the basket {off} ({one.reason})"


def _verify(chain: Database, *, store: str, first: str, last: str, sample: int, form: Format) -> None:
    checked: Counter[ExplanationBasis] = Counter()
    unproven: list[Unproven] = []
    failed, token = 0, ""
    with progress() as step:
        advance = step("Pricing again", sample or None)
        while True:
            size = min(PAGE_SIZE, sample - checked.total()) if sample else PAGE_SIZE
            found = chain.read(verify_sales, VerifySales(store, first, last, size, token))
            checked.update(found.checked)
            failed += len(found.unproven)
            unproven += found.unproven[: SHOWN_MAX - len(unproven)]
            advance(sum(found.checked.values()))
            token = found.next_page_token
            if not token or (sample and checked.total() >= sample):
                break
    columns = (Column("rests_on", "Rests on"), Column("documents", "Documents", Kind.COUNT))
    show(Figures("Priced again", columns, [[basis, checked[basis]] for basis in ExplanationBasis]), form)
    for one in unproven:
        notes.print(f"{one.sale_id} {one.receipt_number}: {_told(one)}", markup=False)
    if failed:
        raise Problem(f"{failed} of {checked.total()} documents come to something else.", code=Exit.REFUSED)
    notes.print(f"All {checked.total():,} documents come to what is stored.", markup=False)


def _told(one: Unproven) -> str:
    return "; ".join(
        f"line {found.line_number} {found.field} {found.stored or 'nothing'}, again {found.replayed or 'nothing'}"
        for found in one.differences[:SHOWN_MAX]
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
