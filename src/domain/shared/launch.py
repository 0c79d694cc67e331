"""When goods begin to be sold: to everybody, and to members of some tiers before."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class EarlierStart:
    """From when on members of one tier may buy."""

    tier: str
    sale_from: datetime


@dataclass(frozen=True, slots=True)
class Launch:
    """Nobody buys before `sale_from`, except for members of the tiers that begin earlier; instants are inclusive."""

    sale_from: datetime
    earlier: tuple[EarlierStart, ...] = ()

    def begins_for(self, tier: str) -> datetime:
        """From when on a customer of this tier, empty for none, may buy."""
        return min([self.sale_from, *[one.sale_from for one in self.earlier if tier and one.tier == tier]])
