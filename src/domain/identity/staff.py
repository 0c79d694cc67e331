"""The staff: who may work where, the PIN, and the lock after wrong PINs."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from domain.identity.organisation import Scope, Store
from domain.shared.errors import Invalid

PIN_DIGITS_MIN, PIN_DIGITS_MAX = 4, 12
WRONG_PINS_MAX: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
SESSION_LASTS: Final = timedelta(hours=12)


class InvalidPin(Invalid):
    en = "A PIN has {digits_min} to {digits_max} digits."
    zh = "PIN 须为 {digits_min} 至 {digits_max} 位数字。"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person who signs in at terminals; without `pin_hash` they cannot yet.

    `failed_attempts` counts wrong PINs since the last right one or the last lock.
    """

    staff_id: int
    code: str
    name: str
    role_id: int
    scope: Scope
    active: bool
    pin_hash: str | None = None
    failed_attempts: int = 0
    locked_until: datetime | None = None

    def may_work_in(self, store: Store) -> bool:
        return self.active and self.scope.holds(store)

    def locked_minutes(self, *, now: datetime) -> int:
        """For how many more minutes, begun ones included, nobody may sign in as this person; 0 when not locked."""
        if self.locked_until is None:
            return 0
        return max(0, ceil((self.locked_until - now) / timedelta(minutes=1)))

    def after_wrong_pin(self, *, now: datetime) -> "StaffMember":
        """One wrong PIN more; the one that reaches WRONG_PINS_MAX locks, and counting starts again after the lock."""
        if self.failed_attempts + 1 < WRONG_PINS_MAX:
            return replace(self, failed_attempts=self.failed_attempts + 1)
        return replace(self, failed_attempts=0, locked_until=now + LOCKED_FOR)

    def unlocked(self) -> "StaffMember":
        """After a right PIN, or with a new one: no wrong PIN counts any more."""
        return replace(self, failed_attempts=0, locked_until=None)


def checked_pin(pin: str, *, field: str) -> str:
    """The PIN as it is. Raises InvalidPin."""
    if not (PIN_DIGITS_MIN <= len(pin) <= PIN_DIGITS_MAX and pin.isascii() and pin.isdigit()):
        raise InvalidPin(field, digits_min=PIN_DIGITS_MIN, digits_max=PIN_DIGITS_MAX)
    return pin
