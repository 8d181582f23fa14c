"""Follow requirements over what is installed: of each library all that it requires in turn, until only modules are left.

pip looks at nothing when a library is removed or replaced later; here a module is refused before it fails at import.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from platform import python_version
from typing import Final

from packaging.version import Version

from ..catalog import FoundDistribution, FoundModule
from ..manifest import TextInvalid, read_range, read_version
from .requirement import Asked, asked
from .unmet import Unmet, Verdict

CONTRACT_DISTRIBUTION: Final = "hub-hookspecs"
_NOTHING: Final = Verdict()
_MOST_STEPS: Final = 200_000
"""Libraries that are looked at for one resolution; where each needs thousands of others it would never end."""
_MOST_REQUIREMENTS: Final = 5000
_MOST_REQUIREMENTS_TEXT: Final = 300_000

_Step = tuple[str, str]
"""A distribution and one of its extras, ``""`` for what it requires without."""


@dataclass(slots=True, kw_only=True)
class Closure:
    """Judges requirements against one environment; each text is judged once.

    :param chosen: the module that bears each name. Another distribution that claims it is refused.
    :param by_distribution: every module on disk by its distribution.
    """

    chosen: Mapping[str, FoundModule]
    by_distribution: Mapping[str, FoundModule]
    distributions: Mapping[str, FoundDistribution]
    contract: Version
    unreadable: dict[str, str] = field(default_factory=dict)
    _verdicts: dict[str, Verdict] = field(default_factory=dict)
    _behind: dict[tuple[str, tuple[str, ...]], Verdict] = field(default_factory=dict)
    _required: dict[str, Mapping[str, list[Asked]]] = field(default_factory=dict)
    _harmless: set[_Step] = field(default_factory=set)
    _steps: int = 0

    def verdict(self, text: str) -> Verdict:
        """Judge one ``Requires-Dist`` of a module; one under an extra or a marker that does not hold asks for nothing."""
        known = self._verdicts.get(text)
        if known is None:
            wanted = asked(text)
            known = self._judged(wanted) if wanted.always else _NOTHING
            if wanted.by_url or not wanted.always:
                known = replace(known, is_plain=False)
            self._verdicts[text] = known
        return known

    def under_extra(self, text: str) -> Verdict:
        """The same of one that stands under an extra, as if somebody had asked for that."""
        return self._judged(asked(text))

    def _judged(self, wanted: Asked) -> Verdict:
        unmet = self._unmet(wanted)
        if unmet is not None:
            return Verdict(modules=(unmet.module,) if unmet.module and unmet.kind != "refused" else (), unmet=(unmet,))
        if wanted.distribution not in self.distributions:  # the contract, spoken by a hub that runs from its sources
            return _NOTHING
        module = self.by_distribution.get(wanted.distribution)
        if module is not None and not wanted.extras:
            return Verdict(modules=(module.name,))
        return self._all_behind(wanted)

    def _unmet(self, wanted: Asked) -> Unmet | None:
        """What is wrong with ``wanted`` itself; ``None`` when it holds."""
        name = wanted.distribution
        if name == CONTRACT_DISTRIBUTION:
            speaks = str(self.contract)
            return None if wanted.holds_for(speaks) else Unmet(kind="contract", asked=wanted, installed=speaks)
        installed = self.distributions.get(name)
        module = self.by_distribution.get(name)
        if installed is None:
            return Unmet(kind="missing", asked=wanted)
        if module is not None and self.chosen.get(module.name) is not module:
            return Unmet(kind="refused", asked=wanted, installed=installed.version, module=module.name)
        if installed.fault:  # of a module this is a fault of its own, and it blocks those that require it
            return None if module else Unmet(kind="unreadable", asked=wanted, installed=installed.version)
        if not wanted.holds_for(installed.version):
            told = module.name if module else ""
            return Unmet(kind="version", asked=wanted, installed=installed.version, module=told)
        return None if module else self._python(name, installed.requires_python)

    def _python(self, distribution: str, text: str) -> Unmet | None:
        """What is wrong with this interpreter for a library."""
        if not text or runs_on_this_python(text):
            return None
        return Unmet(kind="python", asked=python_range(text), installed=python_version(), by=distribution)

    def _all_behind(self, wanted: Asked) -> Verdict:
        """All modules and all unmet requirements that lie behind an installed distribution, the nearest first."""
        start = (wanted.distribution, wanted.extras)
        known = self._behind.get(start)
        if known is None:
            known = self._behind[start] = self._walked(wanted)
        return known

    def _walked(self, start: Asked) -> Verdict:
        modules: dict[str, None] = {}
        unmet: dict[Unmet, None] = {}
        before: dict[_Step, _Step | None] = {(start.distribution, extra): None for extra in ("", *start.extras)}
        waiting = [step for step in before if step not in self._harmless]
        for step in waiting:  # grows as it goes: breadth first
            name, extra = step
            self._steps += 1
            if self._steps > _MOST_STEPS:
                unmet[Unmet(kind="endless", asked=start)] = None
                break
            if name in self.by_distribution:
                modules[self.by_distribution[name].name] = None
                if not extra:  # what a module requires without extras is judged with that module
                    continue
            for wanted in self._requires(name).get(extra, ()):
                fault = self._unmet(wanted)
                if fault is not None:
                    by = fault.by or name
                    unmet[_standing(fault, by, (*_way(step, before), *([by] if fault.by else [])))] = None
                    continue
                for each in ("", *wanted.extras):
                    following = (wanted.distribution, each)
                    if (
                        following not in before
                        and following not in self._harmless
                        and wanted.distribution in self.distributions
                    ):
                        before[following] = step
                        waiting.append(following)
        if not modules and not unmet:
            self._harmless.update(before)
        return Verdict(modules=tuple(modules), unmet=tuple(unmet))

    def _requires(self, distribution: str) -> Mapping[str, list[Asked]]:
        """The requirements of one distribution by the extra they stand under, ``""`` for those that hold without."""
        known = self._required.get(distribution)
        if known is None:
            known = self._required[distribution] = self._read_requires(distribution)
        return known

    def _read_requires(self, distribution: str) -> Mapping[str, list[Asked]]:
        texts = self.distributions[distribution].requires
        if len(texts) > _MOST_REQUIREMENTS or sum(map(len, texts)) > _MOST_REQUIREMENTS_TEXT:
            self.unreadable[distribution] = f"{len(texts)} Requires-Dist of {sum(map(len, texts))} characters"
            return {}
        found: dict[str, list[Asked]] = {}
        for text in texts:
            try:
                wanted = asked(text)
            except TextInvalid as error:
                self.unreadable[distribution] = str(error)
                continue
            for extra in ("",) if wanted.always else wanted.under:
                found.setdefault(extra, []).append(wanted)
        return found


def _way(step: _Step | None, before: Mapping[_Step, _Step | None]) -> tuple[str, ...]:
    """The distributions on the way to ``step``."""
    way = []
    while step is not None:
        way.append(step[0])
        step = before[step]
    return tuple(reversed(way))


def _standing(fault: Unmet, by: str, through: tuple[str, ...]) -> Unmet:
    return Unmet(
        kind=fault.kind,
        asked=fault.asked,
        installed=fault.installed,
        by=by,
        through=through,
        module=fault.module,
    )


@lru_cache(maxsize=1024)
def runs_on_this_python(text: str) -> bool:
    """Whether a ``Requires-Python`` allows the running interpreter; one that cannot be read forbids nothing, as with pip."""
    try:
        return read_range(text).contains(read_version(python_version().rstrip("+")), prereleases=True)
    except TextInvalid:
        return True


def python_range(text: str) -> Asked:
    """A ``Requires-Python`` as a requirement on the interpreter."""
    return Asked(distribution="Python", range=read_range(text), extras=(), always=True, under=frozenset(), by_url=False)
