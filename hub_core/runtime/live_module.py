"""One module of this process, from before it is imported until it stops."""

from collections.abc import Mapping
from typing import Any

from ..loading import LoadedModule, ModuleFailed
from ..operations.processes.process_note import ModuleNote
from ..operations.standing import ReadyModule
from .background_call import RunningContext


class LiveModule:
    """One module that is served here. It is imported and wired at its first use, or at start when it has work then.

    ``is_up`` says that this is done; ``failure`` why it could not be done, and is ``None`` otherwise. ``phase`` is how far it is.
    """

    def __init__(self, ready: ReadyModule, note: ModuleNote | None = None) -> None:
        self.name, self.found, self.manifest = ready.name, ready.found, ready.manifest
        self.description, self.surface, self.values = ready.description, ready.surface, ready.settings
        self.failure: ModuleFailed | None = None
        self.is_up = False
        self.note = note or ModuleNote()
        self._phase = "import"
        self.start_seconds = 0.0
        self.override_failure = ""
        """What its last override of another module's route failed with; empty after one that went well."""
        self._loaded: LoadedModule | None = None
        self._context: RunningContext | None = None

    @property
    def phase(self) -> str:
        """What is done with it to bring it up, or was done last."""
        return self._phase

    @phase.setter
    def phase(self, phase: str) -> None:
        self._phase = phase
        self.note.phase(phase)

    @property
    def is_imported(self) -> bool:
        """Whether its code is in this process."""
        return self._loaded is not None

    @property
    def loaded(self) -> LoadedModule:
        """What was imported."""
        assert self._loaded is not None, f"{self.name} was not imported yet"
        return self._loaded

    @loaded.setter
    def loaded(self, loaded: LoadedModule) -> None:
        self._loaded = loaded

    @property
    def context(self) -> RunningContext:
        """What the module reaches the hub through outside of requests, with its settings."""
        assert self._context is not None, f"{self.name} was not imported yet"
        return self._context

    @context.setter
    def context(self, context: RunningContext) -> None:
        self._context = context

    @property
    def is_configured(self) -> bool:
        """Whether its settings were read."""
        return self._context is not None

    @property
    def settings(self) -> Any:
        """The validated settings of this module; ``None`` for a module without any."""
        return self.context.settings


def wrappers(modules: Mapping[str, LiveModule]) -> Mapping[str, tuple[LiveModule, ...]]:
    """The modules that wrap each route, by its name, as ``modules`` are: in load order."""
    found: dict[str, tuple[LiveModule, ...]] = {}
    for live in modules.values():
        for each in live.manifest.overrides:
            found[each.route] = (*found.get(each.route, ()), live)
    return found
