"""Which row dataclass of the domain is stored in which table; fields and columns have the same names."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table

from adapters.sql.tables import finance, inventory, kernel, loyalty, sales
from domain.finance.journal import JournalEntry, Posting
from domain.inventory.stock import StockMovement
from domain.loyalty.ledger import PointsEntry, PointsLot
from domain.sales.sale import Sale, SaleLine, SaleTender


@dataclass(slots=True)
class OutboxEvent:
    """An event that waits for delivery; see outbox.py."""

    event_id: int
    topic: str
    subject_id: int
    payload: Any
    occurred_at: datetime
    published_at: datetime | None = None


TABLES: Final[dict[type, Table]] = {
    Sale: sales.sales,
    SaleLine: sales.sale_lines,
    SaleTender: sales.sale_tenders,
    StockMovement: inventory.stock_movements,
    PointsLot: loyalty.points_lots,
    PointsEntry: loyalty.points_entries,
    JournalEntry: finance.journal_entries,
    Posting: finance.postings,
    OutboxEvent: kernel.outbox,
}
"""In the order in which they are written."""


def check_rows() -> None:
    """Raises TypeError when the fields of a row class are not the columns of its table, in order."""
    for row_class, table in TABLES.items():
        names = [field.name for field in fields(row_class)]
        columns = [column.name for column in table.columns]
        if names != columns:
            raise TypeError(f"{row_class.__name__} has fields {names}, {table.name} has columns {columns}")


check_rows()
