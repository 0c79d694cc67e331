"""Promotions that were promised to a basket, as JSON values and back: a quote carries them, a sale keeps them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.pricing.promoting import Considered


def documents_of(considered: Iterable[Considered]) -> list[dict[str, Any]]:
    """Those that were applied, in their order; what has its default is left out."""
    return [_document(one) for one in considered if one.applied]


def considered_of(documents: Iterable[Mapping[str, Any]]) -> list[Considered]:
    """The promotions as they were, as new objects."""
    return [_typed(Considered, document) for document in documents]


def _document(one: Considered) -> dict[str, Any]:
    found = asdict(one)
    return {field.name: found[field.name] for field in fields(one) if found[field.name] != field.default}


def _typed(kind: Any, value: Any) -> Any:
    """What `asdict` and JSON have made of a value of this type, as it was."""
    origin = get_origin(kind)
    if origin in (UnionType, Union):
        (kind,) = [one for one in get_args(kind) if one is not NoneType]
        return None if value is None else _typed(kind, value)
    if origin in (tuple, list, Sequence):
        items = [_typed(get_args(kind)[0], item) for item in value]
        return tuple(items) if origin is tuple else items
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        late = {field.name for field in fields(kind) if not field.init}
        parts = {name: _typed(hints[name], part) for name, part in value.items()}
        made = kind(**{name: part for name, part in parts.items() if name not in late})  # type: ignore[operator]
        for name in late & parts.keys():
            setattr(made, name, parts[name])
        return made
    return kind(value) if isinstance(kind, type) and issubclass(kind, StrEnum) else value


@lru_cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)
