"""Models that other modules add fields to, and how anybody reaches these fields.

The fields of each module lie in a table of its own. They are read with one SELECT per module, for all rows at once, and only when
asked for: who does not ask pays nothing, and no attribute waits for the database behind one's back.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession, async_object_session
from sqlalchemy.orm import object_session

from .host import OutsideHub

T = TypeVar("T")

HOST_KEY: Final = "hub_extensions"
"""Where the host's side lies in ``Session.info``."""


class Extended(Protocol):
    """A row of another module as its ``interface.py`` describes it, with what modules added to it."""

    @property
    def extensions(self) -> "Extensions":
        """The fields of the modules that run and extend its model."""


class ExtensionHost(Protocol):
    """What the host knows of the modules that extend models; the hub implements it."""

    def modules(self, owner: Extended) -> Sequence[str]:
        """The modules whose fields the owner has at the moment, in load order."""

    def fields(self, owner: Extended, module: str) -> Any:
        """The fields of one of them, as attributes."""

    def module_of(self, model: type) -> str:
        """The module whose table ``model`` is; empty for none."""

    async def load(self, session: AsyncSession, owners: Sequence[Extended]) -> None:
        """Read the fields of these rows, and of the others of their models that the session holds."""


class ExtensionsNotLoaded(RuntimeError):
    """Fields of other modules were used before they were read: a programming error, so no ``Problem``."""

    def __init__(self, model: str, module: str) -> None:
        super().__init__(
            f"the fields of {module} on {model} were not read; say `await load_extensions(row)` before you use them"
        )


class Extensible:
    """Mixin for models that modules which require this one may add fields to, under the name ``<module>.<Class>``.

    Such a name is a promise, as those in ``interface.py`` are. The metadata is that of ``module_metadata``. The primary key is one
    ``Uuid`` column: no id is ever given twice, so no row comes by what was kept for another one.

    Delete its rows through the session, of the model or of its table, and their fields go too. What the database deletes by itself (``ON
    DELETE CASCADE``), SQL as text and a statement on the session's connection leave them behind: out of reach, but there.
    """

    @property
    def extensions(self) -> "Extensions":
        """The fields of the modules that run and extend this model; none outside the hub."""
        return Extensions(self)


class Extensions:
    """The fields that modules added to one row: ``invoice.extensions.billing_reminders.dunning_level``.

    What is set is written with the owner's transaction. Deleting the owner through the session deletes it; see :class:`Extensible`.
    """

    __slots__ = ("_owner",)

    def __init__(self, owner: Extended) -> None:
        self._owner = owner

    def __iter__(self) -> Iterator[str]:
        """The names of the modules."""
        host = _host(self._owner)
        return iter(host.modules(self._owner) if host else ())

    def __getattr__(self, module: str) -> Any:
        """The fields of ``module``.

        :raises AttributeError: when no such module extends the model at the moment.
        :raises ExtensionsNotLoaded: when they were not read.
        """
        host = _host(self._owner)
        if host is None or module not in host.modules(self._owner):
            raise AttributeError(f"{module} adds no field to {type(self._owner).__name__} at the moment")
        return host.fields(self._owner, module)

    def of(self, model: type[T]) -> T:
        """The same fields, typed for the module that adds them: ``invoice.extensions.of(InvoiceReminder)``.

        They are those that its manifest names, and no row of the table may be there yet.
        """
        host = _host(self._owner)
        fields: T = getattr(self, host.module_of(model) if host else model.__name__)
        return fields


async def load_extensions(*owners: Extended) -> None:
    """Read what modules added to these rows, and to all others of their models that the session holds: one SELECT per module.

    What was read before is not read again. Rows that are new are flushed first.

    :raises OutsideHub: for a row that belongs to no session.
    """
    for owner in owners:
        session = async_object_session(owner)
        if session is None:
            raise OutsideHub(f"load_extensions() of a {type(owner).__name__} that belongs to no session")
        host: ExtensionHost | None = session.info.get(HOST_KEY)
        if host is not None:
            await host.load(session, [each for each in owners if async_object_session(each) is session])


def _host(owner: Extended) -> ExtensionHost | None:
    session = object_session(owner)
    return session.info.get(HOST_KEY) if session is not None else None
