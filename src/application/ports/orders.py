"""What the application needs of customers' orders."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.sales.order import Order, OrderEvent, OrderLine, OrderPayment


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order with all that belongs to it: events, payments and lines in their order.

    `skus` names the products of its lines by id; `member_number` is that of the file to which its member leads now.
    """

    order: Order
    lines: Sequence[OrderLine]
    events: Sequence[OrderEvent]
    payments: Sequence[OrderPayment]
    skus: Mapping[int, str]
    member_number: str


class Orders(Protocol):
    """Orders with their lines, events and payments."""

    def lock(self, order_id: int) -> Order | None:
        """The order, locked, before anything else that its use cases lock; None when there is none."""

    def find(self, order_id: int) -> StoredOrder | None:
        """The order with all that belongs to it."""

    def count_events(self, order_id: int) -> int:
        """How many entries the timeline of a locked order has."""

    def move(self, order: Order) -> None:
        """Writes the state of a locked order, what is paid of it, and its sale."""

    def deposits_of_sales(self, sale_ids: Collection[int]) -> Mapping[int, Sequence[OrderPayment]]:
        """By sale of an order the payments that it has used up, in their order; other sales have none."""

    def list_orders(
        self,
        *,
        store_ids: Collection[int] | None,
        member_id: int | None,
        open_only: bool,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[tuple[Order, str]]:
        """Up to `limit` orders with their members' numbers, newest first, those older than (placed_at, order id).

        None as `store_ids` means all stores.
        """
