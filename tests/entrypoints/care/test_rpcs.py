"""Service cases through the contract."""

from entrypoints.grpc.care import SERVICE
from liansuo.care.v1 import care_pb2 as pb2
from tests.application.care.test_service_cases import answer, complain
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "OpenServiceCase": "care.open",
        "AnswerServiceCase": "care.handle",
        "ListServiceCases": "care.handle",
    }


def test_a_case_is_shown_with_everything_that_is_known_of_it(world):
    world.set_tier("gold")
    case = complain(world)
    answer(world, case, closes=True)
    [shown] = ask(world, SERVICE, "ListServiceCases", pb2.ListServiceCasesRequest(case_id=case.case_id), world.s1).cases
    unset = {"overdue"}
    assert {field.name for field, _ in shown.ListFields()} | unset == set(pb2.ServiceCase.DESCRIPTOR.fields_by_name)
    assert (shown.state, shown.tier, shown.store_code) == (pb2.CASE_STATE_CLOSED, "gold", "S1")
    assert [one.kind for one in shown.entries] == [pb2.CASE_ENTRY_KIND_OPENED, pb2.CASE_ENTRY_KIND_CLOSED]
    listed = ask(world, SERVICE, "ListServiceCases", pb2.ListServiceCasesRequest(member_key=MEMBER), world.s1)
    assert [one.case_id for one in listed.cases] == [case.case_id]
