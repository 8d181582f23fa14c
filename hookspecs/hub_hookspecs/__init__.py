"""The contract between the hub and its modules.

A module imports this package, the ``interface`` of modules it requires, and nothing else of the ecosystem. The top level
needs neither FastAPI nor SQLAlchemy: guards and dependencies are in ``hub_hookspecs.web``, what models are made of in
``hub_hookspecs.database``, models that others extend in ``hub_hookspecs.extensible``.
"""

from .extension_point import ExtensionPoint
from .host import OutsideHub, current_session, service
from .identifiers import uuid7
from .markers import hookimpl, hookspec
from .problem import Conflict, NotFound, Problem, ServiceUnavailable
from .refusal import ChangeRefused
from .values import (
    ANONYMOUS,
    CallNext,
    ChangeContext,
    Contribution,
    Health,
    HealthStatus,
    ModelExtension,
    ModuleContext,
    Principal,
    RouteOverride,
    RouterMount,
)

CONTRACT_VERSION = "1.1"
"""The version of the contract this distribution carries: ``major.minor`` of its own version."""

__all__ = [
    "ANONYMOUS",
    "CONTRACT_VERSION",
    "CallNext",
    "ChangeContext",
    "ChangeRefused",
    "Conflict",
    "Contribution",
    "ExtensionPoint",
    "Health",
    "HealthStatus",
    "ModelExtension",
    "ModuleContext",
    "NotFound",
    "OutsideHub",
    "Principal",
    "Problem",
    "RouteOverride",
    "RouterMount",
    "ServiceUnavailable",
    "current_session",
    "hookimpl",
    "hookspec",
    "service",
    "uuid7",
]
