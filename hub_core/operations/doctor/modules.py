"""Which modules do not run, and why?"""

from collections.abc import Iterator, Sequence

from ...planning import ListedModule
from ..observation import Observation, ok


def examine(modules: Sequence[ListedModule]) -> Iterator[Observation]:
    """Each reason of each module that is blocked, failed or gone, under the reason's own code."""
    for module in modules:
        for reason in module.reasons:
            yield Observation(
                level="error",
                code=reason.code,
                text=f"{module.name} ({module.distribution} {module.version}) {', '.join(module.conditions)}: {reason.text}",
                remedy=reason.remedy,
            )
    running = [module.name for module in modules if not module.reasons]
    if running or not modules:
        yield ok(
            code="modules_can_run", text=f"can run: {', '.join(running)}" if running else "no modules are installed"
        )
