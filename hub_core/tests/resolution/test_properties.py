"""Small sets of modules against brute force: what could run does, what cannot does not, and each reason is needed and enough."""

from dataclasses import dataclass, replace

from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from hub_core.catalog import FoundDistribution
from hub_core.resolution import Resolution, resolve
from hub_core.tests.found_modules import catalog, found

NAMES = "abcd"
LIBRARIES = ("lib-x", "lib-y", "lib-z")
VERSIONS = st.sampled_from(["1.0", "2.0"])
RANGES = st.sampled_from(["", ">=1", ">=2", "<2", "==1.0"])
TIERS = st.sampled_from(["core", "optional", "internal"])


@dataclass(frozen=True)
class Small:
    """One module: requirements as (distribution, range), what it asks for in other ways, what is wrong with it."""

    name: str
    version: str
    requires: tuple[tuple[str, str], ...]
    optional: tuple[tuple[str, str], ...] = ()
    tier: str = "optional"
    program: bool = False
    implements: str = ""
    publishes: str = ""
    contract: str = ""


@dataclass(frozen=True)
class World:
    """All that is on disk."""

    modules: tuple[Small, ...]
    libraries: dict[str, tuple[str, tuple[tuple[str, str], ...]]]
    programs: bool

    def resolved(self) -> Resolution:
        made = [
            found(
                each.name,
                *(name + versions for name, versions in each.requires),
                *(f'{name}{versions}; extra == "more"' for name, versions in each.optional),
                *([f"hub-hookspecs{each.contract}"] if each.contract else []),
                version=each.version,
                manifest=manifest(each),
            )
            for each in self.modules
        ]
        libraries = {
            name: FoundDistribution(version=version, requires=tuple(map("".join, requires)))
            for name, (version, requires) in self.libraries.items()
        }
        programs = {"tool": "/bin/tool" if self.programs else None}
        return resolve(catalog(*made, libraries=libraries, programs=programs), contract=Version("1.0"))


def manifest(of: Small) -> str:
    lines = [f'tier = "{of.tier}"', 'binaries = ["tool"]' if of.program else ""]
    lines += [f'[extension_points]\n{of.name}_point = "{of.publishes}"'] if of.publishes else []
    lines += [f'[implements]\n{of.implements}_point = ">=2"'] if of.implements else []
    return "\n".join(lines)


def requirements(*among: str) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    each = st.tuples(st.sampled_from(among), RANGES)
    return st.lists(each, max_size=2, unique_by=lambda requirement: requirement[0]).map(tuple)


@st.composite
def worlds(draw: st.DrawFn, *, circles: bool = True) -> World:
    modules = []
    for number, name in enumerate(NAMES[: draw(st.integers(1, 4))]):
        others = [f"mod-{each}" for each in (NAMES.replace(name, "") if circles else NAMES[:number])]
        modules.append(
            Small(
                name=name,
                version=draw(VERSIONS),
                requires=draw(requirements(*others, *LIBRARIES)),
                optional=draw(requirements(*(f"mod-{each}" for each in NAMES.replace(name, "")))) if circles else (),
                tier=draw(TIERS) if circles else "optional",
                program=draw(st.booleans()),
                implements=draw(st.sampled_from(["", "", *(NAMES if circles else NAMES[:number])])),
                publishes=draw(st.sampled_from(["", "1.0", "2.0"])),
                contract=draw(st.sampled_from(["", ">=1", ">=2"])),
            )
        )
    installed = draw(st.sets(st.sampled_from(LIBRARIES)))
    libraries = {name: (draw(VERSIONS), draw(requirements(*LIBRARIES))) for name in sorted(installed)}
    return World(tuple(modules), libraries, draw(st.booleans()))


def holds(version: str, versions: str) -> bool:
    return SpecifierSet(versions).contains(version, prereleases=True)


class BruteForce:
    """Says of every set of modules whether it could run; no cleverness, no code of the hub."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.modules = {each.name: each for each in world.modules}
        self.by_distribution = {f"mod-{each.name}": each for each in world.modules}

    def library_fits(self, name: str, versions: str, seen: frozenset[str] = frozenset()) -> bool:
        if name not in self.world.libraries:
            return False
        version, requires = self.world.libraries[name]
        if not holds(version, versions):
            return False
        return name in seen or all(self.library_fits(*each, seen | {name}) for each in requires)

    def fits_alone(self, module: Small) -> bool:
        """Everything that does not depend on which others run."""
        if (module.program and not self.world.programs) or not holds("1.0", module.contract):
            return False
        if module.implements:
            publisher = self.modules.get(module.implements)
            if publisher is None or not publisher.publishes or not holds(publisher.publishes, ">=2"):
                return False
        for name, versions in module.requires:
            other = self.by_distribution.get(name)
            if not (holds(other.version, versions) if other else self.library_fits(name, versions)):
                return False
        return not (module.tier == "core" and self.reaches_optional(module))

    def disagrees(self, module: Small, running: set[str]) -> bool:
        """Whether it cannot stand beside one of ``running`` that it does not require."""
        others = {name: self.by_distribution[name] for name, _ in module.optional if name in self.by_distribution}
        return any(
            name in others and others[name].name in running and not holds(others[name].version, versions)
            for name, versions in module.optional
        )

    def is_refused_below(self, module: Small) -> bool:
        """Whether one that it needs, itself or through others, cannot stand beside it: both never run."""
        needed, found = {module.name}, self.needs(module)
        while found - needed:
            needed |= found
            found = {each for name in found for each in self.needs(self.modules[name])}
        return any(self.disagrees(self.modules[name], {module.name}) for name in needed - {module.name})

    def needs(self, module: Small) -> set[str]:
        needed = {self.by_distribution[name].name for name, _ in module.requires if name in self.by_distribution}
        points = {module.implements} if module.implements in self.modules else set()
        published = {
            name for name in points if self.modules[name].publishes and holds(self.modules[name].publishes, ">=2")
        }
        return (needed | published) - {module.name}

    def reaches_optional(self, module: Small, seen: frozenset[str] = frozenset()) -> bool:
        return any(
            self.modules[name].tier == "optional"
            or (
                self.modules[name].tier == "internal"
                and name not in seen
                and self.reaches_optional(self.modules[name], seen | {name})
            )
            for name in self.needs(module)
        )

    def runnable(self) -> set[str]:
        """Grow from nothing by modules whose requirements run already: the largest set, and none that leans on itself."""
        running: set[str] = set()
        while more := {
            name
            for name, module in self.modules.items()
            if name not in running and self.needs(module) <= running and self.fits_alone(module)
        }:
            running |= more
        return running


POINT = Small("b", "1.0", (), optional=(("mod-d", ">=2"),), publishes="2.0")
JOINS = Small("d", "1.0", (), implements="b")
"""It needs the other one, which refuses this version of it."""


@given(worlds())
@example(World(modules=(POINT, JOINS), libraries={}, programs=False))
def test_what_could_run_does_what_cannot_does_not_and_has_reasons(world: World) -> None:
    answer = world.resolved()
    brute, running = BruteForce(world), set(answer.order)
    assert running <= brute.runnable()
    for module in world.modules:
        fits = module.name in brute.runnable() and brute.needs(module) <= running
        beside = not brute.disagrees(module, running - {module.name}) and not brute.is_refused_below(module)
        could_run = fits and beside
        assert (module.name in running) == could_run
    assert set(answer.reasons) == {each.name for each in world.modules} - set(answer.order)
    assert all(answer.reasons.values())
    for place, name in enumerate(answer.order):
        assert answer.requires[name] <= set(answer.order[:place])


@given(worlds(circles=False), st.data())
def test_mending_all_reasons_of_a_module_makes_it_run_and_leaving_one_does_not(
    world: World, data: st.DataObject
) -> None:
    """A reason is mended in the world as its text says: what it names is taken away, changed or brought."""
    answer = world.resolved()
    if not answer.reasons:
        return
    name = data.draw(st.sampled_from(sorted(answer.reasons)))
    faults = roots(answer, name)
    assert faults
    everything = mended(world, faults)
    assert name in everything.resolved().order, "all reasons mended, and it runs"
    left = data.draw(st.sampled_from(sorted(faults)))
    without = mended(world, faults - {left})
    assert name not in without.resolved().order, f"one reason left, {left}, and it does not"


Fault = tuple[str, str, str]
"""The module it is found in, its code, and the words of the text that name the other party."""


def roots(answer: Resolution, name: str) -> set[Fault]:
    """What is named as wrong: of the module itself, and of those at the root of what blocks it."""
    faults = set()
    for reason in answer.reasons[name]:
        if ", which cannot run beside it: " in reason.text:
            other, _, text = reason.text.removeprefix("needs ").partition(", which cannot run beside it: ")
            faults.add((other, "optional_mismatch", text.removeprefix(f"{other} ")))
        elif reason.code == "requirement_blocked":
            way, _, text = reason.text.partition(", which is blocked: ")
            root = way.removeprefix("needs ").rpartition(" → ")[2]
            (own,) = {each for each in answer.reasons[root] if text == f"{root} {each.text}"}
            faults.add((root, own.code, own.text))
        else:
            faults.add((name, reason.code, reason.text))
    return faults


def mended(world: World, faults: set[Fault]) -> World:
    """The world in which all that ``faults`` name is otherwise, each at the place its text says it stands."""
    modules, libraries = {each.name: each for each in world.modules}, dict(world.libraries)
    for name, code, text in sorted(faults):
        stands = text.partition("(Requires-Dist of ")[2].split(" ")[0]
        if stands.startswith("lib-"):
            version, requires = libraries[stands]
            libraries[stands] = version, without(requires, text)
        else:
            modules[name] = mended_module(modules[name], code, text)
    return World(tuple(modules.values()), libraries, world.programs)


def mended_module(module: Small, code: str, text: str) -> Small:
    """A release of ``module`` that does not ask for what ``text`` says it cannot have."""
    match code:
        case "contract_mismatch":
            return replace(module, contract="")
        case "binary_missing":
            return replace(module, program=False)
        case "extension_point_missing" | "extension_point_version":
            return replace(module, implements="")
        case "optional_mismatch":
            return replace(module, optional=without(module.optional, text))
        case "version_conflict" if "under its extra" in text:
            return replace(module, optional=without(module.optional, text))
    return replace(module, requires=without(module.requires, text))


def without(requires: tuple[tuple[str, str], ...], text: str) -> tuple[tuple[str, str], ...]:
    """``requires`` less the one that a reason's text begins with.

    Of another module any version will do then; it is still required, and must run.
    """
    direct = text.split()[1].rstrip("<>=.0123456789")
    rest = tuple(each for each in requires if each[0] != direct)
    is_there = direct.startswith("mod-") and "is not installed" not in text
    return (*rest, (direct, "")) if is_there else rest
