"""Which modules are brought up with one, and which of them must be there before it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ..manifest import Manifest
from ..resolution import Resolution


class BringingOrder:
    """Looks it up among ``manifests``, which are in load order."""

    def __init__(self, resolution: Resolution, manifests: Mapping[str, Manifest]) -> None:
        self._resolution = resolution
        self._number = {name: number for number, name in enumerate(manifests)}
        self._together: dict[str, tuple[str, ...]] = {}
        publishers = {point: name for name, manifest in manifests.items() for point in manifest.extension_points}
        self._contributors: dict[str, list[str]] = {}
        for name, manifest in manifests.items():
            for point in manifest.implements:
                if point in publishers:
                    self._contributors.setdefault(publishers[point], []).append(name)
            for other in manifest.reaches_into:
                self._contributors.setdefault(other, []).append(name)

    def sorted(self, names: Iterable[str]) -> list[str]:
        """Those of ``names`` that are here, in load order."""
        return sorted((name for name in names if name in self._number), key=self._number.__getitem__)

    def before(self, name: str) -> list[str]:
        """What ``name`` requires itself, or is ordered behind."""
        behind = self._resolution.requires.get(name, frozenset()) | self._resolution.follows.get(name, frozenset())
        return self.sorted(behind)

    def required(self, name: str) -> set[str]:
        """``name`` and all that must be there before it."""
        return self._reached(name, self.before)

    def together(self, name: str) -> Sequence[str]:
        """``name`` and all that is brought up with it, also what contributes to it or changes its models and routes, in load order."""
        if name not in self._together:
            found = self._reached(name, lambda each: [*self.before(each), *self._contributors.get(each, ())])
            self._together[name] = tuple(self.sorted(found))
        return self._together[name]

    def _reached(self, name: str, behind: Callable[[str], Iterable[str]]) -> set[str]:
        found, waiting = set[str](), [name]
        while waiting:
            each = waiting.pop()
            if each in self._number and each not in found:
                found.add(each)
                waiting += behind(each)
        return found
