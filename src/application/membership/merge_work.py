"""A merge at work, and its undoing: what every part of it reads and fills in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from application.ports.kernel import UnitOfWork
from application.ports.merges import FileState
from domain.identity.organisation import Store
from domain.membership.merge import MemberMerge, MergeTier


@dataclass(slots=True)
class Merging:
    """A merge at work, both accounts and files locked: booked in `store` on `on`, as the document `merge_id`.

    `locked` are the members whose accounts of points are locked, the owners of their pools too.
    Parts fill in what they brought: `points`, what became known of the survivor (`filled`), and the entry of the tier's
    history, 0 for none.
    """

    uow: UnitOfWork
    merge_id: int
    survivor: FileState
    merged: FileState
    store: Store
    on: date
    locked: frozenset[int]
    tier_rule: MergeTier
    points: int = 0
    tier_number: int = 0
    filled: list[str] = field(default_factory=list)

    @property
    def document_id(self) -> int:
        return self.merge_id


@dataclass(slots=True)
class Undoing:
    """A merge that is being undone by the document `undo_id`; the file is open again, both are locked."""

    uow: UnitOfWork
    merge: MemberMerge
    undo_id: int
    survivor: FileState
    merged: FileState
    store: Store
    on: date
    locked: frozenset[int]

    @property
    def document_id(self) -> int:
        return self.undo_id


class Part(NamedTuple):
    """What one module moves, and how it goes back."""

    move: Callable[[Merging], None]
    move_back: Callable[[Undoing], None]
