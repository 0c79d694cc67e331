from dataclasses import replace

import pytest

from adapters.sql.tables import identity
from application.fields import Missing, TextTooLong
from application.identity.authenticate import SessionEnded
from application.identity.bounds import BeyondOwnScope, CodeTaken, UnknownRegion, UnknownRole
from application.identity.identifying import WrongStaffOrPin
from application.identity.queries import ListStaff, list_staff
from application.identity.staff import PutStaff, StaffPut, put_staff
from application.identity.views import StaffView
from application.scope import UnknownStore
from domain.identity.organisation import ScopeKind
from domain.identity.permissions import BeyondOwnPermissions
from domain.identity.staff import InvalidPin
from tests.application.identity.shop import PIN

CHAIN, REGION, STORE = ScopeKind.CHAIN, ScopeKind.REGION, ScopeKind.STORE
ANN = StaffView("ann", "Ann", "cashier", STORE, "S1", active=True)


def staff(shop):
    return list(shop.read(list_staff, ListStaff()).staff)


def test_creates_and_changes_staff(shop):
    before = shop.version()
    assert shop.write(put_staff, PutStaff(replace(ANN, name=" Ann "), PIN)) == StaffPut(ANN)
    assert (staff(shop), shop.version()) == ([ANN], before + 1)
    moved = StaffView("ann", "", "manager", REGION, "south", active=False)
    assert shop.write(put_staff, PutStaff(moved)) == StaffPut(moved)
    assert staff(shop) == [moved]


def test_names_are_stored_unreadable_and_pins_not_at_all(shop):
    shop.write(put_staff, PutStaff(replace(ANN, name="Ann Seeded"), "975310864208"))
    row = shop.row(identity.staff, "ann")
    stored = str(shop.stored())
    assert "Ann Seeded" not in stored
    assert b"Ann Seeded" not in row.name_cipher
    assert "975310864208" not in stored
    # Nor is a digest that can be made without the key: that of the bare PIN.
    assert row.pin_hash not in {
        shop.pins.hash(text.encode()) for text in ("975310864208", f"{row.staff_id}|975310864208")
    }
    assert "975310864208" not in repr(PutStaff(ANN, "975310864208"))


def test_two_people_with_the_same_pin_have_different_digests(shop):
    shop.write(put_staff, PutStaff(ANN, PIN))
    shop.write(put_staff, PutStaff(replace(ANN, code="bob"), PIN))
    assert shop.row(identity.staff, "ann").pin_hash != shop.row(identity.staff, "bob").pin_hash


def test_refuses_wrong_fields(shop):
    for change, pin, kind, field in (
        ({"code": ""}, PIN, Missing, "staff.code"),
        ({"name": "n" * 201}, PIN, TextTooLong, "staff.name"),
        ({"role_code": ""}, PIN, Missing, "staff.role_code"),
        ({"role_code": "boss"}, PIN, UnknownRole, "staff.role_code"),
        ({"scope_code": "S9"}, PIN, UnknownStore, "staff.scope_code"),
        ({"scope_kind": REGION}, PIN, UnknownRegion, "staff.scope_code"),
        ({}, "123", InvalidPin, "pin"),
        ({}, "12345x", InvalidPin, "pin"),
    ):
        assert shop.refuses(kind, put_staff, PutStaff(replace(ANN, **change), pin)).field == field


def test_an_empty_pin_leaves_the_pin_and_the_session(shop):
    shop.write(put_staff, PutStaff(ANN, PIN))
    terminal = shop.terminal("T1")
    session = shop.sign_in("ann", terminal)
    shop.write(put_staff, PutStaff(replace(ANN, name="Anna", role_code="manager")))
    assert "finance.read" in shop.authenticated("T1", session=session).permissions
    shop.sign_in("ann", terminal)


def test_a_new_pin_ends_sessions_and_the_lock(shop):
    shop.write(put_staff, PutStaff(ANN, PIN))
    terminal = shop.terminal("T1")
    session = shop.sign_in("ann", terminal)
    for _ in range(5):
        with pytest.raises(WrongStaffOrPin):
            shop.sign_in("ann", terminal, pin="0000")
    shop.write(put_staff, PutStaff(ANN, "5678"))
    with pytest.raises(SessionEnded):
        shop.authenticated("T1", session=session)
    with pytest.raises(WrongStaffOrPin):
        shop.sign_in("ann", terminal, pin=PIN)
    shop.sign_in("ann", terminal, pin="5678")


def test_who_left_is_signed_out_and_stays_out(shop):
    shop.write(put_staff, PutStaff(ANN, PIN))
    terminal = shop.terminal("T1")
    session = shop.sign_in("ann", terminal)
    shop.write(put_staff, PutStaff(replace(ANN, active=False)))
    with pytest.raises(SessionEnded):
        shop.authenticated("T1", session=session)
    # Nor does the old session come back when she does.
    shop.write(put_staff, PutStaff(ANN))
    with pytest.raises(SessionEnded):
        shop.authenticated("T1", session=session)


def test_nobody_gives_a_role_or_a_scope_that_is_wider_than_theirs(shop):
    local = shop.administrator("local", scope=REGION, of="north")
    shop.write(put_staff, PutStaff(ANN, PIN), local)
    for change, kind, field in (
        ({"role_code": "admin"}, BeyondOwnPermissions, "staff.role_code"),
        ({"role_code": "manager"}, BeyondOwnPermissions, "staff.role_code"),
        ({"scope_kind": CHAIN, "scope_code": ""}, BeyondOwnScope, "staff.scope_kind"),
        ({"scope_kind": REGION, "scope_code": "south"}, UnknownRegion, "staff.scope_code"),
        ({"scope_code": "S3"}, UnknownStore, "staff.scope_code"),
    ):
        refusal = shop.refuses(kind, put_staff, PutStaff(replace(ANN, **change)), local)
        assert refusal.field == field


def test_nobody_sets_the_pin_of_somebody_who_may_do_more(shop):
    shop.staff("boss", role="admin")
    local = shop.administrator("local", scope=STORE, of="S1")
    taken = PutStaff(replace(ANN, code="boss"), PIN)
    refusal = shop.refuses(BeyondOwnPermissions, put_staff, taken, local)
    assert (refusal.field, refusal.details) == ("staff.code", {"role_code": "admin", "beyond": "*"})


@pytest.mark.parametrize(("scope", "of"), [(CHAIN, ""), (REGION, "north"), (STORE, "S2")])
def test_nobody_sets_the_pin_of_somebody_outside_their_scope(shop, scope, of):
    shop.staff("zoe", scope=scope, of=of)
    local = shop.administrator("local", scope=STORE, of="S1")
    refusal = shop.refuses(CodeTaken, put_staff, PutStaff(replace(ANN, code="zoe"), PIN), local)
    assert refusal.field == "staff.code"
