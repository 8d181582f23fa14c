"""One module that lives in this process."""

from typing import Any

from ..loading import LoadedModule, ModuleFailed
from .background_call import RunningContext


class LiveModule:
    """One module with its settings and context. ``failure`` is set when it did not start."""

    def __init__(self, loaded: LoadedModule, context: RunningContext) -> None:
        self.loaded, self.context = loaded, context
        self.name = loaded.name
        self.failure: ModuleFailed | None = None
        self.start_seconds = 0.0

    @property
    def settings(self) -> Any:
        """The validated settings of this module, or ``None``."""
        return self.context.settings
