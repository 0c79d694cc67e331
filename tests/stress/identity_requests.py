"""Valid requests to the identity service."""

from typing import Final

from liansuo.identity.v1 import identity_pb2
from tests.stress.chain import PIN, STAFF, SUPPLIER
from tests.stress.requests import MEMBER, Valid

IDENTITY: Final[dict[str, Valid]] = {
    "Enroll": lambda key, _: identity_pb2.EnrollRequest(enrolment_code="A" * 43),
    "SignIn": lambda key, _: identity_pb2.SignInRequest(staff_code=STAFF, pin=PIN),
    "Approve": lambda key, _: identity_pb2.ApproveRequest(
        action="sales.manual_discount",
        sale_request_id=key,
        amount_minor=100,
        reason="Scratch",
        staff_code=STAFF,
        pin=PIN,
        store_code="S1",
    ),
    "ListApprovals": lambda key, _: identity_pb2.ListApprovalsRequest(store_code="S1", page_size=3),
    "SignOut": lambda key, _: identity_pb2.SignOutRequest(),
    "GetCaller": lambda key, _: identity_pb2.GetCallerRequest(),
    "PutRegions": lambda key, _: identity_pb2.PutRegionsRequest(
        request_id=key, regions=[identity_pb2.Region(code=key, name="Region")]
    ),
    "ListRegions": lambda key, _: identity_pb2.ListRegionsRequest(),
    "PutStores": lambda key, _: identity_pb2.PutStoresRequest(
        request_id=key,
        stores=[
            identity_pb2.Store(
                code=key,
                name="Store",
                region_code="EAST",
                currency="CNY",
                time_zone="Asia/Shanghai",
                day_cutoff_minutes=240,
                status=identity_pb2.STORE_STATUS_OPEN,
            )
        ],
    ),
    "ListStores": lambda key, _: identity_pb2.ListStoresRequest(page_size=3),
    "CreateTerminal": lambda key, _: identity_pb2.CreateTerminalRequest(
        request_id=key, code=key, store_code="S1", role_code="terminal"
    ),
    "CreateSupplierAccount": lambda key, _: identity_pb2.CreateSupplierAccountRequest(
        request_id=key, code=key, supplier_code=SUPPLIER
    ),
    "CreateService": lambda key, _: identity_pb2.CreateServiceRequest(
        request_id=key, code=key, role_code="hq", scope_kind=identity_pb2.SCOPE_KIND_REGION, scope_code="EAST"
    ),
    "RevokeCaller": lambda key, _: identity_pb2.RevokeCallerRequest(request_id=key, code="T2"),
    "ListCallers": lambda key, _: identity_pb2.ListCallersRequest(page_size=3),
    "PutStaff": lambda key, _: identity_pb2.PutStaffRequest(
        request_id=key,
        staff=identity_pb2.Staff(
            code=key,
            name="Li Na",
            role_code="cashier",
            scope_kind=identity_pb2.SCOPE_KIND_STORE,
            scope_code="S1",
            active=True,
        ),
    ),
    "ListStaff": lambda key, _: identity_pb2.ListStaffRequest(page_size=3),
    "PutRoles": lambda key, _: identity_pb2.PutRolesRequest(
        request_id=key,
        roles=[
            identity_pb2.Role(
                code="helper",
                name="Help",
                permissions=["sales.manual_discount", "sales.quote", "sales.read"],
                limits=[identity_pb2.Limit(permission="sales.manual_discount", line_share_bp_max=500)],
            )
        ],
    ),
    "ListRoles": lambda key, _: identity_pb2.ListRolesRequest(),
    "PutSetting": lambda key, _: identity_pb2.PutSettingRequest(
        request_id=key,
        name="negative_stock",
        scope_kind=identity_pb2.SCOPE_KIND_STORE,
        scope_code="S2",
        value="warn",
    ),
    "IssueMemberToken": lambda key, _: identity_pb2.IssueMemberTokenRequest(
        request_id=key, member_key=MEMBER, minutes=5
    ),
    "EndMemberTokens": lambda key, _: identity_pb2.EndMemberTokensRequest(request_id=key, member_key=MEMBER),
    "ListSettings": lambda key, _: identity_pb2.ListSettingsRequest(),
    "ListSettingChanges": lambda key, _: identity_pb2.ListSettingChangesRequest(name="negative_stock", page_size=3),
}
