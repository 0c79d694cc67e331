"""New members as they are counted."""

from dataclasses import dataclass
from enum import StrEnum


class GrowthDimension(StrEnum):
    """What new members can be grouped by."""

    STORE = "store"
    DATE = "date"
    SOURCE = "source"
    CHANNEL = "channel"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class NewMembersRow:
    """The new members of one group; what was not grouped by is empty, and so is the store of who joined in none."""

    store_code: str
    business_date: str
    source: str
    channel: str
    campaign_code: str
    members: int
