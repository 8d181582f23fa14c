"""Load a module for an operation: nobody serves yet, but a module that hangs may hold nobody up either."""

import threading
from collections.abc import Collection

from ..catalog import FoundModule
from .loaded_module import LoadedModule, ModuleFailed, load


def load_within(found: FoundModule, areas: Collection[str], seconds: float) -> LoadedModule:
    """:func:`load`, in a thread that is left behind when it takes longer than ``seconds``.

    :raises ModuleFailed: naming the phase.
    """
    phases = ["import"]
    answers: list[LoadedModule] = []
    errors: list[ModuleFailed] = []

    def run() -> None:
        try:
            answers.append(load(found, areas, phases.append))
        except ModuleFailed as error:
            errors.append(error)
        except BaseException as error:  # in a thread of its own it would be nobody's
            errors.append(ModuleFailed(found.name, phases[-1], error))

    thread = threading.Thread(target=run, name=f"{found.name} is loaded", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise ModuleFailed(found.name, phases[-1], TimeoutError(f"took more than {seconds:g} s"))
    return answers[0]
