"""Forecasts of demand, run by run."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Document, Id, Instant, amount, metadata, required

forecast_runs = Table(
    "forecast_runs",
    metadata,
    Column("run_id", Id, primary_key=True, autoincrement=False),
    required("state", Code),
    required("place_kind", Code),
    # A Monday: the first day that is forecast.
    required("origin_on", Date),
    required("weeks", Integer),
    required("history_weeks", Integer),
    required("held_out_weeks", Integer),
    required("skus", Integer),
    required("skus_total", Integer),
    amount("series"),
    required("next_category_id", Id),
    required("next_sku_id", Id),
    amount("sold_milli"),
    amount("error_milli"),
    amount("recent_mean_error_milli"),
    amount("seasonal_naive_error_milli"),
    # False once the forecasts were dropped.
    required("kept", Boolean),
    required("started_at", Instant),
    Column("finished_at", Instant),
)
_run = forecast_runs.c
Index("ix_forecast_runs_started_at", _run.started_at, _run.run_id)
Index("ix_forecast_runs_finished", _run.state, _run.finished_at, _run.run_id)
# One at a time.
_COMPUTING = _run.state == "computing"
Index("uq_forecast_runs_computing", _run.state, unique=True, sqlite_where=_COMPUTING, postgresql_where=_COMPUTING)

forecast_series = Table(
    "forecast_series",
    metadata,
    required("run_id", Id),
    required("sku_id", Id),
    # A store or a region by the run; 0 for the chain.
    required("place_id", Id),
    required("category_id", Id),
    required("method", Code),
    # Thousandths, a number per week.
    required("weeks_milli", Document),
    amount("deviation_milli"),
    amount("sold_milli"),
    amount("error_milli"),
    amount("recent_mean_error_milli"),
    amount("seasonal_naive_error_milli"),
    PrimaryKeyConstraint("run_id", "sku_id", "place_id"),
)
