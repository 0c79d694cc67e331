"""`liansuo voucher`: what became of vouchers of others, and which of them pay for more than one sale."""

from typing import Annotated, Final

import typer

from application.sales.voucher_views import (
    GetVoucher,
    ListDoubledVouchers,
    get_voucher,
    list_doubled_vouchers,
)
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, rows_of, show

voucher = typer.Typer(help="Vouchers of others that have paid.", no_args_is_help=True)

ENTRIES: Final = (
    Column("issuer", "Issuer"),
    Column("voucher_number", "Number"),
    Column("kind", "What"),
    Column("sale_id", "Sale"),
    Column("document_id", "Document"),
    Column("holding", "Sales that it pays for", Kind.COUNT),
    Column("store_code", "Store"),
    Column("posted_at", "At"),
)


@voucher.command("show")
def show_voucher(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Number of the voucher.")],
    issuer: Annotated[str, typer.Option("--issuer", help="Code of who issued it, where tills name one.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show which sales a voucher has paid, and which have given it back, the newest first."""
    with opened(database) as chain:
        found = chain.read(get_voucher, GetVoucher(number, issuer))
    show(Figures(f"Voucher {number}", ENTRIES, rows_of(ENTRIES, found)), form)


@voucher.command("doubled")
def list_doubled(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """List vouchers that pay for more than one sale, because one of them was made without connection."""
    with opened(database) as chain:
        found = chain.read(list_doubled_vouchers, ListDoubledVouchers())
    show(Figures("Vouchers that pay for more than one sale", ENTRIES, rows_of(ENTRIES, found)), form)
