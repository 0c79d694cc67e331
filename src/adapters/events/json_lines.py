"""Events as lines of JSON in a file, for whatever reads files."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import orjson

from application.ports import events
from application.ports.events import Event


class JsonLines(events.EventSink):
    """Appends one line per event; what was delivered is on disk.

    A line that a crash cut short is left as it is, its event comes again: readers skip what is no JSON.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def deliver(self, events: Sequence[Event]) -> None:
        lines = b"".join([orjson.dumps(asdict(event)) + b"\n" for event in events])
        created = not self._path.exists()
        with self._path.open("ab+") as file:
            if not _ends_a_line(file.fileno()):
                lines = b"\n" + lines
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        if created:
            _sync_folder(self._path.parent)


def _ends_a_line(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def _sync_folder(folder: Path) -> None:
    """The name of a new file must survive a power cut as well as its content."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
