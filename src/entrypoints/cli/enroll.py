"""`liansuo enroll`: a terminal, a service or a supplier that may call the server."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from application.identity.callers import (
    SUPPLIER_ROLE,
    CreateService,
    CreateSupplierAccount,
    CreateTerminal,
    RevokeCaller,
    create_service,
    create_supplier_account,
    create_terminal,
    revoke_caller,
)
from application.identity.enroll import Enroll, enroll
from application.identity.roles import EnsureBuiltinRoles, ensure_builtin_roles
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import CallerKind, DeviceType
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, notes, show
from entrypoints.cli.problems import Exit, Problem
from entrypoints.cli.settings import scope_of
from entrypoints.cli.terminals import write_secret

_ROLES: Final = {CallerKind.TERMINAL: "terminal", CallerKind.SERVICE: "hq", CallerKind.SUPPLIER: SUPPLIER_ROLE}
"""The role that each kind has unless another one is named."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Who is to be enrolled; with a credential file at once, else by the one-time code."""

    code: str
    kind: CallerKind
    role: str
    store: str
    region: str
    renew: bool
    credential_file: Path | None
    device: DeviceType | None = None
    supplier: str = ""


def enroll_caller(
    code: Annotated[str, typer.Argument(help="Code of the new terminal, service or account, unique.")],
    store: Annotated[str, typer.Option("--store", help="The terminal's store, or the service's scope.")] = "",
    region: Annotated[str, typer.Option("--region", help="The service's scope.")] = "",
    service: Annotated[
        bool, typer.Option("--service", help="A service (a channel, an integration, HQ) instead of a terminal.")
    ] = False,
    supplier: Annotated[
        str, typer.Option("--supplier", help="Code of a supplier: an account that sees its own orders and goods.")
    ] = "",
    role: Annotated[
        str, typer.Option("--role", help="Its role; default: terminal, hq for a service, or supplier.")
    ] = "",
    credential_file: Annotated[
        Path | None, typer.Option("--credential-file", help="Enrol at once; the credential goes into this file.")
    ] = None,
    renew: Annotated[
        bool, typer.Option("--renew", help="End what an enrolled one had, and give it a new credential.")
    ] = False,
    device: Annotated[
        DeviceType | None, typer.Option("--device", help="What the terminal is; default: fixed, or what it has been.")
    ] = None,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Create a terminal, a service or an account of a supplier and print its one-time code, good for 24 hours.

    With --credential-file it is enrolled at once, and only you can read the file.
    """
    kind = CallerKind.SERVICE if service else CallerKind.SUPPLIER if supplier else CallerKind.TERMINAL
    if supplier and (service or store or region or device):
        raise Problem(
            "An account of a supplier stands in no store.",
            advice="Leave out --service, --store, --region and --device.",
            code=Exit.USAGE,
        )
    if kind is CallerKind.TERMINAL and (region or not store):
        raise Problem("A terminal stands in one store.", advice="Name it with --store.", code=Exit.USAGE)
    if service and device is not None:
        raise Problem("A service is no device.", advice="Leave out --device.", code=Exit.USAGE)
    if credential_file is not None and credential_file.exists() and not renew:
        raise Problem(
            f"{credential_file} exists, and may hold the only copy of a credential.",
            advice="Name another file, or replace it with --renew.",
            code=Exit.USAGE,
        )
    asked = Enrolment(code, kind, role or _ROLES[kind], store, region, renew, credential_file, device, supplier)
    with opened(database) as chain:
        chain.write(ensure_builtin_roles, EnsureBuiltinRoles())
        one_time_code = chain.write(enrol, asked)
    secret, note = (one_time_code, "one-time code") if credential_file is None else (str(credential_file), "file")
    columns = (Column("code", "Code"), Column("kind", "Kind"), Column("role", "Role"), Column("secret", note.title()))
    show(Figures("Enrolment", columns, [(code, kind, asked.role, secret)]), form)
    if credential_file is None:
        notes.print("The code works once, for 24 hours: IdentityService.Enroll exchanges it for the credential.")
    else:
        notes.print(f"Call with the metadata: authorization: Bearer $(cat {credential_file})", markup=False)


def enrol(uow: UnitOfWork, asked: Enrolment) -> str:
    """Creates the caller; gives its one-time code, or an empty text when its credential was written to the file.

    The file is written before this is committed: a credential is never lost, at worst one is left that does not work.
    """
    if asked.renew and uow.identity.account(asked.code) is not None:
        revoke_caller(uow, RevokeCaller(asked.code))
    kind, code = scope_of(store=asked.store, region=asked.region)
    if asked.kind is CallerKind.TERMINAL:
        terminal = CreateTerminal(asked.code, asked.store, asked.role, asked.device)
        one_time_code = create_terminal(uow, terminal).enrolment_code
    elif asked.kind is CallerKind.SUPPLIER:
        account = CreateSupplierAccount(asked.code, asked.supplier, asked.role)
        one_time_code = create_supplier_account(uow, account).enrolment_code
    else:
        one_time_code = create_service(uow, CreateService(asked.code, asked.role, kind, code)).enrolment_code
    if asked.credential_file is None:
        return one_time_code
    write_secret(asked.credential_file, enroll(uow, Enroll(one_time_code)).credential + "\n")
    return ""
