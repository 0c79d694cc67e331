"""Data keys of members are wrapped anew, and members of before there were any get theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import within
from application.ports.kernel import UnitOfWork
from application.ports.personal_data import WrappingCount

REWRAPPED_AT_ONCE_MAX: Final = 5_000
RESEALED_AT_ONCE_MAX: Final = 500
"""Who changes one of these members waits for the batch: so many take some tenths of a second."""


@dataclass(frozen=True, slots=True)
class RewrapKeys:
    members_max: int = REWRAPPED_AT_ONCE_MAX


@dataclass(frozen=True, slots=True)
class KeysRewrapped:
    """How many data keys one batch has wrapped; repeated until it is 0."""

    members: int


@dataclass(frozen=True, slots=True)
class ResealMembers:
    """Members with ids above `after`."""

    after: int = 0
    members_max: int = RESEALED_AT_ONCE_MAX


@dataclass(frozen=True, slots=True)
class MembersResealed:
    """How many members one batch has given a key, and behind which id the next one begins; None when there is none."""

    members: int
    next: int | None


@dataclass(frozen=True, slots=True)
class GetDataKeys:
    pass


@dataclass(frozen=True, slots=True)
class DataKeyCounts:
    """The version that wraps now, and how many data keys there are under each; under 0 members without one."""

    wrapping_version: int
    counts: Sequence[WrappingCount]


def rewrap_keys(uow: UnitOfWork, command: RewrapKeys) -> KeysRewrapped:
    """Wraps a batch of data keys under the newest key-encryption key; no personal data is read or written.

    What is done is not found again: a run may be stopped anywhere, and begun again beside others.
    """
    limit = within(command.members_max, 1, REWRAPPED_AT_ONCE_MAX, field="members_max")
    return KeysRewrapped(uow.personal_data.rewrap(limit=limit))


def reseal_members(uow: UnitOfWork, command: ResealMembers) -> MembersResealed:
    """Gives a batch of members of before there were data keys one each, and encrypts all their fields under it.

    A member is done as a whole or not at all, and is readable before, meanwhile and after.
    """
    limit = within(command.members_max, 1, RESEALED_AT_ONCE_MAX, field="members_max")
    return MembersResealed(*uow.personal_data.reseal(after=command.after, limit=limit))


def get_data_keys(uow: UnitOfWork, query: GetDataKeys) -> DataKeyCounts:
    """How far wrapping and sealing have come."""
    return DataKeyCounts(uow.keys.wrapping_version, uow.personal_data.wrapping_counts())
