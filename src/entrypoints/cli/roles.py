"""`liansuo roles`: what the chain has made of the roles that the program defines."""

from typing import Annotated

import typer

from application.identity.roles import CompareRoles, RenewRoles, RoleState, compare_roles, renew_roles
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, notes, show

roles = typer.Typer(help="Compare the chain's roles with those of the program.", no_args_is_help=True)

COLUMNS = (
    Column("code", "Role"),
    Column("name", "Name"),
    Column("state", "State"),
    Column("missing", "Missing"),
    Column("beyond", "Beyond"),
    Column("same_limits", "Same limits"),
)


@roles.command("list")
def list_all(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """All roles. Those in the state “changed” lack what stands under Missing, and `migrate` does not add it."""
    with opened(database) as chain:
        found = chain.read(compare_roles, CompareRoles()).roles
    rows = [
        [one.code, one.name, one.state, ", ".join(one.missing), ", ".join(one.beyond), one.same_limits] for one in found
    ]
    changed = [one.code for one in found if one.state is RoleState.CHANGED]
    note = f"To make one what the program defines: liansuo roles renew {changed[0]}" if changed else ""
    show(Figures("Roles", COLUMNS, rows, note=note), form)


@roles.command()
def renew(
    codes: Annotated[list[str], typer.Argument(help="Codes of built-in roles.", metavar="ROLE...")],
    database: DatabaseOption = None,
) -> None:
    """Make built-in roles what the program defines; what the chain has changed in them is gone."""
    with opened(database) as chain:
        put = chain.write(renew_roles, RenewRoles(tuple(codes)))
    unchanged = len(codes) - put.created - put.changed
    notes.print(f"Roles: {put.created} new, {put.changed} renewed, {unchanged} as before.", markup=False)
