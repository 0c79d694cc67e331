"""Nothing that belongs to a person can be read in a stolen database: not in rows, not in requests, not in answers."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from sqlalchemy import inspect

from application.identity.staff import PutStaff, put_staff
from application.identity.views import StaffView
from application.membership.register_member import RegisterMember, register_member
from application.transactor import Call
from domain.identity.organisation import SYSTEM, ScopeKind
from entrypoints.grpc.identity import SERVICE as IDENTITY
from entrypoints.grpc.membership import SERVICE as MEMBERSHIP
from tests.world import World, opened

PHONE, NAME, BIRTHDAY, CARD = "13912345678", "欧阳娜娜", "1999-12-31", "8800112233"
CASHIER, PIN = "司徒雷登", "730184"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with opened(database_url) as made:
        yield made


def stored_values(world: World) -> Iterator[bytes]:
    """Every value of every row, as bytes."""
    for table in inspect(world.engine).get_table_names():
        for row in world.rows(f"SELECT * FROM {table}"):
            for value in row:
                yield bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def test_no_value_of_the_database_holds_a_phone_a_name_a_birthday_a_card_or_a_pin(world: World) -> None:
    register = MEMBERSHIP.methods["/liansuo.membership.v1.MembershipService/RegisterMember"]
    member = RegisterMember(name=NAME, phone=PHONE, birthday=BIRTHDAY, card=CARD, source="till")
    fingerprint = sha256(PHONE.encode()).digest()[:16]
    call = Call(member, SYSTEM, "0192f1c8-0000-7000-8000-000000000001", "r", fingerprint, world.clock())
    first = world.transactor.execute(register_member, call, register.encode)
    put = IDENTITY.methods["/liansuo.identity.v1.IdentityService/PutStaff"]
    staff = PutStaff(StaffView("C9", CASHIER, "cashier", ScopeKind.STORE, "S1", active=True), PIN)
    world.transactor.execute(
        put_staff,
        Call(staff, SYSTEM, "0192f1c8-0000-7000-8000-000000000002", "p", b"f" * 16, world.clock()),
        put.encode,
    )
    secrets = [text.encode() for text in (PHONE, NAME, BIRTHDAY, CARD, CASHIER, PIN)]
    values = list(stored_values(world))
    assert [secret for secret in secrets if any(secret in value for value in values)] == []
    # A fingerprint is not stored as it is either: one could try all phone numbers against it.
    assert not any(fingerprint in value for value in values)
    again = world.transactor.execute(register_member, call, register.encode)
    assert (again.payload, again.replayed) == (first.payload, True)
    assert PHONE in register.row.response.FromString(first.payload).member.phone  # type: ignore[attr-defined]
