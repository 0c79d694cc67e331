"""Quotes that hold their prices: what a quote promised, in a token that nobody but this chain can make.

The token carries what the server contributed to the price of each line (its price, what the promotions took off) and
digests of everything that the till contributed. At the sale the till sends its basket again, and both together give
the very same price by the very same code. The token is signed, not stored: quoting writes nothing, and a second sale
under one token gets no more than a second quote would have given. No name, number or reason of a person is in it, and
no cost: a member is a keyed digest, and what people took off comes with the basket again.
"""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.privacy import Keys
from application.sales.basket import Basket, ResolvedBasket
from application.sales.gifts import GiftOutOfStock
from domain.pricing.basket import PricedBasket
from domain.pricing.conditions import counts_visits
from domain.pricing.price_book import Promised
from domain.pricing.price_list import Chosen, Price, PriceList
from domain.pricing.promised import considered_of, documents_of
from domain.pricing.promoting import Considered
from domain.pricing.promotion_book import PromotionBook
from domain.shared.errors import Invalid, Rejected

VERSION: Final = b"\x01"
"""First byte of every token: which key signed it, and what it holds."""
SIGNATURE_BYTES: Final = 32
TOKEN_LENGTH_MAX: Final = 400_000
PURPOSE: Final = "quote"
HONOUR_QUOTE: Final = "honour_quote"


class InvalidQuoteToken(Invalid):
    en = "This is no quote token of this chain, or it was changed on the way. Quote the basket again."
    zh = "报价令牌无效或已被篡改，请重新报价。"


class QuoteExpired(Rejected):
    en = "The quote expired at {expired_at}. Quote the basket again."
    zh = "报价已于 {expired_at} 过期，请重新报价。"


class NotAsQuoted(Rejected):
    en = "The {what} is not the one that was quoted. Quote this basket, or send the one that was quoted."
    zh = "{what} 与报价时不同。请重新报价，或发送报价时的内容。"


class PriceChanged(Rejected):
    en = "The total is now {total_minor}, not {expected_minor}. Show the new price, then send the sale with it."
    zh = "总额现为 {total_minor}，而不是 {expected_minor}。请告知顾客新价格后重新发送。"


@dataclass(frozen=True, slots=True)
class HeldQuote:
    """What a quote promised; `prices` has one entry per line, None for those that the terminal priced.

    `member` and `visit` are digests of who bought, and of which visit it was where something was given for that, else
    empty. `applied` are the promotions with what each gave, so that whoever counts what promotions give can count it at
    the sale. `below_floor` are the lines that somebody was about to sell below their floor. `tier` is the one that the
    sale brings and by which it was priced, empty for none.
    """

    store_id: int
    channel: str
    member: str
    basket: str
    visit: str
    expires_at: datetime
    total_minor: int
    prices: Sequence[Chosen | None]
    applied: Sequence[Mapping[str, Any]]
    below_floor: Sequence[int]
    tier: str = ""

    def promotions(self) -> list[Considered]:
        """The promotions that came off, in their order, as new objects."""
        return considered_of(self.applied)


def held_token(
    keys: Keys,
    asked: Basket,
    basket: ResolvedBasket,
    priced: PricedBasket,
    *,
    member: MemberAccount | None,
    book: PromotionBook,
    below_floor: Sequence[int],
    expires_at: datetime,
    tier: str = "",
) -> str:
    """The token that lets this basket be sold at this price until then, to whole seconds."""
    lists: dict[tuple[str, str, bool], int] = {}
    lines: list[list[int] | None] = []
    for request in priced.requests:
        if request.terminal is not None:
            lines.append(None)
            continue
        number = lists.setdefault((request.price_list_code, request.price_list_name, request.includes_tax), len(lists))
        lines.append([request.unit_price_minor, request.list_price_minor, number])
    body = {
        "store": basket.store.store_id,
        "channel": basket.channel,
        "member": _member_digest(keys, member),
        "visit": _visit_digest(keys, member) if _counts_visits(priced, book) else "",
        "basket": _basket_digest(keys, asked, basket),
        "expires": int(expires_at.timestamp()),
        "total": priced.total_minor,
        "lists": list(lists),
        "lines": lines,
        "applied": documents_of(priced.considered),
        "below_floor": list(below_floor),
    }
    if tier:
        body["tier"] = tier
    data = VERSION + zlib.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
    return urlsafe_b64encode(keys.sign(PURPOSE, data) + data).rstrip(b"=").decode()


def opened_quote(keys: Keys, token: str, asked: Basket, basket: ResolvedBasket, *, at: datetime) -> HeldQuote:
    """What the token promises for this basket. Nothing in it is believed before its signature is.

    Raises InvalidQuoteToken, NotAsQuoted with the field that differs, and QuoteExpired where quotes are honoured: where
    they are not, only its total counts. The member is known later only: see `check_member`.
    """
    quote = _read(keys, token)
    for what, field, quoted, found in (
        ("store", "basket.store_code", quote.store_id, basket.store.store_id),
        ("channel", "basket.channel", quote.channel, basket.channel),
        ("basket", "basket", quote.basket, _basket_digest(keys, asked, basket)),
    ):
        if quoted != found:
            raise NotAsQuoted(field, what=what)
    if at >= quote.expires_at and basket.policies.price_change_in_flight == HONOUR_QUOTE:
        raise QuoteExpired("quote_token", expired_at=quote.expires_at.isoformat())
    return quote


def check_member(keys: Keys, quote: HeldQuote, member: MemberAccount | None) -> None:
    """Raises NotAsQuoted for another member than the one who was quoted, or for none.

    And for one who has bought since, where something was given for the number of the visit.
    """
    if quote.member != _member_digest(keys, member):
        raise NotAsQuoted("basket.member_key", what="member")
    if quote.visit and quote.visit != _visit_digest(keys, member):
        raise NotAsQuoted("basket.member_key", what="number of the visit")


def find_promised_gifts(uow: UnitOfWork, quoted: Sequence[tuple[ResolvedBasket, HeldQuote]]) -> None:
    """Tells each basket what it was promised as gifts, whatever promotions give now, so that their stock is locked."""
    for basket, quote in quoted:
        skus = [gift["sku"] for one in quote.applied for gift in one.get("gifts", ())]
        if skus:
            products = uow.pricing.products(skus=skus).by_sku
            basket.gifts = dict(sorted({**basket.gifts, **products}.items()))


def check_gifts(promised: Promised, left: Sequence[tuple[str, int]]) -> None:
    """Raises GiftOutOfStock where a gift that was promised is not there any more: a quote promises no stock."""
    there = dict(left)
    for one in promised.applied:
        for gift in one.gifts:
            if gift.sku in there:
                there[gift.sku] -= gift.units
                if there[gift.sku] < 0:
                    raise GiftOutOfStock("quote_token", sku=gift.sku, name=one.name, units=-there[gift.sku])


def check_total(expected_minor: int, total_minor: int, *, field: str) -> None:
    """Raises PriceChanged with both totals where they differ."""
    if expected_minor != total_minor:
        raise PriceChanged(field, expected_minor=expected_minor, total_minor=total_minor)


def _read(keys: Keys, token: str) -> HeldQuote:
    if len(token) > TOKEN_LENGTH_MAX or not token.isascii():
        raise InvalidQuoteToken("quote_token")
    try:
        sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise InvalidQuoteToken("quote_token") from None
    signature, data = sealed[:SIGNATURE_BYTES], sealed[SIGNATURE_BYTES:]
    if data[:1] != VERSION or not keys.signed(PURPOSE, data, signature):
        raise InvalidQuoteToken("quote_token")
    body = json.loads(zlib.decompress(data[1:]))
    lists = [PriceList(0, code, name, "", tax, 0, None, None, "", "", None, None) for code, name, tax in body["lists"]]
    return HeldQuote(
        store_id=body["store"],
        channel=body["channel"],
        member=body["member"],
        basket=body["basket"],
        visit=body["visit"],
        expires_at=datetime.fromtimestamp(body["expires"], UTC),
        total_minor=body["total"],
        prices=[
            None if line is None else Chosen(Price(0, 0, 0, None, None, line[0]), lists[line[2]], line[1], ())
            for line in body["lines"]
        ],
        applied=body["applied"],
        below_floor=body["below_floor"],
        tier=body.get("tier", ""),
    )


def _basket_digest(keys: Keys, asked: Basket, basket: ResolvedBasket) -> str:
    """Of all that the till sent, however it named goods and place: whatever a basket may hold one day is in it."""
    lines = [
        replace(line, sku=found.product.product.sku, barcode="", quantity_milli=found.quantity_milli, serial_numbers=())
        for line, found in zip(asked.lines, basket.lines, strict=True)
    ]
    sent = replace(asked, lines=tuple(lines), member_key="", channel="", currency="", store_code="")
    if sent.age_confirmed:
        # Often seen between the quote and the sale.
        sent = replace(sent, age_confirmed=False)
    return keys.digest("quote|basket", json.dumps(asdict(sent), ensure_ascii=False)).hex()


def _member_digest(keys: Keys, member: MemberAccount | None) -> str:
    return "" if member is None else keys.digest("quote|member", str(member.member_id)).hex()


def _visit_digest(keys: Keys, member: MemberAccount | None) -> str:
    return "" if member is None else keys.digest("quote|visit", f"{member.member_id}|{member.visits + 1}").hex()


def _counts_visits(priced: PricedBasket, book: PromotionBook) -> bool:
    """Whether something was given for how often the member has bought."""
    terms = [book.promotions[one.code].when for one in priced.considered if one.applied]
    return any(when is not None and counts_visits(when) for when in terms)
