"""Exchanges in SQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, or_, select

from adapters.sql.tables.sales import exchange_tenders, exchanges
from adapters.sql.transaction import Transaction
from application.ports import exchanges as ports
from domain.sales.exchange import Exchange, ExchangeTender

_OF_SALE: Final = select(exchanges).where(exchanges.c.sale_id == bindparam("sale_id"))
_NAMING: Final = (
    select(exchanges)
    .where(
        or_(
            exchanges.c.refund_id == bindparam("document_id"),
            exchanges.c.sale_id == bindparam("document_id"),
            exchanges.c.returned_sale_id == bindparam("document_id"),
        )
    )
    .order_by(exchanges.c.refund_id)
)
_TENDERS: Final = (
    select(exchange_tenders)
    .where(exchange_tenders.c.sale_id == bindparam("sale_id"))
    .order_by(exchange_tenders.c.tender_number)
)


class Exchanges(ports.Exchanges):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of_sale(self, sale_id: int) -> Exchange | None:
        row = self._transaction.execute(_OF_SALE, {"sale_id": sale_id}).one_or_none()
        return None if row is None else Exchange(**row._mapping)

    def naming(self, document_id: int) -> Sequence[Exchange]:
        rows = self._transaction.execute(_NAMING, {"document_id": document_id}).all()
        # Ids of several processes are not in the order of time, but what made a sale was before what came of it.
        return sorted([Exchange(**row._mapping) for row in rows], key=lambda one: one.returned_sale_id == document_id)

    def tenders(self, sale_id: int) -> Sequence[ExchangeTender]:
        return [ExchangeTender(**row._mapping) for row in self._transaction.execute(_TENDERS, {"sale_id": sale_id})]
