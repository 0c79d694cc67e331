"""Enrols many terminals at once and keeps their credentials in one file."""

from collections.abc import Mapping
from pathlib import Path

from application.identity.callers import CreateTerminal, RevokeCaller, create_terminal, revoke_caller
from application.identity.enroll import Enroll, enroll
from application.identity.queries import ListCallers, list_callers
from application.paging import PAGE_SIZE_MAX
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import CallerStatus
from entrypoints.cli.database import Database
from entrypoints.cli.problems import Problem
from entrypoints.cli.terminals import read_credentials, write_credentials


def enrol_terminals(
    database: Database, terminals: Mapping[str, str], *, role: str, credentials: Path, renew: bool
) -> int:
    """Enrols those terminals (store code -> terminal code) that are not yet, all or none; returns how many.

    The file of credentials is written just before this is committed, so that no credential is ever lost. A terminal
    that is enrolled while the file does not hold its credential is a Problem, unless `renew` gives all of them new
    ones; they stay the same terminals, so that what they sold is recognised.
    """
    kept = read_credentials(credentials) if credentials.exists() and not renew else {}

    def enrol_missing(uow: UnitOfWork, asked: Mapping[str, str]) -> int:
        active = _active_callers(uow)
        made = {}
        for store, code in asked.items():
            if code in active and not renew:
                if store not in kept:
                    raise _credential_lost(code, credentials)
                continue
            if code in active:
                revoke_caller(uow, RevokeCaller(code))
            created = create_terminal(uow, CreateTerminal(code, store, role))
            made[store] = enroll(uow, Enroll(created.enrolment_code)).credential
        if made:
            write_credentials(credentials, {**kept, **made})
        return len(made)

    return database.write(enrol_missing, terminals)


def _active_callers(uow: UnitOfWork) -> set[str]:
    active: set[str] = set()
    token = ""
    while True:
        found = list_callers(uow, ListCallers(page_size=PAGE_SIZE_MAX, page_token=token))
        active.update(caller.code for caller in found.callers if caller.status is CallerStatus.ACTIVE)
        token = found.next_page_token
        if not token:
            return active


def _credential_lost(code: str, credentials: Path) -> Problem:
    return Problem(
        f"Terminal {code} is enrolled, but {credentials} does not hold its credential.",
        advice="Name the right file with --terminals, or give all terminals new credentials with --renew-terminals.",
    )
