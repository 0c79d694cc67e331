import pytest

from adapters.sql.tables import identity
from application.fields import Missing, NamedTwice, TooMany
from application.identity import roles
from application.identity.bounds import BeyondOwnScope
from application.identity.queries import ListRoles, list_roles
from application.identity.roles import (
    ROLES_AT_ONCE_MAX,
    EnsureBuiltinRoles,
    PutRoles,
    RolesPut,
    TooManyRoles,
    ensure_builtin_roles,
    put_roles,
)
from application.identity.views import RoleView
from domain.identity.organisation import ScopeKind
from domain.identity.permissions import BeyondOwnPermissions, UnknownPermission, builtin_roles


def permissions(shop):
    return {role.code: role.permissions for role in shop.read(list_roles, ListRoles()).roles}


def put(*views):
    return PutRoles(views)


def test_every_chain_starts_with_the_built_in_roles(empty_shop):
    assert permissions(empty_shop) == {role.code: tuple(sorted(role.permissions)) for role in builtin_roles()}


def test_built_in_roles_that_the_chain_has_changed_stay_as_they_are(empty_shop):
    empty_shop.write(put_roles, put(RoleView("cashier", "Kassier", ("sales.refund",))))
    ensured = empty_shop.write(ensure_builtin_roles, EnsureBuiltinRoles())
    assert ensured == RolesPut(created=0, changed=0)
    assert permissions(empty_shop)["cashier"] == ("sales.refund",)


def test_creates_and_changes_roles(shop):
    auditor = RoleView("auditor", "Auditor", ("sales.read", "finance.read", "sales.read"))
    before = shop.version()
    assert shop.write(put_roles, put(auditor)) == RolesPut(created=1, changed=0)
    assert shop.version() == before + 1
    assert permissions(shop)["auditor"] == ("finance.read", "sales.read")
    more = put(RoleView("auditor", "Auditor", ("*",)), RoleView("cashier", "Cashier", ()))
    assert shop.write(put_roles, more) == RolesPut(created=0, changed=2)
    assert (permissions(shop)["auditor"], permissions(shop)["cashier"]) == (("*",), ())
    assert shop.write(put_roles, more) == RolesPut(created=0, changed=0)


def test_refuses_what_is_no_list_of_roles(shop):
    for views, kind, field in (
        ((), Missing, "roles"),
        ((RoleView("", "x", ()),), Missing, "roles[0].code"),
        ((RoleView("a", "x", ()), RoleView("a", "x", ())), NamedTwice, "roles[1].code"),
        ((RoleView("a", "x", ("sales.checkout", "sales.*")),), UnknownPermission, "roles[0].permissions[1]"),
        (tuple(RoleView(f"a{n}", "", ()) for n in range(ROLES_AT_ONCE_MAX + 1)), TooMany, "roles"),
    ):
        assert shop.refuses(kind, put_roles, PutRoles(views)).field == field


def test_a_chain_has_a_limit_of_roles(shop, monkeypatch):
    monkeypatch.setattr(roles, "ROLES_MAX", shop.count(identity.roles))
    shop.refuses(TooManyRoles, put_roles, put(RoleView("auditor", "", ())))


def test_nobody_makes_a_role_wider_than_themselves(shop):
    chain = shop.administrator("chain")
    narrower = put(RoleView("auditor", "Auditor", ("sales.read",)))
    assert shop.write(put_roles, narrower, chain) == RolesPut(created=1, changed=0)
    for view, beyond in (
        (RoleView("auditor", "Auditor", ("sales.read", "finance.read")), "finance.read"),
        (RoleView("local_admin", "", ("*",)), "*"),
        (RoleView("new", "", ("pricing.manage", "catalog.manage")), "catalog.manage, pricing.manage"),
    ):
        refusal = shop.refuses(BeyondOwnPermissions, put_roles, put(view), chain)
        assert (refusal.field, refusal.details["beyond"]) == ("roles[0].permissions", beyond)


def test_nobody_narrows_a_role_wider_than_themselves(shop):
    chain = shop.administrator("chain")
    refusal = shop.refuses(BeyondOwnPermissions, put_roles, put(RoleView("admin", "", ("sales.read",))), chain)
    assert (refusal.field, refusal.details) == ("roles[0].code", {"role_code": "admin", "beyond": "*"})


@pytest.mark.parametrize(("scope", "of"), [(ScopeKind.REGION, "north"), (ScopeKind.STORE, "S1")])
def test_roles_are_the_chains(shop, scope, of):
    local = shop.administrator("local", scope=scope, of=of)
    shop.refuses(BeyondOwnScope, put_roles, put(RoleView("auditor", "", ("sales.read",))), local)
