"""Wiring: what a module consists of. Asked once while the module is loaded; plain functions without side effects.

None of these is needed by a module in the standard layout: the hub answers them from its folders. An explicit
implementation replaces the layout's answer for that hook.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..markers import hookspec
from ..values import ModelExtension, ModuleContext, RouteOverride, RouterMount

if TYPE_CHECKING:
    from pydantic import BaseModel
    from sqlalchemy import MetaData


@hookspec
def hub_models() -> "MetaData | None":
    """Name the metadata that holds this module's tables.

    Called: once per load of the module, first of the wiring hooks, on the thread that loads it.
    Order: module by module, requirements first.
    Combined: an explicit answer replaces that of the layout (``models/``: the metadata of its ``Base``).

    :returns: one ``MetaData``, all its tables under the module's prefix and no foreign key leaving it; ``None`` for a
        module without tables.
    :raises Exception: the module is *failed: models* and shown with this error; those that require it are blocked, all
        others go on.
    """


@hookspec
def hub_migrations() -> "Path | None":
    """Name the folder that holds this module's Alembic revisions.

    Called: once per load of the module, after ``hub_models``, on the thread that loads it.
    Order: module by module, requirements first.
    Combined: an explicit answer replaces that of the layout (``migrations/versions``).

    :returns: a folder of revision files and nothing else (``env.py`` belongs to the hub); ``None`` for none.
    :raises Exception: the module is *failed: migrations*; its tables stay as they are and all others go on.
    """


@hookspec
def hub_settings() -> "type[BaseModel] | None":
    """Name the pydantic model of this module's settings.

    Called: once per load of the module, before anything is asked that could use settings.
    Order: module by module, requirements first.
    Combined: an explicit answer replaces that of the layout (``Settings`` in ``config.py``).

    :returns: a model; the hub fills it from ``[modules.<name>.settings]`` in hub.toml and from
        ``HUB_MODULES__<NAME>__<FIELD>``. ``None`` for a module without settings.
    :raises Exception: the module is *failed: settings* and all others go on.
    """


@hookspec
def hub_routes() -> Sequence[RouterMount]:
    """List the routers of this module's HTTP API.

    Called: once per load of the module, after its models; the hub copies the routes, so later changes have no effect.
    Order: module by module, requirements first; within a module, routes match in the order given.
    Combined: an explicit answer replaces that of the layout (``routes/api/*.py`` and ``routes/api/areas/<area>/*.py``, or
        ``areas/<area>.py``, each exporting ``router``).

    :returns: mounts; a router is served under ``/api/v1/<module>``, with an area under ``/api/v1/<area>/<module>``. Every
        route carries ``requires(…)`` or ``public()``.
    :raises Exception: the module is *failed: routes*, none of its routes is served and all others go on.
    """


@hookspec
def hub_pages() -> Sequence[RouterMount]:
    """List the routers of this module's HTML pages.

    Called: once per load of the module, after ``hub_routes``.
    Order: module by module, requirements first; within a module, routes match in the order given.
    Combined: an explicit answer replaces that of the layout (``routes/pages/*.py`` and ``routes/pages/areas/<area>.py``).

    :returns: mounts; a router is served under ``/<module>``, with an area under ``/<area>/<module>``. A visitor who is not
        signed in is sent to the sign-in page.
    :raises Exception: the module is *failed: pages*, none of its routes is served and all others go on.
    """


@hookspec
def hub_services() -> Mapping[type, Callable[[ModuleContext], Any]]:
    """Offer services to other modules, each under a Protocol of this module's ``interface.py``.

    Called: once per load of the module; each factory once per process start, before ``hub_lifespan``.
    Order: module by module, requirements first, so a service is there before the modules that require it start.
    Combined: all modules together; two modules offering one Protocol fail the later one.

    :returns: a mapping from Protocol to a factory that takes the module's context and makes the service. Its methods run in
        the caller's transaction (``current_session()``).
    :raises Exception: in the hook or in a factory, the module is *failed: services*; those that require it are blocked.
    """


@hookspec
def hub_extension_points() -> Mapping[str, type]:
    """Publish the extension points named in this module's manifest.

    Called: once per load of the module, before the modules that implement them are loaded.
    Order: module by module, requirements first.
    Combined: all modules together; the name of a point begins with the name of its module.

    :returns: a mapping from the point's name to a class whose functions carry the point's ``hookspec``.
    :raises Exception: the module is *failed: extension points*; modules that implement them are blocked.
    """


@hookspec
def hub_model_extensions() -> Sequence[ModelExtension]:
    """Add fields to models of modules that this one requires, kept in tables of its own.

    Called: once per load of the module, after its models.
    Order: module by module, requirements first.
    Combined: all modules together; each one's fields are reached under its name, so that two may have the same field.

    :returns: one extension for each ``[[extends]]`` of the manifest. The other module's rows have the fields as long as this one
        runs: ``invoice.extensions.<module>.<field>``, after ``await load_extensions(invoice)``.
    :raises Exception: the module is *failed: model extensions*, as also when the manifest does not say the same or the model
        does not exist; the models it extends load as if it were not there.
    """


@hookspec
def hub_route_overrides() -> Sequence[RouteOverride]:
    """Wrap HTTP routes of modules that this one requires.

    Called: once per load of the module, after its own routes.
    Order: module by module, requirements first.
    Combined: all modules together; of several around one route the one that is loaded last is outermost. Two without an order
        between them are refused before any is imported.

    :returns: one override for each ``[[overrides]]`` of the manifest. Its ``wrap`` is called behind the guard of the route, in the
        request's transaction, and answers what the caller gets.
    :raises Exception: the module is *failed: route overrides*, as also when the manifest does not say the same or the route does
        not exist; the routes it wraps answer as if it were not there.
    """
