"""Faults the catalog finds in files, each written to a folder as an installer or an author leaves it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from packaging.version import Version

from hub_core.catalog import Reason, read_catalog
from hub_core.resolution import resolve

SITE = "…/site-packages"


def write(
    site: Path,
    name: str,
    *,
    metadata: str = "",
    entry: str = "",
    manifest: str | None = "",
    files: Mapping[str, str] | None = None,
) -> None:
    """Write distribution ``hub-module-<name>`` with its package into ``site``."""
    info = site / f"hub_module_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    head = f"Metadata-Version: 2.4\nName: hub-module-{name}\nVersion: 1.0\n"
    (info / "METADATA").write_text(head + metadata, encoding="utf-8")
    (info / "entry_points.txt").write_text(
        f"[hub.modules]\n{entry or f'{name} = hub_module_{name}'}\n", encoding="utf-8"
    )
    package = site / f"hub_module_{name}"
    for path, text in {
        "__init__.py": "",
        **({} if manifest is None else {"hub-module.toml": manifest}),
        **(files or {}),
    }.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text, encoding="utf-8")


def _taken(site: Path) -> None:
    write(site, "billing")
    write(site, "acme", entry="acme = hub_module_billing")
    row = "hub_module_billing/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"
    (site / "hub_module_billing-1.0.dist-info" / "RECORD").write_text(row)
    (site / "hub_module_acme-1.0.dist-info" / "RECORD").write_text(row.replace("47DEQ", "57DEQ"))


_HEADS = {f"migrations/versions/{name}.py": f"revision = '{name}'\ndown_revision = None\n" for name in ("one", "two")}

FAULTS: Mapping[str, tuple[str, Callable[[Path], None]]] = {
    "manifest_invalid": ("billing", lambda site: write(site, "billing", manifest='tier = "optonal"')),
    "manifest_missing": ("billing", lambda site: write(site, "billing", manifest=None)),
    "metadata_invalid": ("billing", lambda site: write(site, "billing", metadata="Requires-Dist: orders >> 2\n")),
    "package_missing": ("billing", lambda site: write(site, "billing", entry="billing = hub_module_bilking")),
    "package_taken": ("acme", _taken),
    "several_modules": (
        "billing",
        lambda site: write(site, "billing", entry="billing = hub_module_billing\ninvoices = hub_module_billing"),
    ),
    "migrations_invalid": ("billing", lambda site: write(site, "billing", files=_HEADS)),
}
"""Code → the module it is told of, and what writes it."""


def reasons_on_disk(code: str, site: Path) -> tuple[Reason, ...]:
    """Why the module of one example does not run."""
    name, fault = FAULTS[code]
    fault(site)
    return resolve(read_catalog([str(site)]), contract=Version("1.0")).reasons[name]
