"""Modules as the catalog finds them, made in memory for the tests of the pure rooms."""

from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version

from hub_core.catalog import Catalog, DataFiles, FoundDistribution, FoundModule, Reason, Revision
from hub_core.manifest import parse_manifest


def found(
    name: str,
    *requires: str,
    version: str = "1.0",
    manifest: str = "",
    distribution: str = "",
    fault: str = "",
    requires_python: str = "",
    revisions: tuple[str, ...] = (),
    seed: str = "",
    demo: str = "",
) -> FoundModule:
    """Module ``name`` of distribution ``mod-<name>``; ``revisions`` are ids, each following the one before it.

    ``seed`` and ``demo`` are digests of data files.
    """
    before: tuple[str | None, ...] = (None, *revisions)
    return FoundModule(
        name=name,
        distribution=distribution or f"mod-{name.replace('_', '-')}",
        version=Version(version),
        summary=f"the distribution of {name}",
        license="",
        requires=requires,
        requires_python=requires_python,
        package=f"mod_{name}",
        folder=Path("/nowhere"),
        entry_point=f"mod_{name}",
        editable=False,
        hash=f"hash of {name} {version}",
        manifest=parse_manifest(manifest, name),
        revisions=tuple(
            Revision(path=Path(f"/nowhere/{each}.py"), id=each, follows=(earlier,) if earlier else ())
            for earlier, each in zip(before, revisions, strict=False)
        ),
        faults=(Reason(code=fault, text="", remedy=""),) if fault else (),
        seed=DataFiles(rows=12, tables=3, digest=seed) if seed else DataFiles(),
        demo=DataFiles(rows=1, tables=1, digest=demo) if demo else DataFiles(),
    )


def catalog(
    *modules: FoundModule,
    libraries: Mapping[str, str | FoundDistribution] | None = None,
    programs: Mapping[str, str | None] | None = None,
) -> Catalog:
    """The catalog of these modules, and of libraries by version or in full."""
    distributions = {
        module.distribution: FoundDistribution(
            version=str(module.version), requires=module.requires, requires_python=module.requires_python
        )
        for module in modules
    }
    for name, library in (libraries or {}).items():
        distributions[name] = FoundDistribution(version=library) if isinstance(library, str) else library
    return Catalog(modules=modules, distributions=distributions, findings=(), programs=programs or {})
