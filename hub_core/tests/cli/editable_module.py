"""A module as its author has it: a project, and an editable install that leads to it."""

from dataclasses import dataclass
from pathlib import Path

METADATA = "Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nSummary: A sample\nRequires-Dist: hub-hookspecs>=1,<2\n"
BASE = """
from hub_hookspecs.database import TenantScoped, UtcDateTime, module_metadata
from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = module_metadata("{module}")

"""
TABLE = """
class {name}(Base):
    __tablename__ = "{table}"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
"""


@dataclass(frozen=True)
class EditableModule:
    """Project and site-packages of one module; both go onto the path, as no ``.pth`` is read from there."""

    name: str
    folder: Path

    @property
    def path(self) -> str:
        """For ``PYTHONPATH``."""
        return f"{self.folder / 'site'}:{self.folder / 'source'}"

    @property
    def package(self) -> Path:
        """Where its files lie."""
        return self.folder / "source" / f"hub_module_{self.name}"

    @property
    def versions(self) -> Path:
        """Where its revisions lie."""
        return self.package / "migrations" / "versions"

    def models(self, *classes: str) -> None:
        """Write the models anew."""
        text = BASE.format(module=self.name) + "\n".join(classes)
        (self.package / "models" / "__init__.py").write_text(text)

    def files(self) -> list[str]:
        """The names of its revision files."""
        return sorted(path.name for path in self.versions.iterdir()) if self.versions.is_dir() else []


def table(name: str, module: str, *lines: str) -> str:
    """A model class ``Item`` of table ``<module>_item``, with more lines in it."""
    text = TABLE.format(name=name, table=f"{module}_{name.lower()}")
    return text + "".join(f"    {line}\n" for line in lines)


def editable(name: str, folder: Path, *, copied: bool = False) -> EditableModule:
    """Install module ``name`` into ``folder``; ``copied`` as a wheel would be, which its RECORD shows."""
    module = EditableModule(name, folder / name)
    (module.package / "models").mkdir(parents=True)
    (module.package / "__init__.py").touch()
    (module.package / "hub-module.toml").touch()
    info = module.folder / "site" / f"hub_module_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(METADATA.format(name=f"hub-module-{name}"))
    (info / "entry_points.txt").write_text(f"[hub.modules]\n{name} = hub_module_{name}\n")
    pth = module.folder / "site" / f"_editable_{name}.pth"
    pth.write_text(f"{module.folder / 'source'}\n")
    record = f"{pth.name},,\n"
    if copied:
        module.package.rename(module.folder / "site" / module.package.name)
        module.package.parent.mkdir(exist_ok=True)
        record = f"hub_module_{name}/__init__.py,,\nhub_module_{name}/hub-module.toml,,\nhub_module_{name}/models/__init__.py,,\n"
    (info / "RECORD").write_text(record)
    return module
