"""Modules on disk as an installer leaves them, to be damaged or changed by a test: quicker made than with pip."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

HUB_MODULE = "hub-module.toml"


def write_module(
    site: Path,
    name: str = "ledger",
    *,
    metadata: str = "",
    manifest: str = "",
    revisions: Mapping[str, str] | None = None,
    version: str = "1.0",
) -> Path:
    """Write module ``name`` of distribution ``name`` with package ``hub_<name>``; answers its ``dist-info``."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"hub_{name}/__init__.py": "",
        f"hub_{name}/{HUB_MODULE}": manifest,
        **{f"hub_{name}/migrations/versions/{file}": text for file, text in (revisions or {}).items()},
        f"{info}/METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}\nA description\n",
        f"{info}/entry_points.txt": f"[hub.modules]\n{name} = hub_{name}\n",
    }
    rows = [f"{path},sha256={_digest(text)},{len(text.encode())}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    for path, text in files.items():
        put(site / path, text)
    return site / info


def put(file: Path, text: str) -> None:
    """Write a file; one that is none, such as a pipe, makes place for it: opening it would wait for ever."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_symlink() or not file.is_file():
        file.unlink(missing_ok=True)
    file.write_text(text)


def revision(name: str, follows: str | None = None) -> str:
    """The text of a revision file."""
    return f"revision = {name!r}\ndown_revision = {follows!r}\n"


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
