"""What the application needs to know of exchanges."""

from collections.abc import Sequence
from typing import Protocol

from domain.sales.exchange import Exchange, ExchangeTender


class Exchanges(Protocol):
    def of_sale(self, sale_id: int) -> Exchange | None:
        """The exchange by which the goods of this sale went out; None for every other sale."""

    def naming(self, document_id: int) -> Sequence[Exchange]:
        """The exchanges that this document is part of, as what goods came back from, what took them or what went out.

        Oldest first: those of a sale that an exchange has made begin with that one.
        """

    def tenders(self, sale_id: int) -> Sequence[ExchangeTender]:
        """What had really been paid by the tenders of a sale that are of the kind EXCHANGE, by their numbers."""
