"""`liansuo till`: a full-screen till that sells with the server and without."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from domain.sales.paper import PAPERS, WIDE_PAPER
from entrypoints.cli.problems import Exit, Problem, language
from entrypoints.terminal.printer import PaperForm, printer_at

RECEIPTS = "receipts.txt"


def till(
    credential_file: Annotated[
        Path, typer.Option("--credential-file", help="The terminal's credential, from `liansuo enroll`.")
    ],
    directory: Annotated[
        Path, typer.Option("--directory", help="Where the journal, the catalogue and the rest of this till lie.")
    ] = Path("till"),
    server: Annotated[str, typer.Option("--server", metavar="HOST:PORT", help="The server.")] = "127.0.0.1:50051",
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", exists=True, dir_okay=False, help="Call over TLS, trusting this CA.")
    ] = None,
    staff_session_file: Annotated[
        Path | None,
        typer.Option("--staff-session-file", exists=True, dir_okay=False, help="The session of the signed-in cashier."),
    ] = None,
    printer: Annotated[
        Path | None, typer.Option("--printer", help="File or device to which receipts go; default: a file there.")
    ] = None,
    form: Annotated[
        PaperForm, typer.Option("--print-as", envvar="LIANSUO_TILL_PRINT_AS", help="What the printer takes.")
    ] = PaperForm.TEXT,
    columns: Annotated[
        int, typer.Option("--columns", envvar="LIANSUO_TILL_COLUMNS", help="32 for 58 mm paper, 48 for 80 mm.")
    ] = WIDE_PAPER,
    spoken: Annotated[str, typer.Option("--language", help="zh or en; default: that of this terminal.")] = "",
) -> None:
    """Sell: scan, member, coupons, tenders, park, return. It goes on selling when the server is not there.

    Every sale is on the disk in --directory before its receipt is printed; what the server does not have yet is sent
    when it is back. Keep that directory: it may hold sales that are nowhere else.
    """
    # Textual takes a moment to load, and no other command needs it.
    from entrypoints.terminal.screen import TillScreen
    from entrypoints.terminal.session import till_in
    from liansuo_client import connect

    try:
        credential = credential_file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise Problem(
            f"There is no file {credential_file} with the terminal's credential.",
            advice="Make it with `liansuo enroll CODE --store STORE --role pricing_terminal --credential-file FILE`.",
            code=Exit.USAGE,
        ) from None
    if columns not in PAPERS:
        raise Problem(f"There is no paper of {columns} columns.", advice="Use 32 or 48.", code=Exit.USAGE)
    speaking = spoken or language()
    try:
        client = connect(server, credential=credential, language=speaking, ca_file=ca_file)
    except ValueError as error:
        raise Problem(f"{error}.", advice="Name the CA with --ca-file.", code=Exit.USAGE) from None
    if staff_session_file is not None:
        client = client.signed_in(staff_session_file.read_text(encoding="utf-8").strip())
    print_out = printer_at(printer or directory / RECEIPTS, form=form, columns=columns)
    with (
        client,
        till_in(directory, client, now=lambda: datetime.now(UTC), print_out=print_out, language=speaking) as made,
    ):
        TillScreen(made).run()
