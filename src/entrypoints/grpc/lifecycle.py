"""The RPCs of members' life cycle."""

from typing import Final

from application.membership.lifecycle_queries import count_members_by_lifecycle, list_lifecycle_changes
from entrypoints.grpc.rpc import Service, read
from liansuo.membership.v1 import lifecycle_pb2 as pb2

READ: Final = "membership.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["LifecycleService"],
    {
        "ListLifecycleChanges": read(list_lifecycle_changes, pb2.ListLifecycleChangesResponse, needs=READ),
        "CountMembersByLifecycle": read(count_members_by_lifecycle, pb2.CountMembersByLifecycleResponse, needs=READ),
    },
)
