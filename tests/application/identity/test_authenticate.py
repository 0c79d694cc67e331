from dataclasses import replace

import pytest

from adapters.sql.tables import identity
from adapters.sql.unit_of_work import SqlUnits
from application.identity.authenticate import (
    CredentialMissing,
    CredentialRefused,
    Credentials,
    SessionEnded,
    Unauthenticated,
    authenticate,
)
from application.identity.callers import CreateTerminal, RevokeCaller, create_terminal, revoke_caller
from application.identity.roles import PutRoles, put_roles
from application.identity.staff import PutStaff, put_staff
from application.identity.stores import PutStores, put_stores
from application.identity.views import RoleView, StaffView
from application.transactor import Transactor
from domain.identity.organisation import Caller, CallerKind, ScopeKind, stranger
from domain.identity.permissions import builtin_roles
from tests.application.identity.shop import store

CHAIN, REGION, STORE = ScopeKind.CHAIN, ScopeKind.REGION, ScopeKind.STORE
PERMITTED = {role.code: role.permissions for role in builtin_roles()}


def ids(shop, *codes):
    return {shop.row(identity.stores, code).store_id for code in codes}


def other_process(shop):
    """A server beside the one of the shop, on the same database."""
    return Transactor(SqlUnits(shop.engine, shop.units.keys, shop.units.secrets))


def test_a_terminal_is_known_by_its_credential(shop):
    shop.terminal("T1")
    row = shop.row(identity.callers, "T1")
    (store_id,) = ids(shop, "S1")
    credentials = Credentials(shop.credentials["T1"], language="zh", certificate_digest=b"digest")
    assert shop.read(authenticate, credentials, stranger()) == Caller(
        caller_id=row.caller_id,
        code="T1",
        kind=CallerKind.TERMINAL,
        store_id=store_id,
        staff_id=None,
        staff_code="",
        permissions=PERMITTED["terminal"],
        store_ids=frozenset({store_id}),
        language="zh",
        region_id=None,
        certificate_digest=b"digest",
    )


def test_a_service_sees_the_stores_of_its_scope(shop):
    assert shop.service("chain", role="hq").store_ids is None
    region = shop.service("region", role="hq", scope=REGION, of="north")
    assert (region.store_ids, region.region_id) == (
        ids(shop, "S1", "S2"),
        shop.row(identity.regions, "north").region_id,
    )
    assert shop.service("store", role="hq", scope=STORE, of="S3").store_ids == ids(shop, "S3")
    assert region.kind is CallerKind.SERVICE


def test_the_scope_follows_the_chain_in_every_process(shop):
    shop.service("region", role="hq", scope=REGION, of="north")
    other = other_process(shop)
    credentials = Credentials(shop.credentials["region"])

    def seen():
        return other.read(authenticate, credentials, caller=stranger(), now=shop.now).store_ids

    assert seen() == ids(shop, "S1", "S2")
    shop.write(put_stores, PutStores((store("S2", "south"), store("S3", "north"), store("S4", "north"))))
    assert seen() == ids(shop, "S1", "S3", "S4")


def test_a_revoked_credential_is_refused_in_every_process(shop):
    shop.terminal("T1")
    other, credentials = other_process(shop), Credentials(shop.credentials["T1"])
    assert other.read(authenticate, credentials, caller=stranger(), now=shop.now).code == "T1"
    shop.write(revoke_caller, RevokeCaller("T1"))
    with pytest.raises(CredentialRefused):
        other.read(authenticate, credentials, caller=stranger(), now=shop.now)


def test_a_changed_role_is_in_force_at_once(shop):
    shop.terminal("T1")
    shop.write(put_roles, PutRoles((RoleView("terminal", "Terminal", ("sales.read",)),)))
    assert shop.authenticated("T1").permissions == {"sales.read"}


def test_a_terminal_may_do_what_its_role_or_the_cashiers_permits(shop):
    for role in PERMITTED:
        shop.staff(f"staff {role}", role=role, scope=CHAIN, of="")
    for terminal_role, of_terminal in PERMITTED.items():
        terminal = shop.terminal(f"T {terminal_role}", role=terminal_role)
        for staff_role, of_staff in PERMITTED.items():
            caller = shop.authenticated(terminal.code, session=shop.sign_in(f"staff {staff_role}", terminal))
            assert caller.permissions == of_terminal | of_staff
            assert (caller.store_ids, caller.region_id) == (ids(shop, "S1"), None)


def test_an_unknown_credential_is_refused(shop):
    shop.terminal("T1")
    for credential in ("secret", "secret 99", "x" * 10_000, "秘密", " "):
        with pytest.raises(CredentialRefused):
            shop.read(authenticate, Credentials(credential), stranger())


def test_a_call_without_credential_is_nobodys_even_with_a_session(shop):
    shop.staff("ann")
    session = shop.sign_in("ann", shop.terminal("T1"))
    for sent in ("", session):
        with pytest.raises(CredentialMissing):
            shop.read(authenticate, Credentials("", sent), stranger())


def test_a_session_is_no_credential(shop):
    shop.staff("ann")
    session = shop.sign_in("ann", shop.terminal("T1"))
    with pytest.raises(CredentialRefused):
        shop.read(authenticate, Credentials(session), stranger())


def test_a_terminal_that_waits_for_its_enrolment_has_no_credential(shop):
    code = shop.write(create_terminal, CreateTerminal("T1", "S1", "terminal")).enrolment_code
    with pytest.raises(CredentialRefused):
        shop.read(authenticate, Credentials(code), stranger())


def test_a_session_works_on_its_own_terminal_only(shop):
    shop.staff("ann")
    session = shop.sign_in("ann", shop.terminal("T1"))
    shop.terminal("T2")
    with pytest.raises(SessionEnded):
        shop.authenticated("T2", session=session)


def test_an_unknown_session_refuses_the_call_rather_than_let_it_pass_with_less(shop):
    shop.terminal("T1")
    for session in ("secret 99", "made up", "秘密"):
        with pytest.raises(SessionEnded):
            shop.authenticated("T1", session=session)


def test_a_session_ends_when_the_scope_no_longer_holds_the_store(shop):
    shop.staff("ann")
    session = shop.sign_in("ann", shop.terminal("T1"))
    ann = StaffView("ann", "Ann", "cashier", STORE, "S1", active=True)
    shop.write(put_staff, PutStaff(replace(ann, scope_kind=REGION, scope_code="north")))
    assert shop.authenticated("T1", session=session).staff_code == "ann"
    for scope, of in ((STORE, "S2"), (REGION, "south")):
        shop.write(put_staff, PutStaff(replace(ann, scope_kind=scope, scope_code=of)))
        with pytest.raises(SessionEnded):
            shop.authenticated("T1", session=session)


def test_says_what_to_do_in_both_languages():
    refusals = [CredentialMissing(), CredentialRefused(), SessionEnded()]
    assert all(isinstance(refusal, Unauthenticated) for refusal in refusals)
    assert [refusal.reason for refusal in refusals] == ["CREDENTIAL_MISSING", "CREDENTIAL_REFUSED", "SESSION_ENDED"]
    assert refusals[2].message("en") == (
        "The session has ended or is not of this terminal. Leave it out and sign in again."
    )
    assert refusals[2].message("zh-CN") == "会话已结束或不属于此终端。请去掉会话并重新登录。"
