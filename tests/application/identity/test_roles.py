from dataclasses import replace

import pytest

from adapters.sql.tables import identity
from application.fields import Missing, NamedTwice, TooMany
from application.identity import roles
from application.identity.bounds import BeyondOwnScope
from application.identity.queries import ListRoles, list_roles
from application.identity.roles import (
    ROLES_AT_ONCE_MAX,
    CompareRoles,
    EnsureBuiltinRoles,
    NotBuiltin,
    PutRoles,
    RenewRoles,
    RolesPut,
    RoleState,
    TooManyRoles,
    compare_roles,
    ensure_builtin_roles,
    put_roles,
    renew_roles,
)
from application.identity.views import RoleView
from domain.identity import permissions as of_program
from domain.identity.organisation import ScopeKind
from domain.identity.permissions import BeyondOwnPermissions, RoleDefinition, UnknownPermission, builtin_roles


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


def states(shop):
    return {one.code: one for one in shop.read(compare_roles, CompareRoles()).roles}


def test_tells_what_the_chain_has_made_of_the_roles_of_the_program(shop):
    cashier = ("sales.refund", "finance.read")
    shop.write(put_roles, put(RoleView("cashier", "Cashier", cashier), RoleView("auditor", "Auditor", ("sales.read",))))
    found = states(shop)
    assert {code: one.state for code, one in found.items() if one.state is not RoleState.BUILTIN} == {
        "auditor": RoleState.OWN,
        "cashier": RoleState.CHANGED,
    }
    changed = found["cashier"]
    assert changed.missing == (
        "membership.register", "sales.manual_discount", "sales.price_override", "sales.void", "shifts.work",
    )  # fmt: skip
    assert (changed.beyond, changed.same_limits) == (("finance.read",), False)
    assert {(one.missing, one.beyond, one.same_limits) for code, one in found.items() if code != "cashier"} == {
        ((), (), True)
    }


def test_renews_roles_by_name_and_follows_the_program_from_then_on(shop, monkeypatch):
    shop.write(put_roles, put(RoleView("cashier", "Cashier", ("*",)), RoleView("manager", "Boss", ())))
    assert shop.write(renew_roles, RenewRoles(("cashier", "terminal"))) == RolesPut(created=0, changed=1)
    found = states(shop)
    assert (found["cashier"].state, found["manager"].state) == (RoleState.BUILTIN, RoleState.CHANGED)
    [defined] = [role for role in builtin_roles() if role.code == "cashier"]
    assert permissions(shop)["cashier"] == tuple(sorted(defined.permissions))
    later = [replace(role, permissions=role.permissions | {"finance.read"}) for role in builtin_roles()]
    later.append(RoleDefinition("buyer", "Buyer", frozenset({"inventory.read"})))
    monkeypatch.setattr(roles, "builtin_roles", lambda: tuple(later))
    monkeypatch.setattr(of_program, "builtin_roles", lambda: tuple(later))
    assert states(shop)["buyer"].state is RoleState.ABSENT
    # Those that nobody has changed, but for head office, which may read the books already; and the new one.
    ensured = shop.write(ensure_builtin_roles, EnsureBuiltinRoles())
    assert ensured == RolesPut(created=1, changed=6)
    assert "finance.read" in permissions(shop)["cashier"]
    assert permissions(shop)["manager"] == ()


def test_a_role_put_as_the_program_defines_it_follows_the_program(shop):
    shop.write(put_roles, put(RoleView("cashier", "Cashier", ())))
    assert states(shop)["cashier"].state is RoleState.CHANGED
    [defined] = [role for role in builtin_roles() if role.code == "cashier"]
    shop.write(put_roles, put(RoleView("cashier", defined.name, tuple(defined.permissions), defined.limits)))
    assert states(shop)["cashier"].state is RoleState.BUILTIN


def test_renews_nothing_that_is_not_built_in_nor_beyond_the_caller(shop):
    for codes, kind, field in (
        ((), Missing, "codes"),
        (("cashier", "cashier"), NamedTwice, "codes[1]"),
        (("cashier", "auditor"), NotBuiltin, "codes[1]"),
    ):
        assert shop.refuses(kind, renew_roles, RenewRoles(codes)).field == field
    chain = shop.administrator("chain")
    assert shop.refuses(BeyondOwnPermissions, renew_roles, RenewRoles(("admin",)), chain).field == "codes[0]"
    local = shop.administrator("local", scope=ScopeKind.STORE, of="S1")
    shop.refuses(BeyondOwnScope, renew_roles, RenewRoles(("cashier",)), local)
