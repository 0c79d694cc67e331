"""Members pay in at the till: balances, bonus, books, freezing and statements."""

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.named_members import UnknownMember
from application.paging import InvalidPageToken
from application.policies import InvalidSetting
from application.scope import UnknownStore
from application.wallet.freezing import (
    FreezeStoredValue,
    UnfreezeStoredValue,
    freeze_stored_value,
    unfreeze_stored_value,
)
from application.wallet.paying_in import TenderPaysNothingIn
from application.wallet.queries import (
    GetStoredValue,
    GetStoredValueStatement,
    get_stored_value,
    get_stored_value_statement,
)
from application.wallet.top_up import BonusNotPermitted, TopUpStoredValue, top_up_stored_value
from domain.identity.organisation import SYSTEM
from domain.sales.sale import TenderKind
from domain.sales.tenders import CardNumberRefused
from domain.shared.errors import Refusal
from domain.wallet.stored_value import (
    InvalidBonus,
    InvalidTopUpAmount,
    StoredValueFrozen,
    StoredValueNotFrozen,
    StoredValueReason,
)
from tests.application.wallet.paying_in import held, pay_in
from tests.world import MEMBER, World


@pytest.mark.capability("SAL-02")
def test_what_is_paid_in_is_owed_and_the_bonus_is_an_expense(world: World) -> None:
    world.set("stored_value_bonus_tiers", "50000:5000,100000:15000")
    before = world.ledger()
    done = pay_in(world, 60_000)
    assert (done.currency, done.bonus_minor, done.balance_minor) == ("CNY", 5_000, 65_000)
    assert (done.principal_balance_minor, done.bonus_balance_minor) == (60_000, 5_000)
    after = world.ledger()
    assert {code: after[code] - before.get(code, 0) for code in after if after[code] != before.get(code, 0)} == {
        "1001": 60_000,
        "660102": 5_000,
        "220502": -60_000,
        "220503": -5_000,
    }
    pay_in(world, 40_000, tender=TenderKind.CARD)
    assert held(world) == (100_000, 5_000, False)
    assert world.ledger()["101201"] == 40_000


def test_a_bonus_is_named_by_permission(world: World) -> None:
    with pytest.raises(BonusNotPermitted) as refused:
        pay_in(world, 1_000, bonus_minor=100)
    assert refused.value.field == "bonus_minor"
    assert (world.count("stored_value_entries"), world.count("stored_value_accounts")) == (0, 0)
    done = pay_in(world, 1_000, bonus_minor=100, caller=world.terminal("T1", "wallet.bonus"))
    assert (done.bonus_minor, done.balance_minor) == (100, 1_100)


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"amount_minor": 0}, InvalidTopUpAmount, "amount_minor"),
        ({"amount_minor": 10**15}, InvalidTopUpAmount, "amount_minor"),
        ({"tender": TenderKind.POINTS}, TenderPaysNothingIn, "tender"),
        ({"tender": TenderKind.MANUFACTURER_COUPON}, TenderPaysNothingIn, "tender"),
        ({"reference": "4111 1111 1111 1111"}, CardNumberRefused, "reference"),
        ({"bonus_minor": -1}, InvalidBonus, "bonus_minor"),
        ({"member_key": "nobody"}, UnknownMember, "member_key"),
        ({"store_code": "S2"}, UnknownStore, "store_code"),
    ],
)
def test_a_wrong_field_is_refused_and_nothing_is_written(
    world: World, changes: dict[str, object], refusal: type[Refusal], field: str
) -> None:
    before = world.counts()
    given = {"member_key": MEMBER, "amount_minor": 1_000, "tender": TenderKind.CASH, **changes}
    with pytest.raises(refusal) as refused:
        world.do(top_up_stored_value, TopUpStoredValue(**given), world.terminal("T1", "wallet.bonus"))
    assert refused.value.field == field
    assert (world.counts(), world.count("stored_value_accounts")) == (before, 0)


def test_a_request_takes_effect_once(world: World) -> None:
    request_id = "0b8f0f5e-8a3c-4a2e-9d5c-0f6b7f1f2a11"
    for _ in range(2):
        world.once(top_up_stored_value, TopUpStoredValue(MEMBER, 700, TenderKind.CASH), world.s1, request_id)
    assert (held(world), world.count("stored_value_entries")) == ((700, 0, False), 1)


def test_what_is_frozen_is_neither_paid_into_nor_frozen_twice(world: World) -> None:
    pay_in(world, 1_000)
    with pytest.raises(StoredValueNotFrozen):
        world.do(unfreeze_stored_value, UnfreezeStoredValue(MEMBER, "found"), world.s1)
    state = world.do(freeze_stored_value, FreezeStoredValue(MEMBER, "lost"), world.s1)
    assert (state.currency, state.balance_minor, state.frozen) == ("CNY", 1_000, True)
    with pytest.raises(StoredValueFrozen):
        pay_in(world, 1_000)
    with pytest.raises(StoredValueFrozen):
        world.do(freeze_stored_value, FreezeStoredValue(MEMBER, "lost"), world.s1)
    assert held(world) == (1_000, 0, True)
    assert not world.do(unfreeze_stored_value, UnfreezeStoredValue(MEMBER, "found"), world.s1).frozen
    assert pay_in(world, 1_000).balance_minor == 2_000


def test_a_statement_tells_every_movement_newest_first_in_pages(world: World) -> None:
    pay_in(world, 1_000)
    world.clock.advance(minutes=1)
    pay_in(world, 2_000, caller=world.s2, reference="A7")
    world.clock.advance(minutes=1)
    world.do(freeze_stored_value, FreezeStoredValue(MEMBER, "lost"), world.s1)
    first = world.ask(get_stored_value_statement, GetStoredValueStatement(MEMBER, 2))
    assert [(one.reason, one.principal_minor, one.store_code, one.tender, one.note) for one in first.entries] == [
        (StoredValueReason.FROZEN, 0, "S1", None, "lost"),
        (StoredValueReason.TOPPED_UP, 2_000, "S2", TenderKind.CASH, ""),
    ]
    [last] = world.ask(get_stored_value_statement, GetStoredValueStatement(MEMBER, 2, first.next_page_token)).entries
    assert (last.principal_minor, last.document_id) == (1_000, last.entry_id)
    with pytest.raises(InvalidPageToken):
        world.ask(get_stored_value_statement, GetStoredValueStatement(MEMBER, 2, "nonsense"))
    with pytest.raises(UnknownMember):
        world.ask(get_stored_value, GetStoredValue("nobody"))


@pytest.mark.parametrize(
    "value", ["", "0:1", "5:-1", "100:1,100:2", "200:1,100:2", "a:b", "1:2:3", "1000000000000000:1"]
)
def test_tiers_are_pairs_of_amounts_in_ascending_order(world: World, value: str) -> None:
    if value:
        with pytest.raises(InvalidSetting):
            world.set("stored_value_bonus_tiers", value)
    assert pay_in(world, 5_000).bonus_minor == 0


def test_tampered_rows_are_named(world: World) -> None:
    pay_in(world, 1_000)
    tampering = (
        "UPDATE stored_value_accounts SET principal_minor = 900",
        "UPDATE stored_value_entries SET bonus_minor = 7",
        "UPDATE stored_value_accounts SET frozen = 1",
        "UPDATE postings SET amount_minor = -999 WHERE account_code = '220502'",
    )
    said = []
    for statement in tampering:
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(statement))
            said.append([found for one in run_checks(uow) if one.id == "I5" for found in one.violations])
    [(member_id,)] = world.rows("SELECT member_id FROM stored_value_accounts")
    [(store_id,)] = world.rows("SELECT store_id FROM stored_value_entries")
    account, store = (
        f"stored_value_accounts member_id={member_id} currency=CNY",
        f"stores store_id={store_id} currency=CNY",
    )
    assert said == [
        [f"{account}: principal 900, principal of entries 1000"],
        [f"{account}: bonus 0, bonus of entries 7", f"{store}: account 220503 0, bonus of entries 7"],
        [f"{account}: frozen 1, frozen by entries 0"],
        [f"{store}: account 220502 999, principal of entries 1000"],
    ]
