"""The RPCs of gift cards."""

from typing import Final

from application.wallet.gift_card_queries import get_gift_card, list_gift_cards
from application.wallet.gift_cards import (
    block_gift_card,
    issue_gift_cards,
    open_gift_card,
    sell_gift_card,
    unblock_gift_card,
)
from entrypoints.grpc.rpc import Service, command, read, write
from liansuo.wallet.v1 import gift_card_pb2 as pb2

READ: Final = "gift_cards.read"
SELL: Final = "gift_cards.sell"
BLOCK: Final = "gift_cards.block"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["GiftCardService"],
    {
        "IssueGiftCards": write(
            issue_gift_cards, pb2.IssueGiftCardsResponse, needs="gift_cards.issue", secret=("cards",)
        ),
        "SellGiftCard": write(sell_gift_card, pb2.SellGiftCardResponse, needs=SELL),
        "OpenGiftCard": command(open_gift_card, pb2.OpenGiftCardResponse, needs=SELL),
        "BlockGiftCard": write(block_gift_card, pb2.BlockGiftCardResponse, needs=BLOCK),
        "UnblockGiftCard": write(unblock_gift_card, pb2.UnblockGiftCardResponse, needs=BLOCK),
        "ListGiftCards": read(list_gift_cards, pb2.ListGiftCardsResponse, needs=READ),
        "GetGiftCard": read(get_gift_card, pb2.GetGiftCardResponse, needs=READ),
    },
)
