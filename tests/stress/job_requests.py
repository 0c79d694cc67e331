"""A valid request for the RPC about jobs; see valid_requests.py."""

from typing import Final

from liansuo.identity.v1 import identity_pb2
from tests.stress.requests import Valid

JOBS: Final[dict[str, Valid]] = {"ListJobs": lambda key, _: identity_pb2.ListJobsRequest()}
