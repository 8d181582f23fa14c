"""Write the revision that is missing between a module's revisions and its models, and try it before it is kept."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import MetaData

from ...database import DatabaseUrl
from ...errors import HubError
from ..source import MigrationSource, chain
from .comparing import Difference, reverse
from .new_revision import RevisionFile, alone_in, revision_file, write
from .revision_text import steps_text
from .trying import Owned, Trial, model_differences, try_revisions


class RevisionFails(HubError):
    """A revision raises in an empty database, so nobody knows what comes after it."""

    code = "revision_fails"

    def __init__(self, module: str, trial: Trial) -> None:
        assert trial.failure is not None
        file = trial.failure.revision.path
        super().__init__(
            f"{file.name} of {module} fails in an empty database",
            cause=trial.failure.failure,
            remedy=f"Correct {file}, then run the command again",
        )
        self.module, self.path = module, file


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A revision that was written: what it changes, and what still differs after it, which is left to its author."""

    file: RevisionFile
    differences: tuple[Difference, ...]
    left: tuple[Difference, ...]
    failure: str | None

    @property
    def questions(self) -> tuple[str, ...]:
        """What only the author knows: the comments in the file, in its order."""
        lines = map(str.strip, self.file.text.splitlines())
        return tuple(line.removeprefix("# ") for line in lines if line.startswith("# "))


def write_revision(
    url: DatabaseUrl, source: MigrationSource, metadata: MetaData | None, owned: Owned, message: str
) -> Written | None:
    """Compare the models with what the revisions make, and write the revision between them. ``None``: nothing is missing.

    The developer's database has no say in it, only its kind has: everything is made anew in a scratch database.

    :raises MigrationsInvalid: when the revisions do not make one chain.
    :raises RevisionFails: when one of them raises.
    :raises TypeNotEverywhere: when a model has a type that SQLite or PostgreSQL does not have.
    :raises RevisionTaken: when a file of that name is there.
    """
    with alone_in(source.folder):
        trial = try_revisions(url, source, owned, back=False)
        if trial.failure is not None:
            raise RevisionFails(source.module, trial)
        differences, models = model_differences(url, trial, metadata, owned)
        if not differences:
            return None
        upgrade = steps_text(trial.tables, models, differences)
        downgrade = steps_text(models, trial.tables, reverse(differences))
        file = revision_file(source.module, source.folder, chain(source), message, upgrade, downgrade)
        again = _tried(url, source, owned, file)
        left, _ = model_differences(url, again, metadata, owned) if again.failure is None else ((), None)
        write(file)
    return Written(
        file=file, differences=differences, left=left, failure=None if again.failure is None else again.failure.failure
    )


def _tried(url: DatabaseUrl, source: MigrationSource, owned: Owned, file: RevisionFile) -> Trial:
    """All revisions and the new one, from a copy of their folder."""
    with tempfile.TemporaryDirectory(prefix="hub-revisions-") as folder:
        for path in source.folder.glob("*.py"):
            shutil.copy(path, folder)
        Path(folder, file.path.name).write_text(file.text, encoding="utf-8")
        return try_revisions(url, replace(source, folder=Path(folder)), owned, back=False)
