"""`liansuo relay`: events to a file, each once unless something breaks."""

import json
from pathlib import Path

from tests.entrypoints.cli.journeys import Shell


def test_delivers_what_waits_once(chain_shell: Shell, anywhere: Path):
    assert chain_shell("seed", "--terminals", "t.json").code == 0
    first = chain_shell("relay", "--once", "--to", "events.jsonl")
    second = chain_shell("relay", "--once", "--to", "events.jsonl")
    assert (first.code, first.err) == (0, "3 events delivered: events.jsonl\n")
    assert (second.code, second.err) == (0, "0 events delivered: events.jsonl\n")
    events = [json.loads(line) for line in (anywhere / "events.jsonl").read_text().splitlines()]
    assert [event["topic"] for event in events] == ["GoodsReceived"] * 3
