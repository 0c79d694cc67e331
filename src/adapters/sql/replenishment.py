"""Rules, classes and proposals of replenishment in SQL, and the demand and stock that they are about."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Row, and_, bindparam, delete, func, insert, or_, select, text, tuple_, update

from adapters.sql.reading import NEWEST
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.catalog import categories, products, units
from adapters.sql.tables.inventory import stock_levels, stock_movements
from adapters.sql.tables.replenishment import (
    CENTRAL_LINE,
    replenishment_lines,
    replenishment_proposals,
    replenishment_rules,
    stock_class_runs,
    stock_classes,
)
from adapters.sql.tables.sales import sale_lines, sales
from adapters.sql.tables.suppliers import supplier_products, suppliers
from adapters.sql.transaction import Transaction
from application.ports import replenishment as ports
from application.ports.replenishment import (
    ClassRun,
    ListedClass,
    ListedLine,
    ListedRule,
    Range,
    ReplenishedGoods,
    SkuSales,
    StockClass,
)
from domain.catalog.product import ProductStatus
from domain.inventory.stock import OF_SALES
from domain.replenishment.classification import AbcClass, XyzClass
from domain.replenishment.planning import Sold
from domain.replenishment.proposal import LineSource, LineState, Proposal, ProposalKind, ProposalLine, ProposalState
from domain.replenishment.rule import ABC_NUMBERS, DemandBasis, GoodsKind, Method, PlaceKind, ReplenishmentRule
from domain.replenishment.targets import Integers

DAYS_OF_WEEK: Final = 7

_GOODS: Final = (
    select(
        products.c.sku_id,
        products.c.sku,
        products.c.category_id,
        products.c.supplier_code,
        units.c.decimals,
        products.c.unstocked,
        products.c.status,
        func.coalesce(suppliers.c.lead_days, 0).label("supplier_days"),
        func.coalesce(supplier_products.c.lead_days, 0).label("product_days"),
        func.coalesce(supplier_products.c.pack_milli, 0).label("pack_milli"),
        func.coalesce(supplier_products.c.moq_milli, 0).label("moq_milli"),
    )
    .join_from(products, units)
    .outerjoin(suppliers, suppliers.c.code == products.c.supplier_code)
    .outerjoin(
        supplier_products,
        and_(
            supplier_products.c.supplier_id == suppliers.c.supplier_id,
            supplier_products.c.sku_id == products.c.sku_id,
        ),
    )
    .where(products.c.sku_id > bindparam("after", type_=products.c.sku_id.type))
    .order_by(products.c.sku_id)
    .limit(bindparam("limit"))
)
_GOODS_OF_SUPPLIER: Final = _GOODS.where(products.c.supplier_code == bindparam("supplier_code"))
_GOODS_NAMED: Final = _GOODS.where(any_of(products.c.sku_id, "sku_ids"))

_MOVED: Final = stock_movements.c
_BY_DAY: Final = (
    select(
        _MOVED.location_id,
        _MOVED.sku_id,
        _MOVED.business_date,
        (-func.sum(_MOVED.quantity_milli)).label("quantity"),
    )
    .where(
        _MOVED.business_date.in_(bindparam("days", expanding=True)),
        _MOVED.sku_id.between(bindparam("first_sku_id"), bindparam("last_sku_id")),
        _MOVED.reason.in_([one.value for one in OF_SALES]),
    )
    .group_by(_MOVED.location_id, _MOVED.sku_id, _MOVED.business_date)
    .subquery("by_day")
)
_SOLD: Final = select(
    _BY_DAY.c.location_id,
    _BY_DAY.c.sku_id,
    func.sum(_BY_DAY.c.quantity).label("quantity"),
    # In units, so that a sum of squares of thousandths stays within what the engines count exactly.
    func.sum(_BY_DAY.c.quantity * _BY_DAY.c.quantity / 1_000).label("squares"),
).group_by(_BY_DAY.c.location_id, _BY_DAY.c.sku_id)
_STOCK: Final = select(
    stock_levels.c.location_id, stock_levels.c.sku_id, stock_levels.c.on_hand_milli, stock_levels.c.reserved_milli
).where(
    any_of(stock_levels.c.location_id, "location_ids"),
    stock_levels.c.sku_id.between(bindparam("first_sku_id"), bindparam("last_sku_id")),
)
_CLASSES_IN: Final = select(stock_classes.c.location_id, stock_classes.c.sku_id, stock_classes.c.abc).where(
    any_of(stock_classes.c.location_id, "location_ids"),
    stock_classes.c.sku_id.between(bindparam("first_sku_id"), bindparam("last_sku_id")),
)

_RULE: Final = replenishment_rules.c
_RULES: Final = select(replenishment_rules).where(
    _RULE.ended.is_(False),
    or_(
        _RULE.goods_kind != GoodsKind.SKU.value,
        _RULE.goods_id.between(bindparam("first_sku_id"), bindparam("last_sku_id")),
    ),
)
_PUT_RULES: Final = upsert(replenishment_rules)
_RULE_KEY: Final = (_RULE.goods_kind, _RULE.goods_id, _RULE.place_kind, _RULE.place_id)
_LIST_RULES: Final = (
    select(replenishment_rules, products.c.sku, categories.c.code)
    .outerjoin(products, and_(_RULE.goods_kind == GoodsKind.SKU.value, products.c.sku_id == _RULE.goods_id))
    .outerjoin(
        categories, and_(_RULE.goods_kind == GoodsKind.CATEGORY.value, categories.c.category_id == _RULE.goods_id)
    )
    .where(tuple_(*_RULE_KEY) > tuple_(*[bindparam(f"after_{column.name}", type_=column.type) for column in _RULE_KEY]))
    .order_by(*_RULE_KEY)
    .limit(bindparam("limit"))
)
_LIST_RULES_OF: Final = _LIST_RULES.where(_RULE.goods_kind == bindparam("goods_kind"))
_CATEGORY_IDS: Final = select(categories.c.code, categories.c.category_id).where(any_of(categories.c.code, "codes"))

_DAY_SALES: Final = (
    select(
        sale_lines.c.sku_id,
        sales.c.business_date,
        func.sum(sale_lines.c.total_minor).label("sales_minor"),
        func.sum(sale_lines.c.quantity_milli).label("quantity_milli"),
    )
    .join_from(sales, sale_lines, sale_lines.c.sale_id == sales.c.sale_id)
    .where(
        sales.c.store_id == bindparam("store_id"),
        sales.c.business_date.between(
            bindparam("from_date", type_=sales.c.business_date.type),
            bindparam("to_date", type_=sales.c.business_date.type),
        ),
    )
    .group_by(sale_lines.c.sku_id, sales.c.business_date)
)
_RUNS: Final = select(stock_class_runs)
_PUT_RUN: Final = upsert(stock_class_runs)
_DROP_CLASSES: Final = delete(stock_classes).where(stock_classes.c.location_id == bindparam("of_store"))
_ADD_CLASSES: Final = insert(stock_classes)
_LIST_CLASSES: Final = (
    select(stock_classes, products.c.sku)
    .join_from(stock_classes, products, products.c.sku_id == stock_classes.c.sku_id)
    .where(
        stock_classes.c.location_id == bindparam("store_id"),
        stock_classes.c.sku_id > bindparam("after", type_=stock_classes.c.sku_id.type),
    )
    .order_by(stock_classes.c.sku_id)
    .limit(bindparam("limit"))
)
_LIST_CLASSES_OF: Final = _LIST_CLASSES.where(stock_classes.c.abc == bindparam("abc"))

_PROPOSAL: Final = replenishment_proposals.c
_UNDECIDED: Final = (
    select(replenishment_proposals)
    .where(_PROPOSAL.state.in_((ProposalState.COMPUTING.value, ProposalState.OPEN.value)))
    .order_by(_PROPOSAL.proposal_id)
)
_FIND: Final = select(replenishment_proposals).where(_PROPOSAL.proposal_id == bindparam("proposal_id"))
_ADD: Final = insert(replenishment_proposals)
_CHANGED: Final = ("state", "next_sku_id", "pairs", "without_rule", "lines", "closed_at")
_CHANGE: Final = (
    update(replenishment_proposals)
    .where(_PROPOSAL.proposal_id == bindparam("of_proposal"))
    .values({name: bindparam(f"new_{name}", type_=_PROPOSAL[name].type) for name in _CHANGED})
)
_LIST: Final = (
    select(replenishment_proposals)
    .where(
        tuple_(_PROPOSAL.created_at, _PROPOSAL.proposal_id)
        < tuple_(
            bindparam("before_at", type_=_PROPOSAL.created_at.type),
            bindparam("before_id", type_=_PROPOSAL.proposal_id.type),
        )
    )
    .order_by(_PROPOSAL.created_at.desc(), _PROPOSAL.proposal_id.desc())
    .limit(bindparam("limit"))
)
_LINE: Final = replenishment_lines.c
_ADD_LINES: Final = insert(replenishment_lines)
_LINES: Final = (
    select(replenishment_lines, products.c.sku)
    .join_from(replenishment_lines, products, products.c.sku_id == _LINE.sku_id)
    .where(
        _LINE.proposal_id == bindparam("proposal_id"),
        tuple_(_LINE.location_id, _LINE.sku_id, _LINE.number)
        > tuple_(
            *[bindparam(name, type_=_LINE.sku_id.type) for name in ("after_location", "after_sku", "after_number")]
        ),
    )
    .order_by(_LINE.location_id, _LINE.sku_id, _LINE.number)
    .limit(bindparam("limit"))
)
_LINES_OF: Final = _LINES.where(_LINE.supplier_code == bindparam("supplier_code"))
_OF_CENTRE: Final = (
    _LINE.proposal_id == bindparam("proposal_id", type_=_LINE.proposal_id.type),
    text(f"replenishment_lines.{CENTRAL_LINE}"),
    _LINE.state == LineState.PROPOSED.value,
)
_CENTRAL_COUNTS: Final = (
    select(_LINE.source_store_id, _LINE.sku_id, func.count().label("stores"))
    .where(*_OF_CENTRE)
    .group_by(_LINE.source_store_id, _LINE.sku_id)
)
_CENTRAL: Final = (
    select(replenishment_lines, products.c.sku)
    .join_from(replenishment_lines, products, products.c.sku_id == _LINE.sku_id)
    .where(*_OF_CENTRE, any_of(_LINE.sku_id, "sku_ids"))
    .order_by(_LINE.location_id, _LINE.sku_id, _LINE.number)
)
_ACCEPT: Final = (
    update(replenishment_lines)
    .where(
        _LINE.proposal_id == bindparam("of_proposal"),
        _LINE.location_id == bindparam("of_location"),
        _LINE.sku_id == bindparam("of_sku"),
        _LINE.number == bindparam("of_number"),
    )
    .values(state=LineState.ACCEPTED.value, document_id=bindparam("became", type_=_LINE.document_id.type))
)


class Replenishment(ports.Replenishment):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def goods(
        self, *, after: int, limit: int, supplier_code: str, sku_ids: Collection[int]
    ) -> Sequence[ReplenishedGoods]:
        parameters: dict[str, Any] = {"after": after, "limit": limit}
        statement = _GOODS
        if supplier_code:
            statement, parameters["supplier_code"] = _GOODS_OF_SUPPLIER, supplier_code
        elif sku_ids:
            statement, parameters["sku_ids"] = _GOODS_NAMED, sorted(sku_ids)
        return [
            ReplenishedGoods(
                sku_id=row.sku_id,
                sku=row.sku,
                category_id=row.category_id,
                supplier_code=row.supplier_code,
                unit_decimals=row.decimals,
                kept=not row.unstocked and row.status == ProductStatus.ACTIVE.value,
                lead_days=row.product_days or row.supplier_days,
                pack_milli=row.pack_milli,
                minimum_milli=row.moq_milli,
            )
            for row in self._transaction.execute(statement, parameters)
        ]

    def sold(self, within: Range, days: Sequence[date]) -> Sold:
        rows = self._transaction.execute(_SOLD, {**_bounds(within), "days": list(days)}).all()
        quantity = _filled(within, rows, "quantity")
        return Sold(len(days), quantity, _filled(within, rows, "squares").astype(np.float64) * 1_000)

    def stock(self, within: Range) -> tuple[Integers, Integers]:
        rows = self._transaction.execute(_STOCK, {**_bounds(within), "location_ids": sorted(within.store_ids)}).all()
        return _filled(within, rows, "on_hand_milli"), _filled(within, rows, "reserved_milli")

    def class_numbers(self, within: Range) -> Integers:
        found = np.full((len(within.store_ids), len(within.sku_ids)), ABC_NUMBERS[AbcClass.C], dtype=np.int64)
        stores, columns = _positions(within)
        for row in self._transaction.execute(
            _CLASSES_IN, {**_bounds(within), "location_ids": sorted(within.store_ids)}
        ):
            if row.sku_id in columns:
                found[stores[row.location_id], columns[row.sku_id]] = ABC_NUMBERS[AbcClass(row.abc)]
        return found

    def rules(self, *, first_sku_id: int, last_sku_id: int) -> Sequence[ReplenishmentRule]:
        rows = self._transaction.execute(_RULES, {"first_sku_id": first_sku_id, "last_sku_id": last_sku_id})
        return [_rule(row) for row in rows]

    def put_rules(self, rules: Sequence[ReplenishmentRule]) -> None:
        self._transaction.execute(_PUT_RULES, [asdict(rule) for rule in rules])

    def list_rules(
        self, *, goods_kind: GoodsKind | None, after: tuple[str, int, str, int] | None, limit: int
    ) -> Sequence[ListedRule]:
        key = after or ("", 0, "", -1)
        parameters: dict[str, Any] = {
            f"after_{column.name}": value for column, value in zip(_RULE_KEY, key, strict=True)
        }
        parameters["limit"] = limit
        statement = _LIST_RULES
        if goods_kind is not None:
            statement, parameters["goods_kind"] = _LIST_RULES_OF, goods_kind.value
        return [
            ListedRule(_rule(row), row.sku or row.code or "")
            for row in self._transaction.execute(statement, parameters)
        ]

    def category_ids(self, codes: Collection[str]) -> Mapping[str, int]:
        return {row.code: row.category_id for row in self._transaction.execute(_CATEGORY_IDS, {"codes": codes})}

    def sales_by_sku(self, store_id: int, *, from_date: date, to_date: date) -> Sequence[SkuSales]:
        sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        weeks: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        parameters = {"store_id": store_id, "from_date": from_date, "to_date": to_date}
        for row in self._transaction.execute(_DAY_SALES, parameters):
            quantity = int(row.quantity_milli)
            sums[row.sku_id][0] += int(row.sales_minor)
            sums[row.sku_id][1] += quantity
            weeks[row.sku_id][(row.business_date - from_date).days // DAYS_OF_WEEK] += quantity
        return [
            SkuSales(sku_id, value, quantity, sum(of_week * of_week for of_week in weeks[sku_id].values()))
            for sku_id, (value, quantity) in sorted(sums.items())
        ]

    def class_runs(self) -> Mapping[int, ClassRun]:
        return {row.location_id: ClassRun(**row._mapping) for row in self._transaction.execute(_RUNS)}

    def put_classes(self, run: ClassRun, classes: Sequence[StockClass]) -> None:
        execute = self._transaction.execute
        execute(_DROP_CLASSES, {"of_store": run.location_id})
        if classes:
            execute(_ADD_CLASSES, [asdict(one) for one in classes])
        execute(_PUT_RUN, [asdict(run)])

    def list_classes(self, store_id: int, *, abc: AbcClass | None, after: int, limit: int) -> Sequence[ListedClass]:
        parameters: dict[str, Any] = {"store_id": store_id, "after": after, "limit": limit}
        statement = _LIST_CLASSES
        if abc is not None:
            statement, parameters["abc"] = _LIST_CLASSES_OF, abc.value
        found = []
        for row in self._transaction.execute(statement, parameters):
            values = {name: row._mapping[name] for name in StockClass.__slots__}
            values |= {"abc": AbcClass(row.abc), "xyz": XyzClass(row.xyz)}
            found.append(ListedClass(row.sku, StockClass(**values)))
        return found

    def add_proposal(self, proposal: Proposal) -> None:
        self._transaction.execute(_ADD, {**asdict(proposal), "sku_ids": list(proposal.sku_ids)})

    def undecided(self) -> Sequence[Proposal]:
        return [_proposal(row) for row in self._transaction.execute(_UNDECIDED)]

    def find(self, proposal_id: int) -> Proposal | None:
        row = self._transaction.execute(_FIND, {"proposal_id": proposal_id}).one_or_none()
        return None if row is None else _proposal(row)

    def change(self, proposals: Sequence[Proposal]) -> None:
        for one in proposals:
            values = {f"new_{name}": getattr(one, name) for name in _CHANGED}
            self._transaction.execute(_CHANGE, {"of_proposal": one.proposal_id, **values})

    def list_proposals(self, *, after: tuple[datetime, int] | None, limit: int) -> Sequence[Proposal]:
        before_at, before_id = after or NEWEST
        parameters = {"before_at": before_at, "before_id": before_id, "limit": limit}
        return [_proposal(row) for row in self._transaction.execute(_LIST, parameters)]

    def add_lines(self, lines: Sequence[ProposalLine]) -> None:
        if lines:
            self._transaction.execute(_ADD_LINES, [asdict(line) for line in lines])

    def list_lines(
        self, proposal_id: int, *, supplier_code: str, after: tuple[int, int, int] | None, limit: int
    ) -> Sequence[ListedLine]:
        return self._lines(_LINES_OF if supplier_code else _LINES, proposal_id, supplier_code, after, limit)

    def waiting_lines(self, proposal_id: int, *, supplier_code: str, limit: int) -> Sequence[ListedLine]:
        statement = (_LINES_OF if supplier_code else _LINES).where(
            _LINE.state == LineState.PROPOSED.value, _LINE.source != LineSource.CENTRAL.value
        )
        return self._lines(statement, proposal_id, supplier_code, None, limit)

    def central_counts(self, proposal_id: int) -> Mapping[tuple[int, int], int]:
        found = self._transaction.execute(_CENTRAL_COUNTS, {"proposal_id": proposal_id})
        return {(row.source_store_id, row.sku_id): row.stores for row in found}

    def central_lines(self, proposal_id: int, sku_ids: Collection[int]) -> Sequence[ListedLine]:
        found = self._transaction.execute(_CENTRAL, {"proposal_id": proposal_id, "sku_ids": sorted(sku_ids)})
        return [ListedLine(row.sku, _line(row)) for row in found]

    def accept_lines(self, lines: Sequence[tuple[ProposalLine, int]]) -> None:
        if lines:
            self._transaction.execute(
                _ACCEPT,
                [
                    {
                        "of_proposal": line.proposal_id,
                        "of_location": line.location_id,
                        "of_sku": line.sku_id,
                        "of_number": line.number,
                        "became": document_id,
                    }
                    for line, document_id in lines
                ],
            )

    def _lines(
        self, statement: Any, proposal_id: int, supplier_code: str, after: tuple[int, int, int] | None, limit: int
    ) -> Sequence[ListedLine]:
        location_id, sku_id, number = after or (0, 0, 0)
        parameters: dict[str, Any] = {
            "proposal_id": proposal_id,
            "after_location": location_id,
            "after_sku": sku_id,
            "after_number": number,
            "limit": limit,
        }
        if supplier_code:
            parameters["supplier_code"] = supplier_code
        return [ListedLine(row.sku, _line(row)) for row in self._transaction.execute(statement, parameters)]


def _bounds(within: Range) -> dict[str, Any]:
    return {"first_sku_id": within.first_sku_id, "last_sku_id": within.last_sku_id}


def _positions(within: Range) -> tuple[dict[int, int], dict[int, int]]:
    return (
        {store_id: row for row, store_id in enumerate(within.store_ids)},
        {sku_id: column for column, sku_id in enumerate(within.sku_ids)},
    )


def _filled(within: Range, rows: Sequence[Row[Any]], name: str) -> Integers:
    """One figure of the rows, a row per store and a column per SKU; 0 where there is none."""
    found = np.zeros((len(within.store_ids), len(within.sku_ids)), dtype=np.int64)
    stores, columns = _positions(within)
    for row in rows:
        store, column = stores.get(row.location_id), columns.get(row.sku_id)
        if store is not None and column is not None:
            found[store, column] = int(row._mapping[name])
    return found


def _rule(row: Row[Any]) -> ReplenishmentRule:
    values = {name: row._mapping[name] for name in ReplenishmentRule.__slots__}
    values |= {
        "place_kind": PlaceKind(row.place_kind),
        "goods_kind": GoodsKind(row.goods_kind),
        "method": Method(row.method),
        "ended": bool(row.ended),
        "demand": DemandBasis(row.demand) if row.demand else None,
    }
    return ReplenishmentRule(**values)


def _proposal(row: Row[Any]) -> Proposal:
    values = dict(row._mapping)
    values |= {
        "kind": ProposalKind(row.kind),
        "state": ProposalState(row.state),
        "place_kind": PlaceKind(row.place_kind),
        "sku_ids": tuple(row.sku_ids),
    }
    return Proposal(**values)


def _line(row: Row[Any]) -> ProposalLine:
    values = {name: row._mapping[name] for name in ProposalLine.__slots__}
    values |= {"source": LineSource(row.source), "state": LineState(row.state), "demand": DemandBasis(row.demand)}
    return ProposalLine(**values)
