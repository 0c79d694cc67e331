from dataclasses import replace
from datetime import timedelta

import pytest

from application.fields import NamedTwice
from application.membership import growth
from application.membership.growth import CountNewMembers, TooManyCounts, count_new_members
from application.membership.growth_views import GrowthDimension, NewMembersRow
from application.membership.register_member import (
    RegisterMember,
    RegisterMembers,
    register_member,
    register_members,
)
from application.membership.register_online import RegisterOnline, register_online
from application.scope import UnknownStore
from tests.application.small_chain import HQ, NOON, S01, S02, SmallChain, terminal

NOTHING = NewMembersRow("", "", "", "", "", 0)


@pytest.fixture
def grown(chain: SmallChain) -> SmallChain:
    """37 members of an event at S01, two of S02, one of them after midnight, and one of a mini-program."""
    event = RegisterMember(source="EVENT", campaign_code="E1")
    chain.write(register_members, RegisterMembers((event,) * 37), caller=terminal(S01))
    chain.write(register_member, RegisterMember(source="till"), caller=terminal(S02))
    # 03:00 in Shanghai: the trading day ends at four.
    after_midnight = NOON + timedelta(hours=15)
    chain.write(register_member, RegisterMember(source="till"), caller=terminal(S02), now=after_midnight)
    chain.write(register_online, RegisterOnline("WECHAT_MP", "o1"), now=NOON + timedelta(days=1))
    return chain


def counted(chain: SmallChain, query: CountNewMembers, caller=HQ) -> list[NewMembersRow]:
    return list(chain.read(count_new_members, query, caller=caller).rows)


@pytest.mark.capability("MEM-03")
def test_counts_37_members_of_an_event(grown):
    by = (GrowthDimension.SOURCE, GrowthDimension.CAMPAIGN)
    assert counted(grown, CountNewMembers(by)) == [
        replace(NOTHING, members=1),
        replace(NOTHING, source="EVENT", campaign_code="E1", members=37),
        replace(NOTHING, source="till", members=2),
    ]


@pytest.mark.capability("MEM-20")
def test_counts_new_members_per_store_and_trading_day(grown):
    by = (GrowthDimension.STORE, GrowthDimension.DATE)
    assert counted(grown, CountNewMembers(by)) == [
        replace(NOTHING, business_date="2025-06-02", members=1),
        replace(NOTHING, store_code="S01", business_date="2025-06-01", members=37),
        replace(NOTHING, store_code="S02", business_date="2025-06-01", members=2),
    ]
    assert counted(grown, CountNewMembers(by, from_date="2025-06-02")) == [
        replace(NOTHING, business_date="2025-06-02", members=1)
    ]
    assert counted(grown, CountNewMembers((GrowthDimension.CHANNEL,), to_date="2025-06-01")) == [
        replace(NOTHING, members=39)
    ]
    assert counted(grown, CountNewMembers(from_date="2025-06-03")) == []


def test_every_way_of_grouping_adds_up_to_the_same(grown):
    for by in ((), *[(one,) for one in GrowthDimension], tuple(GrowthDimension)):
        assert sum(row.members for row in counted(grown, CountNewMembers(by))) == 40, by


def test_a_store_counts_its_own_members_only(grown):
    assert counted(grown, CountNewMembers(), terminal(S02)) == [replace(NOTHING, members=2)]
    with pytest.raises(UnknownStore):
        counted(grown, CountNewMembers(store_code="S01"), terminal(S02))
    assert counted(grown, CountNewMembers(store_code="S01")) == [replace(NOTHING, members=37)]


def test_refuses_a_dimension_named_twice_and_more_rows_than_an_answer_holds(grown, monkeypatch):
    with pytest.raises(NamedTwice):
        counted(grown, CountNewMembers((GrowthDimension.DATE,) * 2))
    monkeypatch.setattr(growth, "ROWS_MAX", 2)
    with pytest.raises(TooManyCounts):
        counted(grown, CountNewMembers((GrowthDimension.STORE,)))
