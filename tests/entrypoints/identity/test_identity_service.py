"""The table of identity's RPCs: who may call which, and that messages reach the use cases and come back."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.identity.organisation import SYSTEM, Caller, CallerKind, stranger
from domain.identity.permissions import PERMISSIONS, builtin_roles
from domain.shared.errors import Invalid
from entrypoints.grpc.identity import SERVICE
from entrypoints.grpc.rpc import AUTHENTICATED, PUBLIC, Kind
from liansuo.identity.v1 import identity_pb2 as pb2
from tests.application.identity.shop import CERTIFICATE, Shop, fill, open_shop

METHODS = {method.name.rpartition("/")[2]: method for method in SERVICE.methods.values()}
OPEN = {"Enroll"}
FOR_CALLERS = OPEN | {"SignIn", "SignOut", "GetCaller", "Approve"}
SELF_SERVICE = {"IssueMemberToken", "EndMemberTokens"}
READING = {
    "ListRegions",
    "ListStores",
    "ListCallers",
    "ListStaff",
    "ListRoles",
    "ListSettings",
    "ListSettingChanges",
    "ListApprovals",
    "ListJobs",
}
MANAGING = {"PutRegions", "PutStores", "CreateTerminal", "CreateService", "RevokeCaller", "PutStaff", "PutRoles"} | {
    "PutSetting", "CreateSupplierAccount",
}  # fmt: skip


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with open_shop(database_url) as shop:
        fill(shop)
        yield shop


def call(shop: Shop, request: Any, caller: Caller = SYSTEM) -> Any:
    """What the RPC of this request answers to the caller the first time."""
    method = METHODS[type(request).__name__.removesuffix("Request")]
    run = shop.transactor.read if method.row.kind is Kind.READ else shop.transactor.write
    result = run(method.use_case, method.decode(request), caller=caller, now=shop.now)
    return method.row.response.FromString(method.show(result))


def permitted(caller: Caller) -> set[str]:
    return {
        name
        for name, method in METHODS.items()
        if method.row.needs in {PUBLIC, AUTHENTICATED} or caller.may(method.row.needs)
    }


@pytest.mark.parametrize(
    ("role", "rpcs"),
    [
        ("admin", FOR_CALLERS | READING | MANAGING | SELF_SERVICE),
        ("hq", FOR_CALLERS | READING | SELF_SERVICE),
        ("manager", FOR_CALLERS | READING),
        ("terminal", FOR_CALLERS),
        ("pricing_terminal", FOR_CALLERS),
        ("cashier", FOR_CALLERS),
    ],
)
def test_each_built_in_role_may_call_exactly_these(role, rpcs):
    (permissions,) = [built_in.permissions for built_in in builtin_roles() if built_in.code == role]
    assert permitted(Caller(7, "T", CallerKind.SERVICE, None, None, "", permissions, None)) == rpcs


def test_only_enrolment_is_open_to_strangers():
    assert {name for name, method in METHODS.items() if method.row.needs == PUBLIC} == OPEN


def test_every_permission_that_a_row_needs_exists():
    needed = {method.row.needs for method in METHODS.values()} - {PUBLIC, AUTHENTICATED}
    assert needed == {"identity.manage", "identity.read", "membership.self_service"}
    assert needed <= PERMISSIONS.keys()


def test_a_chain_is_set_up_and_a_cashier_signs_in(shop):
    call(shop, pb2.PutRegionsRequest(regions=[pb2.Region(code="west", name="West")]))
    west = pb2.Store(
        code="W1",
        name="West 1",
        region_code="west",
        currency="USD",
        time_zone="America/Los_Angeles",
        day_cutoff_minutes=120,
    )
    assert call(shop, pb2.PutStoresRequest(stores=[west])) == pb2.PutStoresResponse(created=1)
    created = call(shop, pb2.CreateTerminalRequest(code="T1", store_code="W1", role_code="terminal"))
    assert created.caller.status == pb2.CALLER_STATUS_PENDING
    enrolled = call(
        shop,
        pb2.EnrollRequest(enrolment_code=created.enrolment_code),
        stranger(certificate_digest=CERTIFICATE),
    )
    shop.credentials["T1"] = enrolled.credential
    terminal = shop.authenticated("T1", certificate=CERTIFICATE)
    ann = pb2.Staff(
        code="ann", name="Ann", role_code="cashier", scope_kind=pb2.SCOPE_KIND_STORE, scope_code="W1", active=True
    )
    assert call(shop, pb2.PutStaffRequest(staff=ann, pin="1234")) == pb2.PutStaffResponse(staff=ann)
    signed_in = call(shop, pb2.SignInRequest(staff_code="ann", pin="1234"), terminal)
    assert signed_in.staff == ann
    cashier = shop.authenticated("T1", session=signed_in.session, certificate=CERTIFICATE)
    profile = call(shop, pb2.GetCallerRequest(), cashier)
    assert profile.caller == pb2.Caller(
        code="T1",
        kind=pb2.CALLER_KIND_TERMINAL,
        role_code="terminal",
        store_code="W1",
        scope_kind=pb2.SCOPE_KIND_STORE,
        scope_code="W1",
        status=pb2.CALLER_STATUS_ACTIVE,
        device_type=pb2.DEVICE_TYPE_FIXED,
    )
    assert (profile.staff_code, len(profile.permissions)) == ("ann", 44)
    west.status = pb2.STORE_STATUS_OPEN
    assert list(call(shop, pb2.ListStoresRequest(), cashier).stores) == [west]
    assert call(shop, pb2.SignOutRequest(), cashier) == pb2.SignOutResponse()


def test_what_was_put_is_listed(shop):
    call(shop, pb2.CreateServiceRequest(code="web", role_code="hq", scope_kind=pb2.SCOPE_KIND_CHAIN))
    role = pb2.Role(code="auditor", name="Auditor", permissions=["finance.read", "sales.read"])
    assert call(shop, pb2.PutRolesRequest(roles=[role])) == pb2.PutRolesResponse(created=1)
    setting = call(
        shop,
        pb2.PutSettingRequest(
            name="negative_stock", scope_kind=pb2.SCOPE_KIND_REGION, scope_code="north", value="allow"
        ),
    ).setting
    assert role in call(shop, pb2.ListRolesRequest()).roles
    assert setting in call(shop, pb2.ListSettingsRequest()).settings
    assert [region.code for region in call(shop, pb2.ListRegionsRequest()).regions] == ["north", "south"]
    assert [caller.code for caller in call(shop, pb2.ListCallersRequest()).callers] == ["web"]
    assert call(shop, pb2.ListStaffRequest()) == pb2.ListStaffResponse()
    revoked = call(shop, pb2.RevokeCallerRequest(code="web")).caller
    assert revoked.status == pb2.CALLER_STATUS_REVOKED


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb2.CreateServiceRequest(code="web", role_code="hq"), "scope_kind"),
        (pb2.PutSettingRequest(name="negative_stock", value="allow"), "scope_kind"),
        (pb2.PutStaffRequest(pin="1234"), "staff"),
        (pb2.PutStaffRequest(staff=pb2.Staff(code="ann", role_code="cashier")), "staff.scope_kind"),
        (pb2.PutStoresRequest(stores=[pb2.Store(code="S1"), pb2.Store(code="S2", status=9)]), "stores[1].status"),
    ],
)
def test_refuses_a_message_without_what_has_no_default(request_, field):
    method = METHODS[type(request_).__name__.removesuffix("Request")]
    with pytest.raises(Invalid) as refused:
        method.decode(request_)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "request_",
    [
        pb2.CreateTerminalRequest(code="T1", store_code="S1", role_code="terminal"),
        pb2.CreateServiceRequest(code="web", role_code="hq", scope_kind=pb2.SCOPE_KIND_CHAIN),
    ],
)
def test_the_one_time_code_is_not_in_the_answer_that_is_stored(shop, request_):
    method = METHODS[type(request_).__name__.removesuffix("Request")]
    result = shop.write(method.use_case, method.decode(request_))
    shown, stored = (method.row.response.FromString(encode(result)) for encode in (method.show, method.encode))
    assert (shown.enrolment_code, stored.enrolment_code) == ("secret 1", "")
    assert shown.caller == stored.caller
