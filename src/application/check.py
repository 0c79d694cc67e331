"""The proof: whether the ledgers agree with each other and with the documents, asked at any time.

The ids are those of the list of invariants; what a later module adds to the list it adds here.
"""

from dataclasses import dataclass
from typing import Final

from application.ports.kernel import UnitOfWork

VIOLATIONS_MAX: Final = 20
"""How many violations of one invariant are spelled out; all are counted."""


@dataclass(frozen=True, slots=True)
class Invariant:
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of one invariant.

    `checked` figures were compared and `violated` of them do not hold; `violations` are the first of these, each with
    its row (table and key) and both figures.
    """

    id: str
    title: str
    checked: int
    violations: list[str]
    violated: int


INVARIANTS: Final = (
    Invariant("I1", "every journal entry balances; the trial balance of every store and date is zero"),
    Invariant("I2", "the inventory account is the value of the stock ledger, by store and by document"),
    Invariant("I3", "on hand and value are the sums of the movements; nothing is worth nothing"),
    Invariant(
        "I4", "points, and debts, are the sum of their entries and of their lots; their liability is in the books"
    ),
    Invariant("I4-visits", "a member has come as often as they have bought, sales that were voided aside"),
    Invariant(
        "I5", "stored value, gift cards and times cards are the sums of their entries; what is owed is in the books"
    ),
    Invariant("I6", "tenders pay the total, lines add up to the sale, discounts and taxes to their reasons"),
    Invariant("I7", "no more is taken back than was sold, of goods, of money and of points"),
    Invariant("I8", "coupons are the sum of their events, used and given out no more than their terms allow"),
    Invariant("I9", "one sale per request of a terminal, one answer per claimed request"),
    Invariant("I10", "tender clearing is what was taken"),
    Invariant("I12", "no negative stock where the store forbids it online and for uploads"),
    Invariant(
        "PRM-limits", "uses of promotions: counters are their sums, none beyond its limit, discounts as in sales"
    ),
    Invariant(
        "PRM-draws", "plays are numbered from 1 on; prizes given and left are their number, tickets used granted"
    ),
    Invariant(
        "PRM-events", "no event has more seats taken than it has; who has checked in has one, and got what it grants"
    ),
    Invariant(
        "PTS-quotas", "sales issued no more points than the quotas of their stores and regions, beside what is marked"
    ),
    Invariant("PTS-activities", "activities gave what was recorded, within their budgets, and every record its points"),
    Invariant(
        "PTS-rewards", "rewards took the points and handed out the goods and coupons recorded, undone once at most"
    ),
    Invariant(
        "MEM-cards", "every active card leads to its member, no other does, and each is as its last event left it"
    ),
    Invariant("SAL-shifts", "shifts are numbered, closed once with what was counted, and cash moved in open ones"),
    Invariant("SAL-days", "a closed day has no open shift, and tells where its differences come from to the cent"),
    Invariant("FIN-settled", "what stores settle nets to zero, agrees with what moved, and is in the books"),
    Invariant("SAL-orders", "an order's payments are their sum, and deposits are owed in the books"),
    Invariant("MEM-credit", "what members owe is the sum of their entries, and the receivable in the books"),
    Invariant(
        "SAL-payments", "what providers have taken and given back is what sales and refunds say, each payment used once"
    ),
    Invariant(
        "SAL-exchanges", "what goes into an exchange comes out of it, and no tender gives back more than it had paid"
    ),
    Invariant(
        "MEM-merges", "a merged file leads to one that stands for itself, holds nothing, and what moved came whole"
    ),
    Invariant("MEM-consents", "what a member consents to is what the last entry says, of all that there are"),
    Invariant("MEM-erased", "of an erased file nothing tells who it was, and nothing leads to it"),
    Invariant("LVL", "every member's tier is the last entry of its history; benefits are used as often as counted"),
    Invariant("MEM-lifecycle", "every member's state is the last entry of its history, and whom to watch follows it"),
    Invariant("LVL-paid", "what waits for the days of paid memberships is what they have left, and in the books"),
    Invariant("CARE", "every service case is where its entries lead"),
    Invariant("SAL-returns", "why goods came back fits their refunds; goods set aside are their sum, and in the books"),
    Invariant(
        "SAL-tips", "tips are those of sales and voids, less what was paid out, and what is owed is in the books"
    ),
    Invariant(
        "SAL-staff", "staff purchases are those of their documents, within the limits of their months unless marked"
    ),
    Invariant("SAL-serials", "a serial number is sold once until it comes back, no more of them than units"),
    Invariant("SAL-vouchers", "vouchers of others pay what sales hold of them, each entry after the other"),
    Invariant(
        "INV-transfers", "what transfers have in transit is set aside there, at its cost, and owed between stores"
    ),
    Invariant(
        "INV-stock", "what stock came to at a moment is the sum of its movements; adjustments moved what they say"
    ),
    Invariant("SAL-parked", "a parked basket ends once; parts hold what was split"),
    Invariant("CARE-follow-ups", "every follow-up is a member's, and where its entries lead"),
    Invariant("B09", "every approval used was another person's, for that sale and in time, and worked once"),
    Invariant("SAL-receipts", "every receipt printed or sent is of a document: one original, then copies in order"),
    Invariant(
        "PUR-orders", "purchase orders stand where their versions and receipts lead, and what came is owed at its cost"
    ),
    Invariant("INV-layers", "layers are what is left of them and of their level; standard cost is what stock is worth"),
    Invariant("INV-receipts", "lines of receipts sum to what came and what it cost, and to what changed since"),
    Invariant("REP-proposals", "proposals have the lines they say, and those accepted are orders or transfers"),
    Invariant("PUR-scores", "score cards are what suppliers have delivered, and that is what receipts say"),
    Invariant("PUR-notices", "what suppliers have announced and was received names its receipt"),
    Invariant("INV-counts", "what counts came to has moved, and is in the books"),
    Invariant("LOG-shipments", "shipments stand where what was told of them leads, and their fees are in the books"),
    Invariant(
        "INV-reserved", "what is reserved is kept for orders and reservations that are open, and nothing else is"
    ),
    Invariant("INV-alerts", "goods that run low or out are told as often as their alert was raised"),
    Invariant("INV-assemblies", "what is made costs what went into it; lines made when sold cost what they took"),
    Invariant("D1-books", "every document has one journal entry, which agrees with it"),
    Invariant("D1-events", "every sale, refund and void has been announced once"),
    Invariant("D1-terms", "the history of every promotion ends with the terms in force"),
    Invariant("PRM-life", "what gives is published, neither paused nor ended; a life is where its steps lead"),
    Invariant("REF", "what a row names exists"),
)


def run_checks(uow: UnitOfWork) -> list[CheckResult]:
    """The outcome of every invariant, all asked of one state of the database."""
    uow.refresh()
    return [examine(uow, invariant) for invariant in INVARIANTS]


def examine(uow: UnitOfWork, invariant: Invariant) -> CheckResult:
    """The outcome of one invariant."""
    found = uow.checks.examine(invariant.id, violations_max=VIOLATIONS_MAX)
    return CheckResult(invariant.id, invariant.title, found.checked, list(found.violations), found.violated)
