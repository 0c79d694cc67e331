import os
import resource
import subprocess
import sys
from typing import Any

import pytest

from domain.shared.errors import Invalid
from entrypoints.grpc.intake import ForbiddenCharacter, MalformedRequest, TooManyFields, count_fields, parsed
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX, FIELDS_MAX, REQUEST_BYTES_MAX, SCAN_BYTES_MIN
from tests.entrypoints.grpc.toy import message

SELL = message("SellRequest")
SELL_MANY = message("SellManyRequest")


def basket_of(lines: bytes) -> bytes:
    """A SellRequest around the encoded lines."""
    return b"\x12" + varint(len(lines)) + lines


def varint(number: int) -> bytes:
    data = bytearray()
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    return bytes([*data, number])


def test_parses_what_is_a_message():
    request = SELL(request_id="x")
    assert parsed(SELL, request.SerializeToString()) == request
    assert parsed(SELL, b"") == SELL()


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff",
        b"\x0a\x05abc",  # shorter than it says
        b"\x0a\x02\xff\xfe",  # no UTF-8
        b"\x0a\x03\xed\xa0\x80",  # a surrogate
        b"\x0b" * 200,  # groups inside groups
        b"\x08" + b"\xff" * 11,  # a number without an end
    ],
)
@pytest.mark.parametrize("size", [0, REQUEST_BYTES_MAX])
def test_refuses_what_is_no_message_small_or_large(data: bytes, size: int):
    filler = SELL(request_id="x" * size).SerializeToString() if size else b""
    with pytest.raises(MalformedRequest) as raised:
        parsed(SELL, filler + data)
    assert raised.value.message() == (
        "The request is not a message of type liansuo.toy.v1.SellRequest. "
        "Check that client and server use the same contract."
    )


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (SELL(request_id="a\0b"), "request_id"),
        (message("Basket")(lines=[message("Line")(sku="A"), message("Line")(sku="\0")]), "lines[1].sku"),
        (message("Line")(notes=["a", "b\0"]), "notes[1]"),
    ],
)
def test_refuses_nul_in_text_by_its_field(request_: Any, field: str):
    with pytest.raises(ForbiddenCharacter) as raised:
        parsed(type(request_), request_.SerializeToString())
    assert raised.value.field == field


def test_zero_bytes_elsewhere_are_no_nul():
    box = message("Box")(label=b"\0", numbers=[0, 128], seen_at=[{}])
    assert parsed(message("Box"), box.SerializeToString()) == box


@pytest.mark.parametrize("count", [FIELDS_MAX - 100, FIELDS_MAX + 1])
def test_counts_the_messages_of_a_large_request_before_it_parses_them(count: int):
    data = basket_of(b"\x0a\x00" * count)
    assert len(data) < REQUEST_BYTES_MAX
    if count < FIELDS_MAX:
        assert len(parsed(SELL, data).basket.lines) == count
    else:
        with pytest.raises(TooManyFields):
            parsed(SELL, data)


def test_counts_numbers_that_are_packed():
    with pytest.raises(TooManyFields):
        parsed(message("Box"), message("Box")(numbers=[0] * (SCAN_BYTES_MIN + 1)).SerializeToString())


def test_counts_what_a_full_request_holds():
    sale = SELL(request_id="x", basket=message("Basket")(lines=[message("Line")(sku="A", notes=["n"])] * 3))
    data = SELL_MANY(sales=[sale] * 2).SerializeToString()
    # 2 sales of a request_id and a basket of 3 lines of a SKU and a note.
    assert count_fields(data, SELL_MANY.DESCRIPTOR) == 2 * (1 + 1 + 1 + 3 * (1 + 2))


def test_a_large_request_cannot_take_much_memory():
    # In a process of its own, because the peak of this one is not its doing.
    script = (
        "from tests.entrypoints.grpc.test_intake import memory_taken;import sys; sys.stdout.write(str(memory_taken()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=_environment(), check=True
    )
    assert int(done.stdout) < 50 * 1024


def memory_taken() -> int:
    """KiB by which the peak grew while hostile requests of every size were taken in."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for size in (100_000, 260_000, REQUEST_BYTES_MAX, BULK_REQUEST_BYTES_MAX):
        for data in (basket_of(b"\x0a\x00" * (size // 2 - 10)), b"\x0a\x00" * (size // 2)):
            for kind in (SELL, SELL_MANY):
                try:
                    parsed(kind, data)
                except Invalid:
                    continue
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
