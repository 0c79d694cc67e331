"""Stored value handed on to another member, and paid out."""

import pytest

from application.membership.register_member import RegisterMember, register_member
from application.wallet.freezing import (
    FreezeStoredValue,
    UnfreezeStoredValue,
    freeze_stored_value,
    unfreeze_stored_value,
)
from application.wallet.passing_on import (
    CloseStoredValue,
    TransferStoredValue,
    close_stored_value,
    transfer_stored_value,
)
from application.wallet.queries import GetStoredValueStatement, get_stored_value_statement
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from domain.wallet.stored_value import StoredValueReason
from tests.application.wallet.paying_in import held, pay_in
from tests.world import MEMBER, World

FRIEND = "13900139000"


@pytest.fixture
def rich(world: World) -> World:
    """The member holds 100.00 that were paid in and 20.00 of bonus; a friend is registered."""
    world.do(register_member, RegisterMember(phone=FRIEND, source="till"))
    pay_in(world, 10_000, bonus_minor=2_000, caller=world.terminal("T1", "wallet.bonus"))
    return world


def refused(world: World, use_case: object, command: object) -> tuple[str, str]:
    """Why it is refused; nothing of it is written."""
    before = world.count("stored_value_entries")
    with pytest.raises(Refusal) as why:
        world.do(use_case, command, world.s1)
    assert world.count("stored_value_entries") == before
    return why.value.reason, why.value.field


def test_principal_goes_to_a_friend_and_the_books_stay_as_they_are(rich: World) -> None:
    books = rich.ledger()
    done = rich.do(transfer_stored_value, TransferStoredValue(MEMBER, FRIEND, 4_000, "birthday"), rich.s1)
    assert (done.from_balance_minor, done.to_balance_minor, rich.ledger()) == (8_000, 4_000, books)
    assert (held(rich), held(rich, FRIEND)) == ((6_000, 2_000, False), (4_000, 0, False))
    [entry] = rich.ask(get_stored_value_statement, GetStoredValueStatement(FRIEND)).entries
    assert (entry.reason, entry.document_id, entry.note) == (
        StoredValueReason.TRANSFERRED_IN,
        done.document_id,
        "birthday",
    )


@pytest.mark.parametrize(
    ("command", "reason", "field"),
    [
        (TransferStoredValue(MEMBER, FRIEND, 10_001, "x"), "INSUFFICIENT_PRINCIPAL", "amount_minor"),
        (TransferStoredValue(MEMBER, FRIEND, 0, "x"), "INVALID_TRANSFER_AMOUNT", "amount_minor"),
        (TransferStoredValue(MEMBER, "CARD1", 1, "x"), "SAME_MEMBER", "to_member_key"),
        (TransferStoredValue(MEMBER, "nobody", 1, "x"), "UNKNOWN_MEMBER", "to_member_key"),
        (TransferStoredValue("nobody", FRIEND, 1, "x"), "UNKNOWN_MEMBER", "from_member_key"),
        (TransferStoredValue(MEMBER, FRIEND, 1, ""), "MISSING", "reason"),
        (TransferStoredValue(MEMBER, FRIEND, 1, "x", "S2"), "UNKNOWN_STORE", "store_code"),
    ],
)
def test_refuses_a_wrong_transfer(rich: World, command: TransferStoredValue, reason: str, field: str) -> None:
    assert refused(rich, transfer_stored_value, command) == (reason, field)


def test_nothing_moves_from_or_to_what_is_frozen(rich: World) -> None:
    command = TransferStoredValue(MEMBER, FRIEND, 1, "x")
    rich.do(freeze_stored_value, FreezeStoredValue(FRIEND, "lost"), rich.s1)
    assert refused(rich, transfer_stored_value, command) == ("RECEIVER_FROZEN", "to_member_key")
    rich.do(unfreeze_stored_value, UnfreezeStoredValue(FRIEND, "found"), rich.s1)
    rich.do(freeze_stored_value, FreezeStoredValue(MEMBER, "lost"), rich.s1)
    assert refused(rich, transfer_stored_value, command) == ("STORED_VALUE_FROZEN", "from_member_key")
    close = CloseStoredValue(MEMBER, TenderKind.CASH, "x")
    assert refused(rich, close_stored_value, close) == ("STORED_VALUE_FROZEN", "member_key")


def test_closing_pays_the_principal_out_and_takes_the_bonus_back(rich: World) -> None:
    done = rich.do(close_stored_value, CloseStoredValue(MEMBER, TenderKind.CASH, "moves away"), rich.s1)
    assert (done.paid_out_minor, done.forfeited_bonus_minor) == (10_000, 2_000)
    ledger = rich.ledger()
    assert [ledger.get(code, 0) for code in ("1001", "220502", "220503", "660102")] == [0, 0, 0, 0]
    assert held(rich) == (0, 0, False)
    again = CloseStoredValue(MEMBER, TenderKind.CASH, "again")
    assert refused(rich, close_stored_value, again) == ("NOTHING_TO_CLOSE", "member_key")
    points = CloseStoredValue(MEMBER, TenderKind.POINTS, "x")
    assert refused(rich, close_stored_value, points) == ("TENDER_PAYS_NOTHING_IN", "tender")
    assert pay_in(rich, 500).balance_minor == 500
