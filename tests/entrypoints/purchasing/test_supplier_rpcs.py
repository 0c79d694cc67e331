"""Suppliers through the contract, from message to message."""

from entrypoints.grpc.suppliers import SERVICE
from tests.entrypoints.table_calls import permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutSuppliers": "suppliers.manage",
        "ListSuppliers": "suppliers.read",
        "PutSupplierProducts": "suppliers.manage",
        "ListSupplierProducts": "suppliers.read",
    }
