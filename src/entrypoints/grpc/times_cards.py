"""The RPCs of times cards."""

from typing import Final

from application.wallet.times_cards import list_times_cards, use_times_card
from entrypoints.grpc.rpc import Service, read, write
from liansuo.wallet.v1 import times_card_pb2 as pb2

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["TimesCardService"],
    {
        "UseTimesCard": write(use_times_card, pb2.UseTimesCardResponse, needs="times_cards.use"),
        "ListTimesCards": read(list_times_cards, pb2.ListTimesCardsResponse, needs="wallet.read", own="member_key"),
    },
)
