"""`liansuo points quotas`: how far stores have used their quotas of points."""

from dataclasses import astuple
from typing import Annotated, Final

import typer

from application.loyalty.quota_queries import GetPointsQuotas, QuotaFigures, get_points_quotas
from application.paging import PAGE_SIZE_MAX
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, show

COLUMNS: Final = (
    Column("store_code", "Store"),
    Column("month", "Month"),
    Column("quota_points", "Quota", Kind.COUNT),
    Column("issued_points", "Issued", Kind.COUNT),
    Column("region_code", "Region"),
    Column("region_quota_points", "Quota of the region", Kind.COUNT),
    Column("region_issued_points", "Issued there", Kind.COUNT),
)
NOTE: Final = (
    "0 is no quota. Set them: liansuo settings set points_quota_store 100000 --store S01; what is issued counts from"
    " then on."
)

quotas_commands = typer.Typer()


@quotas_commands.command()
def quotas(
    store: Annotated[str, typer.Option("--store", help="Only this store, by its code.")] = "",
    month: Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="Default: the present month.")] = "",
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Show what stores and their regions have issued of their quotas of points in a month."""
    rows: list[QuotaFigures] = []
    token = ""
    with opened(database) as chain:
        while True:
            found = chain.read(get_points_quotas, GetPointsQuotas(store, month, PAGE_SIZE_MAX, token))
            rows += found.quotas
            token = found.next_page_token
            if not token:
                break
    show(Figures("Quotas of points", COLUMNS, [astuple(row) for row in rows], note=NOTE), form)
