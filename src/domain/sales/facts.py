"""What a sale was priced from, where its lines do not say it all; written with the sale and never changed."""

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class SaleFacts:
    """`facts` is a document of domain.pricing.facts; `promotions_version` is that of the book of promotions then."""

    sale_id: int
    engine_version: int
    promotions_version: int
    facts: Any
