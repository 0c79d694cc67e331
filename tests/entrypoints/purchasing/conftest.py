from tests.application.small_chain import chain, stocked

__all__ = ["chain", "stocked"]
