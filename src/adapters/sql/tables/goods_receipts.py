"""Lines of goods receipts as they came and as they were changed, and costs that were spread over them later."""

from sqlalchemy import CheckConstraint, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, amount, metadata, required

goods_receipt_lines = Table(
    "goods_receipt_lines",
    metadata,
    required("receipt_id", Id),
    required("line_number", Integer),
    # 0 is what came; every document that changes the receipt has the next one.
    required("number", Integer),
    required("kind", Code),
    required("document_id", Id),
    required("sku_id", Id),
    amount("quantity_milli"),
    amount("cost_minor"),
    # Line by line, so that how a page of lines stands is one range of the key.
    PrimaryKeyConstraint("receipt_id", "line_number", "number"),
    CheckConstraint("(number = 0) = (kind = 'received')", name="comes_first"),
)

landed_charges = Table(
    "landed_charges",
    metadata,
    required("document_id", Id),
    required("number", Integer),
    required("kind", Code),
    required("basis", Code),
    amount("amount_minor"),
    PrimaryKeyConstraint("document_id", "number"),
)
