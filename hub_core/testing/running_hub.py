"""A whole hub in the test's process: the modules installed in this environment, on a new database."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from hub_hookspecs import Principal, uuid7
from starlette.types import ASGIApp

from hub_core.access import new_token
from hub_core.database import Database, parse_url
from hub_core.loading import probe_here, probe_modules
from hub_core.operations.describing.descriptions import Descriptions
from hub_core.operations.up import Raised, up
from hub_core.runtime import Hub
from hub_core.settings import HubSettings, read_settings
from hub_core.web import application

ADDRESS = "http://hub.test"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningHub:
    """A started hub and clients that call it over ASGI. ``client`` is nobody, ``as_superuser`` may do everything."""

    inner: Hub
    app: ASGIApp
    raised: Raised
    client: httpx2.AsyncClient
    as_superuser: httpx2.AsyncClient
    _clients: AsyncExitStack

    def as_principal(self, *permissions: str, name: str = "somebody") -> httpx2.AsyncClient:
        """A client that holds just ``permissions``."""
        token = new_token()
        principal = Principal(id=f"{name}-{uuid7().hex[-8:]}", permissions=frozenset(permissions))
        self.inner.access.grant(token.bearer_sha256, principal)
        client = _client(self.app, token.text)
        self._clients.push_async_callback(client.aclose)
        return client


@asynccontextmanager
async def running_hub(
    folder: Path, database_url: str, module_settings: Mapping[str, Mapping[str, Any]], *, preload: bool = True
) -> AsyncIterator[RunningHub]:
    """Bring a hub up in ``folder`` as ``hub up --yes`` would, and stop it with the block.

    Its modules are imported here at once, which is quick and hides nothing. Without ``preload`` they are described by the
    probe and imported at their first request, as in a hub of its own.
    """
    settings = _settings(folder, database_url, module_settings)
    raised = up(
        settings,
        agree=lambda plan: None,
        on_revision=lambda run: None,
        descriptions=Descriptions(settings, probe_here if preload else probe_modules),
    )
    inner = Hub(settings, Database(parse_url(database_url)), raised.standing, preload=preload)
    app = application(inner)
    assert raised.token is not None, "a new database has no token yet"
    await inner.start()
    async with AsyncExitStack() as clients:
        clients.push_async_callback(inner.stop)
        yield RunningHub(
            inner=inner,
            app=app,
            raised=raised,
            client=await clients.enter_async_context(_client(app, None)),
            as_superuser=await clients.enter_async_context(_client(app, raised.token.text)),
            _clients=clients,
        )


def _settings(folder: Path, database_url: str, module_settings: Mapping[str, Mapping[str, Any]]) -> HubSettings:
    settings = read_settings(folder, database_url=database_url, log_requests=False)
    return settings.model_copy(update={"modules": {**settings.modules, **module_settings}})


def _client(app: ASGIApp, token: str | None) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers)
