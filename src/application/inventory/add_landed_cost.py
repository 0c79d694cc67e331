"""Freight, duty or insurance become known after the goods have come: receipts bear them from today on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import Missing, NamedTwice, TooMany, at_most, named_once, optional_name, required_code, within
from application.ports.kernel import UnitOfWork
from application.receipt_changes import ChangedReceipts, change_entry, change_receipts, lock_receipts
from domain.inventory.cost_document import CostDocumentKind
from domain.inventory.receipt import GoodsReceipt, GoodsReceiptLine, LandedCharge, ReceiptLineKind
from domain.inventory.receipt_change import ChargeKind, SpreadBasis, WeightMissing, check_landed, spread_charge
from domain.inventory.stock import MovementReason
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

RECEIPTS_MAX: Final = 100
CHARGES_MAX: Final = 20
WEIGHTS_MAX: Final = 50_000
LINES_MAX: Final = 50_000
WEIGHT_GRAMS_MAX: Final = 10**9


class NoCharge(Invalid):
    en = "A charge of 0 changes nothing. State an amount; one below zero takes back what was added too much."
    zh = "费用不能为 0，请填写金额；负数用于冲回多计的费用。"


class SeveralStores(Rejected):
    en = "Receipts {first} and {other} are of different stores. Add what each of them bears by a request of its own."
    zh = "收货单 {first} 与 {other} 属于不同门店，请分别提交。"


@dataclass(frozen=True, slots=True)
class Charge:
    """What was charged and what it is spread by; below zero it takes back what was added too much."""

    amount_minor: int
    kind: ChargeKind | None = None
    basis: SpreadBasis | None = None


@dataclass(frozen=True, slots=True)
class UnitWeight:
    """What one unit of measure of a product weighs."""

    sku: str
    weight_grams: int


@dataclass(frozen=True, slots=True)
class AddLandedCost:
    """Without tax. Unset kinds are OTHER, an unset basis is VALUE; `weights` are needed for what goes by WEIGHT."""

    receipt_ids: tuple[int, ...]
    charges: tuple[Charge, ...]
    weights: tuple[UnitWeight, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class LandedCostAdded:
    """Of `cost_minor`, `stock_minor` went into the value of what is on hand; the rest to what the others say."""

    document_id: int
    business_date: str
    cost_minor: int
    stock_minor: int
    cost_correction_minor: int
    price_variance_minor: int


def add_landed_cost(uow: UnitOfWork, command: AddLandedCost) -> LandedCostAdded:
    """Spreads charges over the lines of receipts of one store, so that they sum exactly, by an entry of today.

    What is on hand of the goods takes its share into the value of stock; what has left is a correction of cost of
    goods sold; at standard cost all is purchase price variance. Raises UnknownReceipt, SeveralStores, NoCharge,
    NoGoodsLeft, WeightMissing, LandedBelowZero and those of fields.
    """
    _check(command)
    reference = optional_name(command.reference, field="reference")
    uow.refresh()
    receipts = lock_receipts(uow, command.receipt_ids, field="receipt_ids")
    _check_one_store(receipts)
    changed = change_receipts(uow, receipts, MovementReason.LANDED_COST)
    lines = changed.lines
    if len(lines) > LINES_MAX:
        raise TooMany("receipt_ids", count=len(lines), count_max=LINES_MAX)
    weights = _weights(uow, command, changed)
    shares = [0] * len(lines)
    for charge in command.charges:
        spread = spread_charge(
            charge.amount_minor, basis=charge.basis or SpreadBasis.VALUE, lines=lines, weights=weights
        )
        shares = [share + part for share, part in zip(shares, spread, strict=True)]
    check_landed(lines, shares, field="charges")
    changed.charge(zip(lines, shares, strict=True))
    document = changed.record(CostDocumentKind.LANDED_COST, reference, _entries(changed, shares))
    uow.add(*_charges(document.document_id, command.charges))
    return LandedCostAdded(
        document.document_id, document.business_date.isoformat(), changed.cost_minor, changed.stock_minor,
        changed.correction_minor, changed.variance_minor,
    )  # fmt: skip


def _check(command: AddLandedCost) -> None:
    at_most(command.receipt_ids, RECEIPTS_MAX, field="receipt_ids")
    for index, receipt_id in enumerate(command.receipt_ids):
        if receipt_id in command.receipt_ids[:index]:
            raise NamedTwice(f"receipt_ids[{index}]", code=receipt_id)
    at_most(command.charges, CHARGES_MAX, field="charges")
    for index, charge in enumerate(command.charges):
        if not charge.amount_minor:
            raise NoCharge(f"charges[{index}].amount_minor")
        within(charge.amount_minor, -AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX, field=f"charges[{index}].amount_minor")
    within(sum(charge.amount_minor for charge in command.charges), -AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX, field="charges")
    within(len(command.weights), 0, WEIGHTS_MAX, field="weights")
    named_once([one.sku for one in command.weights], field="weights", key="sku")
    for index, one in enumerate(command.weights):
        required_code(one.sku, field=f"weights[{index}].sku")
        within(one.weight_grams, 1, WEIGHT_GRAMS_MAX, field=f"weights[{index}].weight_grams")


def _check_one_store(receipts: Sequence[GoodsReceipt]) -> None:
    if not receipts:
        raise Missing("receipt_ids")
    first = receipts[0]
    for receipt in receipts:
        if receipt.store_id != first.store_id:
            raise SeveralStores("receipt_ids", first=first.receipt_id, other=receipt.receipt_id)


def _weights(uow: UnitOfWork, command: AddLandedCost, changed: ChangedReceipts) -> Mapping[int, int]:
    """What a unit weighs, by SKU id, of all goods where a charge goes by weight; raises WeightMissing."""
    by_weight = [index for index, one in enumerate(command.charges) if one.basis is SpreadBasis.WEIGHT]
    if not by_weight:
        return {}
    stated = {one.sku: one.weight_grams for one in command.weights}
    skus = uow.catalog.skus({line.sku_id for line in changed.lines if line.quantity_milli})
    for sku in sorted(skus.values()):
        if sku not in stated:
            raise WeightMissing(f"charges[{by_weight[0]}].basis", sku=sku)
    return {sku_id: stated[sku] for sku_id, sku in skus.items()}


def _entries(changed: ChangedReceipts, shares: Sequence[int]) -> list[GoodsReceiptLine]:
    numbers: dict[int, int] = {}
    for line in changed.lines:
        numbers[line.receipt_id] = max(numbers.get(line.receipt_id, 0), line.number + 1)
    document_id, kind = changed.book.document_id, ReceiptLineKind.LANDED_COST
    return [
        change_entry(line, kind, numbers[line.receipt_id], document_id, quantity_milli=0, cost_minor=share)
        for line, share in zip(changed.lines, shares, strict=True)
        if share
    ]


def _charges(document_id: int, charges: Sequence[Charge]) -> list[LandedCharge]:
    return [
        LandedCharge(
            document_id,
            number,
            charge.kind or ChargeKind.OTHER,
            charge.basis or SpreadBasis.VALUE,
            charge.amount_minor,
        )
        for number, charge in enumerate(charges, start=1)
    ]
