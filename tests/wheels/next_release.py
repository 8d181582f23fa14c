"""Another release of a wheel that was built: the same files under another version, with some of them changed."""

import base64
import hashlib
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path


def next_release(
    wheel: Path, version: str, target: Path, *, files: Mapping[str, str], metadata: Mapping[str, str] | None = None
) -> Path:
    """Write the wheel of ``version`` into ``target``.

    :param files: what is appended to files of it, or new in it, by path.
    :param metadata: what stands in its metadata, and what stands there instead.
    """
    with zipfile.ZipFile(wheel) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    old = next(name.partition("/")[0] for name in content if name.endswith(".dist-info/METADATA"))
    new = re.sub(r"-[^-]+\.dist-info", f"-{version}.dist-info", old)
    text = re.sub(r"(?m)^Version: .*$", f"Version: {version}", content[f"{old}/METADATA"].decode(), count=1)
    for before, after in (metadata or {}).items():
        assert before in text
        text = text.replace(before, after)
    content[f"{old}/METADATA"] = text.encode()
    for name, more in files.items():
        content[name] = content.get(name, b"") + more.encode()
    del content[f"{old}/RECORD"]
    content = {name.replace(f"{old}/", f"{new}/"): data for name, data in content.items()}
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in content.items())
    content[f"{new}/RECORD"] = f"{record}{new}/RECORD,,\n".encode()
    target.mkdir(parents=True, exist_ok=True)
    path = target / re.sub(r"^([^-]+)-[^-]+-", rf"\1-{version}-", wheel.name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
