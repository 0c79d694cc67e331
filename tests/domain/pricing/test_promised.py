import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.basket import LineRequest, Manual, Named, Override, TerminalPriced, price_lines
from domain.pricing.promised import considered_of, documents_of
from domain.pricing.promoting import Promoting
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax, TaxRounding
from tests.domain.pricing.pools import ANY, often, roundings, situation, some_of, stackings

VAT13 = Tax(1, "VAT13", "VAT", "standard", 130_000, None, None, None)


def some_line(sku, units, price, floor, kind):
    line = LineRequest(
        1, units, price, price * 11 // 10, "GOLD", "Gold members", True, (VAT13,), (), None, sku,
        frozenset({"drinks" if sku in "ab" else "food", "all"}), floor_minor=price * units * floor // 100_000,
    )  # fmt: skip
    match kind:
        case "manual":
            return replace(line, manual=(Manual("Scratch", 333, 0),))
        case "named":
            return replace(line, override=Override(price * 9 // 10, "Box"))
        case "terminal":
            return replace(line, terminal=TerminalPriced(500, (Named("till", "Till", 1),)))
    return line


lines = st.lists(
    st.builds(
        some_line,
        st.sampled_from("abcd"),
        st.sampled_from([1_000, 2_000, 3_000, 1_500]),
        st.sampled_from([0, 1, 99, 250, 333, 1_999]),
        st.sampled_from([0, 0, 50, 100]),
        st.sampled_from(["", "", "", "manual", "named", "terminal"]),
    ),
    min_size=1,
    max_size=5,
)
off = st.sampled_from([(), (Manual("Opening", 500, 0),)])


@often
@given(lines, some_of(ANY), some_of(ANY), stackings, roundings, st.sampled_from(TaxRounding), off)
def test_what_was_promised_prices_the_same_whatever_holds_now(lines, then, now, stacking, rounding, tax_rounding, off):
    def price(promotions, promised=None, of=lines):
        promoting = Promoting(PromotionBook(promotions), situation(), stacking)
        return price_lines(
            of, basket_discounts=off, tax_rounding=tax_rounding, rounding=rounding, promoting=promoting,
            promised=promised,
        )  # fmt: skip

    quoted = price(then)
    promised = considered_of(json.loads(json.dumps(documents_of(quoted.considered))))
    assert [list(one.off_by_line) for one in promised] == [
        list(one.off_by_line) for one in quoted.considered if one.applied
    ]
    # The floors may be others by then.
    sold = price(now, promised, [replace(line, floor_minor=line.floor_minor * 2) for line in lines])
    assert (sold.lines, sold.total_minor) == (quoted.lines, quoted.total_minor)
    assert [one.code for one in sold.considered] == [one.code for one in quoted.considered if one.applied]
    for before, after in zip([one for one in quoted.considered if one.applied], promised, strict=True):
        assert (after.reward, after.gift_shortage, list(after.gifts), list(after.coupons_awarded)) == (
            before.reward, before.gift_shortage, list(before.gifts), list(before.coupons_awarded),
        )  # fmt: skip
