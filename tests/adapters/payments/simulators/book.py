"""What a simulated provider remembers: every payment by our key, so that a test can say what was taken, to the cent."""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from threading import RLock


class Behaviour(StrEnum):
    """How the provider treats the next payment it is asked for.

    TIME_OUT: it decides, and the answer is lost on the way. PENDING waits for the customer until `Book.pay`.
    APPROVE_TWICE: the network delivers the request twice. NOTICE_FIRST and NOTICE_THRICE: messages before the answer.
    """

    APPROVE = "approve"
    DECLINE = "decline"
    PENDING = "pending"
    TIME_OUT_THEN_APPROVE = "time_out_then_approve"
    TIME_OUT_THEN_DECLINE = "time_out_then_decline"
    APPROVE_TWICE = "approve_twice"
    NOTICE_FIRST = "notice_first"
    NOTICE_THRICE = "notice_thrice"

    @property
    def declines(self) -> bool:
        return self in {Behaviour.DECLINE, Behaviour.TIME_OUT_THEN_DECLINE}

    @property
    def loses_the_answer(self) -> bool:
        return self in {Behaviour.TIME_OUT_THEN_APPROVE, Behaviour.TIME_OUT_THEN_DECLINE}

    @property
    def notices(self) -> int:
        return {Behaviour.NOTICE_FIRST: 1, Behaviour.NOTICE_THRICE: 3}.get(self, 0)


class Refused(Exception):
    """What the provider does not do; the text is the reason in words of this book."""


@dataclass
class Charge:
    """One payment; `state` is approved, captured, declined, voided or pending; amounts in minor units."""

    key: str
    amount_minor: int
    currency: str
    state: str
    number: int
    store: str = ""
    terminal: str = ""
    captured_minor: int = 0
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def refunded_minor(self) -> int:
        return sum(self.refunds.values())

    @property
    def kept_minor(self) -> int:
        """What the customer has paid in the end."""
        return self.captured_minor - self.refunded_minor


class Book:
    """Payments by key. `takes_at_once` providers capture what they approve."""

    def __init__(self, *, takes_at_once: bool) -> None:
        self.takes_at_once = takes_at_once
        self.charges: dict[str, Charge] = {}
        self.asked: Counter[str] = Counter()
        self.upcoming: deque[Behaviour] = deque()
        self.usual = Behaviour.APPROVE
        self.lock = RLock()

    def next_behaviour(self, key: str) -> Behaviour:
        """What happens to this request; a key that was seen is answered as before."""
        with self.lock:
            if key in self.charges:
                return Behaviour.APPROVE
            return self.upcoming.popleft() if self.upcoming else self.usual

    def authorise(self, key: str, amount_minor: int, currency: str, behaviour: Behaviour, **place: str) -> Charge:
        """Charges once per key, however often it is asked."""
        with self.lock:
            self.asked["authorise"] += 1
            if key in self.charges:
                return self.charges[key]
            state = "declined" if behaviour.declines else "pending" if behaviour is Behaviour.PENDING else "approved"
            charge = Charge(key, amount_minor, currency, state, number=len(self.charges) + 1, **place)
            self.charges[key] = charge
            if self.takes_at_once and state == "approved":
                self._take(charge, amount_minor)
            return charge

    def pay(self, key: str) -> None:
        """The customer of a pending payment confirms it."""
        with self.lock:
            charge = self.charges[key]
            charge.state = "approved"
            if self.takes_at_once:
                self._take(charge, charge.amount_minor)

    def capture(self, key: str, amount_minor: int) -> Charge:
        with self.lock:
            self.asked["capture"] += 1
            charge = self.charges[key]
            if charge.state == "captured":
                return charge
            if charge.state != "approved" or not 0 < amount_minor <= charge.amount_minor:
                raise Refused("not to be captured")
            self._take(charge, amount_minor)
            return charge

    def void(self, key: str) -> Charge:
        """Nothing is kept of it; a key that never came is used up."""
        with self.lock:
            self.asked["void"] += 1
            charge = self.charges.get(key)
            if charge is None:
                charge = self.charges[key] = Charge(key, 0, "", "voided", number=len(self.charges) + 1)
            elif charge.state == "captured" and charge.kept_minor:
                charge.refunds[f"void {key}"] = charge.kept_minor
            elif charge.state in {"approved", "pending"}:
                charge.state = "voided"
            return charge

    def refund(self, key: str, refund_key: str, amount_minor: int) -> Charge:
        with self.lock:
            self.asked["refund"] += 1
            charge = self.charges[key]
            if refund_key in charge.refunds:
                return charge
            if charge.state != "captured" or not 0 < amount_minor <= charge.kept_minor:
                raise Refused("more than is left")
            charge.refunds[refund_key] = amount_minor
            return charge

    def kept_minor(self) -> int:
        """What all customers have paid in the end."""
        with self.lock:
            return sum(charge.kept_minor for charge in self.charges.values())

    def _take(self, charge: Charge, amount_minor: int) -> None:
        charge.state = "captured"
        charge.captured_minor = amount_minor
