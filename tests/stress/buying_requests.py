"""Valid requests for all RPCs of buying, by module of `entrypoints.grpc`; see valid_requests.py."""

from typing import Final

from tests.stress.central_requests import CENTRAL
from tests.stress.drop_ship_requests import DROP_SHIPS
from tests.stress.purchase_requests import PURCHASES
from tests.stress.replenishment_requests import REPLENISHMENT
from tests.stress.requests import Valid
from tests.stress.supplier_invoice_requests import SUPPLIER_INVOICES
from tests.stress.supplier_requests import OF_SUPPLIERS
from tests.stress.supplier_return_requests import SUPPLIER_RETURNS

BUYING: Final[dict[str, dict[str, Valid]]] = {
    **OF_SUPPLIERS,
    "purchase_orders": PURCHASES,
    "supplier_returns": SUPPLIER_RETURNS,
    "supplier_invoices": SUPPLIER_INVOICES,
    "central_purchasing": CENTRAL,
    "drop_ships": DROP_SHIPS,
    "replenishment": REPLENISHMENT,
}
