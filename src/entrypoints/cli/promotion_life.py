"""The rest of `liansuo promotion`: the life of promotions that stand in the database."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from application.pricing.draft_promotion import SubmitPromotion, submit_promotion
from application.pricing.promotion_overlaps import FindPromotionOverlaps, find_promotion_overlaps
from application.pricing.promotion_steps import PublishedWithOverlaps, StepTaken
from application.pricing.promotion_views import LifeView, PromotionEntry
from application.pricing.publish_promotion import (
    EndPromotion,
    PausePromotion,
    PublishPromotion,
    ResumePromotion,
    end_promotion,
    pause_promotion,
    publish_promotion,
    resume_promotion,
)
from application.pricing.queries import GetPromotion, ListPromotionCalendar, get_promotion, list_promotion_calendar
from application.pricing.review_promotion import ReviewPromotion, review_promotion
from application.pricing.templates import (
    GivenParameter,
    InstantiateTemplate,
    ListPromotionTemplates,
    instantiate_template,
    list_promotion_templates,
)
from domain.pricing.overlap import Overlap
from domain.pricing.promotion_life import PromotionState
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, show
from entrypoints.cli.problems import Exit, Problem

promotion = typer.Typer(help="Promotions: from files, from templates, and through their lives.", no_args_is_help=True)

CodeArgument = Annotated[str, typer.Argument(help="Code of the promotion.")]
NoteOption = Annotated[str, typer.Option("--note", help="Why; it is kept with the step.")]
StateOption = Annotated[PromotionState | None, typer.Option("--state", help="Only those in this state.")]
ThemeOption = Annotated[str, typer.Option("--theme", help="Only those of this theme.")]
FromOption = Annotated[str, typer.Option("--from", help="Only what holds on this day or later, YYYY-MM-DD.")]
UntilOption = Annotated[str, typer.Option("--until", help="Only what begins before this day, YYYY-MM-DD.")]
StoreOption = Annotated[str, typer.Option("--store", help="Only what may hold in this store, by its calendar.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="A parameter as name=value; once for each.")]

OVERLAPS = (
    Column("code", "Promotion"),
    Column("other_code", "Competes with"),
    Column("precedence", "Decided by"),
    Column("winner_code", "First choice"),
    Column("store_code", "For instance in"),
    Column("on_date", "From"),
)
ENTRIES = (
    Column("code", "Code"),
    Column("name", "Name"),
    Column("state", "State"),
    Column("draft_state", "Draft"),
    Column("theme", "Theme"),
    Column("from_date", "From"),
    Column("until_date", "Until"),
    Column("stage", "Stage", Kind.COUNT),
    Column("priority", "Priority", Kind.COUNT),
    Column("where", "Where"),
)
STEPS = (
    Column("number", "No.", Kind.COUNT),
    Column("revision", "Revision", Kind.COUNT),
    Column("kind", "Step"),
    Column("at", "When"),
    Column("by", "Who"),
    Column("note", "Note"),
)
TEMPLATES = (
    Column("code", "Template"),
    Column("name", "Name"),
    Column("parameter", "Parameter"),
    Column("kind", "Kind"),
    Column("required", "Required"),
    Column("low", "From", Kind.COUNT),
    Column("high", "To", Kind.COUNT),
    Column("label", "What it is"),
)


@promotion.command()
def submit(code: CodeArgument, note: NoteOption = "", database: DatabaseOption = None) -> None:
    """Hand the draft to those who review."""
    with opened(database) as chain:
        _tell(chain.write(submit_promotion, SubmitPromotion(code, _draft_revision(chain, code), note)))


@promotion.command()
def review(
    code: CodeArgument,
    send_back: Annotated[bool, typer.Option("--send-back", help="It is to be written again.")] = False,
    note: NoteOption = "",
    database: DatabaseOption = None,
) -> None:
    """Find the submitted draft good, or send it back. By default its writer cannot: see `settings promotion_review`."""
    with opened(database) as chain:
        _tell(chain.write(review_promotion, ReviewPromotion(code, _draft_revision(chain, code), send_back, note)))


@promotion.command("publish-draft")
def publish_draft(code: CodeArgument, note: NoteOption = "", database: DatabaseOption = None) -> None:
    """Put the reviewed draft in force in all its stores, from their own midnight of its first day."""
    with opened(database) as chain:
        _tell(chain.write(publish_promotion, PublishPromotion(code, _draft_revision(chain, code), note)))


@promotion.command()
def pause(code: CodeArgument, note: NoteOption = "", database: DatabaseOption = None) -> None:
    """Stop a promotion everywhere from the next basket on, until it is resumed."""
    with opened(database) as chain:
        _tell(chain.write(pause_promotion, PausePromotion(code, note)))


@promotion.command()
def resume(code: CodeArgument, note: NoteOption = "", database: DatabaseOption = None) -> None:
    """Let a paused promotion give again."""
    with opened(database) as chain:
        _tell(chain.write(resume_promotion, ResumePromotion(code, note)))


@promotion.command()
def end(code: CodeArgument, note: NoteOption = "", database: DatabaseOption = None) -> None:
    """End a promotion everywhere for good, or give up a draft that was never published."""
    with opened(database) as chain:
        _tell(chain.write(end_promotion, EndPromotion(code, note)))


@promotion.command("list")
def list_all(
    state: StateOption = None,
    theme: ThemeOption = "",
    store: StoreOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """All promotions with their states, by their first day."""
    _show_calendar(ListPromotionCalendar(state=state, theme=theme, store_code=store), database, form)


@promotion.command()
def calendar(
    from_date: FromOption = "",
    until_date: UntilOption = "",
    theme: ThemeOption = "",
    store: StoreOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """What holds in a period, by its first day."""
    query = ListPromotionCalendar(theme=theme, from_date=from_date, until_date=until_date, store_code=store)
    _show_calendar(query, database, form)


@promotion.command("show")
def show_one(code: CodeArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Who took which step in the life of a promotion, and when."""
    with opened(database) as chain:
        found = chain.read(get_promotion, GetPromotion(code))
    rows = [
        [one.number, one.revision, one.kind, one.at.isoformat(), one.staff_code or one.caller_code, one.note]
        for one in found.steps
    ]
    show(Figures(f"{code}: {found.state}", STEPS, rows), form)


@promotion.command()
def overlaps(code: CodeArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """What the draft of a promotion, or what is published of it, competes with."""
    with opened(database) as chain:
        found = chain.read(find_promotion_overlaps, FindPromotionOverlaps(code))
    show(Figures("Overlaps", OVERLAPS, _overlap_rows(found.overlaps)), form)


@promotion.command()
def templates(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """The templates with their parameters."""
    with opened(database) as chain:
        found = chain.read(list_promotion_templates, ListPromotionTemplates(page_size=500)).templates
    rows = [
        [one.code, one.name, parameter.name, parameter.kind, parameter.required, *parameter.range, parameter.label]
        for one in found
        for parameter in one.parameters
    ]
    show(Figures("Templates", TEMPLATES, rows), form)


@promotion.command("from-template")
def from_template(
    template: Annotated[str, typer.Argument(help="Code of the template, see `promotion templates`.")],
    code: CodeArgument,
    given: SetOption = None,
    name: Annotated[str, typer.Option("--name", help="Name of the promotion; that of the template without.")] = "",
    note: NoteOption = "",
    database: DatabaseOption = None,
) -> None:
    """Write a draft from a template, e.g. from-template SPEND_SAVE MAY --set spend=30000 --set save=5000."""
    parameters = []
    for one in given or []:
        parameter, equals, value = one.partition("=")
        if not equals:
            raise Problem(f"“{one}” is no name=value.", code=Exit.USAGE)
        parameters.append(GivenParameter(parameter, value))
    with opened(database) as chain:
        made = chain.write(instantiate_template, InstantiateTemplate(template, code, name, tuple(parameters), note))
    _told(made.promotion)


def tell_overlaps(found: Sequence[Overlap], *, more: bool) -> None:
    """Says what competes with what, as a warning."""
    for one in found:
        who = f"“{one.winner_code}” has the first choice" if one.winner_code else f"decided by {one.precedence}"
        where = f"e.g. in {one.store_code} from {one.on_date}"
        notes.print(f"Overlap: {one.code} and {one.other_code} want the same goods, {where}; {who}.", markup=False)
    if more:
        notes.print("There may be more overlaps than these.", markup=False)


def _tell(taken: StepTaken | PublishedWithOverlaps) -> None:
    _told(taken.promotion)
    if isinstance(taken, PublishedWithOverlaps):
        tell_overlaps(taken.overlaps, more=taken.more_overlaps)


def _told(entry: PromotionEntry) -> None:
    beside = f", draft {entry.draft_revision} {entry.draft_state}" if entry.draft_state else ""
    notes.print(f"{entry.code}: {entry.state}{beside}.", markup=False)


def _draft_revision(chain: Database, code: str) -> int:
    found: LifeView = chain.read(get_promotion, GetPromotion(code))
    return found.draft.revision if found.draft else 0


def _show_calendar(query: ListPromotionCalendar, database: str | None, form: Format) -> None:
    rows: list[list[object]] = []
    with opened(database) as chain:
        while True:
            found = chain.read(list_promotion_calendar, replace(query, page_size=500))
            rows += [_entry_row(entry) for entry in found.entries]
            if not found.next_page_token:
                break
            query = replace(query, page_token=found.next_page_token)
    show(Figures("Promotions", ENTRIES, rows), form)


def _entry_row(entry: PromotionEntry) -> list[object]:
    return [
        entry.code,
        entry.name,
        entry.state,
        entry.draft_state or "",
        entry.theme,
        entry.from_date,
        entry.until_date,
        entry.stage,
        entry.priority,
        ", ".join([*entry.store_codes, *entry.region_codes]) or "everywhere",
    ]


def _overlap_rows(found: Sequence[Overlap]) -> list[list[object]]:
    return [[one.code, one.other_code, one.precedence, one.winner_code, one.store_code, one.on_date] for one in found]
