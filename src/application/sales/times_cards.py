"""Sales that bring times cards, and refunds of what was not used."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.sales import StoredSale
from application.sales.basket import ResolvedBasket
from application.times_card_ledger import record_movement
from application.transactor import Call
from domain.pricing.goods import UNIT_MILLI
from domain.sales.sale import Sale, SaleLine
from domain.shared.errors import Invalid, Rejected
from domain.wallet.times_card import TimesCard, TimesCardReason, value_of_uses


class TimesCardNeedsMember(Rejected):
    en = "“{sku}” brings uses that belong to a member. Send member_key."
    zh = "“{sku}”为计次卡，须归属会员，请提供 member_key。"


class UsesAreCounted(Invalid):
    en = "“{sku}” brings a use for each whole unit. Say how many units are bought."
    zh = "“{sku}”每单位为一次使用，请填写购买的整数数量。"


def check_times_cards(basket: ResolvedBasket, member: MemberAccount | None, *, field: str) -> None:
    """Refuses a times card for nobody, and one of no whole number of uses; `field` is that of the lines.

    Raises TimesCardNeedsMember and UsesAreCounted.
    """
    for index in basket.times_cards:
        line = basket.lines[index]
        if member is None:
            raise TimesCardNeedsMember(f"{field}[{index}].sku", sku=line.sku)
        if not line.quantity_milli or line.quantity_milli % UNIT_MILLI:
            raise UsesAreCounted(f"{field}[{index}].quantity_milli", sku=line.sku)


def open_times_cards(
    uow: UnitOfWork,
    basket: ResolvedBasket,
    member: MemberAccount,
    call: Call[Any],
    sale: Sale,
    lines: Sequence[SaleLine],
) -> None:
    """Makes the card of each line that brings one: its revenue waits until it is used."""
    for index in basket.times_cards:
        line, terms = lines[index], basket.lines[index].product.product.times_card
        assert terms is not None
        uses, value = line.quantity_milli // UNIT_MILLI, line.net_minor - line.deferred_minor
        card = TimesCard(
            card_id=uow.new_id(),
            member_id=member.member_id,
            sku_id=line.sku_id,
            sale_id=sale.sale_id,
            line_number=line.line_number,
            currency=sale.currency,
            store_id=sale.store_id,
            uses_total=uses,
            uses_left=uses,
            value_left_minor=value,
            expires_on=sale.business_date + timedelta(days=terms.valid_days) if terms.valid_days else None,
            sold_at=sale.sold_at,
        )
        uow.add(card)
        record_movement(
            uow, card, TimesCardReason.SOLD,
            uses=uses, value_minor=value, store_id=sale.store_id, on=sale.business_date, at=sale.stored_at,
            caller=call.caller, document_id=sale.sale_id,
        )  # fmt: skip


def take_times_back(uow: UnitOfWork, original: StoredSale, lines: Sequence[SaleLine], reversal: Sale) -> None:
    """Takes the uses of lines that come back off their cards; raises UsesNotLeft where they were used or have expired.

    A sale whose returned lines have all cost something is asked nothing.
    """
    returned = {
        line.original_line_number: -line.quantity_milli // UNIT_MILLI
        for line in lines
        # What is kept without stock has cost nothing.
        if line.quantity_milli and not line.cost_minor
    }
    if original.sale.member_id is None or not returned:
        return
    moved = []
    for card in uow.times_cards.lock_of_sale(original.sale.sale_id):
        uses = returned.get(card.line_number, 0)
        if not uses:
            continue
        value = value_of_uses(card, uses, field="lines")
        card.uses_left -= uses
        card.value_left_minor -= value
        moved.append(card)
        record_movement(
            uow, card, TimesCardReason.RETURNED,
            uses=-uses, value_minor=-value, store_id=reversal.store_id, on=reversal.business_date, at=uow.now,
            caller=uow.caller, document_id=reversal.sale_id,
        )  # fmt: skip
    uow.times_cards.move(moved)
