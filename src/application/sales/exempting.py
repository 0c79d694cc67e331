"""Sales to buyers who pay no taxes: the certificate that a basket names, and what is kept of it."""

from dataclasses import dataclass

from application.fields import required_code, required_name
from domain.pricing.basket import PricedBasket
from domain.sales.exemption import TaxExemption


@dataclass(frozen=True, slots=True)
class ExemptBuyer:
    """The number of the buyer's certificate, and why no tax is charged, as the books show it."""

    certificate: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExemptionView:
    """A certificate with the tax that was not charged; of a refund it is that of its sale."""

    certificate: str
    reason: str
    exempt_minor: int


def checked_buyer(buyer: ExemptBuyer, *, field: str) -> ExemptBuyer:
    """The buyer as it is kept; raises the refusal of the certificate's number or of the reason: both are required."""
    certificate = required_code(buyer.certificate, field=f"{field}.certificate")
    return ExemptBuyer(certificate, required_name(buyer.reason, field=f"{field}.reason"))


def exemption_of(sale_id: int, buyer: ExemptBuyer, priced: PricedBasket) -> TaxExemption:
    """What is kept of an exempt sale."""
    return TaxExemption(sale_id, buyer.certificate, buyer.reason, priced.exempt_minor)


def exempted_by(buyer: ExemptBuyer | None, priced: PricedBasket) -> ExemptionView | None:
    """The certificate as the sale shows it; None for buyers who have none."""
    return None if buyer is None else ExemptionView(buyer.certificate, buyer.reason, priced.exempt_minor)
