"""Web: the ASGI face of the hub. Dispatch, guards, the end of transactions, problem details, pages."""

from .core_application import application

__all__ = ["application"]
