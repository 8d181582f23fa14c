"""The fixtures of the kill proof, for processes that live."""

from hub_core.tests.kill.conftest import stage, store, warm

__all__ = ["stage", "store", "warm"]
