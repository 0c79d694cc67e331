from datetime import timedelta

import pytest

from adapters.sql.tables import identity
from application.fields import Missing
from application.identity.authenticate import CredentialRefused, Credentials, authenticate
from application.identity.bounds import BeyondOwnScope, CodeTaken, ScopeCodeNotNeeded, UnknownRegion, UnknownRole
from application.identity.callers import (
    AlreadyRevoked,
    CreateService,
    CreateTerminal,
    RevokeCaller,
    UnknownCaller,
    create_service,
    create_terminal,
    revoke_caller,
)
from application.identity.enroll import Enroll, EnrolmentRefused, enroll
from application.identity.views import CallerView
from application.scope import UnknownStore
from domain.identity.enrolment import secret_digest
from domain.identity.organisation import CallerKind, CallerStatus, DeviceType, ScopeKind, stranger
from domain.identity.permissions import BeyondOwnPermissions
from tests.application.identity.shop import NOON

CHAIN, REGION, STORE = ScopeKind.CHAIN, ScopeKind.REGION, ScopeKind.STORE


def test_a_new_terminal_waits_for_its_enrolment(shop):
    before = shop.version()
    created = shop.write(create_terminal, CreateTerminal("T1", "S1", "terminal"))
    assert created.caller == CallerView(
        "T1", CallerKind.TERMINAL, "terminal", "S1", STORE, "S1", CallerStatus.PENDING, DeviceType.FIXED
    )
    assert shop.version() == before + 1
    row = shop.row(identity.callers, "T1")
    assert row.enrolment_digest == secret_digest(created.enrolment_code)
    assert row.enrolment_expires_at == NOON + timedelta(hours=24)
    assert (row.credential_digest, row.certificate_digest, row.created_at) == (None, None, NOON)


@pytest.mark.parametrize(("kind", "of"), [(CHAIN, ""), (REGION, "south"), (STORE, "S2")])
def test_a_service_is_bounded_by_a_scope(shop, kind, of):
    created = shop.write(create_service, CreateService("web", "hq", kind, of))
    assert created.caller == CallerView("web", CallerKind.SERVICE, "hq", "", kind, of, CallerStatus.PENDING)


def test_one_time_codes_are_not_shown_by_accident(shop):
    created = shop.write(create_terminal, CreateTerminal("T1", "S1", "terminal"))
    assert created.enrolment_code == "secret 1"
    assert "secret 1" not in repr(created)
    assert "secret 1" not in str(shop.stored())


def test_refuses_a_terminal_without_what_it_needs(shop):
    for command, kind, field in (
        (CreateTerminal("", "S1", "terminal"), Missing, "code"),
        (CreateTerminal("T1", "", "terminal"), Missing, "store_code"),
        (CreateTerminal("T1", "S9", "terminal"), UnknownStore, "store_code"),
        (CreateTerminal("T1", "S1", ""), Missing, "role_code"),
        (CreateTerminal("T1", "S1", "boss"), UnknownRole, "role_code"),
    ):
        assert shop.refuses(kind, create_terminal, command).field == field


def test_refuses_a_service_without_what_it_needs(shop):
    for command, kind, field in (
        (CreateService("web", "hq", CHAIN, "north"), ScopeCodeNotNeeded, "scope_code"),
        (CreateService("web", "hq", REGION, ""), UnknownRegion, "scope_code"),
        (CreateService("web", "hq", STORE, "north"), UnknownStore, "scope_code"),
        (CreateService("", "hq", CHAIN, ""), Missing, "code"),
        (CreateService("web", "boss", CHAIN, ""), UnknownRole, "role_code"),
    ):
        assert shop.refuses(kind, create_service, command).field == field


def test_a_terminal_that_has_not_enrolled_gets_a_new_code(shop):
    first = shop.write(create_terminal, CreateTerminal("T1", "S1", "terminal")).enrolment_code
    caller_id = shop.row(identity.callers, "T1").caller_id
    second = shop.write(create_terminal, CreateTerminal("T1", "S2", "pricing_terminal")).enrolment_code
    row = shop.row(identity.callers, "T1")
    assert (row.caller_id, row.enrolment_digest) == (caller_id, secret_digest(second))
    assert second != first
    assert shop.write(enroll, Enroll(second), stranger()).caller.store_code == "S2"


def test_an_enrolled_code_is_taken(shop):
    shop.terminal("T1")
    shop.service("web", role="hq")
    for use_case, command in (
        (create_terminal, CreateTerminal("T1", "S1", "terminal")),
        (create_service, CreateService("T1", "hq", CHAIN, "")),
        (create_terminal, CreateTerminal("web", "S1", "terminal")),
    ):
        assert shop.refuses(CodeTaken, use_case, command).field == "code"


def test_a_revoked_terminal_is_replaced_in_its_store_under_its_code(shop):
    lost = shop.terminal("T1")
    credential = shop.credentials["T1"]
    shop.write(revoke_caller, RevokeCaller("T1"))
    shop.refuses(CodeTaken, create_terminal, CreateTerminal("T1", "S2", "terminal"))
    shop.refuses(CodeTaken, create_service, CreateService("T1", "terminal", CHAIN, ""))
    assert shop.terminal("T1").caller_id == lost.caller_id
    with pytest.raises(CredentialRefused):
        shop.read(authenticate, Credentials(credential), stranger())


def test_nobody_creates_a_caller_that_may_do_more_than_they(shop):
    local = shop.administrator("local", scope=REGION, of="north")
    shop.write(create_terminal, CreateTerminal("T1", "S1", "terminal"), local)
    shop.write(create_service, CreateService("web", "local_admin", REGION, "north"), local)
    for role, beyond in (("admin", "*"), ("pricing_terminal", "sales.terminal_pricing")):
        refusal = shop.refuses(BeyondOwnPermissions, create_terminal, CreateTerminal("T2", "S1", role), local)
        assert (refusal.field, refusal.details) == ("role_code", {"role_code": role, "beyond": beyond})


def test_nobody_creates_a_caller_that_sees_more_than_they(shop):
    local = shop.administrator("local", scope=REGION, of="north")
    for store in ("S3", "S9"):
        refusal = shop.refuses(UnknownStore, create_terminal, CreateTerminal("T1", store, "terminal"), local)
        assert refusal.details == {"store_code": store}
    for kind, of, refused in (
        (CHAIN, "", BeyondOwnScope),
        (REGION, "south", UnknownRegion),
        (REGION, "absent", UnknownRegion),
        (STORE, "S3", UnknownStore),
        (STORE, "absent", UnknownStore),
    ):
        shop.refuses(refused, create_service, CreateService("web", "terminal", kind, of), local)


def test_nobody_takes_over_a_waiting_caller_that_may_or_sees_more(shop):
    shop.write(create_terminal, CreateTerminal("strong", "S1", "pricing_terminal"))
    shop.write(create_terminal, CreateTerminal("far", "S3", "terminal"))
    local = shop.administrator("local", scope=REGION, of="north")
    shop.refuses(BeyondOwnPermissions, create_terminal, CreateTerminal("strong", "S1", "terminal"), local)
    shop.refuses(CodeTaken, create_terminal, CreateTerminal("far", "S1", "terminal"), local)


def test_revoking_ends_the_right_to_call_at_once(shop):
    shop.staff("ann")
    terminal = shop.terminal("T1")
    session = shop.sign_in("ann", terminal)
    before = shop.version()
    revoked = shop.write(revoke_caller, RevokeCaller("T1"))
    assert revoked.caller == CallerView(
        "T1", CallerKind.TERMINAL, "terminal", "S1", STORE, "S1", CallerStatus.REVOKED, DeviceType.FIXED
    )
    assert shop.version() == before + 1
    for session_sent in ("", session):
        with pytest.raises(CredentialRefused):
            shop.authenticated("T1", session=session_sent)


def test_revoking_a_waiting_terminal_ends_its_code(shop):
    code = shop.write(create_terminal, CreateTerminal("T1", "S1", "terminal")).enrolment_code
    shop.write(revoke_caller, RevokeCaller("T1"))
    row = shop.row(identity.callers, "T1")
    assert (row.status, row.enrolment_digest) == ("revoked", None)
    shop.refuses(EnrolmentRefused, enroll, Enroll(code), stranger())


def test_revoking_twice_is_refused(shop):
    shop.terminal("T1")
    shop.write(revoke_caller, RevokeCaller("T1"))
    assert shop.refuses(AlreadyRevoked, revoke_caller, RevokeCaller("T1")).field == "code"


def test_a_foreign_caller_is_as_unknown_as_an_absent_one(shop):
    shop.terminal("T3", store="S3")
    shop.service("web", role="terminal")
    local = shop.administrator("local", scope=REGION, of="north")
    for code in ("T3", "web", "absent"):
        refusal = shop.refuses(UnknownCaller, revoke_caller, RevokeCaller(code), local)
        assert (refusal.field, refusal.details) == ("code", {"code": code})
    assert shop.authenticated("T3").code == "T3"
