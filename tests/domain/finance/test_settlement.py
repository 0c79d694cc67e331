"""Settlement of random movements between stores, against a plain model of who holds what."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.finance.journal import balanced
from domain.finance.paid_in import PaidInLedger, ValueEntry, ValueMove
from domain.finance.settlement import (
    PointsUse,
    SettlementBasis,
    SettlementKind,
    SettlementMovement,
    netted,
    owed_by_basis,
    points_movements,
    store_documents,
)
from domain.finance.settlement_postings import settlement_postings

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
STORES = (1, 2, 3, 4)
COMPANIES = {1: "chain", 2: "chain", 3: "franchise", 4: "chain"}


class Crossing(NamedTuple):
    kind: SettlementKind
    issuer: int
    redeemer: int
    currency: str
    liability: int
    expense: int


CROSSINGS = st.lists(
    st.builds(
        Crossing,
        st.sampled_from(SettlementKind),
        st.sampled_from(STORES),
        st.sampled_from(STORES),
        st.sampled_from(("CNY", "USD")),
        st.integers(-10_000, 10_000),
        st.integers(-500, 500),
    ),
    max_size=40,
)


def moved(number: int, one: Crossing) -> SettlementMovement:
    of_cards = one.kind in {SettlementKind.GIFT_CARD, SettlementKind.TIMES_CARD}
    expense = 0 if of_cards else one.expense
    if one.kind is SettlementKind.RETURN:
        return SettlementMovement(
            one.kind, number, one.issuer, 1, number, one.redeemer, one.currency, one.liability, 0, 0,
            revenue_minor=one.liability + one.expense, tax_minor=one.expense, cost_minor=7,
        )  # fmt: skip
    return SettlementMovement(
        one.kind, number, one.issuer, 1, number, one.redeemer, one.currency, one.liability + expense, one.liability, 0
    )


@pytest.mark.capability("FIN-07")
@settings(max_examples=60, deadline=None)
@given(crossings=CROSSINGS)
def test_pairs_and_books_agree_with_what_each_store_gave_and_took(crossings: list[Crossing]) -> None:
    movements = [moved(number, one) for number, one in enumerate(crossings, start=1)]
    pairs = netted(movements, settlement_id=1, companies=COMPANIES)
    model: Counter[tuple[str, int]] = Counter()
    for one in movements:
        model[one.currency, one.redeemer_id] += one.amount_minor
        model[one.currency, one.issuer_id] -= one.amount_minor
    by_pairs: Counter[tuple[str, int]] = Counter()
    for pair in pairs:
        cards_minor = pair.gift_card_minor + pair.times_card_minor + pair.returns_minor
        assert pair.net_minor == pair.points_minor + pair.stored_value_minor + cards_minor >= 0
        by_pairs[pair.currency, pair.creditor_id] += pair.net_minor
        by_pairs[pair.currency, pair.debtor_id] -= pair.net_minor
    assert {key: net for key, net in by_pairs.items() if net} == {key: net for key, net in model.items() if net}
    books: Counter[tuple[str, str]] = Counter()
    for document in store_documents(movements, settlement_id=1, on=date(2026, 1, 31)):
        owed = owed_by_basis(pairs)[document.currency, document.store_id]
        assert owed["clearing"] + owed["receivable"] - owed["payable"] == document.net_minor
        for posting in balanced(1, settlement_postings(document, owed)):
            books[document.currency, posting.account_code] += posting.amount_minor
    for currency in ("CNY", "USD"):
        assert books[currency, "122102"] == 0
        assert books[currency, "122103"] == -books[currency, "224101"]
    assert {account: sum for account, sum in books.items() if account[1] not in {"122103", "224101"} and sum} == {}


@pytest.mark.capability("FIN-07")
def test_only_stores_of_two_companies_have_receivables() -> None:
    crossings = [Crossing(SettlementKind.GIFT_CARD, 1, other, "CNY", 100, 0) for other in (2, 3)]
    pairs = netted([moved(n, one) for n, one in enumerate(crossings)], settlement_id=1, companies=COMPANIES)
    assert [(pair.creditor_id, pair.basis) for pair in pairs] == [
        (2, SettlementBasis.CLEARING),
        (3, SettlementBasis.RECEIVABLE),
    ]


@pytest.mark.capability("FIN-07")
def test_what_points_paid_is_spread_over_their_lots() -> None:
    uses = [
        PointsUse(number, 9, 2, issuer, "CNY", -points, -points, 100)
        for number, (issuer, points) in enumerate(((1, 33), (2, 33), (3, 34)), start=1)
    ]
    found = points_movements(uses, settlement_id=1)
    assert [(one.issuer_id, one.amount_minor, one.liability_minor) for one in found] == [(1, 33, 33), (3, 34, 34)]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("pay_in", "spend", "hand_on", "give_back", "pay_out")),
        st.sampled_from((11, 12)),
        st.sampled_from(STORES),
        st.integers(1, 100),
        st.integers(0, 20),
    ),
    max_size=30,
)


class Chain:
    """Makes entries that a chain could have, and knows what members hold and what each sale still holds."""

    def __init__(self) -> None:
        self.entries: list[ValueEntry] = []
        self.held = {11: [0, 0], 12: [0, 0]}
        self.sales: dict[int, tuple[int, list[int]]] = {}
        self.paid_by_store: Counter[int] = Counter()

    def step(self, what: str, member: int, store: int, amount: int, bonus: int) -> None:
        held = self.held[member]
        if what == "pay_in":
            self._enter(member, ValueMove.PAID_IN, amount, bonus, store)
        elif what == "spend" and held[0] >= amount and held[1] >= bonus:
            self.sales[self._enter(member, ValueMove.SPENT, -amount, -bonus, store)] = (member, [amount, bonus])
        elif what == "hand_on" and held[0] >= amount:
            document = self._enter(member, ValueMove.HANDED_OUT, -amount, 0, store)
            self._enter(23 - member, ValueMove.HANDED_IN, amount, 0, store, document)
        elif what == "give_back" and self.sales:
            document, (buyer, left) = next(iter(self.sales.items()))
            back = [min(amount, left[0]), min(bonus, left[1])]
            left[0], left[1] = left[0] - back[0], left[1] - back[1]
            self._enter(buyer, ValueMove.RETURNED, *back, store, document)
        elif what == "pay_out":
            self._enter(member, ValueMove.PAID_OUT, -held[0], -held[1], store)

    def _enter(self, member: int, move: ValueMove, principal: int, bonus: int, store: int, document: int = 0) -> int:
        number = len(self.entries) + 1
        at = BEGINNING + timedelta(minutes=number)
        entry = ValueEntry(number, member, "CNY", move, principal, bonus, document or number, store, at)
        self.entries.append(entry)
        self.held[member][0] += principal
        self.held[member][1] += bonus
        if move in {ValueMove.SPENT, ValueMove.RETURNED}:
            self.paid_by_store[store] -= principal + bonus
        elif move is ValueMove.PAID_OUT:
            self.paid_by_store[store] -= principal
        return document or number


@pytest.mark.capability("FIN-07")
@settings(max_examples=80, deadline=None)
@given(steps=STEPS, cut=st.integers(0, 30))
def test_what_is_left_of_what_was_paid_in_is_what_members_hold(
    steps: list[tuple[str, int, int, int, int]], cut: int
) -> None:
    chain = Chain()
    for step in steps:
        chain.step(*step)
    # Entries that one transaction has written are settled together.
    while cut < len(chain.entries) and chain.entries[cut].move is ValueMove.HANDED_IN:
        cut += 1
    left, settled, movements = [], {}, []
    for period in (chain.entries[:cut], chain.entries[cut:]):
        ledger = PaidInLedger(left, settled, settlement_id=1)
        ledger.follow(period)
        known = {(one.entry_id, one.store_id): one for one in left} | ledger.changed
        left = list(known.values())
        movements += ledger.movements
        settled = {}
        for one in movements:
            settled.setdefault(one.document_id, []).append(one)
    for member, held in chain.held.items():
        of_member = [one for one in left if one.member_id == member]
        assert [sum(one.principal_minor for one in of_member), sum(one.bonus_minor for one in of_member)] == held
    by_store: Counter[int] = Counter()
    for one in movements:
        by_store[one.redeemer_id] += one.amount_minor
    assert {k: v for k, v in by_store.items() if v} == {k: v for k, v in chain.paid_by_store.items() if v}
    # Whatever a store took in, it owes to whoever holds it or has handed it to another store that was paid with it.
    for store in STORES:
        took = sum(
            entry.principal_minor + entry.bonus_minor
            for entry in chain.entries
            if entry.move is ValueMove.PAID_IN and entry.store_id == store
        )
        still = sum(one.principal_minor + one.bonus_minor for one in left if one.store_id == store)
        gone = sum(one.liability_minor + one.bonus_minor for one in movements if one.issuer_id == store)
        assert took == still + gone


@pytest.mark.capability("FIN-07")
def test_a_sale_dated_ahead_is_settled_after_its_first_refund_and_comes_back_whole() -> None:
    """A till whose clock is ahead: 400 of 1,000 came back before the sale was settled, 600 after it."""

    def entry(number: int, move: ValueMove, principal: int, store: int, document: int = 9) -> ValueEntry:
        at = BEGINNING + timedelta(days=number)
        return ValueEntry(number, 7, "CNY", move, principal, 0, document, store, at)

    paid = entry(1, ValueMove.PAID_IN, 1_000, 1, 1)
    first = PaidInLedger([], {}, settlement_id=1)
    first.follow([paid, entry(3, ValueMove.RETURNED, 400, 2)])
    second = PaidInLedger(list(first.changed.values()), {9: first.movements}, settlement_id=2)
    second.follow([entry(2, ValueMove.SPENT, -1_000, 2)])
    left = {**first.changed, **second.changed}
    third = PaidInLedger(list(left.values()), {9: [*first.movements, *second.movements]}, settlement_id=3)
    third.follow([entry(4, ValueMove.RETURNED, 600, 2)])
    assert [(one.issuer_id, one.liability_minor) for one in third.movements] == [(1, -600)]
    held = {**left, **third.changed}.values()
    assert [(one.store_id, one.principal_minor) for one in held if one.principal_minor] == [(2, 400), (1, 600)]
