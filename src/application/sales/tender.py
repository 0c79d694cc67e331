"""A tender as a terminal sends it."""

from dataclasses import dataclass, field

from domain.sales.sale import TenderKind


@dataclass(frozen=True, slots=True)
class Tender:
    """`amount_minor` is computed for points and required for everything else.

    `gift_card_token` names a gift card that was opened with its PIN; `from_pool` lets points of the member's pool pay
    for what their own do not. `payment_id` names a payment of a provider, which a sale takes for ever. `issuer` is who
    has issued a voucher, empty where all share one series of numbers.
    """

    kind: TenderKind
    amount_minor: int = 0
    points: int = 0
    reference: str = ""
    gift_card_token: str = field(default="", repr=False)
    from_pool: bool = False
    payment_id: int = 0
    issuer: str = ""
