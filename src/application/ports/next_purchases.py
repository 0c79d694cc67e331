"""What the application needs to tell when members buy again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from application.ports.selection import Selection
from domain.forecasting.next_purchase import Rhythm
from domain.forecasting.purchase_run import MemberPurchase, PurchaseRun


class DueMember(NamedTuple):
    """A member by number, with what is expected of them."""

    member_number: str
    purchase: MemberPurchase


class NextPurchases(Protocol):
    """Members' next purchases, and the run that tells them anew.

    Whoever begins or changes a run has raised the version "next_purchases" before.
    """

    def newest(self) -> PurchaseRun | None:
        """The run that was begun last, of which alone anything is kept."""

    def begin(self, run: PurchaseRun) -> None:
        """Begins a run: the one before and what it learned are forgotten, what it told stays until it is replaced."""

    def change(self, run: PurchaseRun) -> None:
        """Writes how far the run is."""

    def members(self, *, after: int, limit: int, hold: bool) -> Sequence[tuple[int, int | None]]:
        """Up to `limit` members with larger ids and their home stores, in order, without those who refuse `profiling`.

        `hold`: nobody merges or erases them until the end of this transaction.
        """

    def purchase_days(
        self, member_ids: Collection[int], *, first: date, last: date
    ) -> Mapping[int, Mapping[int, Sequence[date]]]:
        """The distinct business dates on which members bought, by department, in order.

        Voided sales are none, nor are lines that cost nothing. What files bought that were merged into a member's is
        the member's. It costs what the period holds.
        """

    def rhythms(self) -> Mapping[int, Rhythm]:
        """What was learned of each department."""

    def learn(self, rhythms: Mapping[int, Rhythm]) -> None:
        """Writes the rhythm of these departments."""

    def replace(self, *, after: int, upto: int | None, purchases: Sequence[MemberPurchase]) -> None:
        """Tells these of the members behind `after` up to `upto` (None: all of them), and of these nothing else."""

    def of_member(self, member_id: int) -> Sequence[MemberPurchase]:
        """What is expected of a member, the earliest first."""

    def due(
        self, department_id: int, selection: Selection, *, after: tuple[date, int] | None, limit: int
    ) -> Sequence[DueMember]:
        """Members of home stores expected on days of a selection, by day and id.

        Without those who refuse `profiling`, and those who refuse marketing wherever they were asked.
        """

    def put(self, purchases: Sequence[MemberPurchase]) -> None:
        """Adds what is expected of members of whom nothing is told in that department."""

    def drop(self, member_ids: Collection[int]) -> None:
        """Forgets what is expected of members until it is told anew."""
