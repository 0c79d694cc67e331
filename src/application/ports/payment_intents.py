"""What the application needs of stored payments that providers take."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.sales.payment import PaymentEvent, PaymentIntent, PaymentRefund, PaymentState
from domain.sales.sale import TenderKind


class ProviderTakings(NamedTuple):
    """What a provider owes the chain in a currency: taken, less given back, not yet settled; minor units."""

    provider: str
    currency: str
    payments: int
    unsettled_minor: int


class Unsettled(NamedTuple):
    """A payment of which the provider has taken or given back more than it has paid out, and by how much."""

    payment_id: int
    kind: TenderKind
    state: PaymentState
    unsettled_minor: int


class Payments(Protocol):
    """Payments by id. Whoever changes one has locked it; they are locked after everything else, in the order of ids."""

    def lock(self, payment_ids: Collection[int]) -> Mapping[int, PaymentIntent]:
        """Locks these payments in one statement; one that does not exist is absent."""

    def lock_key(self, key: str) -> PaymentIntent | None:
        """Locks the payment with this key."""

    def lock_of_sale(self, sale_id: int) -> Sequence[PaymentIntent]:
        """Locks the payments that pay this sale, by the number of the tender."""

    def lock_due(self, *, at: datetime, limit: int) -> Sequence[PaymentIntent]:
        """Locks up to `limit` payments that are due, the longest due first; those that others hold are left to them."""

    def save(self, intents: Collection[PaymentIntent]) -> None:
        """Stores what became of locked payments, in one call."""

    def find(self, payment_id: int) -> PaymentIntent | None:
        """The payment as it is now; nothing is locked."""

    def find_request(self, terminal_id: int, request_id: str) -> PaymentIntent | None:
        """The payment that a terminal started by this request."""

    def history(self, payment_id: int) -> Sequence[PaymentEvent]:
        """What happened to a payment, oldest first."""

    def unfinished(
        self,
        store_ids: Sequence[int] | None,
        *,
        opened_before: datetime,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[PaymentIntent]:
        """Payments opened before this that still are to be dealt with, by the instant of opening; None: all stores."""

    def refunds_to_do(self, payment_ids: Collection[int]) -> Sequence[PaymentRefund]:
        """What is still to be given back of these payments, in the order in which it was asked for."""

    def refund_done(self, refund_ids: Collection[int], *, at: datetime) -> None:
        """The provider has given them back."""

    def is_noticed(self, provider: str, event_id: str) -> bool:
        """Whether this message of a provider has been received before."""

    def lock_unsettled(self, provider: str, store_id: int, currency: str, *, limit: int) -> Sequence[Unsettled]:
        """Locks up to `limit` payments that pay sales of the store and are not settled as they stand, by id."""

    def settle(self, payment_ids: Collection[int]) -> None:
        """What these locked payments hold now is paid out; those that are captured become settled."""

    def takings(self) -> Sequence[ProviderTakings]:
        """What each provider owes, by provider and currency."""
