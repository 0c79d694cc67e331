"""Which commands make up a batch."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from application.group_commit import GroupCommitter
from application.transactor import Answer

SECONDS_MAX = 10


class Transactor:
    """Answers every command with its own name; the first batch takes until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = threading.Event()
        self.go = threading.Event()

    def execute_batch(self, use_case: object, calls: Sequence[str], encode: object) -> list[Answer]:
        self.batches.append(list(calls))
        self.begun.set()
        assert self.go.wait(SECONDS_MAX)
        return [Answer(call.encode()) for call in calls]


@pytest.fixture
def transactor() -> Transactor:
    return Transactor()


@pytest.fixture
def answers() -> list[tuple[str, bytes]]:
    return []


@pytest.fixture
def committer(transactor: Any, answers: list[tuple[str, bytes]]) -> Iterator[GroupCommitter[str, str]]:
    """A committer of batches of up to eight that is busy with a batch of its own."""

    def answered(pairs: Sequence[tuple[str, Answer]]) -> None:
        answers.extend((token, answer.payload) for token, answer in pairs)

    made: GroupCommitter[Any, str] = GroupCommitter(
        transactor, lambda uow, calls: [], lambda result: b"", answered, name="test", batch_commands_max=8
    )
    submit(made, "first")
    assert transactor.begun.wait(SECONDS_MAX)
    yield made
    transactor.go.set()
    made.close()


def submit(committer: GroupCommitter[Any, str], *names: str, urgent: bool = True) -> None:
    committer.submit([(name, name) for name in names], urgent=urgent)  # type: ignore[misc]  # a name stands for a call


def test_what_arrives_meanwhile_is_the_next_batch_in_this_order(committer, transactor, answers):
    submit(committer, "a", "b")
    submit(committer, "c")
    assert committer.waiting() == 3
    transactor.go.set()
    committer.close()
    assert transactor.batches == [["first"], ["a", "b", "c"]]
    assert answers == [(name, name.encode()) for name in ("first", "a", "b", "c")]


def test_who_stands_at_the_till_overtakes_an_upload(committer, transactor):
    submit(committer, *(f"u{number}" for number in range(12)), urgent=False)
    submit(committer, "a", "b")
    transactor.go.set()
    committer.close()
    assert transactor.batches == [
        ["first"],
        ["a", "b", "u0", "u1", "u2", "u3", "u4", "u5"],
        ["u6", "u7", "u8", "u9", "u10", "u11"],
    ]


def test_an_upload_gets_a_quarter_of_every_batch_however_busy_the_tills_are(committer, transactor):
    submit(committer, "u0", "u1", "u2", urgent=False)
    submit(committer, *(f"a{number}" for number in range(10)))
    transactor.go.set()
    committer.close()
    assert transactor.batches == [
        ["first"],
        ["a0", "a1", "a2", "a3", "a4", "a5", "u0", "u1"],
        ["a6", "a7", "a8", "a9", "u2"],
    ]


def test_a_closed_committer_takes_nothing(committer, transactor):
    transactor.go.set()
    committer.close()
    with pytest.raises(RuntimeError, match="closed"):
        submit(committer, "late")
