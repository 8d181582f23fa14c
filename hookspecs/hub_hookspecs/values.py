"""Frozen values that pass between the hub and a module; a new field breaks nobody."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from fastapi import APIRouter, Request, Response
    from pydantic import BaseModel
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterMount:
    """A router and the audience it is served to: ``area`` is one of the hub's areas, ``None`` for everyone."""

    router: "APIRouter"
    area: str | None = None


class HealthStatus(IntEnum):
    """How well a module does its work; larger is worse."""

    HEALTHY = 0
    DEGRADED = 1
    UNHEALTHY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A module's word about itself. ``detail`` goes to the health answer: no secrets."""

    status: HealthStatus
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is calling. ``permissions`` are names such as ``billing.invoice.read``, or ``billing.*``, or ``*``."""

    id: str
    permissions: frozenset[str] = frozenset()

    def allows(self, permission: str) -> bool:
        """Whether this principal holds ``permission``, by name or by a wildcard over one of its prefixes."""
        granted = self.permissions
        if permission in granted or "*" in granted:
            return True
        head = permission
        while "." in head:
            head = head.rpartition(".")[0]
            if f"{head}.*" in granted:
                return True
        return False


ANONYMOUS = Principal(id="anonymous")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one module answered to a hook of an extension point."""

    module: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeContext:
    """What a lifecycle hook is told of the change it belongs to.

    ``version`` is that of the code that runs, ``from_version`` the one recorded before the change; ``None`` for a module
    that was not installed. ``settings`` is an instance of the model ``hub_settings`` named, or ``None``.

    ``connection`` is in the transaction of the change. What is written with it is kept or lost with the change. It may read
    all tables and write those of the module; the hub commits or rolls back, and refuses a hook that does.
    """

    name: str
    version: str
    from_version: str | None
    settings: Any
    connection: "Connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelExtension:
    """Fields that a module keeps for the rows of another module's model, in a table of its own.

    ``target`` is that model as ``[[extends]]`` in the manifest has it, such as ``billing.Invoice``. ``model`` is the mapped class of the
    table; its attribute ``key`` holds the id of the row it belongs to: a ``Uuid``, unique, no foreign key.
    """

    target: str
    model: type
    key: str


CallNext: TypeAlias = "Callable[[], Awaitable[Response]]"
"""What a wrapper calls, at most once, to have the route answer. What the route raises comes out of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOverride:
    """A wrapper around another module's HTTP route.

    ``route`` is that route as ``[[overrides]]`` in the manifest has it, such as ``billing:show_invoice``: the module, and the name of the route,
    which is that of its function. ``adds`` is the model of the fields that the wrapper adds to the answer, for OpenAPI.
    """

    route: str
    wrap: "Callable[[Request, CallNext], Awaitable[Response]]"
    adds: "type[BaseModel] | None" = None


class ModuleContext(Protocol):
    """What the hub hands a module outside a request: in lifespans, health checks and when it makes services."""

    @property
    def name(self) -> str:
        """The module's name."""

    @property
    def version(self) -> str:
        """The version of the distribution the module came from."""

    @property
    def settings(self) -> Any:
        """An instance of the model ``hub_settings`` named; ``None`` for a module without settings."""

    def session(self) -> "AbstractAsyncContextManager[AsyncSession]":
        """Open a transaction of its own: committed when the block ends, rolled back when it raises."""

    def contributions(self, point: str, hook: str, **arguments: Any) -> Sequence[Contribution]:
        """Call ``hook`` of the extension point on every module that implements it, in load order.

        An implementation that raises is left out, and its module is named in the log.
        """
