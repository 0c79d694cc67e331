"""Which sale comes back, in which store, and who may take it: the questions that every return begins with."""

from collections.abc import Mapping, Sequence
from typing import Final

from application.fields import optional_code, optional_date, required_name
from application.ports.kernel import UnitOfWork
from application.ports.sales import StoredSale
from application.sales.permitting import APPROVALS_MAX, ApprovalNeeded, TooManyApprovals
from application.sales.views import UnknownSale
from application.scope import open_store, store_in_scope
from domain.identity.approval import ApprovalUse, UnknownApproval, check_usable
from domain.identity.enrolment import secret_digest
from domain.identity.organisation import CallerKind, Store
from domain.sales.sale import Sale, SaleKind
from domain.shared.errors import Forbidden, Invalid, Rejected

ELSEWHERE: Final = "sales.refund_elsewhere"
IN_CASH: Final = "sales.refund_in_cash"
BEYOND: Final = "sales.refund_beyond"


class NotASale(Rejected):
    en = "Document {sale_id} is a {kind}, and only sales can be taken back. Name the original sale."
    zh = "单据 {sale_id} 是 {kind}，只有销售单可以退回。请使用原销售单。"


class SaleIdOrReceipt(Invalid):
    en = "Name the sale by sale_id or by receipt_number, one of them."
    zh = "请用 sale_id 或 receipt_number 之一指定销售单。"


class ReceiptNeedsDate(Invalid):
    en = "Receipt “{receipt_number}” was numbered by its terminal: send the business_date that is printed on it too."
    zh = "小票“{receipt_number}”由终端编号，请同时填写小票上的 business_date。"


class MayNotTakeElsewhere(Forbidden):
    en = "The sale was made in store “{store_code}”. Taking it back in another store needs {permission}."
    zh = "该销售发生在门店“{store_code}”。在其他门店退货需要权限 {permission}。"


class OtherCurrency(Rejected):
    en = "The sale was made in {sold_in}, and store “{store_code}” pays in {currency}. Return it where it was bought."
    zh = "该销售以 {sold_in} 结算，门店“{store_code}”使用 {currency}。请在原门店退货。"


class OnlyWhereSold(Rejected):
    en = "Line {line_number} has sold a times card or a membership, which only store “{store_code}” takes back."
    zh = "第 {line_number} 行售出的是次卡或会员资格，只能在门店“{store_code}”退回。"


def sale_id_named(uow: UnitOfWork, *, sale_id: int, receipt_number: str, on: str) -> int:
    """The id of the sale that is named by its id or by what its receipt says.

    Raises SaleIdOrReceipt, ReceiptNeedsDate, UnknownSale for a receipt that nobody knows, InvalidCode and InvalidDate.
    """
    if bool(sale_id) == bool(receipt_number):
        raise SaleIdOrReceipt("sale_id")
    if sale_id:
        return sale_id
    number = optional_code(receipt_number, field="receipt_number")
    terminal_code, _, sequence = number.rpartition("-")
    if sequence[:1] == "S" and sequence[1:].isascii() and sequence[1:].isdigit():
        # The server has numbered it by the sale's own id.
        found: int | None = int(sequence[1:])
    else:
        day = optional_date(on, field="business_date")
        if day is None:
            raise ReceiptNeedsDate("business_date", receipt_number=number)
        found = uow.priced_sales.by_receipt(number, terminal_code=terminal_code, on=day)
    if not found or found >= 2**63:
        raise UnknownSale("receipt_number")
    return found


def lock_sale(uow: UnitOfWork, sale_id: int, *, receipt_number: str, reason: str) -> Sequence[StoredSale]:
    """The sale and what has taken it back so far, locked; what the caller must not see does not exist for it.

    Raises UnknownSale, NotASale and InvalidName.
    """
    required_name(reason, field="reason")
    # How returns are settled is a matter of settings, which somebody may just have changed.
    uow.refresh()
    documents = uow.sales.lock_document(sale_id)
    named = "receipt_number" if receipt_number else "sale_id"
    if not documents or not may_take(uow, documents[0].sale):
        raise UnknownSale(named)
    sale = documents[0].sale
    if receipt_number and sale.receipt_number != receipt_number:
        raise UnknownSale(named)
    if sale.kind is not SaleKind.SALE:
        raise NotASale(named, sale_id=sale_id, kind=sale.kind)
    return documents


def may_take(uow: UnitOfWork, sale: Sale) -> bool:
    """Whether the caller may know of a sale in order to take it back."""
    return uow.caller.sees(sale.store_id) or uow.caller.may(ELSEWHERE)


def taking_store(uow: UnitOfWork, sale: Sale, store_code: str) -> Store:
    """The store that takes the goods: the one named, else the terminal's own, else the one that has sold them.

    Raises UnknownStore, StoreClosed, StoreNeeded, MayNotTakeElsewhere and OtherCurrency.
    """
    caller, stores = uow.caller, uow.chain.stores
    selling = stores[sale.store_id]
    if store_code:
        store = open_store(uow, store_code)
    elif caller.store_id is None and caller.sees(selling.store_id):
        store = selling
    else:
        store = store_in_scope(uow, "")
    if store.store_id == selling.store_id:
        return store
    if not caller.may(ELSEWHERE):
        raise MayNotTakeElsewhere("store_code", store_code=selling.code, permission=ELSEWHERE)
    if store.currency != sale.currency:
        raise OtherCurrency("store_code", sold_in=sale.currency, store_code=store.code, currency=store.currency)
    return store


def check_only_goods(uow: UnitOfWork, original: StoredSale, line_numbers: Sequence[int], selling: Store) -> None:
    """Refuses to take a times card or a membership back in another store: what it still owes stands in the books there.

    Raises OnlyWhereSold with the first such line.
    """
    if original.sale.member_id is None:
        return
    sale_id = original.sale.sale_id
    of_store = {card.line_number for card in uow.times_cards.lock_of_sale(sale_id)}
    of_store |= {one.line_number for one in uow.paid_memberships.of_sale(sale_id)}
    for line_number in sorted(of_store.intersection(line_numbers)):
        raise OnlyWhereSold("lines", line_number=line_number, store_code=selling.code)


def use_approvals(
    uow: UnitOfWork,
    tokens: Sequence[str],
    *,
    store_id: int,
    needed: Mapping[str, int],
    document_id: int,
    always: bool = False,
) -> None:
    """Uses the approvals that were sent for what the caller may not do alone: `needed` has minor units by action.

    What the caller may do needs none, unless two people are `always` needed. Raises TooManyApprovals, UnknownApproval,
    the refusals of `check_usable`, each with the place of its token, and ApprovalNeeded for the first action that
    nobody has approved.
    """
    if len(tokens) > APPROVALS_MAX:
        raise TooManyApprovals("approval_tokens", limit=APPROVALS_MAX)
    caller = uow.caller
    left = {action: amount for action, amount in needed.items() if always or not caller.may(action)}
    for place, token in enumerate(tokens):
        field = f"approval_tokens[{place}]"
        stored = uow.identity.lock_approval(secret_digest(token))
        if stored is None:
            raise UnknownApproval(field)
        check_usable(
            stored.approval,
            used=stored.used,
            store_id=store_id,
            sale_request_id=uow.request_id,
            amounts=left,
            seller_id=caller.staff_id,
            at_terminal=caller.kind is CallerKind.TERMINAL,
            at=uow.now,
            field=field,
        )
        # The same one again is for an action that needs no more.
        del left[stored.approval.action]
        uow.add(ApprovalUse(stored.approval.approval_id, document_id, caller.caller_id, caller.staff_id, uow.now))
    for action, amount in left.items():
        raise ApprovalNeeded("approval_tokens", action=action, amount_minor=amount)
