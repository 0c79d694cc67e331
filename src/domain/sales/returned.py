"""Why goods came back and in what condition: line by line, beside the refund that took them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Condition(StrEnum):
    """Where goods that came back go: into stock again, to be written off, or aside until their supplier takes them."""

    TO_STOCK = "to_stock"
    SCRAP = "scrap"
    TO_SUPPLIER = "to_supplier"


@dataclass(frozen=True, slots=True)
class ReturnReason:
    """A reason that head office lets cashiers choose; one that is `retired` stays readable where it was given."""

    code: str
    name_en: str
    name_zh: str
    retired: bool = False


@dataclass(slots=True)
class ReturnedLine:
    """A line of a refund with its reason, which may be empty, and what became of the goods.

    `condition` is None where nothing came back that stands in stock. Quantity (thousandths), total with tax and cost
    are those of the line with the sign turned: above zero for what came back.
    """

    sale_id: int
    line_number: int
    store_id: int
    business_date: date
    sku_id: int
    reason_code: str
    condition: Condition | None
    quantity_milli: int
    total_minor: int
    cost_minor: int
