from dataclasses import replace

import pytest

from adapters.sql.tables import pricing
from application.fields import EmptyPeriod, InvalidDate, Missing, NamedTwice, OutOfRange
from application.pricing.entries import TaxEntry
from application.pricing.put_taxes import PutTaxes, TaxesPut, UnknownRegion, put_taxes
from application.pricing.queries import ListTaxes, list_taxes

VAT13 = TaxEntry("VAT13", "VAT 13 %", "standard", 130_000)
LOCAL = TaxEntry("LOCAL", "Local tax", "standard", 5_000, "EAST", "2025-01-01", "2026-01-01")


def test_creates_and_changes_taxes(chain):
    assert chain.write(put_taxes, PutTaxes((VAT13, LOCAL))) == TaxesPut(created=2, changed=0)
    vat12 = replace(VAT13, rate_ppm=120_000)
    assert chain.write(put_taxes, PutTaxes((vat12, LOCAL))) == TaxesPut(created=0, changed=1)
    assert chain.read(list_taxes, ListTaxes()).taxes == [LOCAL, vat12]
    assert chain.version("chain") == 2


@pytest.mark.parametrize(
    ("tax", "refusal", "field"),
    [
        (replace(LOCAL, rate_ppm=-1), OutOfRange, "taxes[1].rate_ppm"),
        (replace(LOCAL, rate_ppm=1_000_001), OutOfRange, "taxes[1].rate_ppm"),
        (replace(LOCAL, region_code="NORTH"), UnknownRegion, "taxes[1].region_code"),
        (replace(LOCAL, from_date="2025-02-30"), InvalidDate, "taxes[1].from_date"),
        (replace(LOCAL, until_date="20260101"), InvalidDate, "taxes[1].until_date"),
        (replace(LOCAL, until_date="2025-01-01"), EmptyPeriod, "taxes[1].until_date"),
        (replace(LOCAL, tax_category=""), Missing, "taxes[1].tax_category"),
        (VAT13, NamedTwice, "taxes[1].code"),
    ],
)
def test_refuses_the_whole_request_for_one_bad_tax(chain, tax, refusal, field):
    with pytest.raises(refusal) as refused:
        chain.write(put_taxes, PutTaxes((VAT13, tax)))
    assert refused.value.field == field
    assert chain.rows(pricing.taxes) == []
    assert chain.version("chain") == 0
