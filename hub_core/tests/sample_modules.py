"""Sample modules of one test: written to disk as installed distributions, found by the catalog as any other."""

import shutil
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

METADATA = "Metadata-Version: 2.4\nName: {distribution}\nVersion: {version}\nSummary: A sample\n{requires}"


@dataclass
class SampleModules:
    """Installs into ``site``, which stands on ``sys.path`` for this test."""

    site: Path
    _before: set[str] = field(default_factory=lambda: set(sys.modules))

    def install(
        self,
        name: str,
        files: Mapping[str, str] | None = None,
        *,
        manifest: str = "",
        requires: tuple[str, ...] = (),
        distribution: str = "",
        version: str = "1.0",
    ) -> Path:
        """Install module ``name`` as package ``sample_<name>`` of distribution ``sample-<name>`` and give its folder.

        Another version of it takes the place of the one that is there.
        """
        package, distribution = f"sample_{name}", distribution or f"sample-{name}"
        stem = distribution.replace("-", "_")
        if version != "1.0":
            for old in (self.site / package, *self.site.glob(f"{stem}-*.dist-info")):
                shutil.rmtree(old)
        written = {"__init__.py": "", "hub-module.toml": manifest, **(files or {})}
        for path, text in written.items():
            file = self.site / package / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
        info = self.site / f"{stem}-{version}.dist-info"
        info.mkdir()
        lines = "".join(f"Requires-Dist: {each}\n" for each in ("hub-hookspecs>=1", *requires))
        (info / "METADATA").write_text(METADATA.format(distribution=distribution, version=version, requires=lines))
        (info / "entry_points.txt").write_text(f"[hub.modules]\n{name} = {package}\n")
        (info / "RECORD").write_text("".join(f"{package}/{path},,\n" for path in written))
        return self.site / package

    def forget(self) -> None:
        """Take what was imported of them out of this process."""
        for name in set(sys.modules) - self._before:
            if name.startswith("sample_"):
                del sys.modules[name]
