"""The one place where the parts are put together: settings in, a transactor or a server out.

container = Container(settings=Settings())
container.transactor().read(...)
container.shutdown_resources()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from dependency_injector import containers, providers
from sqlalchemy import Engine

from adapters.forecasting.installed import InstalledLevels
from adapters.privacy.keys import Keys
from adapters.sql.engine import open_engine
from adapters.sql.unit_of_work import SqlUnits
from application.identity.authenticate import Credentials, authenticate
from application.ports.carriers import Carriers
from application.ports.identity import Clock
from application.ports.kernel import Units
from application.ports.level_models import LevelModels
from application.ports.payments import PaymentProviders
from application.transactor import Transactor
from domain.identity.organisation import SYSTEM, Caller
from domain.pricing.plug_in import PlugIn
from entrypoints.master_key import master_key, wrapping_keys
from entrypoints.plug_ins import installed_plug_ins
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer, TracerProvider

    from entrypoints.grpc.metrics import Metrics
    from entrypoints.grpc.rpc import Service
    from entrypoints.grpc.server import Server

COMMITTERS_MAX: Final = 4
"""Committer threads of a process; each holds a connection beside those of the threads."""


def utc_now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def engine_of(settings: Settings) -> Iterator[Engine]:
    """The database of the settings, closed at shutdown."""
    engine = open_engine(settings.database_url.get_secret_value(), pool_size=settings.threads + COMMITTERS_MAX)
    yield engine
    engine.dispose()


def units_of(
    engine: Engine, keys: Keys, plug_ins: Mapping[str, PlugIn], level_models: LevelModels
) -> Iterator[SqlUnits]:
    """Units of work on the database; their connections end at shutdown."""
    units = SqlUnits(engine, keys, plug_ins=plug_ins, level_models=level_models)
    yield units
    units.close()


def tracing_of(settings: Settings, engine: Engine) -> Iterator[TracerProvider | None]:
    """Where spans go, None without an endpoint; what is still held is sent at shutdown."""
    if not settings.otlp_endpoint:
        yield None
        return
    from entrypoints.grpc.tracing import trace_statements, tracer_provider

    provider = tracer_provider(endpoint=settings.otlp_endpoint)
    trace_statements(engine, provider.get_tracer("liansuo"))
    yield provider
    provider.shutdown()


def tracer_of(provider: TracerProvider | None) -> Tracer | None:
    return None if provider is None else provider.get_tracer("liansuo")


def transactor_over(units: Units, tracer: Tracer | None) -> Transactor:
    """The transactor, with a span for every batch if there is a tracer."""
    if tracer is None:
        return Transactor(units)
    from entrypoints.grpc.tracing import TracedTransactor

    return TracedTransactor(units, tracer)


def authenticating(transactor: Transactor, clock: Clock) -> Callable[[Credentials], Caller]:
    """Authentication as the edge asks for it: a read of its own, by the system."""

    def caller_of(credentials: Credentials) -> Caller:
        return transactor.read(authenticate, credentials, caller=SYSTEM, now=clock())

    return caller_of


def all_services() -> tuple[Service, ...]:
    from entrypoints.grpc.services import SERVICES

    return SERVICES


def metrics_of(settings: Settings) -> Metrics | None:
    """Metrics, None when nobody is to read them."""
    if not settings.metrics_port:
        return None
    from entrypoints.grpc.metrics import Metrics

    return Metrics()


def payment_providers_of() -> PaymentProviders:
    """The payment providers of this installation, by code, made when the first of them is asked for."""
    from entrypoints.payment_settings import installed_providers

    return installed_providers()


def carriers_of() -> Carriers:
    """The carriers of this installation, by code, made when the first of them is asked for."""
    from entrypoints.carrier_settings import installed_carriers

    return installed_carriers()


def new_server(
    services: tuple[Service, ...], *, payment_providers: PaymentProviders, carriers: Carriers, **parts: Any
) -> Server:
    from entrypoints.grpc.server import Server

    # A server makes them now: what is wrong with their settings is to be told at the start.
    return Server(services, payment_providers=dict(payment_providers), carriers=dict(carriers), **parts)


class Container(containers.DeclarativeContainer):
    """Everything but the settings, which it is given. Each part is made when it is first asked for.

    The functions above import what only a server needs, so that commands on the database start without it.
    """

    settings = providers.Dependency(instance_of=Settings)
    clock = providers.Object(utc_now)
    engine = providers.Resource(engine_of, settings)
    keys = providers.Singleton(
        Keys, providers.Callable(master_key, settings), providers.Callable(wrapping_keys, settings)
    )
    plug_ins = providers.Singleton(installed_plug_ins)
    level_models = providers.Singleton(InstalledLevels)
    units = providers.Resource(units_of, engine, keys, plug_ins, level_models)
    tracing = providers.Resource(tracing_of, settings, engine)
    tracer = providers.Callable(tracer_of, tracing)
    transactor = providers.Singleton(transactor_over, units, tracer)
    authenticate = providers.Singleton(authenticating, transactor, clock)
    metrics = providers.Singleton(metrics_of, settings)
    payment_providers = providers.Singleton(payment_providers_of)
    carriers = providers.Singleton(carriers_of)
    services = providers.Callable(all_services)
    server = providers.Factory(
        new_server,
        services,
        settings=settings,
        transactor=transactor,
        authenticate=authenticate,
        clock=clock,
        tracer=tracer,
        metrics=metrics,
        payment_providers=payment_providers,
        carriers=carriers,
    )
