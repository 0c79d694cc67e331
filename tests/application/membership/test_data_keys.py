"""What is known of a member is under a key of the member's own, of before there were any too."""

import pytest
from sqlalchemy import delete

from adapters.privacy.keys import Keys
from adapters.sql.personal_data import PLACES
from adapters.sql.tables import metadata, privacy
from adapters.sql.unit_of_work import SqlUnits
from application.membership.data_keys import (
    GetDataKeys,
    ResealMembers,
    RewrapKeys,
    get_data_keys,
    reseal_members,
    rewrap_keys,
)
from application.membership.queries import GetMember, ListMemberChanges, get_member, list_member_changes
from application.membership.register_member import RegisterMember, register_member
from application.membership.update_member import UpdateMember, update_member
from application.ports.personal_data import WrappingCount
from application.ports.privacy import FieldKey
from application.transactor import Transactor

pytestmark = pytest.mark.capability("SEC-05")
PHONES = ["13800138001", "13800138002", "13800138003"]
ELSEWHERE = {"staff": "name", "coupons": "code", "draws": "seed", "receipt_mails": "address", "suppliers": "contact"}
"""Encrypted columns that hold nothing about a member: the address of a letter is the one typed, until it is sent."""


class UnderChainKey(Keys):
    """The keys of before there were data keys."""

    def data_key(self, member_id: int, wrapped: bytes) -> FieldKey:
        return self


def register(chain, phone: str) -> int:
    chain.write(register_member, RegisterMember("Li Na", phone, "1990-05-17", card=f"C{phone}", email=f"{phone}@a.cn"))
    return int(max(chain.rows(privacy.member_data_keys, "member_id"))[0])


def keys_with(chain, **options):
    """The chain under other keys."""
    return Transactor(SqlUnits(chain.engine, Keys(bytes(32), **options)))


def ciphers(chain) -> set[bytes]:
    """Whatever is encrypted about members."""
    found = [row for place in PLACES for row in chain.rows(place.table, *place.contexts)]
    return {cipher for row in found for cipher in row if cipher}


def make_older(chain) -> None:
    """Members as a program without data keys has stored them."""
    units, chain.transactor = chain.units, Transactor(SqlUnits(chain.engine, UnderChainKey(bytes(32))))
    for phone in PHONES:
        register(chain, phone)
    chain.write(update_member, UpdateMember(PHONES[0], ("name",), name="Li Nana"))
    with chain.engine.begin() as connection:
        connection.execute(delete(privacy.member_data_keys))
    chain.transactor = Transactor(units)


def test_every_encrypted_column_is_known_to_be_about_members_or_not():
    encrypted = {
        (table.name, column.name) for table in metadata.tables.values() for column in table.c if "cipher" in column.name
    }
    about = {(place.table.name, name) for place in PLACES for name in place.contexts}
    assert encrypted == about | {(table, f"{name}_cipher") for table, name in ELSEWHERE.items()}


def test_a_member_is_registered_with_a_data_key_under_which_everything_is(chain):
    member_id = register(chain, PHONES[0])
    [(_, wrapped)] = chain.rows(privacy.member_data_keys, "wrapping_version", "wrapped_key")
    assert wrapped[0] == 3
    assert {cipher[0] for cipher in ciphers(chain)} == {2}
    [(name,)] = chain.rows(metadata.tables["members"], "name_cipher")
    key = chain.units.keys.data_key(member_id, wrapped)
    assert key.decrypt(name, f"members|name|{member_id}") == "Li Na"


def test_members_of_before_stay_readable_and_come_under_their_own_key_batch_by_batch(chain):
    make_older(chain)
    assert {cipher[0] for cipher in ciphers(chain)} == {1}
    before = [chain.read(get_member, GetMember(phone)) for phone in PHONES]
    changes = chain.read(list_member_changes, ListMemberChanges(PHONES[0]))
    # Nobody's fields are under both: what is changed before it is sealed stays under the key of the chain.
    chain.write(update_member, UpdateMember(PHONES[1], ("occupation",), occupation="Nurse"))
    assert {cipher[0] for cipher in ciphers(chain)} == {1}
    assert chain.read(get_data_keys, GetDataKeys()).counts == [WrappingCount(0, 3)]
    first = chain.write(reseal_members, ResealMembers(members_max=2))
    assert first.members == 2
    assert chain.read(get_data_keys, GetDataKeys()).counts == [WrappingCount(0, 1), WrappingCount(1, 2)]
    second = chain.write(reseal_members, ResealMembers(first.next, members_max=2))
    assert (second.members, second.next) == (1, None)
    assert {cipher[0] for cipher in ciphers(chain)} == {2}
    after = [chain.read(get_member, GetMember(phone)) for phone in PHONES]
    assert [after[0], after[2]] == [before[0], before[2]]
    assert (after[1].occupation, chain.read(list_member_changes, ListMemberChanges(PHONES[0]))) == ("Nurse", changes)
    # Again, it finds nobody, and a run that begins anew neither.
    sealed = ciphers(chain)
    assert chain.write(reseal_members, ResealMembers()).members == 0
    assert ciphers(chain) == sealed


def test_a_new_key_encryption_key_rewraps_in_batches_and_touches_no_field(chain):
    for phone in PHONES:
        register(chain, phone)
    before = ciphers(chain)
    renewed = keys_with(chain, wrapping={2: b"\x07" * 32})
    chain.transactor = renewed
    assert chain.write(rewrap_keys, RewrapKeys(members_max=2)).members == 2
    # Both are read meanwhile; stopped here, the next run goes on where this one ended.
    assert [chain.read(get_member, GetMember(phone)).name for phone in PHONES] == ["Li Na"] * 3
    assert chain.read(get_data_keys, GetDataKeys()).counts == [WrappingCount(1, 1), WrappingCount(2, 2)]
    assert [chain.write(rewrap_keys, RewrapKeys(members_max=2)).members for _ in range(2)] == [1, 0]
    assert chain.read(get_data_keys, GetDataKeys()).counts == [WrappingCount(2, 3)]
    assert ciphers(chain) == before
    assert [chain.read(get_member, GetMember(phone)).name for phone in PHONES] == ["Li Na"] * 3


def test_a_page_of_members_is_read_with_as_many_statements_as_one(chain):
    for phone in PHONES:
        register(chain, phone)
    one, three = (
        chain.statements(lambda uow, limit: uow.members.list_members(after=None, limit=limit), limit)
        for limit in (1, 3)
    )
    assert (one, three) == (2, 2)
