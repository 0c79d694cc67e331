"""Who delivers a SKU, compared: what it costs, when it comes, and how well they have delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import required_code, within
from application.ports.kernel import UnitOfWork
from application.ports.suppliers import ListedOffer
from application.purchasing.supplier_products import UnknownSku
from application.purchasing.supplier_scores import figures_now, score_rules, window_now
from application.scope import chain_day
from domain.catalog.quantity import QUANTITY_MILLI_MAX
from domain.purchasing.purchase_terms import worth_minor
from domain.purchasing.supplier import Supplier, delivery_on, next_order_on, packed_milli
from domain.purchasing.supplier_score import (
    ScoreRules,
    SupplierFigures,
    SupplierGrade,
    agreed_price,
    scored,
)
from domain.shared.money import Rounding

COMPARED_MAX: Final = 100
UNIT_MILLI: Final = 1_000


@dataclass(frozen=True, slots=True)
class CompareSuppliers:
    """Asks who delivers a SKU, for a quantity that is wanted; 0 for one unit."""

    sku: str
    quantity_milli: int = 0


@dataclass(frozen=True, slots=True)
class ComparedSupplier:
    """`order_milli` has to be ordered to have the quantity, and costs `cost_minor` if it is `priced`."""

    supplier_code: str
    currency: str
    preferred: bool
    blocked: bool
    supplier_sku: str
    pack_milli: int
    moq_milli: int
    order_milli: int
    priced: bool
    price_minor: int
    price_quantity_milli: int
    cost_minor: int
    lead_days: int
    delivery_date: str
    grade: SupplierGrade | None
    score_bp: int
    deliveries: int
    on_time_bp: int
    reject_bp: int
    lead_mean_milli: int
    lead_deviation_milli: int


@dataclass(frozen=True, slots=True)
class SuppliersCompared:
    sku: str
    quantity_milli: int
    suppliers: Sequence[ComparedSupplier]


def compare_suppliers(uow: UnitOfWork, query: CompareSuppliers) -> SuppliersCompared:
    """The suppliers of a SKU, at most 100, whom to ask first: not blocked, priced, cheapest for the quantity, best.

    Costs are compared within a currency; suppliers are sorted by that first. Raises UnknownSku and refusals of fields.
    """
    sku = required_code(query.sku, field="sku")
    quantity = within(query.quantity_milli, 0, QUANTITY_MILLI_MAX, field="quantity_milli") or UNIT_MILLI
    uow.refresh()
    sku_id = uow.catalog.sku_ids({sku}).get(sku)
    if sku_id is None:
        raise UnknownSku("sku", sku=sku)
    today = chain_day(uow)
    offers = uow.suppliers.list_of_sku(sku_id, on=today, history_max=0, after=None, limit=COMPARED_MAX)
    supplier_ids = [one.offer.product.supplier_id for one in offers]
    suppliers = uow.suppliers.by_ids(supplier_ids)
    figures = figures_now(uow, supplier_ids, window_now(uow))
    rules = score_rules(uow.chain.chain_policies)
    rounding = Rounding(uow.chain.chain_policies.rounding_mode)
    compared = [
        _compared(
            one, suppliers[supplier_id], figures.get(supplier_id, SupplierFigures()), rules,
            quantity_milli=quantity, today=today, rounding=rounding,
        )
        for supplier_id, one in zip(supplier_ids, offers, strict=True)
    ]  # fmt: skip
    return SuppliersCompared(sku, quantity, sorted(compared, key=_place))


def _place(one: ComparedSupplier) -> tuple[bool, bool, str, int, int, str]:
    return one.blocked, not one.priced, one.currency, one.cost_minor, -one.score_bp, one.supplier_code


def _compared(
    listed: ListedOffer,
    supplier: Supplier,
    figures: SupplierFigures,
    rules: ScoreRules,
    *,
    quantity_milli: int,
    today: date,
    rounding: Rounding,
) -> ComparedSupplier:
    product, price = listed.offer.product, listed.offer.price
    order_milli = packed_milli(product, quantity_milli=quantity_milli)
    agreed = agreed_price(price, quantity_milli=order_milli) if price else None
    verdict = scored(figures, rules=rules)
    return ComparedSupplier(
        supplier_code=supplier.code,
        currency=supplier.currency,
        preferred=product.preferred,
        blocked=supplier.blocked,
        supplier_sku=product.supplier_sku,
        pack_milli=product.pack_milli,
        moq_milli=product.moq_milli,
        order_milli=order_milli,
        priced=agreed is not None,
        price_minor=agreed.minor if agreed else 0,
        price_quantity_milli=agreed.quantity_milli if agreed else 0,
        cost_minor=worth_minor(agreed, order_milli, rounding=rounding) if agreed else 0,
        lead_days=product.lead_days or supplier.lead_days,
        delivery_date=delivery_on(supplier, ordered_on=next_order_on(supplier, on=today), product=product).isoformat(),
        grade=verdict.grade if verdict else None,
        score_bp=verdict.score_bp if verdict else 0,
        deliveries=figures.deliveries,
        on_time_bp=figures.on_time_bp,
        reject_bp=figures.reject_bp,
        lead_mean_milli=figures.lead_mean_milli,
        lead_deviation_milli=figures.lead_deviation_milli,
    )
