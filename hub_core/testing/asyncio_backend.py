"""Async tests run on asyncio, which SQLAlchemy's sessions need.

A file of its own, because pytest must register it after anyio's plugin to prefer this fixture to anyio's.
"""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop of async tests: asyncio. A conftest.py may say otherwise."""
    return "asyncio"
