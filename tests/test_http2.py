"""Header blocks, byte by byte (RFC 7541)."""

from tests.http2 import framed, header_blocks


def test_enters_fields_into_the_table_first_and_names_them_by_index_later():
    first, later = header_blocks([(":method", "POST"), (":path", "/x"), ("te", "trailers")])

    assert first == b"\x83" + b"\x44\x02/x" + b"\x40\x02te\x08trailers"
    assert later == b"\x83" + b"\xbf" + b"\xbe"


def test_writes_long_lengths_in_several_bytes():
    first, _ = header_blocks([("authorization", "x" * 200)])

    assert first == b"\x57" + b"\x7f\x49" + b"x" * 200


def test_frames_a_message_with_its_length():
    assert framed(b"abc") == b"\x00\x00\x00\x00\x03abc"
