"""What a basket was priced from, as a document kept with the sale, and the same price again from that document.

The document says only what the stored lines do not: which price list each price came from, the goods' categories, the
situation, the settings, discounts given by hand, and which lines the terminal priced. The promotions themselves stand
in the history of their terms; the document names those that were considered.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from types import NoneType
from typing import Any, Final, get_args, get_origin

from domain.pricing.basket import (
    Basis,
    LineRequest,
    Manual,
    Named,
    Override,
    PricedBasket,
    PricedLine,
    StaffPurchase,
    TerminalPriced,
    price_lines,
)
from domain.pricing.plug_in import PlugIn
from domain.pricing.promised import considered_of, documents_of
from domain.pricing.promoting import Promoting, Stacking
from domain.pricing.promotion import Promotion, Situation
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax, TaxRounding
from domain.shared.applied import AppliedDiscount, AppliedTax
from domain.shared.money import Rounding, divide

ENGINE_VERSION: Final = 1
"""Raised by whoever changes what the engine makes of the same basket, book and situation: a sale that another version
has priced is explained as it was stored, not priced again."""

KINDS_MAX: Final = 4_096
"""Of how many price lists and kinds of goods the documents are remembered: they come again with every sale."""

PRICE_LIST: Final = "price_list:"
PROMOTION: Final = "promotion:"
MANUAL: Final = "manual"
BASKET: Final = "basket"

Document = dict[str, Any]


@dataclass(slots=True)
class StoredLine:
    """What a stored line says of how it was priced, with the stock-keeping unit of its product."""

    line_number: int
    sku: str
    quantity_milli: int
    unit_price_minor: int
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    discounts: Sequence[AppliedDiscount]
    taxes: Sequence[AppliedTax]


def facts_of(priced: PricedBasket) -> Document | None:
    """The document of a priced basket; None when its lines say everything.

    They do when no promotion concerned the basket, nothing came off by hand, no line has a terminal's price, nobody is
    exempt from the taxes and no member of staff buys.
    """
    basis = priced.basis
    assert basis is not None
    lines = basis.lines
    manual = [[place, _manuals(line.manual)] for place, line in enumerate(lines) if line.manual]
    terminal = [[place, len(line.terminal.discounts)] for place, line in enumerate(lines) if line.terminal is not None]
    overrides = [_override_document(place, line) for place, line in enumerate(lines) if line.override is not None]
    whose = basis.certificate or basis.staff is not None
    if not (priced.considered or manual or terminal or overrides or basis.basket_discounts or whose):
        return None
    found: Document = {
        "rounding": basis.rounding.value,
        "tax_rounding": basis.tax_rounding.value,
        "lists": _Distinct(_LIST_OF, _list_document).told(lines),
        "goods": _Distinct(_GOODS_OF, _goods_document).told(lines),
        "prices": [
            [place, line.unit_price_minor]
            for place, line in enumerate(lines)
            if line.terminal is None and line.list_price_minor > line.unit_price_minor
        ],
        "manual": manual,
        "terminal": terminal,
        "overrides": overrides,
        "floors": [[place, line.floor_minor] for place, line in enumerate(lines) if line.floor_minor],
        "promised": documents_of(basis.promised or ()),
        "discounts": _manuals(basis.basket_discounts),
        "certificate": basis.certificate,
        "staff": [] if basis.staff is None else [basis.staff.staff_code, basis.staff.rate_bp],
    }
    if basis.certificate:
        # The lines bear none, so that they do not say which they would have borne.
        found["taxes"] = [[[tax.code, tax.rate_ppm] for tax in line.taxes] for line in lines]
    if basis.promoting is not None:
        found["stacking"] = basis.promoting.stacking.value
        found["points_for_all"] = basis.promoting.points_for_all and bool(terminal or overrides)
        found["situation"] = _document(basis.promoting.situation, _SITUATION)
        found["considered"] = sorted([one.code for one in priced.considered])
    return {name: value for name, value in found.items() if value}


def considered_codes(facts: Mapping[str, Any]) -> Sequence[str]:
    """The codes of the promotions that concerned the basket, in ascending order."""
    codes: Sequence[str] = facts.get("considered", ())
    return codes


def situation_of(facts: Mapping[str, Any]) -> Situation | None:
    """The situation in which promotions were considered; None when the chain had none."""
    found = facts.get("situation")
    return None if found is None else Situation(**_read(found, _SITUATION))


def basis_of(
    facts: Mapping[str, Any],
    lines: Sequence[StoredLine],
    *,
    promotions: Collection[Promotion],
    version: int = 0,
    plug_ins: Mapping[str, PlugIn] | None = None,
) -> Basis:
    """What the stored lines were priced from. `promotions` are those considered, with their terms of that time.

    `plug_ins` are the promotion kinds that are installed now.
    """
    situation = situation_of(facts)
    book = PromotionBook(promotions, version=version, plug_ins=plug_ins)
    return Basis(
        lines=_line_requests(facts, lines),
        basket_discounts=_manual_of(facts.get("discounts", ())),
        tax_rounding=TaxRounding(facts["tax_rounding"]),
        rounding=Rounding(facts["rounding"]),
        promoting=_promoting(facts, book, situation) if situation is not None else None,
        promised=considered_of(facts["promised"]) if "promised" in facts else None,
        certificate=facts.get("certificate", ""),
        staff=StaffPurchase(*facts["staff"]) if "staff" in facts else None,
    )


def _promoting(facts: Mapping[str, Any], book: PromotionBook, situation: Situation) -> Promoting:
    """Sales stored before points counted for goods priced by others say nothing of it, and are as they were."""
    for_all = facts.get("points_for_all", not facts.get("terminal") and not facts.get("overrides"))
    return Promoting(book, situation, Stacking(facts["stacking"]), for_all)


def basis_of_lines(
    lines: Sequence[StoredLine], *, tax_rounding: TaxRounding, rounding: Rounding, as_stored: bool
) -> Basis:
    """What lines without a document were priced from, as far as they tell.

    With `as_stored` prices and discounts are taken as they are and only the taxes are computed; without it the prices
    are those of a price list, and anything else that came off is left out.
    """
    with_tax_on_top = any(line.gross_minor - line.discount_minor != line.total_minor for line in lines)
    requests = []
    for line in lines:
        left = line.gross_minor - line.discount_minor
        includes_tax = left == line.total_minor and not (with_tax_on_top and not line.tax_minor)
        if as_stored:
            request = _request(line, terminal=_terminal(line, len(line.discounts)), includes_tax=includes_tax)
        else:
            request = _request(line, unit_price_minor=_chosen(line), includes_tax=includes_tax)
            first = line.discounts[0] if line.discounts else None
            if first is not None and first.code.startswith(PRICE_LIST):
                request.price_list_code, request.price_list_name = first.code.removeprefix(PRICE_LIST), first.name
        requests.append(request)
    return Basis(requests, (), tax_rounding, rounding, None)


def priced_again(basis: Basis) -> PricedBasket:
    """What the engine makes of it now; raises what `price_lines` raises."""
    return price_lines(
        basis.lines,
        basket_discounts=basis.basket_discounts,
        tax_rounding=basis.tax_rounding,
        rounding=basis.rounding,
        promoting=basis.promoting,
        promised=basis.promised,
        certificate=basis.certificate,
        staff=basis.staff,
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is not as it was stored."""

    line_number: int
    field: str
    stored: str
    replayed: str


def differences(
    stored: Sequence[StoredLine], replayed: Sequence[PricedLine | StoredLine], *, prices: bool = True
) -> list[Difference]:
    """Every figure in which lines made again differ from what was stored; none proves that nothing does.

    Without `prices` those of one unit are not compared: lines that were taken as stored have been given none.
    """
    found = []
    for line, again in zip(stored, replayed, strict=True):
        for name in _COMPARED if prices else _COMPARED[1:]:
            was, now = getattr(line, name), getattr(again, name)
            if was != now:
                found.append(Difference(line.line_number, name, _shown(was), _shown(now)))
    return found


def _line_requests(facts: Mapping[str, Any], lines: Sequence[StoredLine]) -> list[LineRequest]:
    prices = dict(facts.get("prices", ()))
    manual = dict(facts.get("manual", ()))
    terminal = dict(facts.get("terminal", ()))
    floors = dict(facts.get("floors", ()))
    lists, goods = _untold(facts["lists"], len(lines)), _untold(facts["goods"], len(lines))
    requests = []
    for place, line in enumerate(lines):
        stated = terminal.get(place)
        requests.append(
            _request(
                line,
                unit_price_minor=prices.get(place, line.unit_price_minor),
                terminal=None if stated is None else _terminal(line, stated),
                manual=_manual_of(manual.get(place, ())),
                floor_minor=floors.get(place, 0),
                **_read(lists[place], _PRICE_LIST),
                **_read(goods[place], _GOODS),
            )
        )
    for place, chosen, listed, named, reason in facts.get("overrides", ()):
        request = requests[place]
        request.unit_price_minor, request.list_price_minor = chosen, listed
        request.override = Override(named, reason)
    for request, taxes in zip(requests, facts.get("taxes", ()), strict=False):
        request.taxes = tuple([_tax(code, rate_ppm) for code, rate_ppm in taxes])
    return requests


def _override_document(place: int, line: LineRequest) -> list[Any]:
    """What a line would have cost, and what a person named instead."""
    override = line.override
    assert override is not None
    return [place, line.unit_price_minor, line.list_price_minor, override.unit_price_minor, override.reason]


def _request(
    line: StoredLine,
    *,
    unit_price_minor: int = 0,
    terminal: TerminalPriced | None = None,
    manual: tuple[Manual, ...] = (),
    includes_tax: bool = True,
    **known: Any,
) -> LineRequest:
    return LineRequest(
        line_number=line.line_number,
        quantity_milli=line.quantity_milli,
        unit_price_minor=unit_price_minor if terminal is None else 0,
        list_price_minor=line.unit_price_minor if terminal is None else 0,
        price_list_code=known.pop("price_list_code", ""),
        price_list_name=known.pop("price_list_name", ""),
        includes_tax=includes_tax,
        taxes=tuple([_tax(tax.code, tax.rate_ppm) for tax in line.taxes]),
        manual=manual,
        terminal=terminal,
        sku=line.sku,
        **known,
    )


def _tax(code: str, rate_ppm: int) -> Tax:
    return Tax(0, code, "", "", rate_ppm, None, None, None)


def _terminal(line: StoredLine, count: int) -> TerminalPriced:
    """The terminal's price, with the first so many discounts, which it computed itself."""
    stated = [Named(one.code, one.name, one.amount_minor) for one in line.discounts[:count]]
    return TerminalPriced(line.gross_minor, tuple(stated))


def _chosen(line: StoredLine) -> int:
    """The price of one unit after the advantage of the price list."""
    first = line.discounts[0] if line.discounts else None
    if first is None or not first.code.startswith(PRICE_LIST) or not line.quantity_milli:
        return line.unit_price_minor
    return divide((line.gross_minor - first.amount_minor) * 1000, line.quantity_milli)


class _Distinct:
    """Tells what lines have in common once: the different ones, and for each line which one, unless all are the first.

    [[a], []] or [[a, b], [0, 1, 0]].
    """

    def __init__(
        self, key: Callable[[LineRequest], tuple[Hashable, ...]], document: Callable[[tuple[Any, ...]], Document]
    ) -> None:
        self._key = key
        self._document = document

    def told(self, lines: Sequence[LineRequest]) -> list[list[Any]]:
        numbers: dict[tuple[Hashable, ...], int] = {}
        which = [numbers.setdefault(self._key(line), len(numbers)) for line in lines]
        return [[self._document(key) for key in numbers], which if len(numbers) > 1 else []]


def _untold(told: Sequence[Any], count: int) -> list[Mapping[str, Any]]:
    different, which = told
    return [different[number] for number in which] if which else [different[0]] * count


@lru_cache(maxsize=KINDS_MAX)
def _list_document(key: tuple[Any, ...]) -> Document:
    return _without_defaults(zip(_PRICE_LIST, key, strict=True), _PRICE_LIST)


@lru_cache(maxsize=KINDS_MAX)
def _goods_document(key: tuple[Any, ...]) -> Document:
    return _without_defaults(zip(_GOODS, key, strict=True), _GOODS)


def _manuals(manual: Sequence[Manual]) -> list[Document]:
    return [{field.name: getattr(one, field.name) for field in fields(Manual)} for one in manual]


def _manual_of(documents: Sequence[Mapping[str, Any]]) -> tuple[Manual, ...]:
    return tuple([Manual(**document) for document in documents])


@dataclass(frozen=True, slots=True)
class _Kept:
    """A field as it is kept: left out where it has its default, read back as its type has it."""

    default: Any
    type: Any


def _document(value: Any, kept: Mapping[str, _Kept]) -> Document:
    return _without_defaults([(name, getattr(value, name)) for name in kept], kept)


def _without_defaults(values: Any, kept: Mapping[str, _Kept]) -> Document:
    return {name: _plain(value) for name, value in values if value != kept[name].default}


def _plain(value: Any) -> Any:
    if value.__class__ in _AS_THEY_ARE:
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return value if not is_dataclass(value) else _document(value, _kept(value.__class__))


def _read(document: Mapping[str, Any], kept: Mapping[str, _Kept]) -> Document:
    return {name: _value(value, kept[name].type) for name, value in document.items()}


def _value(value: Any, kind: Any = None) -> Any:
    if isinstance(value, list):
        part_kind = get_args(kind)[0] if get_args(kind) else None
        parts = [_value(part, part_kind) for part in value]
        return frozenset(parts) if get_origin(kind) is frozenset else tuple(parts)
    if not isinstance(kind, type):
        return value
    if kind is date:
        return date.fromisoformat(value)
    if is_dataclass(kind):
        return kind(**_read(value, _kept(kind)))
    return kind(value) if issubclass(kind, StrEnum) else value


@cache
def _kept(kind: Any) -> Mapping[str, _Kept]:
    found = {}
    for field in fields(kind):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        found[field.name] = _Kept(default, field.type)
    return found


def _shown(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    return ", ".join(
        f"{one.code} {one.amount_minor if isinstance(one, AppliedDiscount) else one.tax_minor}/{one.base_minor}"
        for one in value
    )


_OF_LINE: Final = _kept(LineRequest)
_SITUATION: Final[Mapping[str, _Kept]] = _kept(Situation)
_PRICE_LIST: Final[Mapping[str, _Kept]] = {
    "price_list_code": _Kept("", str),
    "price_list_name": _Kept("", str),
    "includes_tax": _Kept(True, bool),  # noqa: FBT003
    "beaten_lists": _OF_LINE["beaten_lists"],
}
_GOODS: Final[Mapping[str, _Kept]] = {
    name: kept
    for name, kept in _OF_LINE.items()
    if kept.default is not MISSING and name not in {"sku", "beaten_lists", "override", "floor_minor"}
}
"""Whatever else promotions may know goods by, now and later: every field of a line that has a default."""
_LIST_OF: Final = attrgetter(*_PRICE_LIST)
_GOODS_OF: Final = attrgetter(*_GOODS)
_AS_THEY_ARE: Final = frozenset({int, str, bool, NoneType})
_COMPARED: Final = (
    "unit_price_minor", "gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor", "discounts", "taxes",
)  # fmt: skip
