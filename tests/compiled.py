"""What one test has compiled need not be compiled again by the next one, which opens an engine of its own."""

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event

import adapters.sql.engine

_first: dict[str, Engine] = {}
"""By backend the first engine that has connected: its dialect knows the server."""


def pytest_configure(config: pytest.Config) -> None:
    adapters.sql.engine.create_engine = _create_engine


def _create_engine(url: Any, **options: Any) -> Engine:
    """An engine that shares its compiled statements with all others of its backend; they are kept by dialect."""
    engine = create_engine(url, **options)
    backend = engine.url.get_backend_name()
    first = _first.get(backend)
    if first is not None:
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        return engine

    def connected(_: Connection) -> None:
        _first.setdefault(backend, engine)

    event.listen(engine, "engine_connect", connected)
    return engine
