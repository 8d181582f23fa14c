"""What each wanted module is, before any of them is imported here: remembered, or learnt by the probe."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final, Protocol

from ...catalog import FoundModule
from ...errors import HubError
from ...loading import Description, Limits, ModuleFailed, Probed, Surface, probe_modules
from ...resolution import Resolution
from ...settings import HubSettings
from ..environment import Situation
from ..processes.restart_budget import ledger
from ..standing import ReadyModule
from .description_cache import DescriptionCache, KeptDescription
from .held_back import held_back
from .module_values import module_values
from .probe_cache import remember, remembered
from .probe_keys import probe_keys
from .probe_reasons import ENDINGS, Entry, remedy_of

KEPT_TOGETHER: Final = 100
_TRIES: Final = 3
"""How often modules that change while they are probed are probed again."""


class Probing(Protocol):
    """``probe_modules``, or what stands in for it."""

    def __call__(
        self,
        resolution: Resolution,
        areas: Collection[str],
        *,
        names: Collection[str] | None,
        settings: Mapping[str, Mapping[str, Any]] | None,
        known: Collection[str],
        limits: Limits | None,
        on_probed: Callable[[Probed], None],
    ) -> tuple[Probed, ...]:
        """See :func:`hub_core.loading.probe_modules`."""
        ...


class ProbeFailed(HubError):
    """The probe could not describe a module."""

    code = "probe_failed"

    def __init__(self, answer: Entry) -> None:
        super().__init__(f"{answer['module']} cannot be described", cause=answer["text"], remedy=remedy_of(answer))


class Known:
    """What is known of the modules that come or leave at one moment: descriptions, and why there is none."""

    def __init__(
        self, settings: HubSettings, now: Situation, learnt: Mapping[str, Probed], *, heeds_safe_mode: bool = True
    ) -> None:
        self._now, self._cache, self._learnt = now, DescriptionCache(settings), dict(learnt)
        names = (*now.wanted(), *now.leaving())
        self.values = {name: module_values(settings, now.desired, name) for name in names}
        self.keys = probe_keys(
            now.catalog, now.resolution, settings.areas, names, by_file=settings.edited_files == "allow"
        )
        self._failed: Mapping[str, Entry] = {}
        in_doubt = frozenset[str]()
        kept = self._cache.read()
        described = {name: self._still_holding(name, kept.get(name)) for name in names}
        self._described = {name: description for name, description in described.items() if description is not None}
        lacking = [name for name in names if name not in self._described]
        if lacking:
            found = remembered(settings, now.catalog, now.resolution)
            self._failed = found.answers
            in_doubt = found.elsewhere
        book, modules = ledger(settings), [now.resolution.modules[name] for name in names]
        self.held = held_back(settings, book, modules, heeds_safe_mode=heeds_safe_mode)
        """The modules that may not run."""
        told = {*(self._failed.keys() - in_doubt), *self._learnt, *self.held}
        self.lacks = tuple(name for name in lacking if name not in told)
        """The modules nothing is known of yet, or a failure only where other environment variables were set."""

    def ready(self, found: FoundModule) -> ReadyModule:
        """The module, ready to be served.

        :raises ModuleFailed: when it could not be described.
        """
        name = found.name
        answer = self._learnt.get(name)
        if answer is not None and answer.is_well:
            assert answer.description is not None
            surface = answer.surface or Surface()
            return self._ready(found, answer.description, lambda: surface)
        description = self._described.get(name)
        if description is not None:
            return self._ready(found, description, partial(self._cache.surface, self.keys[name]))
        raise _failure(answer.as_json() if answer else self._failed[name])

    def failing(self) -> Collection[str]:
        """The modules that are known not to be well."""
        return {*self._failed, *(name for name, answer in self._learnt.items() if not answer.is_well)}

    def _ready(self, found: FoundModule, description: Description, surface: Callable[[], Surface]) -> ReadyModule:
        return ReadyModule(found=found, description=description, surface=surface, settings=self.values[found.name])

    def _still_holding(self, name: str, kept: KeptDescription | None) -> Description | None:
        """What is kept of a module, if it still holds for its files and for its settings."""
        if kept is None or kept.key != self.keys.get(name):
            return None
        if kept.description.has_settings and kept.settings != digest_of(self.values[name]):
            return None
        return kept.description


class Descriptions:
    """Finds out what modules are, and remembers it for the next start.

    :param heeds_safe_mode: no for what changes modules: the release that mends a hub has to come in while it is in safe mode.
    """

    def __init__(
        self,
        settings: HubSettings,
        probing: Probing = probe_modules,
        *,
        on_probed: Callable[[Probed, int], None] = lambda probed, total: None,
        heeds_safe_mode: bool = True,
    ) -> None:
        self._settings, self._probing, self._on_probed = settings, probing, on_probed
        self._heeds_safe_mode = heeds_safe_mode
        self._learnt: dict[tuple[str, str, str], Probed] = {}
        self._tries = 0

    def known(self, now: Situation) -> Known:
        """What is known by now."""
        names = (*now.wanted(), *now.leaving()) if self._learnt else ()
        learnt = {name: probed for name in names if (probed := self._of(now, name))}
        return Known(self._settings, now, learnt, heeds_safe_mode=self._heeds_safe_mode)

    def all_known(self, now: Situation) -> Known:
        """What is known when everything is that can be."""
        known = self.known(now)
        if known.lacks:
            self.learn(now, known)
            known = self.known(now)
        return known

    def learn(self, now: Situation, known: Known) -> None:
        """Probe what ``known`` lacks, and keep the answers; many at a time, so that who is killed has not begun for nothing."""
        self._tries += 1
        resolution, names = now.resolution, known.lacks
        stamped = probe_keys(now.catalog, resolution, self._settings.areas, names)
        fresh: list[Probed] = []

        def keep_fresh() -> None:
            remember(self._settings, stamped, [answer.as_json() for answer in fresh])
            # last: once it is there, nobody writes these files again
            keep(self._settings, known.keys, known.values, fresh)
            fresh.clear()

        def on_probed(probed: Probed) -> None:
            self._learnt[self._label(now, probed.module)] = probed
            fresh.append(probed)
            if len(fresh) == KEPT_TOGETHER:
                keep_fresh()
            self._on_probed(probed, len(names))

        self._probing(
            resolution,
            self._settings.areas,
            names=names,
            settings={name: known.values[name] for name in names},
            known=[name for name in known.failing() if name not in names],
            limits=None,
            on_probed=on_probed,
        )
        if fresh:
            keep_fresh()

    def _of(self, now: Situation, name: str) -> Probed | None:
        label = self._label(now, name)
        if self._tries < _TRIES:
            return self._learnt.get(label)
        return next((each for key, each in self._learnt.items() if key[0] == name), None)

    def _label(self, now: Situation, name: str) -> tuple[str, str, str]:
        values = module_values(self._settings, now.desired, name)
        return name, now.resolution.modules[name].hash, digest_of(values)


def keep(
    settings: HubSettings, keys: Mapping[str, str], values: Mapping[str, Mapping[str, Any]], answers: Collection[Probed]
) -> None:
    """Remember the modules that were described, beside those that are remembered already.

    :param values: what each was configured with when it was probed; without an entry that was not asked.
    """
    cache, new, surfaces = DescriptionCache(settings), dict[str, KeptDescription](), dict[str, Surface]()
    for answer in answers:
        if answer.description is not None and answer.module in keys:
            name, key = answer.module, keys[answer.module]
            fits = digest_of(values[name]) if name in values else ""
            new[name] = KeptDescription(key=key, settings=fits, description=answer.description)
            surfaces[key] = answer.surface or Surface()
    if new:
        cache.write({**cache.read(), **new}, surfaces)


def digest_of(values: Mapping[str, Any]) -> str:
    """Names values without telling them; the same ones have the same name."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=repr).encode()).hexdigest()


def _failure(answer: Entry) -> ModuleFailed:
    text = answer["text"]
    first = text.partition(":")[0]
    kind = first if answer["kind"] == "raised" and first.isidentifier() else text
    failed = ModuleFailed(
        answer["module"], answer["phase"], ProbeFailed(answer), kind=kind, details=answer.get("details", "")
    )
    failed.is_quarantined = answer["kind"] in ENDINGS
    return failed
