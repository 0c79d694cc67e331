"""`liansuo replay`: the real baskets, played through the server as the stores' terminals."""

from pathlib import Path
from typing import Annotated, Final

import typer

from entrypoints.cli.complete_journey import Journey, load
from entrypoints.cli.database import DatabaseOption, beside, settings_of
from entrypoints.cli.importing import TerminalsOption, WeeksOption
from entrypoints.cli.output import Format, FormatOption, notes, progress, show
from entrypoints.cli.playing import CLIENTS_MAX, Played, Playing, Way, play
from entrypoints.cli.problems import Exit, Interrupted
from entrypoints.cli.reconciliation import reconciliation, write_unsold
from entrypoints.cli.terminals import read_credentials

LIVE_WEEKS_MAX: Final = 2
"""Up to here baskets are sold live one by one, beyond it they are uploaded."""

CLIENTS: Final = 8
REFUSALS_SHOWN_MAX: Final = 10

ServerOption = Annotated[
    str, typer.Option("--server", metavar="HOST:PORT", help="The server to call; default: LIANSUO_HOST and _PORT.")
]
ClientsOption = Annotated[
    int, typer.Option("--clients", min=1, max=CLIENTS_MAX, help="Clients side by side; each plays its stores in order.")
]


def replay(
    weeks: WeeksOption = LIVE_WEEKS_MAX,
    way: Annotated[
        Way | None, typer.Option("--as", help="Live checkouts or uploads; default: live for up to 2 weeks.")
    ] = None,
    server: ServerOption = "",
    terminals: TerminalsOption = None,
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", exists=True, dir_okay=False, help="Call over TLS, trusting this CA.")
    ] = None,
    clients: ClientsOption = CLIENTS,
    skipped_file: Annotated[
        Path | None, typer.Option("--skipped-file", help="CSV of what was skipped or refused, with the reason.")
    ] = None,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Play the real baskets through the server, and account for every row of the data.

    What is stored already is recognised by its request id: an interrupted replay carries on, a repeated one changes
    nothing. Live sales carry the server's date, uploaded ones that of the data.
    """
    settings = settings_of(database)
    credentials = read_credentials(terminals or beside(settings, "terminals.json"))
    journey = load(weeks)
    playing = Playing(server or settings.address, credentials, way or way_for(weeks), clients, ca_file)
    played = play_visibly(journey, playing)
    report = skipped_file or beside(settings, "skipped.csv")
    show(reconciliation(journey, played), form)
    account_for(journey, played, playing.way, report)
    if playing.stop.is_set():
        raise Interrupted(f"Stopped: {played.sent.baskets:,} of {journey.kept.baskets:,} baskets were sent.")
    if played.refusals:
        raise typer.Exit(Exit.REFUSED)


def way_for(weeks: int) -> Way:
    """How so many weeks are played unless somebody says otherwise."""
    return Way.LIVE if weeks <= LIVE_WEEKS_MAX else Way.UPLOAD


def play_visibly(journey: Journey, playing: Playing) -> Played:
    """Plays with a bar on standard error."""
    with progress() as step:
        how = "Checkouts" if playing.way is Way.LIVE else "Uploads"
        return play(journey, playing, step(how, journey.kept.baskets))


def account_for(journey: Journey, played: Played, way: Way, report: Path) -> None:
    """Says on standard error what came of it, and writes the report of what was not sold as it stands in the data."""
    count = write_unsold(report, journey, played)
    notes.print(f"{count:,} rows skipped, limited or refused, each with its reason: {report}", markup=False)
    if played.sent.baskets and not played.stored.baskets and not played.refusals:
        notes.print("Nothing new: every basket was stored before.")
    if way is Way.LIVE:
        notes.print("Live checkouts carry the server's date of today; uploads (--as upload) carry the data's.")
    for basket, refused in played.refusals[:REFUSALS_SHOWN_MAX]:
        where = f" ({refused.field})" if refused.field else ""
        text = (
            f"refused: basket {basket.basket_id} of store {basket.store_id}: {refused.reason}{where} {refused.message}"
        )
        notes.print(text, markup=False)
    if len(played.refusals) > REFUSALS_SHOWN_MAX:
        notes.print(f"… and {len(played.refusals) - REFUSALS_SHOWN_MAX:,} more refused, all in {report}", markup=False)
