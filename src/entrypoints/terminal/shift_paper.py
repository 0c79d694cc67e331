"""The X and the Z report of a shift, laid out for the printer as receipts are."""

from collections.abc import Iterator
from typing import Final

from domain.sales.receipt import Pair, Part, Receipt, Rule, Text, amount_text
from domain.sales.receipt_words import WORDS as RECEIPT_WORDS
from domain.shared.period import zone
from entrypoints.terminal.dialog_words import said
from entrypoints.terminal.price_book import StoreBook
from entrypoints.terminal.receipts import TENDER_KINDS, language_of
from liansuo.sales.v1 import shift_pb2

CASH_ROWS: Final = ("float", "paid_in", "paid_out", "banked", "expected_cash")
COUNT_ROWS: Final = ("sales", "refunds", "voids", "others", "drawer_openings", "discounts_by_hand")


def report_paper(report: shift_pb2.ShiftReport, held: StoreBook, *, language: str) -> Receipt:
    """X while the shift is open, Z when it is closed."""
    closed = report.shift.HasField("closed_at")
    title = said("z_report" if closed else "x_report", language, number=report.shift.number)
    parts = [Text(held.store.name, centred=True), Text(title, centred=True, strong=True)]
    return Receipt(title, language_of(language), (*parts, *_parts(report, held, language, closed=closed)))


def _parts(report: shift_pb2.ShiftReport, held: StoreBook, language: str, *, closed: bool) -> Iterator[Part]:
    shift, currency = report.shift, report.shift.currency

    def money(amount_minor: int) -> str:
        return amount_text(amount_minor, currency)

    times = [("opened", shift.opened_at, shift.opened_by)]
    if closed:
        times.append(("closed", shift.closed_at, shift.closed_by))
    yield Pair(said("till", language), shift.terminal_code)
    for name, at, by in times:
        shown = at.ToDatetime(tzinfo=zone("UTC")).astimezone(zone(held.store.time_zone))
        yield Pair(said(name, language), f"{shown:%Y-%m-%d %H:%M} {by}".strip())
    yield Rule()
    for name in CASH_ROWS:
        amount = getattr(report, f"{name}_minor")
        if amount or name in {"float", "expected_cash"}:
            yield Pair(said(name, language), money(amount), strong=name == "expected_cash")
    for tender in report.tenders:
        kind = TENDER_KINDS.get(tender.tender)
        yield Rule()
        yield Text(RECEIPT_WORDS[language_of(language)][kind or "other_tender"], strong=True)
        for name in ("sales", "reversed", "other", "expected", "unsent"):
            if amount := getattr(tender, f"{name}_minor"):
                yield Pair(said(f"tender_{name}", language), money(amount), indent=2)
        if tender.counted:
            yield Pair(said("counted", language), money(tender.counted_minor), indent=2)
            yield Pair(said("variance", language), money(tender.variance_minor), indent=2, strong=True)
    yield Rule()
    for name in COUNT_ROWS:
        if number := getattr(report, name):
            yield Pair(said(f"count_{name}", language), f"{number:,}")
    if report.missing_receipts:
        yield Pair(said("missing_receipts", language), f"{report.missing_receipts:,}", strong=True)
    for cashier in report.cashiers:
        yield Pair(cashier.staff_code or "-", money(cashier.taken_minor))
