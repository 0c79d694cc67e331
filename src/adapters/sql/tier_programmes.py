"""Versions of the tier programme, as they are read."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row, select

from adapters.sql.tables.tiers import tier_programmes
from application.ports.tiers import StoredProgramme
from domain.membership.tier import CardType, Downgrade, MembershipPlan, Tier, TierBenefit, TierProgramme, TierWindow

NEWEST_PROGRAMME: Final = select(tier_programmes).order_by(tier_programmes.c.version.desc()).limit(1)


def stored_programme(row: Row[Any] | None) -> StoredProgramme | None:
    """A version of the programme as its row tells it; None without a row."""
    return None if row is None else StoredProgramme(row.version, _programme(row.terms), row.put_at)


def _programme(terms: Mapping[str, Any]) -> TierProgramme:
    return TierProgramme(
        **{
            **terms,
            "tiers": tuple([Tier(**tier) for tier in terms["tiers"]]),
            "window": TierWindow(terms["window"]),
            "downgrade": Downgrade(terms["downgrade"]),
            "benefits": tuple([TierBenefit(**{**one, "tiers": tuple(one["tiers"])}) for one in terms["benefits"]]),
            # Versions of before card types have none.
            "card_types": tuple(
                [CardType(**{**one, "tiers": tuple(one["tiers"])}) for one in terms.get("card_types", ())]
            ),
            "plans": tuple([MembershipPlan(**one) for one in terms.get("plans", ())]),
        }
    )
