"""What a module adds to models of others, held against its manifest, its own tables and the models that are there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub_hookspecs import ModelExtension
from hub_hookspecs.database import TenantScoped
from hub_hookspecs.extensible import Extensible
from sqlalchemy import MetaData, Table, UniqueConstraint, Uuid, inspect
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.orm import Mapper

from ..manifest import Extends, Manifest, did_you_mean


def extensible_models(metadata: MetaData | None) -> Mapping[str, type[Extensible]]:
    """The models of a module that others may extend, by the name of their class.

    :raises ValueError: naming those whose primary key is not one ``Uuid`` column.
    """
    models = {model.__name__: model for model in _below(Extensible) if _is_of(model, metadata)}
    faults = [
        f"{name} is Extensible, and its primary key is not one Uuid column"
        for name, model in models.items()
        if [type(column.type) for column in _mapper(model).primary_key] != [Uuid]
    ]
    if faults:
        raise ValueError("; ".join(faults))
    return models


def checked_extensions(
    extensions: Sequence[ModelExtension], manifest: Manifest, metadata: MetaData | None
) -> tuple[ModelExtension, ...]:
    """The extensions, if they are those of the manifest and their tables are as they have to be.

    :raises ValueError: naming every fault.
    """
    declared, given = {each.model: each for each in manifest.extends}, [each.target for each in extensions]
    if sorted(declared) != sorted(given):
        raise ValueError(
            f"hub-module.toml extends {', '.join(sorted(declared)) or 'no model'}, "
            f"hub_model_extensions gives {', '.join(sorted(given)) or 'none'}"
        )
    faults = [fault for each in extensions for fault in _faults(each, declared[each.target], metadata)]
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(extensions)


def refuse_unknown_models(manifest: Manifest, metadata: Mapping[str, MetaData | None]) -> None:
    """See that each model it extends is there.

    :param metadata: by module, of those it requires.
    :raises LookupError: naming each that is not, and one that is called alike.
    """
    faults = []
    for each in manifest.extends:
        models = extensible_models(metadata.get(each.module))
        if (name := each.model.rpartition(".")[2]) not in models:
            meant = did_you_mean(name, tuple(models)) or f"; it has {', '.join(sorted(models)) or 'none'}"
            faults.append(f"{each.module} has no model {name} that may be extended{meant}")
    if faults:
        raise LookupError("; ".join(faults))


def _faults(extension: ModelExtension, declared: Extends, metadata: MetaData | None) -> Iterator[str]:
    mapper = _mapper(extension.model)
    table, columns = mapper.local_table, mapper.column_attrs
    if not isinstance(table, Table) or metadata is None or table is not metadata.tables.get(table.key):
        yield f"{extension.model.__name__} is no table of this module"
        return
    if extension.key not in columns:
        yield f"{table.name} has no column for the key {extension.key}"
    elif type(mapper.columns[extension.key].type) is not Uuid or not _is_unique(table, mapper.columns[extension.key]):
        yield f"{table.name}.{extension.key} is not Uuid and unique"
    for name in declared.fields:
        if name not in columns or name == extension.key:
            yield f"{table.name} has no column for the field {name}{did_you_mean(name, tuple(columns.keys()))}"


def _is_unique(table: Table, column: Any) -> bool:
    """By itself, or within a tenant."""
    keys = [{each.name for each in table.primary_key.columns}]
    keys += [
        {each.name for each in unique.columns} for unique in table.constraints if isinstance(unique, UniqueConstraint)
    ]
    keys += [{each.name for each in index.columns} for index in table.indexes if index.unique]
    tenant = TenantScoped.__annotations__.keys()
    return any(key - tenant == {column.name} for key in keys)


def _mapper(model: Any) -> Mapper[Any]:
    try:
        mapper: Mapper[Any] = inspect(model)
    except NoInspectionAvailable as error:
        raise ValueError(f"{model!r} is not a mapped class") from error
    return mapper


def _below(model: type) -> Iterator[type[Any]]:
    children: list[type[Any]] = model.__subclasses__()
    for child in children:
        yield child
        yield from _below(child)


def _is_of(model: type[Any], metadata: MetaData | None) -> bool:
    return metadata is not None and "__mapper__" in vars(model) and model.metadata is metadata
