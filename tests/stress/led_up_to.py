"""What has to be there before an RPC can take effect, and how often it does when many send it at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from application.loyalty.adjust_points import AdjustPoints, adjust_points
from application.loyalty.hold_points import HoldPoints, hold_points
from application.loyalty.pool_points import (
    JoinPointsPool,
    join_points_pool,
)
from application.marketing.redeem_reward import RedeemReward, redeem_reward
from application.membership.merge_members import MergeMembers, merge_members
from application.membership.register_member import RegisterMember, register_member
from application.pricing.draft_promotion import DraftPromotion, draft_promotion
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.order_views import OrderLineView
from application.sales.orders import PlaceOrder, place_order
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.sales.order import Fulfilment
from tests.stress.central_requests import name_receipt_to_split
from tests.stress.chain import PHONES, Chain
from tests.stress.client import METHODS, Terminal
from tests.stress.count_requests import name_count
from tests.stress.drop_ship_requests import STEPS as STEPS_OF_DROP_SHIPS
from tests.stress.drop_ship_requests import name_drop_ship
from tests.stress.goods_receipt_requests import name_receipt
from tests.stress.order_requests import SKU as ORDERED
from tests.stress.parking_requests import name_parked
from tests.stress.purchase_requests import STEPS as STEPS_OF_PURCHASES
from tests.stress.purchase_requests import name_purchase
from tests.stress.replenishment_requests import name_proposal
from tests.stress.requests import new_id
from tests.stress.reservation_requests import name_reservation
from tests.stress.shipment_requests import name_shipment
from tests.stress.stock_alert_requests import name_alert
from tests.stress.supplier_invoice_requests import PAID_AT_ONCE, name_supplier_invoice
from tests.stress.supplier_return_requests import RETURNED_AT_ONCE, name_supplier_return
from tests.stress.transfer_requests import STEPS as STEPS_OF_TRANSFERS
from tests.stress.transfer_requests import name_transfer

AT_ONCE = 20
"""How many write the same entry: of every RPC there is."""


def lead_up_to(chain: Chain, office: Terminal, chance: Random, rpc: str, requests: Sequence[Any]) -> None:
    """Makes what the requests, all of this RPC, are about, and names it in them."""
    if rpc in LED_BY:
        _name(requests, code=_led_up_to(chain, office, chance, rpc))
    if rpc == "ReversePointsAdjustment":
        adjusted = chain.do(adjust_points, AdjustPoints(PHONES[0], 5, "Late", "S1"))
        _name(requests, adjustment_id=adjusted.adjustment_id)
    if rpc in ("LeavePointsPool", "SetPointsPoolRule", "TransferPoints"):
        chain.do(join_points_pool, JoinPointsPool(PHONES[0], PHONES[1]))
    if rpc in ("HoldPoints", "CapturePoints", "ReleasePoints", "TransferPoints"):
        chain.do(adjust_points, AdjustPoints(PHONES[0], AT_ONCE, "Late", "S1"))
    if rpc in ("CapturePoints", "ReleasePoints"):
        until = datetime.now(UTC) + timedelta(hours=1)
        held = chain.do(hold_points, HoldPoints(PHONES[0], AT_ONCE, "Order 7", until, "S1"))
        _name(requests, hold_id=held.hold_id)
    name_parked(chain, rpc, requests)
    name_transfer(chain, rpc, requests)
    name_purchase(chain, rpc, requests)
    name_supplier_return(chain, rpc, requests)
    name_supplier_invoice(chain, rpc, requests)
    name_proposal(chain, rpc, requests)
    name_count(chain, rpc, requests)
    name_receipt_to_split(chain, rpc, requests)
    name_shipment(chain, rpc, requests)
    name_receipt(chain, rpc, requests)
    name_drop_ship(chain, rpc, requests)
    name_reservation(chain, rpc, requests)
    name_alert(chain, rpc, requests)
    if rpc in ("RedeemReward", "CancelRedemption"):
        chain.do(adjust_points, AdjustPoints(PHONES[0], 1_000, "Welcome", "S1"))
    if rpc == "CancelRedemption":
        redeemed = chain.do(redeem_reward, RedeemReward("MUG", PHONES[0], "S1"))
        _name(requests, redemption_id=redeemed.redemption_id)
    if rpc in ("PayOrder", "AdvanceOrder", "CompleteOrder", "CancelOrder"):
        lines, due = (OrderLineView(ORDERED, 1_000),), (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
        order = chain.once(place_order, PlaceOrder(lines, fulfilment=Fulfilment.COLLECT, due_date=due), chain.s1)
        _name(requests, order_id=order.order_id)
    if rpc in ("MergeMembers", "UndoMemberMerge", "EraseMember"):
        key = requests[0].request_id
        chain.do(register_member, RegisterMember(card=key))
        if rpc == "MergeMembers":
            _name(requests, merged_key=key)
        if rpc == "UndoMemberMerge":
            merged = chain.once(merge_members, MergeMembers(PHONES[0], key, "One person", "S1"), chain.s1)
            _name(requests, merge_id=merged.merge_id)


def _name(requests: Sequence[Any], **fields: Any) -> None:
    for request in requests:
        for name, value in fields.items():
            setattr(request, name, value)


LED_BY: dict[str, tuple[str, ...]] = {
    "SubmitPromotion": (),
    "ReviewPromotion": ("SubmitPromotion",),
    "PublishPromotion": ("SubmitPromotion", "ReviewPromotion"),
    "PausePromotion": (),
    "ResumePromotion": (),
    "EndPromotion": (),
}
"""The steps of a promotion's life, with those that lead a draft up to each."""


def _led_up_to(chain: Chain, office: Terminal, chance: Random, rpc: str) -> str:
    """The code of a promotion of its own that can take this step, once, and that gives nothing for years."""
    benefit = Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=5_000)
    terms = Promotion(f"ONCE-{rpc.upper()}", "Half price", benefit, from_date="2099-01-01")
    if rpc in ("PausePromotion", "ResumePromotion"):
        chain.do(put_promotions, PutPromotions((replace(terms, paused=rpc == "ResumePromotion"),)))
        return terms.code
    chain.do(draft_promotion, DraftPromotion(terms))
    for earlier in LED_BY[rpc]:
        request: Any = METHODS[earlier].request(request_id=new_id(chance), code=terms.code, revision=1)
        office.ask(earlier, request).as_a(METHODS[earlier].row.response)
    return terms.code


ACCEPTED_AT_ONCE = {
    # A step of a promotion's life is taken once.
    **dict.fromkeys(LED_BY, 1),
    "RegisterMember": 1,
    # Of two members who want the same card, one gets it, as often as he asks.
    "AddCard": AT_ONCE // 2,
    "RevokeCaller": 1,
    # Whoever has the tier already is not given it again; points are put back once.
    **dict.fromkeys(("ChangeTier", "ReversePointsAdjustment", "CapturePoints", "ReleasePoints"), 1),
    **dict.fromkeys(("RecordActivity", "CancelRedemption", "ResumeParkedBasket", "SplitParkedBasket"), 1),
    # Two files become one once, and two again once; a case is closed once.
    **dict.fromkeys(("MergeMembers", "UndoMemberMerge", "EraseMember"), 1),
    **dict.fromkeys(("AnswerServiceCase", "CloseFollowUp"), 1),
    # What happens to a card happens once.
    **dict.fromkeys(("JoinPointsPool", "LeavePointsPool"), 1),
    **dict.fromkeys(("BlockCard", "UnblockCard", "ReplaceCard"), 1),
    # A shared code is nobody's to hand on.
    "TransferCoupon": 0,
    # A proposal without lines is whole at once and accepted once; none is being computed.
    "AcceptProposal": 1,
    "CloseCount": 1,
    "CorrectReceipt": 1,
    # A waybill number is one shipment's, which is cancelled and resolved once.
    **dict.fromkeys(("CreateShipment", "CancelShipment", "ResolveShipment"), 1),
    "ReleaseStock": 1,
    "ComputeProposal": 0,
    # Nobody has sold for eight weeks.
    "RunForecast": 0,
    # No goods are valued at standard cost at first.
    "SetStandardCosts": 0,
    # For a terminal, which none of them is, and by a provider, of which a chain has none at first.
    **dict.fromkeys(("VoidSale", "OpenShift", "CloseShift", "RecordCash", "StartPayment"), 0),
    # None of the callers is a supplier.
    **dict.fromkeys(("ConfirmMyOrder", "AnnounceDelivery", "SendMyDocument"), 0),
    "CloseDay": 1,
    # An account is closed and frozen once, a gift card sold and blocked once.
    **dict.fromkeys(("CloseStoredValue", "FreezeStoredValue", "UnfreezeStoredValue"), 1),
    **dict.fromkeys(("SellGiftCard", "BlockGiftCard", "UnblockGiftCard"), 1),
    # An order takes a step, and ends, once.
    **dict.fromkeys(("AdvanceOrder", "CompleteOrder", "CancelOrder"), 1),
    **dict.fromkeys(STEPS_OF_TRANSFERS, 1),
    **dict.fromkeys(STEPS_OF_PURCHASES, 1),
    "ReturnToSupplier": RETURNED_AT_ONCE,
    # A number is recorded once, and what is held is decided once.
    **dict.fromkeys(("RecordSupplierInvoice", "ApproveSupplierInvoice", "RejectSupplierInvoice"), 1),
    "PaySupplierInvoices": PAID_AT_ONCE,
    **dict.fromkeys(STEPS_OF_DROP_SHIPS, 1),
    # Nobody has approved it.
    "RefundWithoutReceipt": 0,
    # Nine pieces come back one by one.
    **dict.fromkeys(("RefundSale", "ExchangeSale"), 9),
    # A draft is published once, a sale brings its tickets once, a member has one seat and takes it once.
    **dict.fromkeys(("PublishDraw", "ClaimTickets", "BookSeat", "CancelSeat", "CheckIn"), 1),
}
"""Of AT_ONCE requests; all of them where nothing is used up."""
