"""Serial numbers of goods: each stands for one piece, which is sold once until it comes back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SerialKind(StrEnum):
    SOLD = "sold"
    RETURNED = "returned"


@dataclass(slots=True)
class SerialEntry:
    """What happened to a piece: its entries are numbered from 1 on, sold and returned in turn.

    `sale_id` and `line_number` are those of the document that did it: the sale, or the refund or void.
    """

    sku_id: int
    serial_number: str
    number: int
    kind: SerialKind
    sale_id: int
    line_number: int
    store_id: int
    posted_at: datetime
