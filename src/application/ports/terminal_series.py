"""What the application needs to find gaps and repetitions in the receipt numbers of terminals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from application.ports.selection import Selection
from domain.sales.series import Installation


@dataclass(frozen=True, slots=True)
class NumberedTerminal:
    """A terminal, and what numbered sales it made in the period.

    `before` is the highest number below `first_sequence` that is stored, 0 for none.
    """

    terminal_id: int
    terminal_code: str
    store_code: str
    sales: int
    before: int
    first_sequence: int
    last_sequence: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Two sales of a terminal that follow one another by number, and do not by one."""

    terminal_id: int
    sequence: int
    sale_id: int
    next_sequence: int
    next_sale_id: int


class TerminalSeries(Protocol):
    def terminals(self, selection: Selection, *, after: str | None, limit: int) -> Sequence[NumberedTerminal]:
        """Terminals that made numbered sales in the selection, by code, those after the code `after`."""

    def neighbours(self, terminals: Sequence[NumberedTerminal], *, limit: int) -> Sequence[Neighbours]:
        """Up to `limit` gaps and repetitions between the first and the last numbers of these terminals, in order.

        `terminals` is not empty. Sales of other periods and stores are seen too: what is stored is not missing, and a
        number may be repeated years later.
        """

    def installations(
        self, terminals: Sequence[NumberedTerminal], selection: Selection
    ) -> Sequence[tuple[int, Installation]]:
        """The installations by which these terminals made the sales of the selection, each with the terminal's id."""
