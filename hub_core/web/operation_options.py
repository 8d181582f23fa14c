"""What may be asked for of each operation, and the words of the command that carries it out."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..manifest import TextInvalid, read_requirement, read_version

YES: Final = ("--yes", "--json")


def _range(text: str) -> str:
    try:
        read_requirement(f"hub-module{_spelled(text)}")
    except TextInvalid as error:
        raise ValueError(f"this is no range of versions: {error}") from None
    return text


def _release(text: str) -> str:
    try:
        read_version(text)
    except TextInvalid as error:
        raise ValueError(f"this is no version: {error}") from None
    return text


def _spelled(text: str) -> str:
    """A version alone means that one."""
    return f"=={text}" if text[:1].isdigit() else text


Range = Annotated[
    str,
    AfterValidator(_range),
    Field(
        pattern=r"^[0-9<>=!~][A-Za-z0-9.,*<>=!~+ -]{0,99}$",
        description="Versions that will do, such as `>=1.2,<2`, or one.",
    ),
]
Release = Annotated[
    str,
    AfterValidator(_release),
    Field(pattern=r"^[0-9][A-Za-z0-9.!+_-]{0,99}$", description="The version to go back to."),
]
Distribution = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$",
        description="The distribution that brings the module, where that is not `hub-module-` and its name.",
    ),
]


class Options(BaseModel):
    """The options of an operation that has none."""

    model_config = ConfigDict(extra="forbid")

    def words(self, name: str) -> tuple[str, ...]:
        """What stands behind ``hub enable`` and the like, but for whether it is agreed to."""
        return (name,)


class InstallOptions(Options):
    """The options of an installation: refused when the distribution brings other modules than the one that is named."""

    version: Range | None = None
    distribution: Distribution | None = None

    def words(self, name: str) -> tuple[str, ...]:
        """A requirement, and what it has to bring."""
        return (f"{self.distribution or name}{_spelled(self.version or '')}", "--module", name)


class UpgradeOptions(Options):
    """The options of an upgrade."""

    version: Range | None = None

    def words(self, name: str) -> tuple[str, ...]:
        """A requirement."""
        return (f"{name}{_spelled(self.version or '')}",)


class DowngradeOptions(Options):
    """The options of a downgrade."""

    version: Release | None = None

    def words(self, name: str) -> tuple[str, ...]:
        """A requirement, or the name for the release before the last upgrade."""
        return (f"{name}{_spelled(self.version or '')}",)


class RestoreOptions(Options):
    """The options of a restore."""

    file: str = Field(
        pattern=r"^[a-z][A-Za-z0-9._+-]{0,254}$",
        description="The name of a file, as `GET /api/v1/hub/backups` has it.",
    )


class MoveOptions(Options):
    """The options of a move."""

    placement: Literal["shared", "schema"] = Field(
        description="`shared`: with the hub's own tables; `schema`: in a schema of the module's own."
    )

    def words(self, name: str) -> tuple[str, ...]:
        """With where to."""
        return (name, self.placement)


class DisableOptions(Options):
    """The options of disabling."""

    cascade: bool = Field(default=False, description="Also disable what requires it.")

    def words(self, name: str) -> tuple[str, ...]:
        """With its switch."""
        return (name, *(["--cascade"] if self.cascade else []))


class UninstallOptions(DisableOptions):
    """The options of an uninstallation."""

    cascade: bool = Field(default=False, description="Also uninstall what requires it.")
    data: Literal["keep", "archive", "purge"] = Field(
        default="keep", description="What becomes of its tables and rows."
    )
    backup: bool = Field(default=True, description="Whether rows that are purged are copied before.")
    keep_package: bool = Field(default=False, description="Leave its distribution in the environment.")

    def words(self, name: str) -> tuple[str, ...]:
        """With its switches; a backup is only a question where rows are purged."""
        switches = {
            "--archive": self.data == "archive",
            "--purge": self.data == "purge",
            "--no-backup": self.data == "purge" and not self.backup,
            "--keep-package": self.keep_package,
        }
        return (*super().words(name), *(switch for switch, is_on in switches.items() if is_on))
