"""Statements that see only the stores of a scope."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Select, bindparam


class Scoped:
    """One statement in two forms, for the whole chain and for some stores; `then` is applied to both."""

    def __init__(
        self,
        statement: Select[Any],
        store_id: Column[Any],
        *,
        then: Callable[[Select[Any]], Select[Any]] = lambda statement: statement,
    ) -> None:
        self._chain = then(statement)
        # A list of values rather than a subquery: filtering by it keeps the order of the index that is read.
        self._stores = then(statement.where(store_id.in_(bindparam("store_ids", expanding=True))))

    def within(
        self, store_ids: Sequence[int] | None, parameters: Mapping[str, object]
    ) -> tuple[Select[Any], dict[str, Any]]:
        """The form to execute, with its parameters; None means the whole chain."""
        if store_ids is None:
            return self._chain, dict(parameters)
        return self._stores, {**parameters, "store_ids": store_ids}
