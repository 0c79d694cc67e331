"""How a stored document came to its amounts: told from what was kept with it, and proven by pricing it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import optional_code, optional_date
from application.ports.kernel import UnitOfWork
from application.ports.priced_sales import PricedSale
from application.sales.explanations import PromotionView, promotion_view, stored_promotions
from application.sales.issuing import quotas_in_words
from application.sales.points_rate import PointsRate, points_rate
from application.sales.queries import GetSale, get_sale
from application.sales.replaying import ExplanationBasis, Replayed, replay
from application.sales.views import SaleView, UnknownSale
from domain.pricing.basket import LineRequest, Manual
from domain.pricing.facts import ENGINE_VERSION, PRICE_LIST, Difference
from domain.pricing.price_list import Chosen, choose_price
from domain.sales.sale import SaleKind, SaleLine
from domain.shared.applied import given_by
from domain.shared.errors import Invalid


class OneOfThree(Invalid):
    en = "Send one of sale_id, request_id and receipt_number, and only one of them."
    zh = "必须且只能提供 sale_id、request_id 或 receipt_number 之一。"


class DateOfReceipt(Invalid):
    en = "Terminals number their receipts themselves: send business_date, the day of receipt “{receipt_number}”, too."
    zh = "小票号由终端自行编号：请同时提供小票“{receipt_number}”的营业日期 business_date。"


@dataclass(frozen=True, slots=True)
class ExplainSale:
    sale_id: int = 0
    request_id: str = ""
    receipt_number: str = ""
    business_date: str = ""


@dataclass(slots=True)
class ExplainedLine:
    """How a line came to its price, where that is known; see the message of this name in the contract."""

    line_number: int
    price_list_code: str
    price_list_name: str
    includes_tax: bool
    list_price_minor: int
    unit_price_minor: int
    beaten_price_list_codes: Sequence[str]
    terminal_priced: bool
    manual_discounts: Sequence[Manual]
    sold_quantity_milli: int
    left_quantity_milli: int
    left_total_minor: int
    gift_promotion_code: str = ""


@dataclass(slots=True)
class SaleExplanation:
    """A document with how it came to its amounts; `proven` when pricing it again gave exactly what is stored."""

    sale: SaleView
    rests_on: ExplanationBasis
    proven: bool
    differences: Sequence[Difference]
    explanation: str
    lines: Sequence[ExplainedLine]
    promotions: Sequence[PromotionView]
    basket_discounts: Sequence[Manual]
    discount_stacking: str
    tax_rounding: str
    rounding_mode: str
    promotions_version: int
    engine_version: int
    points_rate: PointsRate | None = None


def explain_sale(uow: UnitOfWork, query: ExplainSale) -> SaleExplanation:
    """Explains a document of the caller's scope, whatever promotions, prices, taxes and settings are by now.

    Raises OneOfThree, DateOfReceipt, the refusals of `get_sale`, and UnknownSale alike for absent documents and for
    those of foreign stores.
    """
    uow.refresh()
    sale = _sale(uow, query)
    sold = uow.priced_sales.get(sale.sale_id)
    assert sold is not None
    found = replay(uow, sold)
    language = uow.caller.language
    considered = found.priced.considered if found.priced is not None else ()
    basis = found.basis
    told = basis is not None and found.rests_on is ExplanationBasis.FACTS
    promoting = basis.promoting if basis is not None else None
    limits_left = promoting.situation.limits_left if promoting is not None else ()
    promotions = [promotion_view(one, language=language, limits_left=limits_left) for one in considered]
    if found.rests_on is not ExplanationBasis.FACTS:
        promotions = stored_promotions(sale.lines, language=language)
    # Who earned no points, or bought where no quota is, has no entries.
    quota_uses = uow.points_quotas.of_sales([sale.sale_id]) if sold.sale.member_id is not None else ()
    return SaleExplanation(
        sale=sale,
        rests_on=found.rests_on,
        proven=not found.differences,
        differences=found.differences,
        explanation=_in_words(found, sale, language, quotas_in_words(quota_uses, language)),
        lines=_lines(uow, sold, found),
        promotions=promotions,
        basket_discounts=basis.basket_discounts if basis is not None else (),
        discount_stacking=promoting.stacking.value if promoting is not None else "",
        tax_rounding=basis.tax_rounding.value if told and basis is not None else "",
        rounding_mode=basis.rounding.value if told and basis is not None else "",
        promotions_version=sold.facts.promotions_version if sold.facts is not None else 0,
        engine_version=sold.facts.engine_version if sold.facts is not None else 0,
        points_rate=points_rate(uow, sold.sale),
    )


def _sale(uow: UnitOfWork, query: ExplainSale) -> SaleView:
    given = [name for name in ("sale_id", "request_id", "receipt_number") if getattr(query, name)]
    if len(given) != 1:
        raise OneOfThree(given[-1] if given else "sale_id")
    if not query.receipt_number:
        return get_sale(uow, GetSale(query.sale_id, query.request_id)).sale
    receipt_number = optional_code(query.receipt_number, field="receipt_number")
    terminal_code, _, sequence = receipt_number.rpartition("-")
    if sequence[:1] == "S" and sequence[1:].isascii() and sequence[1:].isdigit():
        # The server has numbered it by the sale's own id.
        sale_id: int | None = int(sequence[1:])
    else:
        on = optional_date(query.business_date, field="business_date")
        if on is None:
            raise DateOfReceipt("business_date", receipt_number=receipt_number)
        sale_id = uow.priced_sales.by_receipt(receipt_number, terminal_code=terminal_code, on=on)
    found = uow.sales_history.document(sale_id=sale_id) if sale_id and sale_id < 2**63 else None
    if found is None or found.sale.receipt_number != receipt_number:
        raise UnknownSale("receipt_number")
    return found.sale


def _lines(uow: UnitOfWork, sold: PricedSale, found: Replayed) -> list[ExplainedLine]:
    if sold.sale.kind is not SaleKind.SALE:
        return [_taken_back(sold, found, number) for number in range(len(sold.lines))]
    assert found.basis is not None
    if found.rests_on is ExplanationBasis.FACTS:
        told = [_explained(request, sold, number) for number, request in enumerate(found.basis.lines)]
    else:
        told = _as_stored(uow, sold, found.basis.lines)
    # Gifts stand behind what was bought.
    return told + [_given(line) for line in sold.lines[len(told) :]]


def _explained(request: LineRequest, sold: PricedSale, number: int) -> ExplainedLine:
    line = sold.lines[number]
    terminal = request.terminal is not None
    return ExplainedLine(
        line_number=line.line_number,
        price_list_code=request.price_list_code,
        price_list_name=request.price_list_name,
        includes_tax=request.includes_tax,
        list_price_minor=line.unit_price_minor,
        unit_price_minor=line.unit_price_minor if terminal else request.unit_price_minor,
        beaten_price_list_codes=request.beaten_lists,
        terminal_priced=terminal,
        manual_discounts=request.manual,
        sold_quantity_milli=0,
        left_quantity_milli=0,
        left_total_minor=0,
    )


def _given(line: SaleLine) -> ExplainedLine:
    return ExplainedLine(
        line_number=line.line_number,
        price_list_code="",
        price_list_name="",
        includes_tax=False,
        list_price_minor=0,
        unit_price_minor=0,
        beaten_price_list_codes=(),
        terminal_priced=False,
        manual_discounts=(),
        sold_quantity_milli=0,
        left_quantity_milli=0,
        left_total_minor=0,
        gift_promotion_code=given_by(line.discounts),
    )


def _as_stored(uow: UnitOfWork, sold: PricedSale, requests: Sequence[LineRequest]) -> list[ExplainedLine]:
    """The lines of a sale without facts, each with the price list that gives its price for that moment, if one does."""
    products = uow.pricing.products(skus={product.sku for product in sold.products.values()}).by_sku
    store = uow.chain.stores[sold.sale.store_id]
    explained = []
    # Gifts stand behind what was bought.
    for number, (line, request) in enumerate(zip(sold.lines, requests, strict=False)):
        told = _explained(request, sold, number)
        told.terminal_priced = False
        product = products.get(sold.products[line.sku_id].sku)
        chosen = choose_price(
            product.prices if product is not None else (),
            uow.chain.price_lists,
            store_id=store.store_id,
            region_id=store.region_id,
            channel=sold.sale.channel,
            tier=sold.tier or "",
            currency=sold.sale.currency,
            quantity_milli=line.quantity_milli,
            at=sold.sale.sold_at,
        )
        first = line.discounts[0] if line.discounts else None
        if first is not None and first.code.startswith(PRICE_LIST):
            told.price_list_code, told.price_list_name = first.code.removeprefix(PRICE_LIST), first.name
        if chosen is not None and _gives(chosen, told):
            told.price_list_code, told.price_list_name = chosen.price_list.code, chosen.price_list.name
            told.unit_price_minor = chosen.price.unit_price_minor
            told.beaten_price_list_codes = chosen.beaten
        explained.append(told)
    return explained


def _gives(chosen: Chosen, told: ExplainedLine) -> bool:
    """Whether the lists, as they are now, give the price of that moment; one that has been replaced is not known."""
    return (
        chosen.list_price_minor == told.list_price_minor
        and told.price_list_code in ("", chosen.price_list.code)
        and chosen.price_list.includes_tax == told.includes_tax
    )


def _taken_back(sold: PricedSale, found: Replayed, number: int) -> ExplainedLine:
    line = sold.lines[number]
    rest = found.left.get(line.original_line_number)
    return ExplainedLine(
        line_number=line.line_number,
        price_list_code="",
        price_list_name="",
        includes_tax=line.gross_minor - line.discount_minor == line.total_minor,
        list_price_minor=line.unit_price_minor,
        unit_price_minor=line.unit_price_minor,
        beaten_price_list_codes=(),
        terminal_priced=False,
        manual_discounts=(),
        sold_quantity_milli=rest.line.quantity_milli if rest is not None else 0,
        left_quantity_milli=rest.quantity_milli if rest is not None else 0,
        left_total_minor=rest.net_minor + rest.tax_minor if rest is not None else 0,
    )


def _in_words(found: Replayed, sale: SaleView, language: str, quotas: Sequence[str]) -> str:
    chinese = language.startswith("zh")
    rests_on: str = found.rests_on
    if found.rests_on is ExplanationBasis.LINES and any(
        not discount.code.startswith(PRICE_LIST) for line in sale.lines for discount in line.discounts
    ):
        rests_on = _OLDER
    basis = (_ZH if chinese else _EN)[rests_on].format(original=sale.original_sale_id, engine_version=ENGINE_VERSION)
    proof = _ZH_PROOF if chinese else _EN_PROOF
    told = [basis, proof[not found.differences].format(count=len(found.differences)), *quotas]
    return ("" if chinese else " ").join(told)


_OLDER: Final = "older"
_EN: Final = {
    ExplanationBasis.FACTS: "Priced again from what was kept with the sale.",
    ExplanationBasis.LINES: "No promotion concerned this sale and nothing came off by hand: its lines say everything.",
    _OLDER: "The sale is older than what is kept to explain sales: its discounts are told as its lines have them.",
    ExplanationBasis.OTHER_ENGINE: (
        "Another version of the pricing engine has made this sale; this is version {engine_version}."
        " It is told as it was stored."
    ),
    ExplanationBasis.ORIGINAL: "Shares of what the lines of sale {original} had left, by their stored allocation.",
    ExplanationBasis.WITHOUT_RECEIPT: (
        "Taken back without a receipt, at the lowest price that the goods had been sold at in the store."
    ),
    ExplanationBasis.REPRICED: "What was paid in sale {original} less what the goods that are kept cost by themselves.",
}
_ZH: Final = {
    ExplanationBasis.FACTS: "按随单保存的定价依据重新计算。",
    ExplanationBasis.LINES: "本单没有涉及促销或手工折扣，各行已说明一切。",
    _OLDER: "本单早于定价依据的保存，折扣按各行所存内容说明。",
    ExplanationBasis.OTHER_ENGINE: "本单由另一版本的定价引擎计算（当前版本 {engine_version}），按所存内容说明。",
    ExplanationBasis.ORIGINAL: "按原销售单 {original} 各行所存分摊的剩余部分计算。",
    ExplanationBasis.WITHOUT_RECEIPT: "无小票退货，按该店近期最低成交价计算。",
    ExplanationBasis.REPRICED: "原销售单 {original} 已付金额减去留下商品单独计价的金额。",
}
_EN_PROOF: Final = {True: "It comes to the same.", False: "{count} figures differ from what is stored."}
_ZH_PROOF: Final = {True: "结果一致。", False: "有 {count} 个数值与所存不符。"}
