"""The terms of promotions as JSON documents, and back; a process reads them by the thousand when it starts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any, Final

from domain.pricing.limits import Limits, WhenShort
from domain.pricing.promotion import (
    Benefit,
    BenefitKind,
    BirthdayDays,
    Component,
    Condition,
    Festival,
    FestivalDays,
    Gift,
    GiftShortage,
    ItemSet,
    Needed,
    Promotion,
    Step,
)


def promotion_of(terms: Mapping[str, Any]) -> Promotion:
    """The promotion of a document that `terms_of` made; what the document leaves out has its default."""
    return Promotion(**_read(terms, _PROMOTION))


def terms_of(promotion: Promotion) -> dict[str, Any]:
    """The terms as JSON values by the names of the fields; defaults are left out, so that documents stay short."""
    return _document(promotion)


def _read(document: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: readers[name](value) if name in readers else value for name, value in document.items()}


def _item_set(document: Mapping[str, Any]) -> ItemSet:
    return ItemSet(**_read(document, _ITEM_SET))


def _needs(documents: Sequence[Mapping[str, Any]]) -> tuple[Needed, ...]:
    return tuple([Needed(**_read(document, _ITEMS)) for document in documents])


def _steps(documents: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    return tuple([Step(**_read(document, _STEP)) for document in documents])


def _gifts(documents: Sequence[Mapping[str, Any]]) -> tuple[Gift, ...]:
    return tuple([Gift(**document) for document in documents])


def _components(documents: Sequence[Mapping[str, Any]]) -> tuple[Component, ...]:
    return tuple([Component(**_read(document, _ITEMS)) for document in documents])


def _benefit(document: Mapping[str, Any]) -> Benefit:
    return Benefit(**_read(document, _BENEFIT))


def _condition(document: Mapping[str, Any]) -> Condition:
    return Condition(**_read(document, _CONDITION))


def _conditions(documents: Sequence[Mapping[str, Any]]) -> tuple[Condition, ...]:
    return tuple([_condition(document) for document in documents])


def _birthday(document: Mapping[str, Any]) -> BirthdayDays:
    return BirthdayDays(**document)


def _festivals(documents: Sequence[Mapping[str, Any]]) -> tuple[FestivalDays, ...]:
    return tuple([FestivalDays(**_read(document, {"festival": Festival})) for document in documents])


def _limits(document: Mapping[str, Any]) -> Limits:
    return Limits(**_read(document, _LIMITS))


def _document(value: Any) -> dict[str, Any]:
    document = {}
    for name, default in _DEFAULTS[type(value)]:
        part = getattr(value, name)
        if part != default:
            document[name] = _json(part)
    return document


def _json(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return _document(value) if type(value) in _DEFAULTS else value


_ITEM_SET: Final[Mapping[str, Callable[[Any], Any]]] = {
    "skus": tuple,
    "category_codes": tuple,
    "excluded_skus": tuple,
    "excluded_category_codes": tuple,
    "brands": tuple,
    "tags": tuple,
    "supplier_codes": tuple,
    "excluded_brands": tuple,
    "excluded_tags": tuple,
    "excluded_supplier_codes": tuple,
}
_ITEMS: Final[Mapping[str, Callable[[Any], Any]]] = {"items": _item_set}
_STEP: Final[Mapping[str, Callable[[Any], Any]]] = {"gifts": _gifts, "tiers": tuple}
_BENEFIT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "kind": BenefitKind,
    "items": _item_set,
    "steps": _steps,
    "components": _components,
    "gifts": _gifts,
    "gift_shortage": GiftShortage,
}
_CONDITION: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("all_of", "any_of", "none_of"), _conditions),
    "goods": _needs,
    "birthday": _birthday,
    "festivals": _festivals,
    **dict.fromkeys(("member_numbers", "tiers", "segments", "payment_kinds"), tuple),
    **dict.fromkeys(("store_codes", "region_codes", "channels"), tuple),
    **dict.fromkeys(("visit_numbers", "weekdays", "days_of_month"), tuple),
}
_LIMITS: Final[Mapping[str, Callable[[Any], Any]]] = {"when_short": WhenShort}
_PROMOTION: Final[Mapping[str, Callable[[Any], Any]]] = {
    "benefit": _benefit,
    "needs": _needs,
    "weekdays": tuple,
    "store_codes": tuple,
    "excluded_store_codes": tuple,
    "region_codes": tuple,
    "channels": tuple,
    "tiers": tuple,
    "when": _condition,
    "limits": _limits,
}
_DEFAULTS: Final = {
    kind: tuple((field.name, field.default) for field in fields(kind))
    for kind in (
        Promotion,
        Benefit,
        ItemSet,
        Needed,
        Step,
        Component,
        Gift,
        Condition,
        BirthdayDays,
        FestivalDays,
        Limits,
    )
}
"""A field without a default compares with a value that it never has, and is always written."""
