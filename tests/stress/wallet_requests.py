"""One valid request for every RPC of stored value and gift cards; see valid_requests.py."""

from typing import Final

from liansuo.sales.v1 import sales_pb2
from liansuo.wallet.v1 import gift_card_pb2, wallet_pb2
from tests.stress.chain import BLOCKED_CARD, CARD_CODES, CARD_MINOR, CARD_PIN, PHONES
from tests.stress.requests import Valid

WALLET: Final[dict[str, Valid]] = {
    "TopUpStoredValue": lambda key, _: wallet_pb2.TopUpStoredValueRequest(
        request_id=key,
        member_key=PHONES[0],
        amount_minor=10_000,
        tender=sales_pb2.TENDER_KIND_CARD,
        reference="A1",
        bonus_minor=500,
        store_code="S1",
    ),
    "TransferStoredValue": lambda key, _: wallet_pb2.TransferStoredValueRequest(
        request_id=key,
        from_member_key=PHONES[1],
        to_member_key=PHONES[0],
        amount_minor=1,
        reason="Gift",
        store_code="S1",
    ),
    "CloseStoredValue": lambda key, _: wallet_pb2.CloseStoredValueRequest(
        request_id=key,
        member_key=PHONES[2],
        tender=sales_pb2.TENDER_KIND_CASH,
        reason="Moves away",
        reference="A1",
        store_code="S1",
    ),
    "FreezeStoredValue": lambda key, _: wallet_pb2.FreezeStoredValueRequest(
        request_id=key, member_key=PHONES[2], reason="Lost", store_code="S1"
    ),
    "UnfreezeStoredValue": lambda key, _: wallet_pb2.UnfreezeStoredValueRequest(
        request_id=key, member_key=PHONES[3], reason="Found", store_code="S1"
    ),
    "GetStoredValue": lambda key, _: wallet_pb2.GetStoredValueRequest(member_key=PHONES[0]),
    "GetStoredValueStatement": lambda key, _: wallet_pb2.GetStoredValueStatementRequest(
        member_key=PHONES[0], page_size=3
    ),
}

GIFT_CARD: Final[dict[str, Valid]] = {
    "IssueGiftCards": lambda key, _: gift_card_pb2.IssueGiftCardsRequest(
        request_id=key, batch=key, count=2, face_minor=10_000, store_code="S1"
    ),
    "SellGiftCard": lambda key, _: gift_card_pb2.SellGiftCardRequest(
        request_id=key,
        code=CARD_CODES[2],
        amount_minor=CARD_MINOR,
        tender=sales_pb2.TENDER_KIND_CARD,
        reference="A1",
        store_code="S1",
    ),
    "OpenGiftCard": lambda key, _: gift_card_pb2.OpenGiftCardRequest(code=CARD_CODES[1], pin=CARD_PIN),
    "BlockGiftCard": lambda key, _: gift_card_pb2.BlockGiftCardRequest(
        request_id=key, card_id=3, reason="Lost", store_code="S1"
    ),
    "UnblockGiftCard": lambda key, _: gift_card_pb2.UnblockGiftCardRequest(
        request_id=key, card_id=BLOCKED_CARD, reason="Found", store_code="S1"
    ),
    "ListGiftCards": lambda key, _: gift_card_pb2.ListGiftCardsRequest(batch="STRESS", page_size=3),
    "GetGiftCard": lambda key, _: gift_card_pb2.GetGiftCardRequest(card_id=1, page_size=3),
}
