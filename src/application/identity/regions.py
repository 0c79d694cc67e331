"""Regions: groups of stores that are managed together."""

from dataclasses import dataclass
from typing import Final

from application.fields import at_most, named_once, optional_name, required_code
from application.identity.bounds import BeyondOwnScope
from application.identity.views import RegionView
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import WHOLE_CHAIN, Region, Scope, ScopeKind
from domain.shared.errors import Rejected

REGIONS_AT_ONCE_MAX: Final = 500
REGIONS_MAX: Final = 1_000
"""All regions fit one answer of ListRegions."""


class TooManyRegions(Rejected):
    en = "A chain has at most {regions_max} regions."
    zh = "一个连锁最多 {regions_max} 个区域。"


@dataclass(frozen=True, slots=True)
class PutRegions:
    regions: tuple[RegionView, ...]


@dataclass(frozen=True, slots=True)
class RegionsPut:
    """`changed` counts the regions that are now different from before."""

    created: int
    changed: int


def put_regions(uow: UnitOfWork, command: PutRegions) -> RegionsPut:
    """Creates regions, and renames those whose code exists.

    New ones are made by callers of the whole chain; a caller bounded by a region may rename that one.
    """
    asked = _checked(command)
    uow.bump("chain")
    known = uow.identity.regions([view.code for view in asked])
    added, changed = [], []
    for place, view in enumerate(asked):
        region = known.get(view.code)
        scope = WHOLE_CHAIN if region is None else Scope(ScopeKind.REGION, region.region_id)
        if not uow.caller.manages(scope):
            raise BeyondOwnScope(f"regions[{place}].code")
        if region is None:
            added.append(Region(uow.new_id(), view.code, view.name))
        elif region.name != view.name:
            changed.append(Region(region.region_id, view.code, view.name))
    if added and uow.identity.count_regions() + len(added) > REGIONS_MAX:
        raise TooManyRegions("regions", regions_max=REGIONS_MAX)
    uow.identity.put_regions([*added, *changed])
    return RegionsPut(created=len(added), changed=len(changed))


def _checked(command: PutRegions) -> list[RegionView]:
    at_most(command.regions, REGIONS_AT_ONCE_MAX, field="regions")
    named_once((view.code for view in command.regions), field="regions")
    return [
        RegionView(
            code=required_code(view.code, field=f"regions[{place}].code"),
            name=optional_name(view.name, field=f"regions[{place}].name"),
        )
        for place, view in enumerate(command.regions)
    ]
