from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from adapters.privacy.pins import Pins, system_secrets


def test_a_pin_matches_its_own_digest_only():
    pins = Pins()
    digest = pins.hash(b"1234")
    assert pins.matches(b"1234", digest)
    assert not pins.matches(b"1235", digest)
    assert not pins.matches(b"", digest)


def test_the_profile_is_argon2id_with_19_mib_and_two_passes():
    # OWASP Password Storage Cheat Sheet: m=19456 (19 MiB), t=2, p=1
    found = extract_parameters(Pins().hash(b"1234"))
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 19_456, 2, 1)


def test_a_digest_is_salted_and_fits_its_column():
    pins = Pins()
    digests = {pins.hash(b"1234") for _ in range(3)}
    assert len(digests) == 3
    assert max(map(len, digests)) <= 200


def test_without_a_digest_no_pin_matches_and_the_answer_costs_as_much(monkeypatch):
    pins = Pins()
    real = pins.hash(b"1234")
    verified = []
    verify = PasswordHasher.verify

    def noting(hasher, digest, pin):
        verified.append(digest)
        return verify(hasher, digest, pin)

    monkeypatch.setattr(PasswordHasher, "verify", noting)
    assert not pins.matches(b"", None)
    assert not pins.matches(b"1234", None)
    assert not pins.matches(b"4321", real)
    assert len(verified) == 3
    assert [extract_parameters(digest) for digest in verified] == [extract_parameters(real)] * 3


def test_tokens_have_256_bits_and_are_all_different():
    new_token = system_secrets().new_token
    tokens = {new_token() for _ in range(1_000)}
    # 32 bytes are 43 characters of base64 without padding.
    assert (len(tokens), {len(token) for token in tokens}) == (1_000, {43})
