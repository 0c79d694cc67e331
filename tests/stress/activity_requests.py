"""A valid request for every RPC about activities that earn points."""

from typing import Final

from liansuo.marketing.v1 import activities_pb2
from tests.stress.requests import MEMBER, Valid


def put_activity(key: str, _: object) -> activities_pb2.PutActivityRequest:
    return activities_pb2.PutActivityRequest(
        request_id=key,
        activity=activities_pb2.Activity(
            code="LINK",
            name_en="A link was opened",
            name_zh="好友打开链接",
            kind=activities_pb2.ACTIVITY_KIND_SHARE,
            points=20,
            new_member_points=5,
            new_member_days=3,
            from_date="2026-01-01",
            to_date="2027-01-01",
            times_per_day_max=5,
            times_max=50,
            points_budget=100_000,
            store_code="S1",
        ),
    )


ACTIVITIES: Final[dict[str, Valid]] = {
    "PutActivity": put_activity,
    "ListActivities": lambda key, _: activities_pb2.ListActivitiesRequest(page_size=3),
    "RecordActivity": lambda key, _: activities_pb2.RecordActivityRequest(
        request_id=key, activity_code="TASTING", member_key=MEMBER, reference=key, store_code="S1"
    ),
}
