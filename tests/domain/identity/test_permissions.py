import pytest

from domain.identity.permissions import (
    PERMISSIONS,
    PERMISSIONS_PER_ROLE_MAX,
    BeyondOwnPermissions,
    TooManyPermissions,
    UnknownPermission,
    builtin_roles,
    check_within,
    checked_permissions,
)

TERMINAL = {
    "sales.quote",
    "sales.checkout",
    "sales.upload",
    "sales.park",
    "sales.read",
    "catalog.read",
    "pricing.read",
    "coupons.read",
    "coupons.claim",
    "coupons.redeem",
    "membership.register",
    "membership.read",
    "membership.consent",
    "benefits.use",
    "loyalty.read",
    "loyalty.hold",
    "wallet.top_up",
    "wallet.read",
    "gift_cards.sell",
    "times_cards.use",
    "care.open",
    "credit.receive",
    "credit.read",
    "sales.print",
    "orders.place",
    "orders.pay",
    "orders.fulfil",
    "orders.read",
    "draws.read",
    "draws.play",
    "activities.read",
    "activities.record",
    "rewards.read",
    "rewards.redeem",
    "events.read",
    "events.book",
    "inventory.read",
    "inventory.find",
    "inventory.reserve",
}
CASHIER = {
    "sales.manual_discount",
    "sales.price_override",
    "sales.refund",
    "sales.void",
    "membership.register",
    "shifts.work",
}


def test_the_built_in_roles_permit_exactly_this():
    assert {role.code: set(role.permissions) for role in builtin_roles()} == {
        "admin": {"*"},
        "hq": set(PERMISSIONS) - {"identity.manage"},
        "terminal": TERMINAL,
        "pricing_terminal": TERMINAL | {"sales.terminal_pricing"},
        "kiosk": {"sales.quote", "sales.checkout", "sales.upload", "sales.park"}
        | {"catalog.read", "pricing.read", "membership.read", "inventory.read"},
        "cashier": CASHIER,
        "manager": CASHIER
        | {"sales.price_above_list", "sales.below_floor", "inventory.receive", "finance.read", "identity.read"}
        | {"inventory.assemble", "counts.enter", "counts.read", "counts.manage"}
        | {"shipping.ship", "shipping.track", "shipping.read", "shipping.personal"}
        | {"inventory.adjust", "inventory.adjust_beyond", "inventory.alerts"}
        | {"draws.grant", "events.manage", "wallet.freeze", "wallet.transfer", "wallet.close", "gift_cards.block"}
        | {"care.handle", "loyalty.pools", "rewards.cancel", "orders.cancel", "sales.tax_exempt"}
        | {"shifts.read", "shifts.beyond", "shifts.close_day", "sales.refund_elsewhere", "sales.refund_in_cash"}
        | {"sales.refund_beyond", "sales.refund_without_receipt", "sales.own_purchase", "suppliers.read"}
        | {"transfers.request", "transfers.ship", "transfers.receive"},
        "supplier": {"supplier_access.read", "supplier_access.answer"},
    }


def test_the_built_in_roles_permit_only_what_exists():
    for role in builtin_roles():
        assert checked_permissions(role.permissions, field="permissions") == role.permissions


def test_permissions_are_a_set():
    listed = ["sales.read", "*", "sales.read"]
    assert checked_permissions(listed, field="permissions") == {"sales.read", "*"}
    assert checked_permissions([], field="permissions") == frozenset()


def test_an_unknown_permission_is_refused_with_its_place_and_what_there_is():
    with pytest.raises(UnknownPermission) as refused:
        checked_permissions(["sales.read", "sales.reed"], field="roles[2].permissions")
    assert refused.value.field == "roles[2].permissions[1]"
    assert refused.value.details == {"permission": "sales.reed", "known": ", ".join(sorted(PERMISSIONS))}


def test_a_role_has_a_limit():
    listed = ["sales.read"] * PERMISSIONS_PER_ROLE_MAX
    assert checked_permissions(listed, field="permissions") == {"sales.read"}
    with pytest.raises(TooManyPermissions):
        checked_permissions([*listed, "sales.read"], field="permissions")


@pytest.mark.parametrize(
    ("granted", "held"),
    [
        (set(), set()),
        ({"sales.read"}, {"sales.read", "sales.void"}),
        ({"sales.read"}, {"*"}),
        ({"*"}, {"*"}),
    ],
)
def test_who_holds_a_permission_may_grant_it(granted, held):
    check_within(granted, held, role_code="r", field="role_code")


@pytest.mark.parametrize(
    ("granted", "held", "beyond"),
    [
        ({"sales.void", "sales.read", "finance.read"}, {"sales.read"}, "finance.read, sales.void"),
        ({"*"}, set(PERMISSIONS), "*"),
    ],
)
def test_nobody_grants_what_they_do_not_hold(granted, held, beyond):
    with pytest.raises(BeyondOwnPermissions) as refused:
        check_within(granted, held, role_code="r", field="role_code")
    assert (refused.value.field, refused.value.details) == ("role_code", {"role_code": "r", "beyond": beyond})
