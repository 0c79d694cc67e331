"""One valid request for every RPC of forecasts; see valid_requests.py."""

from typing import Final

from liansuo.forecasting.v1 import forecasting_pb2 as pb2
from tests.stress.requests import MEMBER, Valid

FORECASTS: Final[dict[str, Valid]] = {
    "RunForecast": lambda key, _: pb2.RunForecastRequest(request_id=key, when_due=True),
    "ListForecastRuns": lambda *_: pb2.ListForecastRunsRequest(page_size=3),
    "GetForecast": lambda *_: pb2.GetForecastRequest(sku="K01", store_codes=["S1"], weeks=4, page_size=3),
    "GetForecastAccuracy": lambda *_: pb2.GetForecastAccuracyRequest(run_id=1, page_size=3),
    "ForecastNewProduct": lambda *_: pb2.ForecastNewProductRequest(
        sku="K01", store_codes=["S1"], weeks=4, price_minor=500
    ),
    "ForecastPurchases": lambda key, _: pb2.ForecastPurchasesRequest(request_id=key, when_due=True),
    "ListNextPurchases": lambda *_: pb2.ListNextPurchasesRequest(member_key=MEMBER),
    "ListMembersDue": lambda *_: pb2.ListMembersDueRequest(
        department_code="FOOD", from_date="2026-12-01", to_date="2026-12-31", store_code="S1", page_size=3
    ),
}
