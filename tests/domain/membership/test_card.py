import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.membership.card import (
    Card,
    CardBlocked,
    CardEventKind,
    CardNotBlocked,
    CardReplaced,
    CardState,
    refuse_unless_active,
    state_after,
)
from domain.shared.errors import Rejected

CHANGES = [CardEventKind.BLOCKED, CardEventKind.UNBLOCKED, CardEventKind.REPLACED]


@pytest.mark.parametrize(
    ("state", "kind", "after"),
    [
        (CardState.ACTIVE, CardEventKind.BLOCKED, CardState.BLOCKED),
        (CardState.ACTIVE, CardEventKind.REPLACED, CardState.REPLACED),
        (CardState.ACTIVE, CardEventKind.UNBLOCKED, CardNotBlocked),
        (CardState.BLOCKED, CardEventKind.BLOCKED, CardBlocked),
        (CardState.BLOCKED, CardEventKind.UNBLOCKED, CardState.ACTIVE),
        (CardState.BLOCKED, CardEventKind.REPLACED, CardState.REPLACED),
        *[(CardState.REPLACED, kind, CardReplaced) for kind in CHANGES],
    ],
)
def test_a_card_goes_only_where_it_can(state, kind, after):
    card = Card(1, "C-1", state, "lost")
    if isinstance(after, CardState):
        assert state_after(card, kind, field="card") is after
        return
    with pytest.raises(after) as refused:
        state_after(card, kind, field="card")
    assert refused.value.field == "card"


@settings(max_examples=50)
@given(st.lists(st.sampled_from(CHANGES)))
def test_what_is_replaced_stays_so_and_only_active_cards_lead_to_somebody(kinds):
    state, replaced = CardState.ACTIVE, False
    for kind in kinds:
        try:
            state = state_after(Card(1, "C-1", state), kind, field="card")
        except Rejected:
            continue
        replaced = replaced or kind is CardEventKind.REPLACED
    assert (state is CardState.REPLACED) == replaced
    card = Card(1, "C-1", state, "lost")
    if state is CardState.ACTIVE:
        refuse_unless_active(card, field="member_key")
    else:
        with pytest.raises(CardReplaced if replaced else CardBlocked):
            refuse_unless_active(card, field="member_key")
