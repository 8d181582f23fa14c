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
        return self._all_behind(wanted.distribution, wanted.extras)

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
        if not wanted.holds_for(installed.version):
            told = module.name if module else ""
            return Unmet(kind="version", asked=wanted, installed=installed.version, module=told)
        return None if module else self._python(name, installed.requires_python)

    def _python(self, distribution: str, text: str) -> Unmet | None:
        """What is wrong with this interpreter for a library."""
        if not text or runs_on_this_python(text):
            return None
        return Unmet(kind="python", asked=python_range(text), installed=python_version(), by=distribution)

    def _all_behind(self, distribution: str, extras: tuple[str, ...]) -> Verdict:
        """All modules and all unmet requirements that lie behind an installed distribution, the nearest first."""
        start = (distribution, extras)
        known = self._behind.get(start)
        if known is None:
            known = self._behind[start] = self._walked(distribution, extras)
        return known

    def _walked(self, distribution: str, extras: tuple[str, ...]) -> Verdict:
        modules: dict[str, None] = {}
        unmet: dict[Unmet, None] = {}
        waiting: list[tuple[str, str, tuple[str, ...]]] = [
            (distribution, extra, (distribution,)) for extra in ("", *extras)
        ]
        seen = {(name, extra) for name, extra, _ in waiting}
        for name, extra, through in waiting:  # grows as it goes: breadth first
            if name in self.by_distribution:
                modules[self.by_distribution[name].name] = None
                if not extra:  # what a module requires without extras is judged with that module
                    continue
            for wanted in self._requires(name, extra):
                fault = self._unmet(wanted)
                if fault is not None:
                    by = fault.by or name
                    unmet[_standing(fault, by, (*through, by) if fault.by else through)] = None
                    continue
                for each in ("", *wanted.extras):
                    step = (wanted.distribution, each)
                    if step not in seen and wanted.distribution in self.distributions:
                        seen.add(step)
                        waiting.append((*step, (*through, wanted.distribution)))
        return Verdict(modules=tuple(modules), unmet=tuple(unmet))

    def _requires(self, distribution: str, extra: str) -> list[Asked]:
        """The requirements of one distribution that hold without an extra, or those that stand under ``extra``."""
        found = []
        for text in self.distributions[distribution].requires:
            try:
                wanted = asked(text)
            except TextInvalid as error:
                self.unreadable[distribution] = str(error)
                continue
            if extra in wanted.under if extra else wanted.always:
                found.append(wanted)
        return found


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
