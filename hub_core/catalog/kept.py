"""What the cache keeps of one distribution, as plain lists and texts, and back again.

Only what has no fault is kept. Coming back, every value is looked at: a file in the state folder may hold anything.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..manifest import Extends, Manifest, Menu, Overrides, Permission, read_range, read_version
from .data_files import DataFiles
from .found import FoundDistribution, FoundModule
from .revisions import VERSIONS, Revision

Shapes = set[tuple[type, ...]]
_TEXT_OR_NONE: Final[tuple[type, type]] = (str, type(None))
_FLAG_OR_LIST: Final[tuple[type, type]] = (bool, list)
_DISTRIBUTION: Final[Shapes] = {(str, str, list, str)}
_MODULE: Final[Shapes] = {(str, str, str, str, str, str, list, list, list, list)}
_MANIFEST: Final[Shapes] = {
    (str, summary, str, str, bool, glue, list, list, str, list, list, dict, dict, dict, list)
    for summary in _TEXT_OR_NONE
    for glue in _FLAG_OR_LIST
}
_PERMISSION: Final[Shapes] = {(str, str)}
_MENU: Final[Shapes] = {(str, str, permission, area) for permission in _TEXT_OR_NONE for area in _TEXT_OR_NONE}
_REVISION: Final[Shapes] = {(str, str, list, list, bool, list, bool)}
_DATA: Final[Shapes] = {(int, int, str)}
_NO_DATA: Final = DataFiles()
_NO_ROW: Final = [_NO_DATA.rows, _NO_DATA.tables, _NO_DATA.digest]
_TIERS: Final = {"core", "optional", "internal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One distribution under its normalised name, and its module if it is one."""

    name: str
    distribution: FoundDistribution
    module: FoundModule | None


def as_rows(kept: Kept) -> list[Any]:
    """``kept`` as what JSON can hold."""
    of, module = kept.distribution, kept.module
    distribution = [kept.name, of.version, list(of.requires), of.requires_python]
    if module is None or module.manifest is None:
        return [distribution, None]
    return [
        distribution,
        [
            module.name,
            module.summary,
            module.license,
            module.package,
            module.entry_point,
            module.hash,
            _manifest_row(module.manifest),
            [
                [
                    each.path.name,
                    each.id,
                    list(each.follows),
                    list(each.labels),
                    each.transactional,
                    list(each.depends_on),
                    each.safe_downgrade,
                ]
                for each in module.revisions
            ],
            [module.seed.rows, module.seed.tables, module.seed.digest],
            [module.demo.rows, module.demo.tables, module.demo.digest],
        ],
    ]


def _manifest_row(manifest: Manifest) -> list[Any]:
    glue = manifest.auto_install
    return [
        manifest.title,
        manifest.summary,
        manifest.category,
        manifest.tier,
        manifest.application,
        list(glue) if isinstance(glue, tuple) else glue,
        list(manifest.after),
        list(manifest.binaries),
        manifest.table_prefix,
        [[each.name, each.title] for each in manifest.permissions],
        [[each.label, each.path, each.permission, each.area] for each in manifest.menus],
        {name: str(version) for name, version in manifest.extension_points.items()},
        {name: str(versions) for name, versions in manifest.implements.items()},
        {each.model: list(each.fields) for each in manifest.extends},
        [each.route for each in manifest.overrides],
    ]


def from_rows(site: str, distribution: Any, module: Any) -> Kept:
    """What was kept of a distribution in the folder ``site``.

    :raises ValueError: for anything :func:`as_rows` does not write.
    """
    name, version, requires, requires_python = _checked(distribution, _DISTRIBUTION)
    found = FoundDistribution(version=version, requires=_texts(requires), requires_python=requires_python)
    return Kept(name=name, distribution=found, module=None if module is None else _module(site, name, found, module))


def _module(site: str, distribution: str, of: FoundDistribution, row: Any) -> FoundModule:
    name, summary, license, package, entry_point, digest, manifest, revisions, seed, demo = _checked(row, _MODULE)  # noqa: A001
    folder = Path(f"{site}/{package.replace('.', '/')}")
    return FoundModule(
        name=name,
        distribution=distribution,
        version=read_version(of.version),
        summary=summary,
        license=license,
        requires=of.requires,
        requires_python=of.requires_python,
        package=package,
        folder=folder,
        entry_point=entry_point,
        editable=False,
        hash=digest,
        manifest=_manifest(manifest),
        revisions=tuple([_revision(folder, each) for each in revisions]) if revisions else (),
        faults=(),
        seed=_data(seed),
        demo=_data(demo),
    )


def _manifest(row: Any) -> Manifest:
    (
        title, summary, category, tier, application, glue, after, binaries,
        prefix, permissions, menus, points, implements, extends, overrides,
    ) = _checked(row, _MANIFEST)  # fmt: skip
    if tier not in _TIERS:
        raise ValueError(tier)
    return Manifest(
        title=title,
        summary=summary,
        category=category,
        tier=tier,
        application=application,
        auto_install=_texts(glue) if type(glue) is list else glue,
        after=_texts(after),
        binaries=_texts(binaries),
        table_prefix=prefix,
        permissions=tuple([_permission(each) for each in permissions]),
        menus=tuple([_menu(each) for each in menus]) if menus else (),
        extension_points={name: read_version(_text(version)) for name, version in points.items()},
        implements={name: read_range(_text(versions)) for name, versions in implements.items()},
        extends=tuple([Extends(model=model, fields=_texts(fields)) for model, fields in extends.items()]),
        overrides=tuple([Overrides(route=route) for route in _texts(overrides)]),
    )


def _permission(row: Any) -> Permission:
    name, title = _checked(row, _PERMISSION)
    return Permission(name=name, title=title)


def _menu(row: Any) -> Menu:
    label, path, permission, area = _checked(row, _MENU)
    return Menu(label=label, path=path, permission=permission, area=area)


def _revision(folder: Path, row: Any) -> Revision:
    file, name, follows, labels, transactional, depends_on, safe = _checked(row, _REVISION)
    return Revision(
        path=folder / VERSIONS / file,
        id=name,
        follows=_texts(follows),
        labels=_texts(labels),
        transactional=transactional,
        depends_on=_texts(depends_on),
        safe_downgrade=safe,
    )


def _data(row: Any) -> DataFiles:
    if row == _NO_ROW:
        return _NO_DATA
    rows, tables, digest = _checked(row, _DATA)
    return DataFiles(rows=rows, tables=tables, digest=digest)


def _checked(row: Any, shapes: Shapes) -> Any:
    if type(row) is not list or tuple(map(type, row)) not in shapes:
        raise ValueError("not a row of the cache")
    return row


def _texts(values: Any) -> tuple[str, ...]:
    if type(values) is not list or not {str}.issuperset(map(type, values)):
        raise ValueError("not a list of texts")
    return tuple(values)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("not a text")
    return value
