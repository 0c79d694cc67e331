"""The RPCs of forecasts: of demand, and of members' next purchases."""

from typing import Final

from application.forecasting.forecast_new_product import forecast_new_product
from application.forecasting.forecast_purchases import forecast_purchases
from application.forecasting.next_purchases import list_members_due, list_next_purchases
from application.forecasting.queries import get_forecast, get_forecast_accuracy, list_forecast_runs
from application.forecasting.run_forecast import run_forecast
from entrypoints.grpc.rpc import Service, read, write
from liansuo.forecasting.v1 import forecasting_pb2 as pb2

READ: Final = "forecasts.read"
MEMBERS: Final = "forecasts.members"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ForecastingService"],
    {
        "RunForecast": write(run_forecast, pb2.RunForecastResponse, into="run", needs="forecasts.run"),
        "ListForecastRuns": read(list_forecast_runs, pb2.ListForecastRunsResponse, needs=READ),
        "GetForecast": read(get_forecast, pb2.GetForecastResponse, needs=READ),
        "GetForecastAccuracy": read(get_forecast_accuracy, pb2.GetForecastAccuracyResponse, needs=READ),
        "ForecastNewProduct": read(forecast_new_product, pb2.ForecastNewProductResponse, needs=READ),
        "ForecastPurchases": write(
            forecast_purchases, pb2.ForecastPurchasesResponse, into="run", needs="forecasts.run"
        ),
        "ListNextPurchases": read(list_next_purchases, pb2.ListNextPurchasesResponse, needs=MEMBERS),
        "ListMembersDue": read(list_members_due, pb2.ListMembersDueResponse, needs=MEMBERS),
    },
)
