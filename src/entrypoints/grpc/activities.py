"""The RPCs of activities that earn points."""

from typing import Final

from application.marketing.put_activity import list_activities, put_activity
from application.marketing.record_activity import record_activity
from entrypoints.grpc.rpc import Service, read, write
from liansuo.marketing.v1 import activities_pb2 as pb2

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ActivityService"],
    {
        "PutActivity": write(put_activity, pb2.PutActivityResponse, needs="activities.manage"),
        "ListActivities": read(list_activities, pb2.ListActivitiesResponse, needs="activities.read"),
        "RecordActivity": write(record_activity, pb2.RecordActivityResponse, needs="activities.record"),
    },
)
