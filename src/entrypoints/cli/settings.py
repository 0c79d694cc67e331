"""`liansuo settings`: the policies of the chain, its regions and its stores."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from application.identity.queries import (
    ListSettingChanges,
    ListSettings,
    list_setting_changes,
    list_settings,
)
from application.identity.settings import PutSetting, put_setting
from application.identity.views import SettingView
from application.paging import PAGE_SIZE_MAX
from domain.identity.organisation import ScopeKind
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, rows_of, show
from entrypoints.cli.problems import Exit, Problem

settings = typer.Typer(help="List and change the policies of the chain.", no_args_is_help=True)

CHANGES: Final = (
    Column("changed_at", "When"),
    Column("changed_by", "Who"),
    Column("scope_kind", "Scope"),
    Column("scope_code", "Code"),
    Column("before", "Before"),
    Column("after", "After"),
)

NameArgument = Annotated[str, typer.Argument(help="Name of the setting, e.g. negative_stock.")]
StoreOption = Annotated[str, typer.Option("--store", help="Only for this store, by its code.")]
RegionOption = Annotated[str, typer.Option("--region", help="Only for this region, by its code.")]


@settings.command("list")
def list_all(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """All settings: the default of each, followed by what is set for the chain, its regions and its stores."""
    with opened(database) as chain:
        found = chain.read(list_settings, ListSettings()).settings
    show(_figures(found), form)


@settings.command("set")
def set_value(
    name: NameArgument,
    value: Annotated[str, typer.Argument(help="The new value.")],
    store: StoreOption = "",
    region: RegionOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Set a policy for the chain, or for one region or store; the narrowest one holds."""
    if not value:
        raise Problem("The value is empty.", advice=f"To remove it: liansuo settings reset {name}", code=Exit.USAGE)
    _put(name, value, store, region, database, form)


@settings.command()
def reset(
    name: NameArgument,
    store: StoreOption = "",
    region: RegionOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Remove what was set for the chain, or for one region or store; shows what holds there now."""
    _put(name, "", store, region, database, form)


@settings.command()
def history(
    name: NameArgument,
    limit: Annotated[int, typer.Option("--limit", min=1, max=PAGE_SIZE_MAX, help="How many changes at most.")] = 20,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Who has changed a policy when, the newest change first."""
    with opened(database) as chain:
        found = chain.read(list_setting_changes, ListSettingChanges(name, limit)).changes
    rows = [[getattr(change, column.name) for column in CHANGES] for change in found]
    show(Figures(f"Changes of {name}", CHANGES, rows), form)


def _put(name: str, value: str, store: str, region: str, database: str | None, form: Format) -> None:
    kind, code = scope_of(store=store, region=region)
    with opened(database) as chain:
        put = chain.write(put_setting, PutSetting(name, kind, code, value))
    show(_figures([put.setting]), form)


def scope_of(*, store: str, region: str) -> tuple[ScopeKind, str]:
    """The scope that the two options name; raises Problem when both do."""
    if store and region:
        raise Problem("--store and --region exclude each other.", advice="Give one of them.", code=Exit.USAGE)
    if store:
        return ScopeKind.STORE, store
    return (ScopeKind.REGION, region) if region else (ScopeKind.CHAIN, "")


def _figures(found: Sequence[SettingView]) -> Figures:
    columns = (
        Column("name", "Setting"),
        Column("scope_kind", "Scope"),
        Column("scope_code", "Code"),
        Column("value", "Value"),
        Column("is_default", "Default"),
        Column("description", "What it decides"),
    )
    return Figures("Settings", columns, rows_of(columns, found))
