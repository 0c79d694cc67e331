from dataclasses import replace
from datetime import UTC, datetime

import pytest

from application.fields import Missing
from application.paging import InvalidPageSize, InvalidPageToken
from application.pricing.promotion_views import UnknownPromotion
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.pricing.queries import (
    GetPromotion,
    ListPromotions,
    get_promotion,
    list_promotions,
)
from tests.application.pricing.promotions import FULL, RATE
from tests.application.small_chain import SmallChain


@pytest.fixture
def promoted(stocked: SmallChain) -> SmallChain:
    """Promotions P1 to P5: P2 is paused, P4 ends with May, P5 with June."""
    promotions = [replace(RATE, code=f"P{number}") for number in range(1, 6)]
    promotions[1] = replace(promotions[1], paused=True)
    promotions[3] = replace(promotions[3], until_date="2025-06-01")
    promotions[4] = replace(promotions[4], until_date="2025-07-01")
    stocked.write(put_promotions, PutPromotions(tuple(reversed(promotions))))
    return stocked


def codes(chain: SmallChain, query: ListPromotions, now: datetime) -> list[str]:
    found = chain.read(list_promotions, query, now=now)
    assert found.next_page_token == ""
    return [promotion.code for promotion in found.promotions]


def test_lists_promotions_by_code_page_by_page(promoted):
    first = promoted.read(list_promotions, ListPromotions(page_size=3))
    assert [promotion.code for promotion in first.promotions] == ["P1", "P2", "P3"]
    assert first.promotions[0] == replace(RATE, code="P1")
    second = promoted.read(list_promotions, ListPromotions(page_size=3, page_token=first.next_page_token))
    assert [promotion.code for promotion in second.promotions] == ["P4", "P5"]
    assert second.next_page_token == ""


@pytest.mark.parametrize(
    ("now", "found"),
    [
        # In the last time zone it may be May for a store that ends its day a day later.
        (datetime(2025, 6, 2, 11, 59, tzinfo=UTC), ["P1", "P3", "P4", "P5"]),
        (datetime(2025, 6, 2, 12, 0, tzinfo=UTC), ["P1", "P3", "P5"]),
        (datetime(2025, 8, 1, 12, 0, tzinfo=UTC), ["P1", "P3"]),
    ],
)
def test_leaves_out_what_is_paused_or_over_everywhere(promoted, now, found):
    assert codes(promoted, ListPromotions(active_only=True), now) == found
    assert codes(promoted, ListPromotions(), now) == ["P1", "P2", "P3", "P4", "P5"]


def test_pages_through_what_is_active_only(promoted):
    first = promoted.read(list_promotions, ListPromotions(active_only=True, page_size=2))
    assert [promotion.code for promotion in first.promotions] == ["P1", "P3"]
    query = ListPromotions(active_only=True, page_size=2, page_token=first.next_page_token)
    assert [promotion.code for promotion in promoted.read(list_promotions, query).promotions] == ["P4", "P5"]


def test_gives_the_terms_as_they_were_put(promoted):
    promoted.write(put_promotions, PutPromotions((FULL,)))
    assert promoted.read(get_promotion, GetPromotion("FULL")).promotion == FULL


@pytest.mark.parametrize(("code", "refusal"), [("P9", UnknownPromotion), ("p1", UnknownPromotion), ("", Missing)])
def test_says_which_promotion_there_is_not(promoted, code, refusal):
    with pytest.raises(refusal) as refused:
        promoted.read(get_promotion, GetPromotion(code))
    assert refused.value.field == "code"


@pytest.mark.parametrize(
    ("query", "refusal"),
    [(ListPromotions(page_size=501), InvalidPageSize), (ListPromotions(page_token="made-up"), InvalidPageToken)],
)
def test_refuses_pages_that_it_did_not_hand_out(promoted, query, refusal):
    with pytest.raises(refusal):
        promoted.read(list_promotions, query)
