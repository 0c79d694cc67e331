"""How much of a sale is given back, and how late, before a second person has to agree."""

from application.sales.reversal import Reversal
from application.sales.views import SaleView


def beyond_limits(work: Reversal, refund: SaleView) -> bool:
    """Whether the sale is too long ago, or what it has given back with this refund is too much, by the settings.

    All refunds of a sale count together, so that splitting one gains nothing.
    """
    sold, policies = work.original.sale, work.policies
    given_back = -refund.total_minor - sum(document.sale.total_minor for document in work.earlier)
    too_much = 0 < policies.refund_amount_max < given_back
    too_late = 0 < policies.refund_days_max < (work.on - sold.business_date).days
    return too_much or too_late
