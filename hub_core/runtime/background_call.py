"""What a module's code runs in when no request called it: lifespans, health checks, services being made."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeVar

from hub_hookspecs import Contribution, OutsideHub, Principal
from hub_hookspecs.host import current_call
from sqlalchemy.ext.asyncio import AsyncSession

from ..database import Database
from ..hooks import ExtensionPoints
from ..services import ServiceRegistry

T = TypeVar("T")


class BackgroundCall:
    """The contract's ``Call`` for one transaction of a module's own."""

    def __init__(self, context: "RunningContext", session: AsyncSession) -> None:
        self._context, self._session = context, session
        self.module = context.name
        self.principal = Principal(id=f"module:{context.name}", permissions=frozenset({f"{context.name}.*"}))
        self.request_id = ""

    @property
    def settings(self) -> Any:
        """The module's settings."""
        return self._context.settings

    def session(self) -> AsyncSession:
        """The session of this transaction."""
        return self._session

    def service(self, protocol: type[T]) -> T:
        """Find a service by its Protocol."""
        return self._context.services.find(protocol)

    def render(self, template: str, values: dict[str, Any]) -> NoReturn:
        """Pages are answers to requests; here is none."""
        raise OutsideHub(f"the template {template}")


class RunningContext:
    """The contract's ``ModuleContext`` of one live module."""

    def __init__(
        self,
        *,
        name: str,
        version: str,
        database: Database,
        points: ExtensionPoints,
        services: ServiceRegistry,
    ) -> None:
        self.name, self.version = name, version
        self.settings: Any = None
        self.services = services
        self._database, self._points = database, points

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One write transaction; ``current_session()`` and ``service()`` work inside."""
        async with self._database.session() as session:
            token = current_call.set(BackgroundCall(self, session))
            try:
                yield session
            finally:
                current_call.reset(token)

    def contributions(self, point: str, hook: str, **arguments: Any) -> tuple[Contribution, ...]:
        """What other modules contribute to an extension point."""
        return self._points.contributions(point, hook, **arguments)
