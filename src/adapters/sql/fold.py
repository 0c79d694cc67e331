"""How a balance follows from what was recorded."""

from dataclasses import dataclass

from sqlalchemy import Table


@dataclass(frozen=True, slots=True)
class Fold:
    """How deltas, themselves rows of the table, move the row with the same key.

    `summed` columns are added; `replaced` columns are overwritten where the delta has them, that is where the last of
    them is not zero.
    """

    row_class: type
    table: Table
    key: tuple[str, ...]
    summed: tuple[str, ...]
    replaced: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What of a delta counts."""
        return (*self.key, *self.summed, *self.replaced)
