"""`liansuo promotion`: promotions as files, with example baskets that say what they are meant to come to."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from adapters.festivals import festivals_near
from application.ports.kernel import UnitOfWork
from application.pricing.draft_promotion import DraftPromotion, draft_promotion
from application.pricing.promotion_fields import checked_promotion
from application.pricing.promotion_views import PromotionEntry
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.condition_words import lacking_words
from domain.pricing.basket import LineRequest, price_lines
from domain.pricing.conditions import days_after_birthday
from domain.pricing.plug_in import check_plug_in
from domain.pricing.promoting import Considered, Promoting, Stacking
from domain.pricing.promotion import Promotion, Situation
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import TaxRounding
from domain.shared.money import Rounding
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, progress, show
from entrypoints.cli.problems import Exit, Problem
from entrypoints.cli.promotion_life import NoteOption, promotion, tell_overlaps
from entrypoints.cli.promotion_proposals import proposals
from entrypoints.cli.report import FromOption, StoreOption, ToOption
from entrypoints.cli.simulating import simulated, simulation_figures
from entrypoints.plug_ins import installed_plug_ins

FILE_BYTES_MAX: Final = 20_000_000
AS_EXPECTED: Final = "as expected"
EXAMPLE_AT: Final = datetime.fromisoformat("2026-01-01T12:00:00")

promotion.command()(proposals)

FileArgument = Annotated[Path, typer.Argument(help="YAML or JSON with `promotions` and, if you like, `examples`.")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ExampleLine(_Strict):
    """Goods in an example basket; `category_codes` are those of their category and the ones above it."""

    sku: str
    quantity_milli: int = Field(1_000, ge=1)
    unit_price_minor: int = Field(ge=0)
    category_codes: list[str] = []
    brand: str = ""
    supplier_code: str = ""
    tags: list[str] = []


class Example(_Strict):
    """A basket and what it should come to; `at` is the time on the store's clock.

    Whatever is stated of the member makes the customer one; `visit_number` is that of this purchase, `birthday` an ISO
    date. `payment_kinds` are the tenders.
    """

    name: str
    lines: list[ExampleLine] = Field(min_length=1)
    total_minor: int
    applied: dict[str, int] | None = None
    """What each promotion should take off, by its code; those left out should take nothing off."""
    gifts: dict[str, int] | None = None
    """How many units of each SKU should be given away."""
    gifts_left: dict[str, int] = {}
    """How many units of a gift are in stock; of those left out there are enough."""
    coupons: dict[str, int] | None = None
    """How many coupons of each batch should be given for the next purchase."""
    at: NaiveDatetime = EXAMPLE_AT
    store_code: str = ""
    region_code: str = ""
    channel: str = "store"
    currency: str = "CNY"
    member: bool = False
    member_number: str = ""
    tier: str = ""
    segments: list[str] = []
    visit_number: int = Field(0, ge=0)
    birthday: str = Field("", pattern=r"^(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?$")
    payment_kinds: list[str] = []
    coupon_batches: list[str] = []
    """The batch of each coupon that is shown."""

    def situation(self) -> Situation:
        known = bool(self.member_number or self.tier or self.segments or self.visit_number or self.birthday)
        on = self.at.date()
        return Situation(
            store_code=self.store_code,
            region_code=self.region_code,
            channel=self.channel,
            currency=self.currency,
            tier=self.tier,
            member=self.member or known,
            on=on,
            minute=self.at.hour * 60 + self.at.minute,
            member_number=self.member_number,
            segments=tuple(self.segments),
            visit_number=self.visit_number,
            days_after_birthday=days_after_birthday(self.birthday, on),
            payment_kinds=tuple(self.payment_kinds),
            festivals=festivals_near(on),
            coupon_batches=tuple(sorted(self.coupon_batches)),
            gifts_left=tuple(sorted(self.gifts_left.items())),
        )


class PromotionFile(_Strict):
    """Promotions with the fields of the PutPromotions request, and examples."""

    stacking: Stacking = Stacking.COMPOUND
    promotions: list[Promotion]
    examples: list[Example] = []


@promotion.command()
def validate(file: FileArgument) -> None:
    """Check that the promotions can be published, without any database; codes that they name are not looked up."""
    read = _read(file)
    notes.print(f"{file}: {len(read.promotions)} promotions are well formed.", markup=False)


@promotion.command()
def test(file: FileArgument, form: FormatOption = Format.TABLE) -> None:
    """Price the example baskets of the file under its promotions, and end with 1 when one comes to something else."""
    read = _read(file)
    if not read.examples:
        raise Problem(f"{file} holds no examples.", advice="Add baskets with their totals under `examples`.")
    book = PromotionBook(read.promotions, plug_ins=installed_plug_ins())
    columns = (
        Column("example", "Example"),
        Column("expected_minor", "Expected", Kind.MONEY),
        Column("total_minor", "Comes to", Kind.MONEY),
        Column("currency", "Currency"),
        Column("applied", "Applied"),
        Column("result", "Result"),
    )
    rows = [_tried(example, book, read.stacking) for example in read.examples]
    show(Figures("Examples", columns, rows), form)
    wrong = sum(row[-1] != AS_EXPECTED for row in rows)
    if wrong:
        raise Problem(f"{wrong} of {len(rows)} examples come to something else.", code=Exit.REFUSED)


@promotion.command()
def publish(file: FileArgument, database: DatabaseOption = None) -> None:
    """Create or replace the promotions in all stores, all or none; the file's examples must hold."""
    read = _read(file)
    book = PromotionBook(read.promotions, plug_ins=installed_plug_ins())
    wrong = [example.name for example in read.examples if _tried(example, book, read.stacking)[-1] != AS_EXPECTED]
    if wrong:
        raise Problem(
            f"Not published: these examples come to something else: {', '.join(wrong)}.",
            advice=f"See why: liansuo promotion test {file}",
            code=Exit.REFUSED,
        )
    with opened(database) as chain:
        put = chain.write(put_promotions, PutPromotions(tuple(read.promotions)))
    unchanged = len(read.promotions) - put.created - put.changed
    notes.print(f"Published: {put.created} new, {put.changed} changed, {unchanged} as before.", markup=False)
    tell_overlaps(put.overlaps, more=put.more_overlaps)


@promotion.command()
def draft(
    file: FileArgument,
    note: NoteOption = "",
    database: DatabaseOption = None,
) -> None:
    """Write every promotion of the file as a draft, all or none, to be reviewed before it is published."""
    read = _read(file)
    with opened(database) as chain:
        drafts = tuple(DraftPromotion(one, note) for one in read.promotions)
        for entry in chain.write(_draft_all, drafts):
            notes.print(f"{entry.code}: draft, revision {entry.draft_revision}.", markup=False)


def _draft_all(uow: UnitOfWork, commands: tuple[DraftPromotion, ...]) -> list[PromotionEntry]:
    return [draft_promotion(uow, command).promotion for command in commands]


@promotion.command()
def simulate(
    file: FileArgument,
    code: Annotated[str, typer.Option("--code", help="Which promotion of the file, where it holds several.")] = "",
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    sample: Annotated[int, typer.Option("--sample", min=0, help="At most so many baskets, the newest; 0 is all.")] = 0,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Price past baskets under a promotion of the file, and show what it does to discounts, revenue and margin.

    Nothing is written. Its dates count for nothing; what was sold stays as it was sold.
    """
    found = [one for one in _read(file).promotions if code in ("", one.code)]
    if len(found) != 1:
        named = f"a promotion “{code}”" if code else "one promotion"
        raise Problem(f"{file} does not hold {named}.", advice="Name one with --code.", code=Exit.REFUSED)
    with opened(database) as chain, progress() as step:
        advance = step("Baskets", sample or None)
        stores = simulated(chain, found[0], store=store, first=first, last=last, sample=sample, advance=advance)
    show(simulation_figures(found[0], stores), form)


def _read(file: Path) -> PromotionFile:
    """The file; raises Problem, or the refusal that publishing would meet, with the place of what is wrong."""
    read = read_document(file, PromotionFile, bytes_max=FILE_BYTES_MAX)
    plug_ins = installed_plug_ins()
    for number, one in enumerate(read.promotions):
        checked_promotion(one, field=f"promotions[{number}]")
        check_plug_in(plug_ins, one.benefit, field=f"promotions[{number}].benefit")
    return read


def _tried(example: Example, book: PromotionBook, stacking: Stacking) -> list[Any]:
    """A row of the table of examples."""
    lines = [
        LineRequest(
            number, line.quantity_milli, line.unit_price_minor, line.unit_price_minor, "", "", True, (), (), None,
            line.sku, frozenset(line.category_codes), line.brand, line.supplier_code, tuple(line.tags),
        )
        for number, line in enumerate(example.lines, start=1)
    ]  # fmt: skip
    priced = price_lines(
        lines,
        basket_discounts=(),
        tax_rounding=TaxRounding.DOCUMENT,
        rounding=Rounding.HALF_UP,
        promoting=Promoting(book, example.situation(), stacking),
    )
    applied = {one.code: one.off_minor for one in priced.considered if one.off_minor}
    gifts = Counter[str]()
    coupons = Counter[str]()
    for one in priced.considered:
        gifts.update({gift.sku: gift.units for gift in one.gifts})
        coupons.update({award.batch_code: award.count for award in one.coupons_awarded})
    right = (
        priced.total_minor == example.total_minor
        and example.applied in (None, applied)
        and example.gifts in (None, gifts)
        and example.coupons in (None, coupons)
    )
    given = [f"{code} -{off}" for code, off in applied.items()]
    given += [f"{units} × {name}" for name, units in [*gifts.items(), *coupons.items()]]
    shown = ", ".join(given) or _refusals(priced.considered)
    return [
        example.name, example.total_minor, priced.total_minor, example.currency, shown,
        AS_EXPECTED if right else "different",
    ]  # fmt: skip


def _refusals(considered: list[Considered]) -> str:
    return ", ".join(f"{one.code}: {lacking_words(one.lacking, language='en') or one.unmet}" for one in considered)
