"""Fields that only the right key reads, in the right place."""

import pytest

from adapters.privacy.keys import Keys
from application.ports.privacy import Unreadable

KEYS = Keys(bytes(range(32)))
NAME = "members|name|90"


@pytest.mark.parametrize("text", ["", "王小明", "a" * 10_000, "\0"])
def test_what_was_encrypted_is_read_again(text: str):
    assert KEYS.decrypt(KEYS.encrypt(text, NAME), NAME) == text


def test_data_is_sealed_like_text():
    assert KEYS.unseal(KEYS.seal(bytes(range(256)), NAME), NAME) == bytes(range(256))


@pytest.mark.parametrize("place", ["members|name|91", "members|phone|90", "staff|name|90", ""])
def test_a_ciphertext_moved_to_another_place_cannot_be_read(place: str):
    with pytest.raises(Unreadable):
        KEYS.decrypt(KEYS.encrypt("王小明", NAME), place)


def test_swapped_ciphertexts_cannot_be_read():
    ciphers = {f"members|name|{member}": KEYS.encrypt(f"name {member}", f"members|name|{member}") for member in (1, 2)}
    first, second = ciphers
    for place, cipher in ((first, ciphers[second]), (second, ciphers[first])):
        with pytest.raises(Unreadable):
            KEYS.decrypt(cipher, place)


@pytest.mark.parametrize("position", [0, 1, 12, 13, -1])
def test_a_damaged_ciphertext_cannot_be_read(position: int):
    cipher = bytearray(KEYS.encrypt("王小明", NAME))
    cipher[position] ^= 1
    with pytest.raises(Unreadable):
        KEYS.decrypt(bytes(cipher), NAME)


@pytest.mark.parametrize("cipher", [b"", b"\x01", b"\x01" * 28, b"\x02" * 40])
def test_what_is_no_ciphertext_cannot_be_read(cipher: bytes):
    with pytest.raises(Unreadable):
        KEYS.decrypt(cipher, NAME)


def test_another_master_key_cannot_read():
    with pytest.raises(Unreadable):
        Keys(bytes(32)).decrypt(KEYS.encrypt("王小明", NAME), NAME)


def test_the_same_text_is_never_encrypted_alike():
    assert len({KEYS.encrypt("王小明", NAME)[1:13] for _ in range(10_000)}) == 10_000


def test_digests_are_the_same_in_every_process():
    """Members are found by them: another value would lose every member."""
    assert KEYS.digest("phone", "+8613800138000").hex() == (
        "7ca35848d79b405fc6e9f9587007281505e561ff01fa23c30290ae5255ef5ee2"
    )


@pytest.mark.parametrize(
    ("purpose", "text"), [("card", "+8613800138000"), ("phon", "e+8613800138000"), ("phone", "+8613800138001")]
)
def test_digests_differ_by_purpose_and_text(purpose: str, text: str):
    assert KEYS.digest(purpose, text) != KEYS.digest("phone", "+8613800138000")


def test_digests_differ_by_master_key():
    assert Keys(bytes(32)).digest("phone", "+8613800138000") != KEYS.digest("phone", "+8613800138000")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_refuses_a_master_key_of_another_length(length: int):
    with pytest.raises(ValueError, match=f"has 32 bytes, this one has {length}"):
        Keys(bytes(length))


def test_a_member_has_a_data_key_that_reads_nobody_elses_fields():
    one, other = (KEYS.data_key(member, KEYS.new_data_key(member)) for member in (90, 91))
    cipher = one.encrypt("王小明", NAME)
    assert one.decrypt(cipher, NAME) == "王小明"
    for key, place in ((other, NAME), (one, "members|phone|90"), (KEYS, NAME)):
        with pytest.raises(Unreadable):
            key.decrypt(cipher, place)


def test_a_wrapped_key_is_its_members_and_no_part_of_it_can_be_changed():
    wrapped = KEYS.new_data_key(90)
    for position in (0, 1, 2, 3, 14, -1):
        damaged = bytearray(wrapped)
        damaged[position] ^= 1
        with pytest.raises(Unreadable):
            KEYS.data_key(90, bytes(damaged))
    with pytest.raises(Unreadable):
        KEYS.data_key(91, wrapped)


def test_a_new_key_encryption_key_wraps_anew_and_leaves_what_is_encrypted_as_it_is():
    wrapped = KEYS.new_data_key(90)
    cipher = KEYS.data_key(90, wrapped).encrypt("王小明", NAME)
    renewed = Keys(bytes(range(32)), {2: b"\x07" * 32})
    assert (KEYS.wrapping_version, renewed.wrapping_version) == (1, 2)
    assert renewed.data_key(90, wrapped).decrypt(cipher, NAME) == "王小明"
    rewrapped = renewed.rewrapped(90, wrapped)
    assert renewed.data_key(90, rewrapped).decrypt(cipher, NAME) == "王小明"
    # Who does not know the new key cannot read under it, and it takes no part in what is found by digests.
    with pytest.raises(Unreadable, match="key-encryption key 2"):
        KEYS.data_key(90, rewrapped)
    assert renewed.digest("phone", "+8613800138000") == KEYS.digest("phone", "+8613800138000")
