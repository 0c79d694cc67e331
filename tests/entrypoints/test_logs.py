import asyncio
import io
import logging
from typing import Any

import orjson
import pytest
import structlog

from entrypoints.logs import REDACTED, Lines, configure_logs, described, redacted


@pytest.fixture
def stream() -> io.BytesIO:
    stream = io.BytesIO()
    configure_logs(level="info", stream=stream)
    return stream


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "+86 138 0013 8000",
        "(021) 5555-1234",
        "4111 1111 1111 1111",
        "6222021234567890123",
        "zhang@example.com",
        "Bearer abc.def-ghi",
        "postgresql://chain:hunter2@db",
    ],
)
def test_what_looks_like_a_person_or_a_secret_is_blanked_in_any_text(text: str):
    event = redacted(None, "", {"event": "x", "note": f"before {text} after", "many": [text], "inner": {"deep": text}})
    shown = orjson.dumps(event).decode()
    assert REDACTED in shown
    for part in (text, "hunter2", "abc.def-ghi", "zhang", "8000"):
        if part in text:
            assert part not in shown


@pytest.mark.parametrize(
    "name", ["credential", "session", "pin", "phone", "name", "authorization", "master_key", "request"]
)
def test_what_is_named_like_a_secret_is_blanked_whatever_it_holds(name: str):
    for value in ("x", ["x"], {"x": 1}):
        assert redacted(None, "", {name: value})[name] == REDACTED
        assert redacted(None, "", {"outer": {name: value}})["outer"] == {name: REDACTED}


def test_what_the_program_made_is_written_as_it_is():
    event = {
        "event": "call",
        "rpc": "liansuo.sales.v1.SalesService/Checkout",
        "request_id": "01234567-1234-1234-1234-123456789012",
        "caller": "S01-1",
        "duration_ms": 12.5,
        "bytes_in": 4_111_111,
    }
    assert redacted(None, "", dict(event)) == event


def test_bytes_are_never_written():
    assert redacted(None, "", {"data": b"secret"}) == {"data": REDACTED}


def test_an_event_is_one_line_whatever_it_says(stream: io.BytesIO):
    structlog.get_logger().info("imported", file="a\r\nb\u2028c", store="S01")
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["file"], line["store"]) == ("imported", "info", "a\r\nb\u2028c", "S01")
    assert line["at"].endswith("+00:00")


def test_what_is_below_the_level_is_not_written(stream: io.BytesIO):
    structlog.get_logger().debug("detail")
    assert lines(stream) == []


def raise_chained() -> None:
    try:
        raise KeyError("member 'Zhang San' of 13800138000")
    except KeyError as cause:
        raise ValueError('duplicate key (phone)=(13912345678) of "李四"\nDETAIL: row (7, Li Si)') from cause


def test_an_exception_is_told_by_its_type_its_place_and_no_data(stream: io.BytesIO):
    try:
        raise_chained()
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)
    (line,) = lines(stream)
    assert line["error"] == ["builtins.ValueError: duplicate key … of …", "builtins.KeyError: …"]
    assert line["traceback"][-1].split(" ")[1] == "raise_chained"
    for personal in ("Zhang", "13800138000", "13912345678", "李四", "Li Si", "DETAIL"):
        assert personal not in stream.getvalue().decode()
    assert not any(figure in part for part in (*line["error"], *line["traceback"]) for figure in ("138", "139"))


def test_a_chain_of_causes_has_an_end():
    error = ValueError("0")
    error.__context__ = KeyError("x")
    error.__context__.__context__ = error
    assert len(described(error)) == 5


def test_libraries_write_the_same_lines(stream: io.BytesIO):
    log = logging.getLogger("grpc._cython")
    log.info("not worth a line")
    try:
        raise_chained()
    except ValueError:
        log.exception("Unexpected of +8613800138000")
    (line,) = lines(stream)
    assert (line["event"], line["level"]) == (f"Unexpected of {REDACTED}", "error")
    assert line["traceback"][-1].split(" ")[1] == "raise_chained"
    assert "Zhang" not in stream.getvalue().decode()


def test_an_exception_without_a_text_reaches_the_log():
    class Mute(Exception):
        def __str__(self) -> str:
            raise KeyError("text")

    (line,) = described(Mute())
    assert line.endswith("Mute: (its text cannot be made)")


class Disk(io.BytesIO):
    """Counts flushes; full at will."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.flushes = 0

    def write(self, data: Any) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(data)

    def flush(self) -> None:
        self.flushes += 1
        if self.full:
            raise OSError(28, "No space left on device")


def test_a_full_disk_fails_nobody_and_is_told_when_it_is_over():
    disk = Disk()
    lines = Lines(disk)
    disk.full = True
    for _ in range(3):
        lines.write(b"lost\n")
        lines.flush()
    disk.full = False
    lines.write(b"kept\n")
    lines.flush()
    assert disk.getvalue() == b'{"event":"log lines lost","lost":3}\nkept\n'


def test_on_an_event_loop_all_lines_of_a_turn_are_one_write():
    disk = Disk()
    lines = Lines(disk)

    async def turn() -> None:
        for _ in range(5):
            lines.write(b"line\n")
            lines.flush()
        assert disk.flushes == 0
        await asyncio.sleep(0)
        assert disk.flushes == 1

    asyncio.run(turn())
    lines.flush()
    assert (disk.flushes, disk.getvalue()) == (2, b"line\n" * 5)
