"""The terms of promotions come back from their documents as they were, whatever they are."""

import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from adapters.sql.promotion_terms import promotion_of, terms_of
from domain.pricing.limits import Limits
from domain.pricing.promotion import Benefit, BenefitKind, Condition, ItemSet, Promotion, Step

SCALARS: dict[type, Callable[[], st.SearchStrategy[Any]]] = {
    str: st.text,
    bool: st.booleans,
    int: lambda: st.integers(-(2**63), 2**63 - 1),
}


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Values of an annotation of the terms, their defaults among them."""
    if typing.get_origin(kind) is tuple:
        return st.lists(anything(typing.get_args(kind)[0]), max_size=3).map(tuple)
    if typing.get_origin(kind) is UnionType:
        return st.one_of([st.none() if part is NoneType else anything(part) for part in typing.get_args(kind)])
    if kind is Condition:
        return CONDITIONS
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{field.name: anything(hints[field.name]) for field in fields(kind)})
    return st.sampled_from(list(kind)) if issubclass(kind, StrEnum) else SCALARS[kind]()


def conditions(parts: st.SearchStrategy[tuple[Condition, ...]]) -> st.SearchStrategy[Condition]:
    hints = typing.get_type_hints(Condition)
    made = {
        field.name: anything(hints[field.name])
        for field in fields(Condition)
        if field.name not in ("all_of", "any_of", "none_of")
    }
    return st.builds(Condition, all_of=parts, any_of=parts, none_of=parts, **made)


CONDITIONS = st.recursive(conditions(st.just(())), lambda part: conditions(st.lists(part, max_size=2).map(tuple)))


@given(anything(Promotion))
def test_come_back_as_they_were(promotion: Promotion):
    stored = promotion_of(orjson.loads(orjson.dumps(terms_of(promotion))))
    assert stored == promotion
    assert type(stored.benefit.kind) is BenefitKind
    hash(stored)  # a list among the fields would have none


def test_leave_defaults_out():
    promotion = Promotion("HALF", "Half price", Benefit(BenefitKind.RATE, ItemSet(skus=("TEA",)), steps=(Step(1),)))
    assert terms_of(promotion) == {
        "code": "HALF",
        "name": "Half price",
        "benefit": {"kind": "rate", "items": {"skus": ["TEA"]}, "steps": [{"quantity_milli": 1}]},
    }


def test_keep_limits_of_which_none_is_set():
    promotion = Promotion("COUNTED", "Counted", Benefit(BenefitKind.RATE), limits=Limits())
    assert terms_of(promotion)["limits"] == {}
    assert promotion_of(terms_of(promotion)) == promotion
