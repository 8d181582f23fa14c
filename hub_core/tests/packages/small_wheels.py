"""Tiny distributions made in the test: wheels by zipfile, projects with a build backend of their own, so no index is needed."""

import hashlib
import io
import tarfile
import textwrap
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

BACKEND = """
import base64, hashlib, pathlib, zipfile
NAME, VERSION, REQUIRES = {name!r}, {version!r}, {requires!r}
INFO = f"{{NAME}}-{{VERSION}}.dist-info"
METADATA = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\n" + "".join(f"Requires-Dist: {{each}}\\n" for each in REQUIRES)
WHEEL = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"

def _wheel(folder, files):
    files = {{**files, f"{{INFO}}/METADATA": METADATA, f"{{INFO}}/WHEEL": WHEEL}}
    digest = lambda text: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    record = "".join(f"{{name}},sha256={{digest(text)}},{{len(text)}}\\n" for name, text in files.items())
    filename = f"{{NAME}}-{{VERSION}}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / filename, "w") as archive:
        for name, text in {{**files, f"{{INFO}}/RECORD": record + f"{{INFO}}/RECORD,,\\n"}}.items():
            archive.writestr(name, text)
    return filename

def build_wheel(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {{f"{{NAME}}.py": pathlib.Path(f"{{NAME}}.py").read_text()}})

def build_editable(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {{f"_{{NAME}}.pth": str(pathlib.Path.cwd())}})

def get_requires_for_build_wheel(config_settings=None):
    return []

get_requires_for_build_editable = get_requires_for_build_wheel
"""


def wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    requires: tuple[str, ...] = (),
    files: Mapping[str, str] | None = None,
    scripts: tuple[str, ...] = (),
    python: str = "",
    extras: tuple[str, ...] = (),
) -> Path:
    """A wheel with a module of the distribution's name that says its version."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    header = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    header += f"Requires-Python: {python}\n" if python else ""
    header += "".join(f"Provides-Extra: {each}\n" for each in extras)
    header += "".join(f"Requires-Dist: {each}\n" for each in requires)
    content = {f"{name}.py": f"VERSION = {version!r}\ndef main():\n    print(VERSION)\n", **(files or {})}
    content[f"{info}/METADATA"] = header
    content[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if scripts:
        lines = "".join(f"{script} = {name}:main\n" for script in scripts)
        content[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}"
    record = "".join(f"{path},sha256={digest(text)},{len(text.encode())}\n" for path, text in content.items())
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in {**content, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
    return file


def project(folder: Path, name: str, version: str = "1.0", *, requires: tuple[str, ...] = ()) -> Path:
    """The folder of a project that needs nothing to be built."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        textwrap.dedent(f"""\
            [build-system]
            requires = []
            build-backend = "own_backend"
            backend-path = ["."]

            [project]
            name = "{name}"
            version = "{version}"
            dependencies = [{", ".join(f'"{each}"' for each in requires)}]
            """)
    )
    (folder / "own_backend.py").write_text(BACKEND.format(name=name, version=version, requires=requires))
    (folder / f"{name}.py").write_text(f"VERSION = {version!r}\n")
    return folder


def source_archive(folder: Path, name: str, version: str = "1.0") -> Path:
    """An sdist of :func:`project`."""
    source = project(folder / "source" / name, name, version)
    file = folder / f"{name}-{version}.tar.gz"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    with tarfile.open(file, "w:gz") as archive:
        for each in sorted(source.iterdir()):
            archive.add(each, f"{name}-{version}/{each.name}")
        entry = tarfile.TarInfo(f"{name}-{version}/PKG-INFO")
        entry.size = len(metadata)
        archive.addfile(entry, io.BytesIO(metadata))
    return file


def digest(text: str) -> str:
    """As RECORD has it."""
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
