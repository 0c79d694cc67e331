from tests.application.sales.conftest import world

__all__ = ["world"]
