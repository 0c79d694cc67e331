from datetime import UTC, datetime
from pathlib import Path

import orjson

from adapters.events.json_lines import JsonLines
from application.ports.events import Event

FIRST, SECOND = (
    Event(number, "SaleCompleted", 7, {"店": "一号店\n", "total_minor": 9_500}, datetime(2026, 11, 22, 4, tzinfo=UTC))
    for number in (1, 2)
)


def test_each_event_is_a_line_and_lines_are_only_added(tmp_path: Path):
    path = tmp_path / "events.jsonl"
    JsonLines(path).deliver([FIRST])
    JsonLines(path).deliver([SECOND])
    assert [orjson.loads(line) for line in path.read_bytes().splitlines()] == [
        {
            "event_id": number,
            "topic": "SaleCompleted",
            "subject_id": 7,
            "payload": {"店": "一号店\n", "total_minor": 9_500},
            "occurred_at": "2026-11-22T04:00:00+00:00",
        }
        for number in (1, 2)
    ]


def test_a_line_that_a_crash_cut_short_does_not_spoil_the_next_one(tmp_path: Path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event_id":1,"top')
    JsonLines(path).deliver([FIRST])
    cut, whole = path.read_bytes().splitlines()
    assert cut == b'{"event_id":1,"top'
    assert orjson.loads(whole)["event_id"] == 1
