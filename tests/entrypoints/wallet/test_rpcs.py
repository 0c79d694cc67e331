from dataclasses import replace

from application.catalog.put_products import PutProducts, put_products
from domain.catalog.product import TimesCardTerms
from entrypoints.grpc.gift_cards import SERVICE as GIFT_CARDS
from entrypoints.grpc.times_cards import SERVICE as TIMES_CARDS
from entrypoints.grpc.wallet import STORED_VALUE
from liansuo.sales.v1 import sales_pb2
from liansuo.wallet.v1 import gift_card_pb2, times_card_pb2
from liansuo.wallet.v1 import wallet_pb2 as pb2
from tests.application.wallet.cards import sold
from tests.application.wallet.paying_in import pay_in
from tests.entrypoints.marketing.test_rpcs import call
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, OPENING, PRODUCTS, Till, World


def test_names_a_permission_for_every_rpc() -> None:
    assert permissions(STORED_VALUE) == {
        "TopUpStoredValue": "wallet.top_up",
        "TransferStoredValue": "wallet.transfer",
        "CloseStoredValue": "wallet.close",
        "FreezeStoredValue": "wallet.freeze",
        "UnfreezeStoredValue": "wallet.freeze",
        "GetStoredValue": "wallet.read",
        "GetStoredValueStatement": "wallet.read",
    }

    assert permissions(GIFT_CARDS) == {
        "IssueGiftCards": "gift_cards.issue",
        "SellGiftCard": "gift_cards.sell",
        "OpenGiftCard": "gift_cards.sell",
        "BlockGiftCard": "gift_cards.block",
        "UnblockGiftCard": "gift_cards.block",
        "ListGiftCards": "gift_cards.read",
        "GetGiftCard": "gift_cards.read",
    }

    assert permissions(TIMES_CARDS) == {"UseTimesCard": "times_cards.use", "ListTimesCards": "wallet.read"}


def test_carries_a_times_card_to_the_answer(world: World) -> None:
    uses = replace(PRODUCTS[0], unstocked=True, times_card=TimesCardTerms(30))
    world.do(put_products, PutProducts((uses,)))
    sale = world.sell(Till().line("TEA", 3).member().cash(30_000).command)
    request = times_card_pb2.UseTimesCardRequest(member_key=MEMBER, sku="TEA")
    used = call(world, TIMES_CARDS, "UseTimesCard", request)
    assert (used.uses_left, used.expires_on) == (2, "2026-12-22")
    [card] = ask(world, TIMES_CARDS, "ListTimesCards", times_card_pb2.ListTimesCardsRequest(member_key=MEMBER)).cards
    assert {field.name for field, _ in card.ListFields()} == set(times_card_pb2.TimesCard.DESCRIPTOR.fields_by_name)
    assert (card.card_id, card.sale_id, card.uses_total, card.uses_left) == (used.card_id, sale.sale_id, 3, 2)


def test_carries_a_gift_card_to_the_answer(world: World) -> None:
    [card] = sold(world)
    found = ask(world, GIFT_CARDS, "GetGiftCard", gift_card_pb2.GetGiftCardRequest(card_id=card.card_id))
    assert found.card == gift_card_pb2.GiftCard(
        card_id=card.card_id,
        hint=f"…{card.code[-4:]}",
        batch="XMAS",
        currency="CNY",
        face_minor=10_000,
        balance_minor=10_000,
        sold=True,
    )
    assert {(one.reason, one.amount_minor, one.tender) for one in found.entries} == {
        (gift_card_pb2.GIFT_CARD_REASON_ISSUED, 0, sales_pb2.TENDER_KIND_UNSPECIFIED),
        (gift_card_pb2.GIFT_CARD_REASON_SOLD, 10_000, sales_pb2.TENDER_KIND_CASH),
    }


def test_carries_stored_value_from_the_till_to_the_answer(world: World) -> None:
    done = pay_in(world, 1_000, bonus_minor=50, caller=world.terminal("T1", "wallet.bonus"))
    found = ask(world, STORED_VALUE, "GetStoredValue", pb2.GetStoredValueRequest(member_key=MEMBER))
    assert list(found.balances) == [
        pb2.StoredValueBalance(currency="CNY", balance_minor=1_050, principal_minor=1_000, bonus_minor=50)
    ]
    request = pb2.GetStoredValueStatementRequest(member_key=MEMBER)
    [entry] = ask(world, STORED_VALUE, "GetStoredValueStatement", request).entries
    expected = pb2.StoredValueEntry(
        entry_id=done.entry_id,
        currency="CNY",
        reason=pb2.STORED_VALUE_REASON_TOPPED_UP,
        principal_minor=1_000,
        bonus_minor=50,
        document_id=done.entry_id,
        tender=sales_pb2.TENDER_KIND_CASH,
        store_code="S1",
        business_date="2026-11-22",
    )
    expected.posted_at.FromDatetime(OPENING)
    assert entry == expected
