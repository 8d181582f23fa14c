"""A request as it is seen by a module that wraps another one's route: its own settings and pages, the same caller and transaction."""

from hub_hookspecs import Principal
from sqlalchemy.ext.asyncio import AsyncSession

from ..database import CallSession
from ..runtime import LiveModule
from .call import WebCall


class WrapperCall(WebCall):
    """The contract's ``Call`` for a wrapper. What it logs, takes and breaks counts as its module's."""

    __slots__ = ("_of_route",)

    def __init__(self, of_route: WebCall, live: LiveModule) -> None:
        super().__init__(of_route.hub, of_route.templates, of_route.scope)
        self._of_route, self.live = of_route, live
        self.path, self.request_id = of_route.path, of_route.request_id

    @property
    def principal(self) -> Principal:
        """Who is calling."""
        return self._of_route.principal

    @property
    def open_session(self) -> CallSession | None:
        """The session of the request, if anybody has asked for it."""
        return self._of_route.open_session

    def session(self) -> AsyncSession:
        """The session of the request; the route uses the same one."""
        return self._of_route.session()
