"""Find what two modules claim and only one can have. Nobody wins by path order: who is recorded stays, or nobody runs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from packaging.version import Version

from ..catalog import FoundModule, Reason, Revision

Points = Mapping[str, tuple[str, Version]]
"""Extension point → its publisher and version."""
_Claims = dict[str, list[str]]
_MOST_NAMES: Final = 10
_MOST_CLASHES: Final = 20
"""Clashes of one kind that are told of one module: two copies of a module have everything in common."""


def name_clash(name: str, owner: str | None, claimants: Iterable[FoundModule]) -> Reason:
    """Why a distribution may not carry ``name``; ``owner`` is the one it is recorded for."""
    others = [module.distribution for module in claimants if module.distribution != owner]
    names = _first(others, " and ")
    if owner is None:
        text = f"{names} claim the name {name}, and none of them was installed in this hub before"
        remedy = f"Uninstall all but one: {_first([f'pip uninstall {other}' for other in others], ' or ')}"
    else:
        text = f"the name {name} is recorded for {owner}; {names} {'claim' if len(others) > 1 else 'claims'} it too"
        remedy = f"pip uninstall {' '.join(others)}"
    return Reason(code="name_clash", text=text, remedy=remedy)


def clashes(
    chosen: Mapping[str, FoundModule], recorded: Collection[str]
) -> tuple[Points, Mapping[str, tuple[Reason, ...]]]:
    """The publisher of each extension point, and why modules that claim what is another's are refused, by name.

    Of modules that claim the same thing the recorded one runs; with none recorded, or several, none does.
    """
    reasons: dict[str, list[Reason]] = {}
    for claims, word in (
        (_claims(chosen, _table_prefix), _table_prefix_clash),
        (_claims(chosen, _revision_ids), _revision_clash),
        (_claims(chosen, _branch_labels), _branch_label_clash),
        (points := _claims(chosen, _points), _point_clash),
    ):
        told: dict[str, int] = {}
        for claim, names in claims.items():
            if len(names) > 1 and min(told.get(name, 0) for name in names) < _MOST_CLASHES:
                for name, reason in _refused(claim, sorted(names), chosen, recorded, word):
                    reasons.setdefault(name, []).append(reason)
                    told[name] = told.get(name, 0) + 1
    return {point: _publisher(point, names, chosen, recorded) for point, names in points.items()}, {
        name: tuple(each) for name, each in reasons.items()
    }


def _claims(chosen: Mapping[str, FoundModule], what: Callable[[FoundModule], Iterable[str]]) -> _Claims:
    claims: _Claims = {}
    for name, module in chosen.items():
        for claim in what(module):
            claims.setdefault(claim, []).append(name)
    return claims


def _table_prefix(module: FoundModule) -> tuple[str, ...]:
    """``sales_`` beside ``sales_tax_`` is no clash: a table belongs to the longest prefix that fits."""
    return (module.manifest.table_prefix,) if module.manifest else ()


def _revision_ids(module: FoundModule) -> Iterable[str]:
    return dict.fromkeys(revision.id for revision in module.revisions) if module.revisions else ()


def _branch_labels(module: FoundModule) -> Iterable[str]:
    labels = [label for revision in module.revisions for label in revision.labels] if module.revisions else ()
    return dict.fromkeys(labels)


def _points(module: FoundModule) -> Iterable[str]:
    return module.manifest.extension_points if module.manifest else ()


def _publisher(
    point: str, names: list[str], chosen: Mapping[str, FoundModule], recorded: Collection[str]
) -> tuple[str, Version]:
    name = min(names, key=lambda name: (name not in recorded, name))
    manifest = chosen[name].manifest
    assert manifest is not None
    return name, manifest.extension_points[point]


_Word = Callable[[str, list[FoundModule]], tuple[str, str, str]]


def _refused(
    claim: str, names: list[str], chosen: Mapping[str, FoundModule], recorded: Collection[str], word: _Word
) -> Iterator[tuple[str, Reason]]:
    owners = [name for name in names if name in recorded]
    refused = [name for name in names if name not in owners] if len(owners) == 1 else names
    code, text, way_out = word(claim, [chosen[name] for name in names])
    if len(owners) == 1:
        text = f"{text}; {owners[0]} is recorded and keeps it"
    elif owners:
        text = f"{text}, and several of them are recorded"
    else:
        text = f"{text}, and none of them was installed in this hub before"
    uninstall = _first([f"pip uninstall {chosen[name].distribution}" for name in refused], " or ")
    remedy = f"{way_out}, or uninstall {'it' if len(refused) == 1 else 'all but one'}: {uninstall}"
    for name in refused:
        yield name, Reason(code=code, text=text, remedy=remedy)


def _table_prefix_clash(prefix: str, modules: list[FoundModule]) -> tuple[str, str, str]:
    return (
        "table_prefix_clash",
        f"{_named(modules)} claim the table prefix {prefix}",
        "Give each a table_prefix of its own in hub-module.toml",
    )


def _point_clash(point: str, modules: list[FoundModule]) -> tuple[str, str, str]:
    return (
        "extension_point_clash",
        f"{_named(modules)} publish the extension point {point}",
        "Rename it in one of them",
    )


def _revision_clash(revision: str, modules: list[FoundModule]) -> tuple[str, str, str]:
    files = [_file(module, next(each for each in module.revisions if each.id == revision)) for module in modules]
    return (
        "revision_clash",
        f"{_first(files, ' and ')} have the same revision {revision!r}",
        "Begin revision ids with the module's name",
    )


def _branch_label_clash(label: str, modules: list[FoundModule]) -> tuple[str, str, str]:
    files = _first(
        [_file(module, next(each for each in module.revisions if label in each.labels)) for module in modules], " and "
    )
    return "branch_label_clash", f"{files} have the same branch label {label!r}", "Rename the label in one of them"


def _file(module: FoundModule, revision: Revision) -> str:
    return f"{revision.path.name} of {module.name} ({module.distribution} {module.version})"


def _named(modules: list[FoundModule]) -> str:
    return _first([f"{module.name} ({module.distribution})" for module in modules], " and ")


def _first(names: Sequence[str], joined: str) -> str:
    """All names, or as many as a person reads."""
    more = [f"{len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return joined.join([*names[:_MOST_NAMES], *more])
