import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.sql.tables import identity
from application.fields import Missing
from application.identity.authenticate import SessionEnded
from application.identity.identifying import SignInLocked, WrongStaffOrPin
from application.identity.sign_in import (
    NobodySignedIn,
    NotATerminal,
    SignIn,
    SignOut,
    sign_in,
    sign_out,
)
from application.identity.staff import PutStaff, put_staff
from application.identity.views import StaffView
from domain.identity.enrolment import secret_digest
from domain.identity.organisation import ScopeKind
from domain.identity.staff import InvalidPin
from domain.shared.errors import Refusal
from tests.application.identity.shop import PIN

WRONG = "4321"


@pytest.fixture
def terminal(shop):
    shop.staff("ann")
    return shop.terminal("T1")


def attempt(shop, terminal, pin, staff="ann"):
    """What a sign-in came to: the session, or the kind of refusal."""
    try:
        return shop.sign_in(staff, terminal, pin=pin)
    except Refusal as refusal:
        return type(refusal)


def counted(shop, staff="ann"):
    row = shop.row(identity.staff, staff)
    return row.failed_attempts, row.locked_until


def test_opens_a_session_of_12_hours(shop, terminal):
    signed_in = shop.write(sign_in, SignIn("ann", PIN), terminal)
    assert signed_in.staff == StaffView("ann", "Name of ann", "cashier", ScopeKind.STORE, "S1", active=True)
    for hours, minutes in ((0, 0), (11, 59)):
        shop.later(hours=hours, minutes=minutes)
        caller = shop.authenticated("T1", session=signed_in.session)
        assert (caller.code, caller.staff_code) == ("T1", "ann")
    shop.later(minutes=1)
    with pytest.raises(SessionEnded):
        shop.authenticated("T1", session=signed_in.session)


def test_neither_pin_nor_session_is_stored_or_shown(shop, terminal):
    signed_in = shop.write(sign_in, SignIn("ann", PIN), terminal)
    assert PIN not in shop.row(identity.staff, "ann").pin_hash
    assert signed_in.session not in str(shop.stored())
    assert PIN not in repr(SignIn("ann", PIN))
    assert signed_in.session not in repr(signed_in)
    with shop.engine.connect() as connection:
        assert connection.execute(select(identity.sessions.c.session_digest)).scalars().all() == [
            secret_digest(signed_in.session)
        ]


def test_refuses_what_cannot_be_right_without_counting_it(shop, terminal):
    for command, kind, field in (
        (SignIn("", PIN), Missing, "staff_code"),
        (SignIn("ann", ""), InvalidPin, "pin"),
        (SignIn("ann", "12345678901234"), InvalidPin, "pin"),
        (SignIn("ann", "abcd"), InvalidPin, "pin"),
    ):
        assert shop.refuses(kind, sign_in, command, terminal).field == field


def test_staff_sign_in_at_terminals_only(shop, terminal):
    web = shop.service("web", role="admin")
    shop.refuses(NotATerminal, sign_in, SignIn("ann", PIN), web)


def test_five_wrong_pins_lock_for_15_minutes_although_each_was_refused(shop, terminal):
    for count in range(1, 5):
        assert attempt(shop, terminal, WRONG) is WrongStaffOrPin
        assert counted(shop) == (count, None)
    assert attempt(shop, terminal, WRONG) is WrongStaffOrPin
    assert counted(shop) == (0, shop.now + timedelta(minutes=15))
    # Not even the right PIN is tried any more.
    tried = len(shop.pins.tried)
    refusal = shop.refuses(SignInLocked, sign_in, SignIn("ann", PIN), terminal)
    assert (refusal.details, len(shop.pins.tried)) == ({"minutes": 15}, tried)
    shop.later(minutes=14, seconds=59)
    assert shop.refuses(SignInLocked, sign_in, SignIn("ann", PIN), terminal).details == {"minutes": 1}
    shop.later(seconds=1)
    assert shop.authenticated("T1", session=shop.sign_in("ann", terminal)).staff_code == "ann"
    assert counted(shop) == (0, None)


def test_after_a_lock_five_more_wrong_pins_lock_again(shop, terminal):
    for _ in range(5):
        attempt(shop, terminal, WRONG)
    shop.later(minutes=15)
    kinds = [attempt(shop, terminal, WRONG) for _ in range(6)]
    assert kinds == [WrongStaffOrPin] * 5 + [SignInLocked]


def test_wrong_pins_count_over_all_terminals_until_a_right_one(shop, terminal):
    other = shop.terminal("T2")
    for caller in (terminal, other, terminal, other):
        attempt(shop, caller, WRONG)
    assert counted(shop) == (4, None)
    shop.sign_in("ann", terminal)
    assert counted(shop) == (0, None)


def test_of_twenty_guesses_side_by_side_five_are_tried(shop, terminal):
    together = threading.Barrier(20)
    kinds = []

    def guess():
        together.wait()
        kinds.append(attempt(shop, terminal, WRONG))

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kind.__name__ for kind in kinds) == ["SignInLocked"] * 15 + ["WrongStaffOrPin"] * 5
    assert len(shop.pins.tried) == 5
    assert counted(shop) == (0, shop.now + timedelta(minutes=15))


@pytest.mark.parametrize("staff", ["absent", "bob", "cat", "dan"])
def test_absent_foreign_former_and_pinless_staff_are_refused_alike(shop, terminal, staff):
    shop.staff("bob", of="S2")
    shop.staff("cat", scope=ScopeKind.REGION, of="south")
    shop.staff("dan")
    shop.write(put_staff, PutStaff(StaffView("dan", "Dan", "cashier", ScopeKind.STORE, "S1", active=False)))
    refusal = shop.refuses(WrongStaffOrPin, sign_in, SignIn(staff, PIN), terminal)
    assert (refusal.field, refusal.details) == ("", {})
    # A PIN was checked all the same, so that the time taken tells nothing; it was nobody's.
    assert shop.pins.tried == [None]


def test_staff_without_a_pin_cannot_sign_in(shop, terminal):
    shop.staff("eve", pin="")
    assert attempt(shop, terminal, PIN, staff="eve") is WrongStaffOrPin


@pytest.mark.parametrize(("scope", "of"), [(ScopeKind.CHAIN, ""), (ScopeKind.REGION, "north"), (ScopeKind.STORE, "S1")])
def test_staff_work_wherever_their_scope_reaches_and_see_what_the_terminal_sees(shop, terminal, scope, of):
    shop.staff("zoe", scope=scope, of=of, role="manager")
    caller = shop.authenticated("T1", session=shop.sign_in("zoe", terminal))
    assert caller == replace(
        terminal,
        staff_id=shop.row(identity.staff, "zoe").staff_id,
        staff_code="zoe",
        permissions=terminal.permissions
        | {"sales.manual_discount", "sales.refund", "sales.void", "membership.register"}
        | {"sales.price_override", "sales.price_above_list", "sales.below_floor"}
        | {"sales.refund_elsewhere", "sales.refund_in_cash", "sales.tax_exempt", "sales.own_purchase"}
        | {"sales.refund_beyond", "sales.refund_without_receipt"}
        | {"transfers.request", "transfers.ship", "transfers.receive"}
        | {
            "inventory.assemble",
            "shipping.ship",
            "shipping.track",
            "shipping.read",
            "shipping.personal",
            "counts.enter",
            "counts.read",
            "counts.manage",
            "inventory.receive",
            "inventory.adjust",
            "inventory.adjust_beyond",
            "inventory.alerts",
            "finance.read",
            "identity.read",
            "draws.grant",
            "events.manage",
            "rewards.cancel",
            "shifts.work",
            "shifts.read",
            "shifts.beyond",
            "shifts.close_day",
            "orders.cancel",
            "suppliers.read",
        }
        | {"care.handle", "gift_cards.block", "loyalty.pools", "wallet.close", "wallet.freeze", "wallet.transfer"},
    )
    assert caller.store_ids == {shop.row(identity.stores, "S1").store_id}


def test_signing_out_ends_the_session(shop, terminal):
    shop.staff("bob")
    ann, bob = shop.sign_in("ann", terminal), shop.sign_in("bob", terminal)
    shop.write(sign_out, SignOut(), shop.authenticated("T1", session=ann))
    with pytest.raises(SessionEnded):
        shop.authenticated("T1", session=ann)
    assert shop.authenticated("T1", session=bob).staff_code == "bob"
    assert shop.authenticated("T1").staff_code == ""


def test_signing_out_leaves_the_sessions_on_other_terminals(shop, terminal):
    here, there = shop.sign_in("ann", terminal), shop.sign_in("ann", shop.terminal("T2"))
    shop.write(sign_out, SignOut(), shop.authenticated("T1", session=here))
    assert shop.authenticated("T2", session=there).staff_code == "ann"


def test_refuses_to_sign_out_nobody(shop, terminal):
    shop.refuses(NobodySignedIn, sign_out, SignOut(), terminal)


def test_expired_sessions_of_the_terminal_are_forgotten(shop, terminal):
    other = shop.terminal("T2")
    shop.sign_in("ann", terminal)
    shop.sign_in("ann", other)
    shop.later(hours=12)
    shop.sign_in("ann", terminal)
    assert shop.count(identity.sessions) == 2
