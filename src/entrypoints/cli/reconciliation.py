"""Nothing is silently lost: what was read, skipped, kept and stored side by side, and every row that was skipped."""

import csv
from dataclasses import astuple
from pathlib import Path

from entrypoints.cli.complete_journey import CURRENCY, Journey, Sums, Unsold
from entrypoints.cli.output import Column, Figures, Kind, csv_cell
from entrypoints.cli.playing import Played

COLUMNS = (
    Column("what", "What"),
    Column("baskets", "Baskets", Kind.COUNT),
    Column("lines", "Lines", Kind.COUNT),
    Column("received_minor", "Received", Kind.MONEY),
    Column("retail_disc_minor", "Retail discount", Kind.MONEY),
    Column("coupon_disc_minor", "Coupons", Kind.MONEY),
    Column("coupon_match_minor", "Coupon match", Kind.MONEY),
    Column("coupon_surplus_minor", "Coupon surplus", Kind.MONEY),
)


def reconciliation(journey: Journey, played: Played) -> Figures:
    """What became of what was read: read = skipped + kept, and kept = stored + same as before + refused + not sent."""
    unsent = journey.kept - played.sent
    rows = [
        ("read", journey.read),
        ("skipped", journey.skipped),
        ("kept", journey.kept),
        ("stored now", played.stored),
        ("same as before", played.same_as_before),
        ("refused", played.refused),
    ]
    if unsent != Sums():
        rows.append(("not sent yet", unsent))
    note = (
        f"Read: {len(journey.stores):,} stores, {len(journey.households):,} members, {journey.zero_quantity_lines:,} "
        "lines of quantity 0 (kept as amount-only lines where they carry money, else skipped). "
        "A coupon surplus is what coupons exceed their basket by; no tender takes it."
    )
    figures = [(what, *astuple(sums)) for what, sums in rows]
    return Figures("Reconciliation with the data", COLUMNS, figures, currency=CURRENCY, note=note)


def write_unsold(path: Path, journey: Journey, played: Played) -> int:
    """Writes every row that became no sale, and every refused basket, with the reason, as CSV; returns how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Unsold._fields)
        for unsold in [*journey.unsold(), *_refused(played)]:
            writer.writerow([csv_cell(value) for value in unsold])
            count += 1
    return count


def _refused(played: Played) -> list[Unsold]:
    return [
        Unsold(
            what="basket refused by the server",
            reason=f"{refused.reason} {refused.field}: {refused.message}",
            week=basket.week,
            store_id=basket.store_id,
            basket_id=basket.basket_id,
            household_id=basket.household_id,
            product_id=None,
            sold_at=basket.sold_at.isoformat().replace("+00:00", "Z"),
            quantity=None,
            sales_value_minor=basket.total_minor,
            retail_disc_minor=sum(line.retail_minor for line in basket.lines),
            coupon_disc_minor=basket.coupon_minor + basket.surplus_minor,
            coupon_match_minor=sum(line.match_minor for line in basket.lines),
            surplus_minor=basket.surplus_minor,
        )
        for basket, refused in played.refusals
    ]
