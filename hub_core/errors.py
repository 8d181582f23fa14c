"""The tree of expected failures; everything outside it is a bug and keeps its traceback.

HubError                 a person can act on this
├── manifest: ManifestInvalid
├── settings: SettingsInvalid
├── database: DatabaseRefused, DatabaseUnreachable
└── …        each room keeps its own leaves beside the code that raises them
"""

from typing import ClassVar


class HubError(Exception):
    """A failure a person can act on: the problem, its cause, the remedy and a stable code.

    The text is built here, once; the command line, the log and the HTTP answer show the same.
    """

    code: ClassVar[str] = "hub_error"

    def __init__(self, problem: str, *, cause: str | None = None, remedy: str) -> None:
        super().__init__(
            "\n".join(part for part in (problem, cause and f"cause: {cause}", f"remedy: {remedy}") if part)
        )
        self.problem, self.cause, self.remedy = problem, cause, remedy
