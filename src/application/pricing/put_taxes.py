"""HQ creates and changes taxes."""

from dataclasses import dataclass
from typing import Final

from application.fields import at_most, in_order, named_once, optional_date, required_code, required_name, within
from application.ports.kernel import UnitOfWork
from application.pricing.entries import TaxEntry
from application.pricing.price_scope import check_tax
from domain.pricing.tax import MILLION, Tax
from domain.shared.errors import NotFound, Rejected

TAXES_MAX: Final = 1_000
"""All of them are kept in memory."""


class TooManyTaxes(Rejected):
    en = "The chain would have {count} taxes; {count_max} are supported."
    zh = "连锁将有 {count} 个税种，最多支持 {count_max} 个。"


class UnknownRegion(NotFound):
    en = "There is no region “{region_code}”."
    zh = "没有区域“{region_code}”。"


@dataclass(frozen=True, slots=True)
class PutTaxes:
    taxes: tuple[TaxEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxesPut:
    """How many were new and how many were different before."""

    created: int
    changed: int


def put_taxes(uow: UnitOfWork, command: PutTaxes) -> TaxesPut:
    """Creates or replaces taxes by code, all or none; sales already made keep the taxes that they had.

    Raises TaxOutsideScope, UnknownRegion and TooManyTaxes.
    """
    at_most(command.taxes, TAXES_MAX, field="taxes")
    for index, entry in enumerate(command.taxes):
        required_code(entry.code, field=f"taxes[{index}].code")
    named_once([entry.code for entry in command.taxes], field="taxes")
    uow.refresh()
    uow.bump("chain")
    stored = {tax.code: tax for tax in uow.pricing.taxes()}
    taxes = [_tax(uow, entry, stored.get(entry.code), f"taxes[{index}]") for index, entry in enumerate(command.taxes)]
    for index, tax in enumerate(taxes):
        if (before := stored.get(tax.code)) is not None:
            check_tax(uow, before, field=f"taxes[{index}].code")
        check_tax(uow, tax, field=f"taxes[{index}].region_code")
    created = [tax for tax in taxes if tax.code not in stored]
    changed = [tax for tax in taxes if stored.get(tax.code, tax) != tax]
    if len(stored) + len(created) > TAXES_MAX:
        raise TooManyTaxes("taxes", count=len(stored) + len(created), count_max=TAXES_MAX)
    uow.pricing.put_taxes(created + changed)
    return TaxesPut(len(created), len(changed))


def _tax(uow: UnitOfWork, entry: TaxEntry, stored: Tax | None, field: str) -> Tax:
    from_date = optional_date(entry.from_date, field=f"{field}.from_date")
    until_date = optional_date(entry.until_date, field=f"{field}.until_date")
    in_order(from_date, until_date, field=f"{field}.until_date")
    region_ids = {region.code: region.region_id for region in uow.chain.regions.values()}
    if entry.region_code and entry.region_code not in region_ids:
        raise UnknownRegion(f"{field}.region_code", region_code=entry.region_code)
    return Tax(
        tax_id=stored.tax_id if stored else uow.new_id(),
        code=entry.code,
        name=required_name(entry.name, field=f"{field}.name"),
        tax_category=required_code(entry.tax_category, field=f"{field}.tax_category"),
        rate_ppm=within(entry.rate_ppm, 0, MILLION, field=f"{field}.rate_ppm"),
        region_id=region_ids.get(entry.region_code),
        from_date=from_date,
        until_date=until_date,
    )
