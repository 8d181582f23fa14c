"""The fields that running modules add to models of others: read for all rows at once, written and deleted with their owner."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from hub_hookspecs import ModelExtension
from hub_hookspecs.extensible import Extended, ExtensionsNotLoaded
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstanceState, Mapper, Session

_ROWS: Final = "_hub_extensions"
"""Where the rows of other modules lie beside an owner's attributes: module → row, ``None`` where there is none."""
_MOST_IDS: Final = 10_000
"""Ids of one SELECT; SQLite takes 32,766, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedFields:
    """What one module adds to one model: the mapped class of its table, the attribute with the owner's id, the fields."""

    module: str
    model: Any
    key: str
    names: frozenset[str]


class ModelExtensions:
    """The extensions in force in this process: those of modules that are wired and have not failed."""

    def __init__(self) -> None:
        self._by_model: dict[str, dict[str, AddedFields]] = {}
        self._places: dict[str, int] = {}
        self._names: dict[type, str] = {}

    def extend(self, module: str, extension: ModelExtension, fields: Sequence[str], *, place: int = 0) -> None:
        """Take up what ``module``, at its ``place`` in the load order, adds to ``extension.target``."""
        self._places[module] = place
        added = AddedFields(module=module, model=extension.model, key=extension.key, names=frozenset(fields))
        others = {**self._by_model.get(extension.target, {}), module: added}
        self._by_model[extension.target] = dict(sorted(others.items(), key=lambda each: self._places[each[0]]))

    def withdraw(self, module: str) -> None:
        """Forget what ``module`` adds, because it does not run."""
        for added in self._by_model.values():
            added.pop(module, None)

    def of(self, model: type) -> Mapping[str, AddedFields]:
        """What is added to ``model``, by module, in load order."""
        if model not in self._names:
            mapper: Mapper[Any] = inspect(model)
            module = mapper.local_table.metadata.info.get("hub_module", "")  # type: ignore[attr-defined]
            self._names[model] = f"{module}.{model.__name__}"
        return self._by_model.get(self._names[model], {})

    def modules(self, owner: Extended) -> Sequence[str]:
        """The modules whose fields the owner has at the moment, in load order."""
        return tuple(self.of(type(owner)))

    def module_of(self, model: type) -> str:
        """The module whose table ``model`` is; empty for none."""
        added = (each for of_model in self._by_model.values() for each in of_model.values())
        return next((each.module for each in added if each.model is model), "")

    def fields(self, owner: Extended, module: str) -> "FieldsOfOwner":
        """The fields of one module, as attributes.

        :raises ExtensionsNotLoaded: when they were not read.
        """
        added = self.of(type(owner))[module]
        if not _is_loaded(owner, added):
            raise ExtensionsNotLoaded(type(owner).__name__, module)
        return FieldsOfOwner(owner, added)

    async def load(self, session: AsyncSession, owners: Sequence[Extended]) -> None:
        """Read the fields of ``owners`` and of all other rows of their models in the session: one SELECT per module."""
        if any(_state(owner).pending for owner in owners):
            await session.flush()
        for model in dict.fromkeys(map(type, owners)):
            held = list(dict.fromkeys([*(each for each in owners if type(each) is model), *_held(session, model)]))
            for added in self.of(model).values():
                missing = {id_of(owner): owner for owner in held if not _is_loaded(owner, added)}
                await _read(session, added, missing)


class FieldsOfOwner:
    """The fields of one module on one row, as attributes. Without a row of that module they have their columns' defaults."""

    __slots__ = ("_added", "_owner")

    def __init__(self, owner: Extended, added: AddedFields) -> None:
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_added", added)

    def __getattr__(self, name: str) -> Any:
        self._check(name)
        row = rows_of(self._owner)[self._added.module]
        return getattr(row, name) if row is not None else _default(self._added.model, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._check(name)
        rows = rows_of(self._owner)
        row = rows[self._added.module]
        if row is None:
            row = rows[self._added.module] = _new_row(self._owner, self._added)
        setattr(row, name, value)

    def _check(self, name: str) -> None:
        if name not in self._added.names:
            raise AttributeError(f"{self._added.module} adds no field {name} to {type(self._owner).__name__}")


def rows_of(owner: Extended) -> dict[str, Any]:
    """What was read for a row, by module."""
    rows: dict[str, Any] = vars(owner).setdefault(_ROWS, {})
    return rows


def id_of(owner: Extended) -> UUID:
    """Its primary key."""
    identity = _state(owner).identity
    assert identity is not None, "it was flushed"
    found: UUID = identity[0]
    return found


async def _read(session: AsyncSession, added: AddedFields, missing: Mapping[UUID, Extended]) -> None:
    ids = list(missing)
    found: dict[UUID, Any] = {}
    key = getattr(added.model, added.key)
    for start in range(0, len(ids), _MOST_IDS):
        rows = await session.scalars(select(added.model).where(key.in_(ids[start : start + _MOST_IDS])))
        found |= {getattr(row, added.key): row for row in rows}
    for each, owner in missing.items():
        rows_of(owner)[added.module] = found.get(each)


def _is_loaded(owner: Extended, added: AddedFields) -> bool:
    """A row that a rollback took out of the session is none any more."""
    rows = rows_of(owner)
    if added.module not in rows:
        return False
    row = rows[added.module]
    return row is None or (isinstance(row, added.model) and _state(row).session is _state(owner).session)


def _held(session: AsyncSession, model: type[Any]) -> Iterator[Extended]:
    return (
        each for each in session.sync_session.identity_map.values() if isinstance(each, model) and type(each) is model
    )


def _new_row(owner: Extended, added: AddedFields) -> Any:
    row = added.model(**{added.key: id_of(owner)})
    if (tenant := getattr(owner, "tenant_id", None)) is not None and hasattr(row, "tenant_id"):
        row.tenant_id = tenant
    session: Session | None = _state(owner).session
    assert session is not None, "only rows of a session have fields"
    session.add(row)
    for name in added.names:  # what is read before the flush is what the database will have
        if name not in vars(row):
            setattr(row, name, _default(added.model, name))
    return row


def _default(model: Any, name: str) -> Any:
    default = inspect(model).columns[name].default
    return default.arg if default is not None and default.is_scalar else None


def _state(row: Any) -> InstanceState[Any]:
    state: InstanceState[Any] = inspect(row)
    return state
