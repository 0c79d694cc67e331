"""Where the stored value of members was paid in, so that it is known whose it was when it is spent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.finance.settlement import SettlementKind, SettlementMovement
from domain.shared.money import allocate


class ValueMove(StrEnum):
    """What an entry of stored value does with it; reasons that move nothing are none of these."""

    PAID_IN = "paid_in"
    SPENT = "spent"
    RETURNED = "returned"
    HANDED_OUT = "handed_out"
    HANDED_IN = "handed_in"
    PAID_OUT = "paid_out"


@dataclass(slots=True)
class PaidIn:
    """What is left of one payment into stored value, or of what of it has moved: owed by the store that took it.

    `entry_id` is the entry that brought it to this member.
    """

    entry_id: int
    store_id: int
    member_id: int
    currency: str
    paid_at: datetime
    principal_minor: int
    bonus_minor: int


@dataclass(frozen=True, slots=True)
class ValueEntry:
    """An entry of stored value; amounts below zero were taken. `document_id` is as in SettlementMovement."""

    entry_id: int
    member_id: int
    currency: str
    move: ValueMove
    principal_minor: int
    bonus_minor: int
    document_id: int
    store_id: int
    posted_at: datetime


class PaidInLedger:
    """Follows entries through what was paid in: what was paid in first is spent first, principal and bonus each.

    `left` is what earlier periods have left, `settled` the movements of earlier periods by the sales that refunds may
    give back. `changed` are the payments in that are new or moved, `movements` who owes whom.
    """

    def __init__(
        self,
        left: Sequence[PaidIn],
        settled: Mapping[int, Sequence[SettlementMovement]],
        *,
        settlement_id: int,
    ) -> None:
        self._left: dict[tuple[int, str], list[PaidIn]] = {}
        self._of_sale = {document_id: list(found) for document_id, found in settled.items()}
        self._settlement_id = settlement_id
        self._handed: dict[tuple[int, str], dict[int, tuple[int, int]]] = {}
        self.changed: dict[tuple[int, int], PaidIn] = {}
        self.movements: list[SettlementMovement] = []
        for one in sorted(left, key=_age):
            self._left.setdefault((one.member_id, one.currency), []).append(one)

    def follow(self, entries: Sequence[ValueEntry]) -> None:
        """Takes entries in their order, what was paid in before everything else.

        Their instants are those of requests, which may have waited: money is there before it is spent all the same.
        """
        for entry in sorted(entries, key=lambda one: (one.move is not ValueMove.PAID_IN, one.posted_at, one.entry_id)):
            if entry.move is ValueMove.PAID_IN:
                self._bring(entry, entry.store_id, entry.principal_minor, entry.bonus_minor)
            elif entry.move is ValueMove.RETURNED:
                self._give_back(entry)
            elif entry.move is ValueMove.HANDED_OUT:
                # A merge hands on every currency in one document.
                self._handed[entry.document_id, entry.currency] = self._taken(entry)
            elif entry.move is ValueMove.HANDED_IN:
                for store_id, (principal, bonus) in self._handed.pop((entry.document_id, entry.currency)).items():
                    self._bring(entry, store_id, principal, bonus)
            else:
                self._spend(entry)

    def _bring(self, entry: ValueEntry, store_id: int, principal: int, bonus: int) -> None:
        one = PaidIn(entry.entry_id, store_id, entry.member_id, entry.currency, entry.posted_at, principal, bonus)
        self._left.setdefault((one.member_id, one.currency), []).append(one)
        self.changed[one.entry_id, store_id] = one

    def _spend(self, entry: ValueEntry) -> None:
        """Who took the money owes what was paid with it; of a bonus that is taken back, nobody owes anything."""
        for store_id, (principal, bonus) in self._taken(entry).items():
            amount = principal + (bonus if entry.move is ValueMove.SPENT else 0)
            self._move(entry, store_id, amount, principal, bonus)

    def _give_back(self, entry: ValueEntry) -> None:
        """To those who owed it, in the proportion of what of the sale has not come back yet."""
        of_sale = self._of_sale.get(entry.document_id, [])
        left: dict[int, list[int]] = {}
        for movement in of_sale:
            owed = left.setdefault(movement.issuer_id, [0, 0])
            owed[0] += movement.liability_minor
            owed[1] += movement.bonus_minor
        # A sale that is not settled yet will be: until then the store that refunds owes what it has given back.
        stores = sorted(left) or [entry.store_id]
        # Below zero is what a store gave back before the sale was settled: it has it already.
        principals = allocate(entry.principal_minor, [max(left[one][0], 0) if left else 0 for one in stores])
        bonuses = allocate(entry.bonus_minor, [max(left[one][1], 0) if left else 0 for one in stores])
        for store_id, principal, bonus in zip(stores, principals, bonuses, strict=True):
            if principal or bonus:
                self._bring(entry, store_id, principal, bonus)
                self._move(entry, store_id, -principal - bonus, -principal, -bonus)

    def _move(self, entry: ValueEntry, issuer_id: int, amount: int, principal: int, bonus: int) -> None:
        movement = SettlementMovement(
            SettlementKind.STORED_VALUE, entry.entry_id, issuer_id, self._settlement_id, entry.document_id,
            entry.store_id, entry.currency, amount, principal, bonus,
        )  # fmt: skip
        self.movements.append(movement)
        self._of_sale.setdefault(entry.document_id, []).append(movement)

    def _taken(self, entry: ValueEntry) -> dict[int, tuple[int, int]]:
        """(principal, bonus) by the store that owes it; what nobody is known to have taken in is the store's own."""
        taken: dict[int, tuple[int, int]] = {}
        principal, bonus = -entry.principal_minor, -entry.bonus_minor
        for one in self._left.get((entry.member_id, entry.currency), ()):
            of_principal, of_bonus = min(principal, one.principal_minor), min(bonus, one.bonus_minor)
            if of_principal or of_bonus:
                one.principal_minor -= of_principal
                one.bonus_minor -= of_bonus
                principal, bonus = principal - of_principal, bonus - of_bonus
                before = taken.get(one.store_id, (0, 0))
                taken[one.store_id] = before[0] + of_principal, before[1] + of_bonus
                self.changed[one.entry_id, one.store_id] = one
            if not principal and not bonus:
                break
        if principal or bonus:
            before = taken.get(entry.store_id, (0, 0))
            taken[entry.store_id] = before[0] + principal, before[1] + bonus
        return taken


def _age(one: PaidIn) -> tuple[datetime, int, int]:
    return one.paid_at, one.entry_id, one.store_id
