"""Classes of goods, rules of replenishment, and what was proposed by them."""

from typing import Final

from sqlalchemy import Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, text

from adapters.sql.tables.columns import Code, Document, Id, Instant, amount, metadata, required

CENTRAL_LINE: Final = "source = 'central'"

stock_classes = Table(
    "stock_classes",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    required("abc", Code),
    required("xyz", Code),
    amount("sales_minor"),
    amount("quantity_milli"),
    PrimaryKeyConstraint("location_id", "sku_id"),
)

# When the classes of a store were last worked out, from the sales of which days.
stock_class_runs = Table(
    "stock_class_runs",
    metadata,
    Column("location_id", Id, primary_key=True, autoincrement=False),
    required("classified_on", Date),
    required("from_date", Date),
    required("to_date", Date),
    amount("skus"),
)

replenishment_rules = Table(
    "replenishment_rules",
    metadata,
    required("place_kind", Code),
    # 0 for the chain.
    required("place_id", Id),
    required("goods_kind", Code),
    # 0 for everything; the number of a class, a category or a SKU.
    required("goods_id", Id),
    required("method", Code),
    required("service_bp", Integer),
    required("lead_days", Integer),
    amount("lead_deviation_milli"),
    required("review_days", Integer),
    required("cover_days", Integer),
    amount("minimum_milli"),
    amount("maximum_milli"),
    amount("pack_milli"),
    amount("order_minimum_milli"),
    # Null for none.
    Column("source_store_id", Id),
    required("surplus_days", Integer),
    required("ended", Boolean),
    # Null where the setting says it.
    Column("demand", Code),
    # Goods first: a batch of a proposal reads the rules of its range of SKUs.
    PrimaryKeyConstraint("goods_kind", "goods_id", "place_kind", "place_id"),
)

replenishment_proposals = Table(
    "replenishment_proposals",
    metadata,
    Column("proposal_id", Id, primary_key=True, autoincrement=False),
    required("kind", Code),
    required("state", Code),
    required("place_kind", Code),
    required("place_id", Id),
    # Empty for those of all suppliers.
    required("supplier_code", Code),
    # Empty for all goods.
    required("sku_ids", Document),
    required("as_of", Date),
    required("next_sku_id", Id),
    amount("pairs"),
    amount("without_rule"),
    amount("lines"),
    required("created_at", Instant),
    Column("closed_at", Instant),
)
_proposal = replenishment_proposals.c
Index("ix_replenishment_proposals_created_at", _proposal.created_at, _proposal.proposal_id)
# Few: what is not decided yet, and what is being computed.
Index(
    "ix_replenishment_proposals_undecided",
    _proposal.proposal_id,
    sqlite_where=_proposal.state.in_(["computing", "open"]),
    postgresql_where=_proposal.state.in_(["computing", "open"]),
)

replenishment_lines = Table(
    "replenishment_lines",
    metadata,
    required("proposal_id", Id),
    required("location_id", Id),
    required("sku_id", Id),
    required("number", Integer),
    required("source", Code),
    # Null for a supplier.
    Column("source_store_id", Id),
    required("supplier_code", Code),
    required("state", Code),
    # Null until the line is an order or a transfer.
    Column("document_id", Id),
    amount("quantity_milli"),
    amount("need_milli"),
    amount("mean_milli"),
    amount("deviation_milli"),
    required("service_bp", Integer),
    required("lead_days", Integer),
    required("review_days", Integer),
    required("cover_days", Integer),
    amount("safety_milli"),
    amount("reorder_milli"),
    amount("target_milli"),
    amount("on_hand_milli"),
    amount("reserved_milli"),
    amount("in_transit_milli"),
    amount("on_order_milli"),
    required("demand", Code, server_default="mean"),
    PrimaryKeyConstraint("proposal_id", "location_id", "sku_id", "number"),
)
_line = replenishment_lines.c
# Lines of the stores for which their source buys.
Index(
    "ix_replenishment_lines_central",
    _line.proposal_id,
    _line.source_store_id,
    _line.sku_id,
    sqlite_where=text(CENTRAL_LINE),
    postgresql_where=text(CENTRAL_LINE),
)
_WAITING = (_line.state == "accepted") & _line.document_id.is_(None)
# What was accepted and is no order yet counts as on order.
Index(
    "ix_replenishment_lines_waiting",
    _line.sku_id,
    _line.location_id,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
