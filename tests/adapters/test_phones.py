from random import Random

import pytest

from adapters.phones import e164, parsed_e164


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("13800138000", "+8613800138000"),
        (" +86 138-0013-8000 ", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("021 6234 5678", "+862162345678"),
        ("+1 (650) 253-0000", "+16502530000"),
    ],
)
def test_stores_one_number_in_one_way(text, stored):
    assert e164(text) == stored


@pytest.mark.parametrize("text", ["", "x", "12345", "1380013800", "138****8000", "+999 123", "1" * 41, "\0", "\ud800"])
def test_knows_what_is_no_number(text):
    assert e164(text) is None


def test_reads_plain_digits_as_the_library_does():
    chance = Random(1)
    texts = {str(chance.randrange(10**length)).zfill(length) for length in range(7, 16) for _ in range(1_500)}
    texts |= {f"1{chance.randrange(10**10):010d}" for _ in range(1_500)}
    texts |= {f"400{chance.randrange(10**7):07d}" for _ in range(300)}
    texts |= {"0" * zeros + f"1{chance.randrange(10**10):010d}" for zeros in (1, 2, 3) for _ in range(300)}
    texts |= {"0" * zeros + f"21{chance.randrange(10**8):08d}" for zeros in (1, 2, 3) for _ in range(300)}
    texts |= {"0" * zeros + f"86138{chance.randrange(10**8):08d}" for zeros in (1, 2, 3) for _ in range(300)}

    answers = {text: e164(text) for text in texts}

    assert answers == {text: parsed_e164(text) for text in texts}
    assert sum(answer is not None for answer in answers.values()) > 1_000
