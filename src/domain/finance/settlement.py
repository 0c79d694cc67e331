"""What stores owe each other: points, stored value and cards that one has issued and another has taken in payment,
and goods that one has sold and another has taken back.

A movement says that its issuer owes its redeemer so much; below zero it is a refund, which undoes a debt. Movements are
netted per pair of stores and currency.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.shared.money import allocate


class SettlementKind(StrEnum):
    POINTS = "points"
    STORED_VALUE = "stored_value"
    GIFT_CARD = "gift_card"
    TIMES_CARD = "times_card"
    RETURN = "return"


class SettlementBasis(StrEnum):
    """Between stores of one company it is cleared in its books; between companies it is a receivable and a payable."""

    CLEARING = "clearing"
    RECEIVABLE = "receivable"


@dataclass(slots=True)
class Settlement:
    """A period that is settled, both business dates included, for ever; what comes later goes to the next one."""

    settlement_id: int
    from_date: date
    to_date: date
    movements: int
    caller_id: int
    staff_id: int | None
    settled_at: datetime


@dataclass(slots=True)
class SettlementMovement:
    """One entry of a ledger as far as it falls to one issuer, who owes the redeemer `amount_minor` for it.

    `liability_minor` is what the redeemer has released of a liability that is the issuer's (points at their carrying
    value, principal, a card) and `bonus_minor` of stored-value bonus; what is left of the amount was expense.
    `document_id` is the sale that paid so, of a refund the sale that it refunds. Issuer and redeemer are the same where
    stored value was spent in the store that had sold it.

    A return is an entry of its own: the issuer has sold, the redeemer has taken the goods back and paid for them. The
    issuer owes what was paid less the cost of the goods, which stay there; `revenue_minor`, `tax_minor` and
    `cost_minor` are what falls back to it.
    """

    kind: SettlementKind
    entry_id: int
    issuer_id: int
    settlement_id: int
    document_id: int
    redeemer_id: int
    currency: str
    amount_minor: int
    liability_minor: int
    bonus_minor: int
    revenue_minor: int = 0
    tax_minor: int = 0
    cost_minor: int = 0

    @property
    def crosses(self) -> bool:
        return self.issuer_id != self.redeemer_id


@dataclass(slots=True)
class SettlementPair:
    """What a debtor owes a creditor for a period, by kind and net; a kind below zero is owed the other way round."""

    settlement_id: int
    currency: str
    debtor_id: int
    creditor_id: int
    basis: SettlementBasis
    points_minor: int
    stored_value_minor: int
    gift_card_minor: int
    times_card_minor: int
    returns_minor: int
    net_minor: int


@dataclass(slots=True)
class SettlementDocument:
    """What a settlement posts in one store and currency: `net_minor` is what the store receives, less what it pays.

    It is the sum of what falls back to the store (below zero, of what leaves it): liabilities, and the expense
    that points and bonuses were to the store where they moved.
    """

    document_id: int
    settlement_id: int
    store_id: int
    business_date: date
    currency: str
    net_minor: int
    points_minor: int
    promotion_minor: int
    principal_minor: int
    bonus_minor: int
    marketing_minor: int
    gift_card_minor: int
    times_card_minor: int
    revenue_minor: int
    tax_minor: int
    cost_minor: int


@dataclass(frozen=True, slots=True)
class PointsUse:
    """An entry by which points of one lot paid in a sale or for something else, or came back by what undoes that.

    `points` are below zero when they paid. `paid_minor` is what all points of the document paid, below zero when it
    came back: of a reward what it has cost the store, of captured points what is owed to who delivers. One that does
    not pay (`pays`) was taken back by a refund or by hand, or has repaid what was owed.
    """

    entry_id: int
    document_id: int
    store_id: int
    issuer_id: int
    currency: str
    points: int
    carrying_minor: int
    paid_minor: int
    pays: bool = True


def points_movements(uses: Iterable[PointsUse], *, settlement_id: int) -> list[SettlementMovement]:
    """Who owes whom for points: what they paid, a document's spread over its lots by largest remainder.

    For those that paid nothing nobody owes anything, but their liability goes back to their issuer all the same. `uses`
    has all entries of each document that pay, in the order of their ids.
    """
    documents: dict[int, list[PointsUse]] = {}
    for use in uses:
        documents.setdefault(use.document_id, []).append(use)
    movements = []
    for found in documents.values():
        paying = [use for use in found if use.pays]
        paid = allocate(found[0].paid_minor, [abs(use.points) for use in paying])
        shares = {use.entry_id: share for use, share in zip(paying, paid, strict=True)}
        movements += [
            SettlementMovement(
                SettlementKind.POINTS, use.entry_id, use.issuer_id, settlement_id, use.document_id, use.store_id,
                use.currency, shares.get(use.entry_id, 0), -use.carrying_minor, 0,
            )
            for use in found
            if use.issuer_id != use.store_id
        ]  # fmt: skip
    return movements


def netted(
    movements: Iterable[SettlementMovement], *, settlement_id: int, companies: Mapping[int, str]
) -> list[SettlementPair]:
    """What every two stores owe each other, in the order of currency, debtor and creditor; `companies` is by store.

    A pair that owes nothing net is there too, as long as something has crossed between them.
    """
    owed: dict[tuple[str, int, int], dict[SettlementKind, int]] = {}
    for one in movements:
        if not one.crosses:
            continue
        first, second = sorted((one.issuer_id, one.redeemer_id))
        kinds = owed.setdefault((one.currency, first, second), dict.fromkeys(SettlementKind, 0))
        kinds[one.kind] += one.amount_minor if one.issuer_id == first else -one.amount_minor
    pairs = []
    for (currency, first, second), kinds in owed.items():
        net = sum(kinds.values())
        debtor, creditor, sign = (first, second, 1) if net >= 0 else (second, first, -1)
        basis = SettlementBasis.CLEARING if companies[first] == companies[second] else SettlementBasis.RECEIVABLE
        pairs.append(
            SettlementPair(
                settlement_id,
                currency,
                debtor,
                creditor,
                basis,
                sign * kinds[SettlementKind.POINTS],
                sign * kinds[SettlementKind.STORED_VALUE],
                sign * kinds[SettlementKind.GIFT_CARD],
                sign * kinds[SettlementKind.TIMES_CARD],
                sign * kinds[SettlementKind.RETURN],
                sign * net,
            )
        )
    return sorted(pairs, key=lambda pair: (pair.currency, pair.debtor_id, pair.creditor_id))


def store_documents(
    movements: Iterable[SettlementMovement], *, settlement_id: int, on: date
) -> list[SettlementDocument]:
    """What settles in the books of each store, by currency and store, without ids yet."""
    documents: dict[tuple[str, int], SettlementDocument] = {}
    for one in movements:
        if not one.crosses:
            continue
        for store_id, sign in ((one.issuer_id, -1), (one.redeemer_id, 1)):
            key = one.currency, store_id
            if key not in documents:
                documents[key] = SettlementDocument(0, settlement_id, store_id, on, one.currency, *[0] * 11)
            document = documents[key]
            document.net_minor += sign * one.amount_minor
            expense = one.amount_minor - one.liability_minor - one.bonus_minor
            if one.kind is SettlementKind.POINTS:
                document.points_minor += sign * one.liability_minor
                document.promotion_minor += sign * expense
            elif one.kind is SettlementKind.STORED_VALUE:
                document.principal_minor += sign * one.liability_minor
                document.bonus_minor += sign * one.bonus_minor
                document.marketing_minor += sign * expense
            elif one.kind is SettlementKind.GIFT_CARD:
                document.gift_card_minor += sign * one.liability_minor
            elif one.kind is SettlementKind.RETURN:
                document.revenue_minor += sign * one.revenue_minor
                document.tax_minor += sign * one.tax_minor
                document.cost_minor += sign * one.cost_minor
                # Revenue that points had deferred, less gifts and what was kept back for spent points.
                promotion = one.amount_minor - one.revenue_minor - one.tax_minor + one.cost_minor
                document.promotion_minor += sign * promotion
            else:
                document.times_card_minor += sign * one.liability_minor
    return [documents[key] for key in sorted(documents)]


def owed_by_basis(pairs: Iterable[SettlementPair]) -> dict[tuple[str, int], dict[str, int]]:
    """What each store clears, is to receive and is to pay, by currency and store.

    "clearing" (received above zero), "receivable" and "payable".
    """
    owed: dict[tuple[str, int], dict[str, int]] = {}
    for pair in pairs:
        for store_id, receives in ((pair.creditor_id, True), (pair.debtor_id, False)):
            of_store = owed.setdefault((pair.currency, store_id), {"clearing": 0, "receivable": 0, "payable": 0})
            if pair.basis is SettlementBasis.CLEARING:
                of_store["clearing"] += pair.net_minor if receives else -pair.net_minor
            else:
                of_store["receivable" if receives else "payable"] += pair.net_minor
    return owed
