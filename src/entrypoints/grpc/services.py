"""Every service that this system offers; what is not listed here is not served."""

from typing import Final

from entrypoints.grpc import (
    activities,
    care,
    catalog,
    coupons,
    credit,
    finance,
    gift_cards,
    identity,
    inventory,
    loyalty,
    marketing,
    membership,
    pricing,
    privacy,
    rewards,
    sales,
    tiers,
    times_cards,
    wallet,
)

SERVICES: Final = (
    identity.SERVICE,
    catalog.SERVICE,
    pricing.SERVICE,
    coupons.SERVICE,
    membership.SERVICE,
    privacy.SERVICE,
    tiers.SERVICE,
    loyalty.SERVICE,
    wallet.STORED_VALUE,
    gift_cards.SERVICE,
    times_cards.SERVICE,
    credit.SERVICE,
    marketing.DRAWS,
    marketing.EVENTS,
    activities.SERVICE,
    rewards.SERVICE,
    inventory.SERVICE,
    sales.SERVICE,
    finance.SERVICE,
    care.SERVICE,
)
