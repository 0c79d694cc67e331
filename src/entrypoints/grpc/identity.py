"""The RPCs of identity."""

from typing import Final

from application.identity.approve import approve
from application.identity.callers import create_service, create_supplier_account, create_terminal, revoke_caller
from application.identity.enroll import enroll
from application.identity.member_tokens import end_member_tokens, issue_member_token
from application.identity.queries import (
    get_caller,
    list_approvals,
    list_callers,
    list_regions,
    list_roles,
    list_setting_changes,
    list_settings,
    list_staff,
    list_stores,
)
from application.identity.regions import put_regions
from application.identity.roles import put_roles
from application.identity.settings import put_setting
from application.identity.sign_in import sign_in, sign_out
from application.identity.staff import put_staff
from application.identity.stores import put_stores
from application.jobs import show_jobs
from entrypoints.grpc.rpc import AUTHENTICATED, PUBLIC, Service, command, read, write
from liansuo.identity.v1 import identity_pb2 as pb2

MANAGE: Final = "identity.manage"
READ: Final = "identity.read"
SELF_SERVICE: Final = "membership.self_service"
CODE: Final = ("enrolment_code",)

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["IdentityService"],
    {
        "Enroll": command(enroll, pb2.EnrollResponse, needs=PUBLIC),
        "SignIn": command(sign_in, pb2.SignInResponse, needs=AUTHENTICATED),
        "Approve": command(approve, pb2.ApproveResponse, needs=AUTHENTICATED),
        "ListApprovals": read(list_approvals, pb2.ListApprovalsResponse, needs=READ),
        "SignOut": command(sign_out, pb2.SignOutResponse, needs=AUTHENTICATED),
        "GetCaller": read(get_caller, pb2.GetCallerResponse, needs=AUTHENTICATED),
        "IssueMemberToken": write(
            issue_member_token, pb2.IssueMemberTokenResponse, needs=SELF_SERVICE, secret=("token",)
        ),
        "EndMemberTokens": write(end_member_tokens, pb2.EndMemberTokensResponse, needs=SELF_SERVICE),
        "PutRegions": write(put_regions, pb2.PutRegionsResponse, needs=MANAGE),
        "ListRegions": read(list_regions, pb2.ListRegionsResponse, needs=READ),
        "PutStores": write(put_stores, pb2.PutStoresResponse, needs=MANAGE),
        "ListStores": read(list_stores, pb2.ListStoresResponse, needs=READ),
        "CreateTerminal": write(create_terminal, pb2.CreateTerminalResponse, needs=MANAGE, secret=CODE),
        "CreateService": write(create_service, pb2.CreateServiceResponse, needs=MANAGE, secret=CODE),
        "CreateSupplierAccount": write(
            create_supplier_account, pb2.CreateSupplierAccountResponse, needs=MANAGE, secret=CODE
        ),
        "RevokeCaller": write(revoke_caller, pb2.RevokeCallerResponse, needs=MANAGE),
        "ListCallers": read(list_callers, pb2.ListCallersResponse, needs=READ),
        "PutStaff": write(put_staff, pb2.PutStaffResponse, needs=MANAGE),
        "ListStaff": read(list_staff, pb2.ListStaffResponse, needs=READ),
        "PutRoles": write(put_roles, pb2.PutRolesResponse, needs=MANAGE),
        "ListRoles": read(list_roles, pb2.ListRolesResponse, needs=READ),
        "PutSetting": write(put_setting, pb2.PutSettingResponse, needs=MANAGE),
        "ListSettings": read(list_settings, pb2.ListSettingsResponse, needs=READ),
        "ListJobs": read(show_jobs, pb2.ListJobsResponse, needs=READ),
        "ListSettingChanges": read(list_setting_changes, pb2.ListSettingChangesResponse, needs=READ),
    },
)
