"""The whole contract as it is served: who may call what, and that nothing is left out."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import grpc
import pytest

import liansuo
from domain.identity.permissions import PERMISSIONS, builtin_roles
from entrypoints.grpc.rpc import AUTHENTICATED, PUBLIC, Method
from entrypoints.grpc.server import check_permissions
from entrypoints.grpc.services import SERVICES
from entrypoints.settings import StartRefused
from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.serving import Running, serving

METHODS: list[Method] = [method for service in SERVICES for method in service.methods.values()]
ROLES = {role.code: role.permissions for role in builtin_roles()}
OVER_ROLES = {"nobody": frozenset[str](), **ROLES, "terminal+cashier": ROLES["terminal"] | ROLES["cashier"]}
MALFORMED = b"\xff"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """All services; a credential is the name of a role."""

    def authenticate(credentials: Any) -> Any:
        return replace(toy.CASHIER, permissions=OVER_ROLES[credentials.credential])

    with serving(services=SERVICES, authenticate=authenticate) as running:
        yield running


def test_every_service_of_the_contract_is_served_with_all_its_methods():
    declared = {
        f"/{service.full_name}/{method.name}"
        for module in pkgutil.walk_packages(liansuo.__path__, "liansuo.")
        if module.name.endswith("_pb2")
        for service in importlib.import_module(module.name).DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert {method.path for method in METHODS} == declared
    assert len(METHODS) == len(declared)


@pytest.mark.parametrize("role", OVER_ROLES)
def test_each_role_may_call_what_its_permissions_say_and_nothing_else(server: Running, role: str):
    permissions = OVER_ROLES[role]
    for method in METHODS:
        refused = server.call(method.path, MALFORMED, credential=role)
        needs = method.row.needs
        if needs in (PUBLIC, AUTHENTICATED) or needs in permissions or "*" in permissions:
            assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST"), (
                method.name
            )
        else:
            assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING"), (
                method.name
            )
            assert refused.metadata == {"permission": needs}


def test_only_enrolment_is_open_to_everybody(server: Running):
    open_to_all = set()
    for method in METHODS:
        refused = server.call(method.path, MALFORMED, credential=None)
        if refused.code is not grpc.StatusCode.UNAUTHENTICATED:
            open_to_all.add(method.name)
    assert open_to_all == {"liansuo.identity.v1.IdentityService/Enroll"}


def test_no_call_is_served_without_a_deadline(server: Running):
    for method in METHODS:
        refused = server.call(method.path, b"", credential="admin", timeout=None)
        assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["deadline"]), method.name


def test_every_write_asks_for_a_request_id(server: Running):
    writes = [method for method in METHODS if method.row.kind in ("write", "batched")]
    assert len(writes) > 0
    for method in writes:
        refused = server.call(method.path, b"", credential="admin")
        assert (refused.code, refused.reason, refused.fields) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_REQUEST_ID",
            ["request_id"],
        ), method.name


def test_whatever_changes_something_is_a_write_unless_it_is_single_use_by_itself():
    others = {method.path.rpartition("/")[2] for method in METHODS if method.row.kind == "command"}
    assert others == {"Enroll", "SignIn", "SignOut", "Approve", "OpenGiftCard", "CancelPayment"}


def test_every_permission_of_an_rpc_is_one_that_a_role_can_hold():
    assert {method.row.needs for method in METHODS} - {PUBLIC, AUTHENTICATED} <= PERMISSIONS.keys()


def test_the_server_refuses_to_start_when_an_rpc_names_no_permission():
    service = toy.Service(toy.TOY, toy.rows())
    path, method = next(iter(service.methods.items()))
    service.methods[path] = replace(method, row=replace(method.row, needs=""))
    with pytest.raises(StartRefused, match=r"name no permission: liansuo\.toy\.v1\.ToyService/Sell\."):
        check_permissions([service])
    with pytest.raises(StartRefused, match="two tables"):
        check_permissions([toy.SERVICE, toy.SERVICE])
    with pytest.raises(StartRefused, match="name no permission"), serving(services=[service]):
        pass
