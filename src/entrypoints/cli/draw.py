"""`liansuo draw`: lucky draws from files, published, shown, and recomputed play by play."""

from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.marketing.publish_draw import PublishDraw, publish_draw
from application.marketing.put_draw import DrawPut, PutDraw, put_draw
from application.marketing.queries import GetDraw, ListPlays, get_draw, list_plays
from application.marketing.verify_draw import VerifyDraw, verify_draw
from application.ports.kernel import UnitOfWork
from domain.marketing.draw import LuckyDraw
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, progress, rows_of, show
from entrypoints.cli.problems import Exit, Problem

FILE_BYTES_MAX: Final = 2_000_000
PAGE_SIZE: Final = 500

draw = typer.Typer(help="Lucky draws: from files, published, shown, and recomputed.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="YAML or JSON with `draws`.", exists=True, dir_okay=False)]
CodeArgument = Annotated[str, typer.Argument(help="Code of the draw.")]

PRIZES: Final = (
    Column("code", "Prize"),
    Column("kind", "Kind"),
    Column("name_en", "Name"),
    Column("name_zh", "名称"),
    Column("chance_ppm", "Chance, ppm", Kind.COUNT),
    Column("value_minor", "Value", Kind.MONEY),
    Column("number", "Number", Kind.COUNT),
    Column("awarded", "Awarded", Kind.COUNT),
    Column("remaining", "Remaining", Kind.COUNT),
)
PLAYS: Final = (
    Column("play_number", "Play", Kind.COUNT),
    Column("ticket_id", "Ticket"),
    Column("roll_ppm", "Number drawn", Kind.COUNT),
    Column("drawn_code", "Drawn"),
    Column("left_before", "Left before", Kind.COUNT),
    Column("outcome", "Outcome"),
    Column("prize_code", "Prize"),
    Column("played_at", "When"),
    Column("store_code", "Store"),
    Column("member_number", "Member"),
)


class DrawFile(BaseModel):
    """Draws with the fields of the PutDraw request."""

    model_config = ConfigDict(extra="forbid")

    draws: list[LuckyDraw]


@draw.command()
def put(file: FileArgument, database: DatabaseOption = None) -> None:
    """Write every draw of the file as a draft, all or none; published draws never change."""
    read = read_document(file, DrawFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        for one, done in zip(read.draws, chain.write(_put_all, tuple(map(PutDraw, read.draws))), strict=True):
            notes.print(f"{one.code}: {'new draft' if done.created else 'draft changed'}.", markup=False)


@draw.command()
def publish(code: CodeArgument, database: DatabaseOption = None) -> None:
    """Fix the terms of a draw for ever and commit to its seed; print what to make public before the first play."""
    with opened(database) as chain:
        published = chain.write(publish_draw, PublishDraw(code))
    notes.print(f"{code}: published.", markup=False)
    print(f"seed commitment {published.seed_commitment}")
    print(f"terms digest    {published.terms_digest}")


@draw.command("show")
def show_one(code: CodeArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show the prizes of a draw with chances and values, what is left of them, and after the end the seed."""
    with opened(database) as chain:
        found = chain.read(get_draw, GetDraw(code))
    counted = {one.code: one for one in found.figures}
    rows = []
    for prize in found.draw.prizes:
        figures = counted.get(prize.code)
        rows.append(
            [
                prize.code,
                prize.kind,
                prize.name_en,
                prize.name_zh,
                prize.chance_ppm,
                prize.value_minor,
                prize.number,
                figures.awarded if figures else None,
                figures.remaining if figures else None,
            ]
        )
    if form is Format.TABLE and found.published_at is not None:
        notes.print(f"seed commitment {found.seed_commitment}", markup=False)
        notes.print(f"terms digest    {found.terms_digest}", markup=False)
        notes.print(f"seed            {found.seed or 'secret until the end'}", markup=False)
    title = f"{code}: {found.state}, {found.plays:,} plays"
    show(Figures(title, PRIZES, rows, currency=found.draw.currency), form)


@draw.command()
def plays(code: CodeArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the plays of a draw by number, with everything that is needed to recompute them."""
    rows = []
    token = ""
    with opened(database) as chain:
        while True:
            page = chain.read(list_plays, ListPlays(code, page_size=PAGE_SIZE, page_token=token))
            rows += rows_of(PLAYS, page.plays)
            token = page.next_page_token
            if not token:
                break
    show(Figures(f"Plays of {code}", PLAYS, rows), form)


@draw.command()
def verify(code: CodeArgument, database: DatabaseOption = None) -> None:
    """Recompute every play of a draw from its seed, and end with 1 at the first that is not as it is stored."""
    total, token = 0, ""
    with opened(database) as chain, progress() as step:
        advance = step("Plays", chain.read(get_draw, GetDraw(code)).plays)
        while True:
            page = chain.read(verify_draw, VerifyDraw(code, PAGE_SIZE, token))
            total += page.verified
            advance(page.verified)
            token = page.next_page_token
            if not token:
                break
    wrong = page.difference
    if wrong is not None:
        where = f"play {wrong.play_number}" if wrong.play_number else "the draw itself"
        raise Problem(
            f"{code}: {total:,} plays are as they were drawn, but {where} differs: "
            f"{wrong.field} is {wrong.stored}, and should be {wrong.recomputed}.",
            code=Exit.REFUSED,
        )
    notes.print(f"{code}: all {total:,} plays are as they were drawn.", markup=False)


def _put_all(uow: UnitOfWork, commands: tuple[PutDraw, ...]) -> list[DrawPut]:
    return [put_draw(uow, command) for command in commands]
