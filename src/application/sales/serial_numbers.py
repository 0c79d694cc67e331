"""Goods that are sold by their serial numbers: as many as units, each sold once until it comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.fields import CODE_CHARACTERS_MAX, NamedTwice, required_code
from application.ports.kernel import UnitOfWork
from application.ports.serial_numbers import SerialKey
from application.sales.basket import ResolvedBasket, ResolvedLine
from domain.pricing.goods import UNIT_MILLI
from domain.sales.reversal import LineLeft, ReturnRequest
from domain.sales.sale import Sale, SaleLine
from domain.sales.serial_number import SerialEntry, SerialKind
from domain.shared.errors import NotFound, Refusal, Rejected

HISTORY_MAX: Final = 100


class SerialNumbersNeeded(Rejected):
    en = "“{sku}” is sold by serial numbers: {units} units need {units} of them, not {count}. Scan each piece."
    zh = "商品“{sku}”按序列号销售：{units} 件需要 {units} 个序列号，现有 {count} 个。请逐件扫描。"


class SerialNumberSold(Rejected):
    en = "“{sku}” {serial_number} was sold before and has not come back. Look at the piece, and scan it again."
    zh = "商品“{sku}”序列号 {serial_number} 已售出且未退回。请核对实物后重新扫描。"


class NotOfThisSale(Rejected):
    en = "Serial number {serial_number} was not sold by this line, or has come back. Look at the piece again."
    zh = "序列号 {serial_number} 不属于该行，或已退回。请核对实物。"


class ReturnedSerialsNeeded(Rejected):
    en = "Say which pieces come back: {units} of the {left} serial numbers of line {line_number}."
    zh = "请说明退回哪些商品：第 {line_number} 行的 {left} 个序列号中的 {units} 个。"


class UnknownSerialNumber(NotFound):
    en = "No piece of “{sku}” with serial number {serial_number} was sold in this caller's scope."
    zh = "当前调用方范围内没有售出过商品“{sku}”序列号 {serial_number}。"


@dataclass(frozen=True, slots=True)
class GetSerialNumber:
    sku: str
    serial_number: str


@dataclass(slots=True)
class SerialEntryView:
    """What happened to a piece: sold by a sale, returned by a refund or void."""

    kind: SerialKind
    sale_id: int
    line_number: int
    store_code: str
    posted_at: datetime


@dataclass(slots=True)
class SerialNumberView:
    """A piece, its newest entries first; `sold` tells that it is with a customer now."""

    sku: str
    serial_number: str
    sold: bool
    entries: list[SerialEntryView]


def get_serial_number(uow: UnitOfWork, query: GetSerialNumber) -> SerialNumberView:
    """The sales and returns of a piece, the newest HISTORY_MAX of them in stores that the caller sees.

    Raises UnknownSerialNumber.
    """
    sku, serial_number = (
        required_code(query.sku, field="sku"),
        required_code(query.serial_number, field="serial_number"),
    )
    found = uow.serial_numbers.history(sku, serial_number, limit=HISTORY_MAX)
    seen = [entry for entry in found if uow.caller.sees(entry.store_id)]
    if not seen:
        raise UnknownSerialNumber("serial_number", sku=sku, serial_number=serial_number)
    stores = uow.chain.stores
    views = [
        SerialEntryView(entry.kind, entry.sale_id, entry.line_number, stores[entry.store_id].code, entry.posted_at)
        for entry in seen
    ]
    return SerialNumberView(sku, serial_number, found[0].kind is SerialKind.SOLD, views)


def lock_serials(uow: UnitOfWork, baskets: Sequence[ResolvedBasket]) -> dict[SerialKey, SerialEntry]:
    """The last entry of each piece that the baskets sell; nothing is asked where they sell none."""
    keys = {key for basket in baskets if basket.asked for _, key in _pieces(basket)}
    return dict(uow.serial_numbers.lock(keys)) if keys else {}


def serials_refused(basket: ResolvedBasket, known: Mapping[SerialKey, SerialEntry], *, field: str) -> list[Refusal]:
    """What is wrong with the pieces of a basket; `field` is that of the lines."""
    problems: list[Refusal] = []
    seen: set[SerialKey] = set()
    for index in basket.asked:
        line = basket.lines[index]
        terms = line.product.product.selling
        units, count = line.quantity_milli // UNIT_MILLI, len(line.serial_numbers)
        where = f"{field}[{index}].serial_numbers"
        if terms is not None and terms.serial_numbers and count * UNIT_MILLI != line.quantity_milli:
            problems.append(SerialNumbersNeeded(where, sku=line.sku, units=units, count=count))
        for place, serial_number in enumerate(line.serial_numbers):
            key = (line.product.product.sku_id, serial_number)
            if key in seen:
                problems.append(NamedTwice(f"{where}[{place}]", code=serial_number))
            elif _is_out(known, key):
                problems.append(SerialNumberSold(f"{where}[{place}]", sku=line.sku, serial_number=serial_number))
            seen.add(key)
    return problems


def record_serials(
    uow: UnitOfWork, basket: ResolvedBasket, known: dict[SerialKey, SerialEntry], sale: Sale, lines: Sequence[SaleLine]
) -> None:
    """The pieces are sold; of a sale that has happened those that were not out already, which head office was told."""
    held = {line.line_number: line.quantity_milli // UNIT_MILLI for line in lines}
    for index, key in _pieces(basket):
        if _is_out(known, key) or not held[index + 1]:
            continue
        held[index + 1] -= 1
        number = known[key].number + 1 if key in known else 1
        entry = SerialEntry(*key, number, SerialKind.SOLD, sale.sale_id, index + 1, sale.store_id, sale.stored_at)
        known[key] = entry
        uow.add(entry)


def sold_pieces(line: ResolvedLine, known: Mapping[SerialKey, SerialEntry], sale_id: int) -> tuple[str, ...]:
    """The pieces of a line that this sale has sold, as it was recorded."""
    keys = [(line.product.product.sku_id, serial_number) for serial_number in line.serial_numbers]
    return tuple([key[1] for key in keys if key in known and known[key].sale_id == sale_id])


def pieces_back(back: Sequence[Sequence[SerialEntry]], line: SaleLine) -> tuple[str, ...]:
    """The pieces that a line of a refund or void takes back."""
    entries = [entry for entries in back for entry in entries] if line.quantity_milli else []
    return tuple([entry.serial_number for entry in entries if entry.line_number == line.original_line_number])


def serials_back(
    uow: UnitOfWork, sale_id: int, chosen: Sequence[tuple[LineLeft, int]], requests: Sequence[ReturnRequest]
) -> list[list[SerialEntry]]:
    """The pieces that come back with each chosen line, in its order.

    Where a part of a line comes back its pieces have to be named. Raises NotOfThisSale and ReturnedSerialsNeeded.
    """
    out: dict[int, dict[str, SerialEntry]] = {}
    for entry in uow.serial_numbers.out_by(sale_id):
        out.setdefault(entry.line_number, {})[entry.serial_number] = entry
    named = [request.serial_numbers for request in requests] or [()] * len(chosen)
    return [
        _back(rest, quantity_milli, out.get(rest.line.line_number, {}), serials, field=f"lines[{index}].serial_numbers")
        for index, ((rest, quantity_milli), serials) in enumerate(zip(chosen, named, strict=True))
    ]


def record_serials_back(
    uow: UnitOfWork, back: Sequence[Sequence[SerialEntry]], lines: Sequence[SaleLine], sale: Sale
) -> None:
    """The pieces have come back, and may be sold again."""
    returned = {line.original_line_number: line.line_number for line in lines if line.quantity_milli}
    for entry in [entry for entries in back for entry in entries]:
        uow.add(
            SerialEntry(
                entry.sku_id, entry.serial_number, entry.number + 1, SerialKind.RETURNED, sale.sale_id,
                returned[entry.line_number], sale.store_id, sale.stored_at,
            )
        )  # fmt: skip


def _back(
    rest: LineLeft, quantity_milli: int, out: Mapping[str, SerialEntry], named: Sequence[str], *, field: str
) -> list[SerialEntry]:
    units = quantity_milli // UNIT_MILLI
    for place, serial_number in enumerate(named):
        if serial_number not in out or serial_number in named[:place]:
            shown = serial_number[:CODE_CHARACTERS_MAX]
            raise NotOfThisSale(f"{field}[{place}]", serial_number=shown)
    if not named and quantity_milli == rest.quantity_milli:
        return list(out.values())
    if out and len(named) != units:
        raise ReturnedSerialsNeeded(field, units=units, left=len(out), line_number=rest.line.line_number)
    return [out[serial_number] for serial_number in named]


def _pieces(basket: ResolvedBasket) -> list[tuple[int, SerialKey]]:
    """The pieces of a basket, each with the place of its line."""
    return [
        (index, (basket.lines[index].product.product.sku_id, serial_number))
        for index in basket.asked
        for serial_number in basket.lines[index].serial_numbers
    ]


def _is_out(known: Mapping[SerialKey, SerialEntry], key: SerialKey) -> bool:
    return key in known and known[key].kind is SerialKind.SOLD
