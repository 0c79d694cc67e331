"""What the application needs to know about the chain and its callers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from application.policies import Policies, policies_for
from domain.identity.organisation import Region, ScopeKind, Store
from domain.pricing.price_list import PriceList
from domain.pricing.tax import Tax


@dataclass(frozen=True)
class Chain:
    """The small, slowly changing facts of the chain at one version, shared by all requests of a process."""

    version: int
    stores: Mapping[int, Store]
    regions: Mapping[int, Region]
    settings: Mapping[tuple[str, ScopeKind, int], str]
    price_lists: Mapping[int, PriceList]
    taxes: Sequence[Tax]
    departments: Mapping[int, str]
    caller_codes: Mapping[int, str]
    staff_codes: Mapping[int, str]
    store_ids: Mapping[str, int] = field(default_factory=dict)
    _policies: dict[int, Policies] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.store_ids:
            object.__setattr__(self, "store_ids", {store.code: store.store_id for store in self.stores.values()})

    def policies(self, store_id: int) -> Policies:
        """The settings that hold in a store, worked out once per version."""
        found = self._policies.get(store_id)
        if found is None:
            region_id = self.stores[store_id].region_id
            found = self._policies[store_id] = policies_for(self.settings, store_id=store_id, region_id=region_id)
        return found


class Identity(Protocol):
    """Regions, stores, callers, staff, roles and settings. Changes bump the chain's version at commit."""

    def terminal_sequence_used(self, caller_id: int, receipt_number: str) -> bool:
        """Whether the terminal has already stored a sale under this receipt number."""


class Clock(Protocol):
    def __call__(self) -> datetime:
        """The present instant, aware, UTC."""
