"""Rules of replenishment: who may put which, and which there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import at_most, optional_code, required_code, within
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.replenishment.places import NamedPlace, code_of, place_of
from application.scope import UnknownStore
from domain.replenishment.classification import AbcClass
from domain.replenishment.rule import ABC_NUMBERS, GoodsKind, Method, PlaceKind, ReplenishmentRule, check_bounds
from domain.replenishment.safety import SERVICE_BP_MAX, SERVICE_BP_MIN
from domain.shared.errors import Invalid, NotFound

RULES_MAX: Final = 1_000
DAYS_MAX: Final = 365
QUANTITY_MILLI_MAX: Final = 10**9
_LETTERS: Final[Mapping[int, AbcClass]] = {number: letter for letter, number in ABC_NUMBERS.items()}


class UnknownSku(NotFound):
    en = "There is no product with SKU “{sku}”."
    zh = "没有 SKU 为“{sku}”的商品。"


class UnknownCategory(NotFound):
    en = "There is no category “{category_code}”."
    zh = "没有类别“{category_code}”。"


class UnknownClass(Invalid):
    en = "“{goods_code}” is no class: write A, B or C."
    zh = "“{goods_code}”不是有效分类，请填写 A、B 或 C。"


class NoGoodsCode(Invalid):
    en = "A rule for all goods, or for the whole chain, takes no code here. Leave it empty."
    zh = "适用于全部商品或整个连锁的规则不需要此代码，请留空。"


class SameRule(Invalid):
    en = "Two rules of this request are for the same goods and place. Send one."
    zh = "本次请求中有两条规则针对相同的商品和范围，请只保留一条。"


@dataclass(frozen=True, slots=True)
class Rule:
    """See the message of this name in the contract; `place_code` and `goods_code` are empty for the whole of either."""

    place_kind: PlaceKind
    place_code: str
    goods_kind: GoodsKind
    goods_code: str
    method: Method
    service_bp: int
    lead_days: int
    lead_deviation_milli: int
    review_days: int
    cover_days: int
    minimum_milli: int
    maximum_milli: int
    pack_milli: int
    order_minimum_milli: int
    source_store_code: str
    surplus_days: int
    ended: bool


@dataclass(frozen=True, slots=True)
class PutReplenishmentRules:
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class RulesPut:
    rules: int


@dataclass(frozen=True, slots=True)
class ListReplenishmentRules:
    goods_kind: GoodsKind | None = None
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class RulePage:
    rules: Sequence[Rule]
    next_page_token: str


def put_replenishment_rules(uow: UnitOfWork, command: PutReplenishmentRules) -> RulesPut:
    """Adds rules, or replaces those for the same goods and place; what is not named stays as it is.

    Raises UnknownStore, UnknownRegion, UnknownCategory, UnknownSku, UnknownClass, BeyondScope, SameRule and the
    refusals of fields.
    """
    at_most(command.rules, RULES_MAX, field="rules")
    uow.bump("stock_alerts")
    uow.refresh()
    goods = _goods_ids(uow, command.rules)
    rules = [
        _checked(uow, rule, goods_id, f"rules[{index}]")
        for index, (rule, goods_id) in enumerate(zip(command.rules, goods, strict=True))
    ]
    seen = set()
    for index, rule in enumerate(rules):
        key = rule.goods_kind, rule.goods_id, rule.place_kind, rule.place_id
        if key in seen:
            raise SameRule(f"rules[{index}]")
        seen.add(key)
    uow.replenishment.put_rules(rules)
    uow.stock_alerts.sweep_again()
    return RulesPut(len(rules))


def list_replenishment_rules(uow: UnitOfWork, query: ListReplenishmentRules) -> RulePage:
    """All rules by goods and place, ended ones too."""
    asked = page(query.page_size, query.page_token, key=(str, int, str, int))
    uow.refresh()
    after = None if asked.after is None else (asked.after[0], asked.after[1], asked.after[2], asked.after[3])
    rows = uow.replenishment.list_rules(goods_kind=query.goods_kind, after=after, limit=asked.limit + 1)
    token = next_token(
        rows,
        asked.limit,
        lambda row: (row.rule.goods_kind.value, row.rule.goods_id, row.rule.place_kind.value, row.rule.place_id),
    )
    return RulePage([_view(uow, row.rule, row.goods_code) for row in rows[: asked.limit]], token)


def _goods_ids(uow: UnitOfWork, rules: Sequence[Rule]) -> Sequence[int]:
    codes: dict[GoodsKind, set[str]] = {GoodsKind.SKU: set(), GoodsKind.CATEGORY: set()}
    for index, rule in enumerate(rules):
        if rule.goods_kind in codes:
            codes[rule.goods_kind].add(required_code(rule.goods_code, field=f"rules[{index}].goods_code"))
    skus = uow.catalog.sku_ids(codes[GoodsKind.SKU])
    categories = uow.replenishment.category_ids(codes[GoodsKind.CATEGORY])
    found = []
    for index, rule in enumerate(rules):
        field, code = f"rules[{index}].goods_code", rule.goods_code
        match rule.goods_kind:
            case GoodsKind.SKU:
                if code not in skus:
                    raise UnknownSku(field, sku=code)
                found.append(skus[code])
            case GoodsKind.CATEGORY:
                if code not in categories:
                    raise UnknownCategory(field, category_code=code)
                found.append(categories[code])
            case GoodsKind.ABC_CLASS:
                if code not in set(AbcClass):
                    raise UnknownClass(field, goods_code=optional_code(code, field=field))
                found.append(ABC_NUMBERS[AbcClass(code)])
            case GoodsKind.ALL:
                if code:
                    raise NoGoodsCode(field)
                found.append(0)
    return found


def _checked(uow: UnitOfWork, rule: Rule, goods_id: int, field: str) -> ReplenishmentRule:
    if rule.place_kind is PlaceKind.CHAIN and rule.place_code:
        raise NoGoodsCode(f"{field}.place_code")
    place: NamedPlace = place_of(uow, rule.place_kind, rule.place_code, field=f"{field}.place_code")
    source = None
    if rule.source_store_code:
        source = uow.chain.store_ids.get(required_code(rule.source_store_code, field=f"{field}.source_store_code"))
        if source is None:
            raise UnknownStore(f"{field}.source_store_code", store_code=rule.source_store_code)
    checked = ReplenishmentRule(
        place_kind=place.kind,
        place_id=place.place_id,
        goods_kind=rule.goods_kind,
        goods_id=goods_id,
        method=rule.method,
        service_bp=within(rule.service_bp, SERVICE_BP_MIN, SERVICE_BP_MAX, field=f"{field}.service_bp"),
        lead_days=within(rule.lead_days, 0, DAYS_MAX, field=f"{field}.lead_days"),
        lead_deviation_milli=within(
            rule.lead_deviation_milli, 0, DAYS_MAX * 1_000, field=f"{field}.lead_deviation_milli"
        ),
        review_days=within(rule.review_days, 0, DAYS_MAX, field=f"{field}.review_days"),
        cover_days=within(rule.cover_days, 0, DAYS_MAX, field=f"{field}.cover_days"),
        minimum_milli=within(rule.minimum_milli, 0, QUANTITY_MILLI_MAX, field=f"{field}.minimum_milli"),
        maximum_milli=within(rule.maximum_milli, 0, QUANTITY_MILLI_MAX, field=f"{field}.maximum_milli"),
        pack_milli=within(rule.pack_milli, 0, QUANTITY_MILLI_MAX, field=f"{field}.pack_milli"),
        order_minimum_milli=within(
            rule.order_minimum_milli, 0, QUANTITY_MILLI_MAX, field=f"{field}.order_minimum_milli"
        ),
        source_store_id=source,
        surplus_days=within(rule.surplus_days, 0, DAYS_MAX, field=f"{field}.surplus_days"),
        ended=rule.ended,
    )
    check_bounds(checked, field=field)
    return checked


def _view(uow: UnitOfWork, rule: ReplenishmentRule, goods_code: str) -> Rule:
    source = uow.chain.stores.get(rule.source_store_id or 0)
    return Rule(
        place_kind=rule.place_kind,
        place_code=code_of(uow, rule.place_kind, rule.place_id),
        goods_kind=rule.goods_kind,
        goods_code=_LETTERS[rule.goods_id].value if rule.goods_kind is GoodsKind.ABC_CLASS else goods_code,
        method=rule.method,
        service_bp=rule.service_bp,
        lead_days=rule.lead_days,
        lead_deviation_milli=rule.lead_deviation_milli,
        review_days=rule.review_days,
        cover_days=rule.cover_days,
        minimum_milli=rule.minimum_milli,
        maximum_milli=rule.maximum_milli,
        pack_milli=rule.pack_milli,
        order_minimum_milli=rule.order_minimum_milli,
        source_store_code=source.code if source is not None else "",
        surplus_days=rule.surplus_days,
        ended=rule.ended,
    )
