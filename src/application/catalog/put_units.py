"""HQ creates and changes units of measure."""

from dataclasses import dataclass
from typing import Final

from application.catalog.entries import UnitEntry
from application.fields import at_most, named_once, required_code, required_name, within
from application.ports.kernel import UnitOfWork
from domain.catalog.product import Unit
from domain.shared.errors import Rejected

UNITS_MAX: Final = 1_000
DECIMALS_MAX: Final = 3
"""A quantity is an integer in thousandths."""


class TooManyUnits(Rejected):
    en = "The chain would have {count} units of measure; {count_max} are supported."
    zh = "连锁将有 {count} 个计量单位，最多支持 {count_max} 个。"


@dataclass(frozen=True, slots=True)
class PutUnits:
    units: tuple[UnitEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitsPut:
    """How many were new and how many were different before."""

    created: int
    changed: int


def put_units(uow: UnitOfWork, command: PutUnits) -> UnitsPut:
    """Creates or replaces units of measure by code, all or none."""
    entries = _checked(command)
    uow.bump("chain")
    stored = {unit.code: unit for unit in uow.catalog.units()}
    units = [
        Unit(
            stored[entry.code].unit_id if entry.code in stored else uow.new_id(), entry.code, entry.name, entry.decimals
        )
        for entry in entries
    ]
    created = [unit for unit in units if unit.code not in stored]
    changed = [unit for unit in units if unit.code in stored and unit != stored[unit.code]]
    if len(stored) + len(created) > UNITS_MAX:
        raise TooManyUnits("units", count=len(stored) + len(created), count_max=UNITS_MAX)
    uow.catalog.put_units(created + changed)
    if changed:
        # A product is kept in memory together with its unit.
        uow.catalog.mark_products_changed(unit_ids=[unit.unit_id for unit in changed], version=uow.bump("prices"))
    return UnitsPut(len(created), len(changed))


def _checked(command: PutUnits) -> list[UnitEntry]:
    at_most(command.units, UNITS_MAX, field="units")
    entries = [
        UnitEntry(
            required_code(entry.code, field=f"units[{index}].code"),
            required_name(entry.name, field=f"units[{index}].name"),
            within(entry.decimals, 0, DECIMALS_MAX, field=f"units[{index}].decimals"),
        )
        for index, entry in enumerate(command.units)
    ]
    named_once([entry.code for entry in entries], field="units")
    return entries
