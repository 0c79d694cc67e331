"""How an invariant is stated: a query with one row per key, and which of its figures must agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns that must be equal, or with `relation` "<=" the first at most the second, and their names."""

    found: str
    found_name: str
    expected: str
    expected_name: str
    relation: str = "="


@dataclass(frozen=True, slots=True)
class Comparison:
    """A query whose rows are named by `table` and `key`. `by_settings`: it wants the parameter `stores`."""

    table: str
    key: Sequence[str]
    pairs: Sequence[Pair]
    query: str
    by_settings: bool = False

    def sql(self, dialect: str) -> str:
        """The query with the sums over JSON as this engine writes them."""
        query = self.query
        for name, sql in _JSON_SUM[dialect].items():
            query = query.replace(f"json_sum({name})", sql)
        return query


def posted(code: str) -> str:
    """What a document has posted to an account, debits above zero; of `postings` p."""
    return f"COALESCE(SUM(CASE WHEN p.account_code = '{code}' THEN p.amount_minor END), 0)"


def _json_sums(sql: str) -> Mapping[str, str]:
    columns = (("discounts", "amount_minor"), ("taxes", "tax_minor"))
    return {f"{column}, {field}": sql.format(column=column, field=field) for column, field in columns}


_JSON_SUM: Final = {
    "sqlite": _json_sums(
        # Most lists hold one item, which is found faster than by walking them.
        "CASE WHEN {column} = '[]' THEN 0 WHEN NOT json_valid({column}) THEN NULL"
        " WHEN json_array_length({column}) = 1 THEN json_extract({column}, '$[0].{field}')"
        " ELSE (SELECT SUM(json_extract(value, '$.{field}')) FROM json_each({column})) END"
    ),
    "postgresql": _json_sums(
        "CASE WHEN {column} = CAST('[]' AS jsonb) THEN 0 WHEN jsonb_typeof({column}) = 'array' THEN"
        " (SELECT SUM(CAST(item ->> '{field}' AS bigint)) FROM jsonb_array_elements({column}) AS item) END"
    ),
}
