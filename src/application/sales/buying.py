"""Who buys and how, as the conditions of promotions ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.membership import MemberAccount
from domain.pricing.conditions import Buyer, Festivals
from domain.sales.sale import TenderKind
from domain.sales.tenders import NOBODY_PAYS_BY
from domain.shared.errors import Invalid, Rejected


class NotPaidBy(Invalid):
    en = "Nobody pays by {kind}. Leave it out."
    zh = "{kind} 不是付款方式，请删除。"


class PaidByTwice(Invalid):
    en = "{kind} stands in this list twice. Name it once."
    zh = "{kind} 在此列表中出现两次，只能出现一次。"


class PaidOtherwise(Rejected):
    en = "The basket says that it is paid by {said}, but is paid by {paid}. Quote it again for how the customer pays."
    zh = "购物篮声明的付款方式为 {said}，实际为 {paid}。请按实际付款方式重新报价。"


@dataclass(frozen=True, slots=True)
class Buying:
    """The member, if any, the kinds of tenders, and where to ask for festivals."""

    member: MemberAccount | None
    payment_kinds: Sequence[TenderKind]
    festivals: Festivals

    def buyer(self) -> Buyer:
        """What conditions ask of who buys; the tender kinds named once, in one order."""
        kinds = tuple(sorted({kind.value for kind in self.payment_kinds}))
        member = self.member
        if member is None:
            return Buyer(payment_kinds=kinds)
        return Buyer(member.member_number, member.segments, member.visits + 1, member.birthday, kinds)


def check_payment_kinds(kinds: Sequence[TenderKind]) -> None:
    """Refuses kinds by which nobody pays, and one that is named twice."""
    for index, kind in enumerate(kinds):
        if kind in NOBODY_PAYS_BY:
            raise NotPaidBy(f"payment_kinds[{index}]", kind=kind.name)
        if kind in kinds[:index]:
            raise PaidByTwice(f"payment_kinds[{index}]", kind=kind.name)


def check_paid_as_said(said: Sequence[TenderKind], paid: Sequence[TenderKind]) -> None:
    """Refuses tenders of other kinds than the basket has been quoted for, if it says any."""
    if said and set(said) != set(paid):
        raise PaidOtherwise("payment_kinds", said=_named(said), paid=_named(paid))


def _named(kinds: Sequence[TenderKind]) -> str:
    return ", ".join(sorted({kind.name for kind in kinds})) or "-"
