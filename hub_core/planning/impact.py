"""What a step brings about, in sentences for whoever agrees to it; all of it is read from files."""

from collections.abc import Iterable
from typing import Final

from ..catalog import DataFiles, FoundModule, heads_of
from ..resolution import Resolution, is_glue

DATA_KEPT: Final = "its data is kept"
"""What is true of a module that is disabled, unless it is uninstalled with its data in the same operation."""


def pending_revisions(found: FoundModule, at: str | None) -> tuple[str, ...]:
    """The ids of the revisions behind ``at``, in the order they run."""
    if not found.revisions:
        return ()
    by_id = {revision.id: revision for revision in found.revisions}
    done, waiting = set(), [at] if at else []
    while waiting:
        revision = waiting.pop()
        if revision not in done and revision in by_id:
            done.add(revision)
            waiting += by_id[revision].follows
    order: dict[str, None] = {}
    stack = [(revision.id, False) for revision in heads_of(found.revisions)]
    while stack:
        name, is_ready = stack.pop()
        if is_ready:
            order[name] = None
        elif name in by_id and name not in done and name not in order:
            stack.append((name, True))
            stack += [(earlier, False) for earlier in by_id[name].follows]
    return tuple(order)


def migrated_impact(found: FoundModule, pending: tuple[str, ...]) -> tuple[str, ...]:
    """What a migration runs, and on whose tables."""
    prefix = found.manifest.table_prefix if found.manifest else f"{found.name}_"
    alone = [each.id for each in found.revisions if each.id in pending and not each.transactional]
    if not alone:
        return (f"runs {_listed(pending)} on tables {prefix}…, whole or not at all",)
    return (
        f"runs {_listed(pending)} on tables {prefix}…",
        f"{_listed(alone)} cannot run in a transaction: what runs before stays, should it fail",
    )


def installed_impact(found: FoundModule) -> tuple[str, ...]:
    """What a new module brings."""
    manifest = found.manifest
    if manifest is None:
        return ()
    brings = []
    if count := len(manifest.permissions):
        brings.append(f"{count} permission{'s' if count > 1 else ''}")
    if count := len(manifest.menus):
        brings.append(f"{count} menu entr{'ies' if count > 1 else 'y'}")
    brings += [f"the extension point {name} {version}" for name, version in manifest.extension_points.items()]
    return (f"brings {_listed(brings)}",) if brings else ()


def data_text(kind: str, name: str, data: DataFiles) -> str:
    """The line of a step that loads data, with how much there is."""
    return f"load {kind} data of {name}: {_counted(data.rows, 'row')} in {_counted(data.tables, 'table')}"


def loaded_impact(before: str) -> tuple[str, ...]:
    """What becomes of rows that are there, and of those that people touched."""
    if not before:
        return ("a row that is there already, by its natural key, stays as it is",)
    return ("what its release changed is brought along; what people changed or deleted stays as they left it",)


def enabled_impact(found: FoundModule, resolution: Resolution) -> tuple[str, ...]:
    """Where it answers, and why it is enabled when nobody asked for it by name."""
    serves = f"answers under /api/v1/{found.name} and /{found.name}"
    if found.manifest and found.manifest.auto_install:
        joined = sorted(resolution.requires[found.name])
        return (f"joins {_listed(joined)} as glue" if joined else "appears by itself (auto_install)", serves)
    return (serves,)


def disabled_impact(name: str, resolution: Resolution) -> tuple[str, ...]:
    """What stops to answer, why glue leaves that nobody named, and who cannot run without it."""
    impact = [f"/api/v1/{name} and /{name} answer 404", DATA_KEPT]
    found = resolution.chosen.get(name)
    gone = sorted(set(resolution.requires.get(name, ())) - resolution.wanted)
    if found is not None and is_glue(found) and gone:
        impact.insert(
            0, f"joined {_listed(sorted(resolution.requires[name]))} as glue, and {_listed(gone)} will not run"
        )
    needing = sorted(
        other for other, requires in resolution.requires.items() if name in requires and other in resolution.wanted
    )
    if needing:
        impact.append(f"{_listed(needing)} cannot run without it")
    return tuple(impact)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    if len(names) > 6:
        names = [*names[:5], f"{len(names) - 5} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1] if names else ""]))
