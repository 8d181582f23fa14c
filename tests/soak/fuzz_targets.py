"""What is fuzzed: each target takes bytes, raises nothing that is not expected of hostile input, and begins with valid files."""

import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from hub_core.catalog import Catalog, FoundDistribution, read_catalog
from hub_core.manifest import ManifestInvalid, TextInvalid, parse_manifest, range_text, read_range, read_version
from hub_core.planning import DocumentInvalid, document, listing
from hub_core.resolution import asked, resolve
from hub_core.settings import SettingsInvalid, read_settings
from hub_core.tests.catalog.module_on_disk import HUB_MODULE, revision, write_module
from hub_core.tests.catalog.valid_files import DOCUMENT, DOCUMENT_WORDS, VALID, WORDS
from hub_core.tests.found_modules import catalog, found


@dataclass(frozen=True)
class Target:
    """One kind of input: what is done with it, what is valid, and the words it is made of."""

    run: Callable[[bytes], None]
    seeds: tuple[str, ...]
    words: tuple[str, ...]


def manifest(data: bytes) -> None:
    """The text of hub-module.toml, and what the catalog keeps of it."""
    with suppress(ManifestInvalid):
        parse_manifest(data, "billing")


def texts(data: bytes) -> None:
    """A requirement, a range and a version, alone, of a module and of a library."""
    text = data.decode(errors="surrogateescape")
    with suppress(TextInvalid):
        wanted = asked(text)
        f"{wanted} {[wanted.holds_for(version) for version in ('1.0', '2.0rc1', text)]}"
        library = FoundDistribution(version=text, requires=(text,), requires_python=text)
        judged(catalog(found("a", text, "lib"), found("b", f"{wanted.distribution}<0"), libraries={"lib": library}))
    with suppress(TextInvalid):
        versions = read_range(text)
        f"{range_text(versions)} {versions.contains(Version('1.0'), prereleases=True)}"
        judged(catalog(found("a", requires_python=text)))
    with suppress(TextInvalid):
        read_version(text)


def hub_toml(data: bytes) -> None:
    """The desired state, and the hub's own settings in it."""
    with suppress(DocumentInvalid):
        wishes = document(data.decode(errors="replace"))
        json.dumps({name: wish.settings for name, wish in wishes.modules.items()}, allow_nan=False)
    if b"hub" in data:
        (folder := _site().parent).joinpath("hub.toml").write_bytes(data)
        with suppress(SettingsInvalid):
            read_settings(folder)


def judged(on_disk: Catalog) -> None:
    """Resolve and list: each module runs or has reasons, and all of it is JSON."""
    answer = resolve(on_disk, contract=Version("1.0"))
    lines = listing(on_disk, answer, {})
    for line in lines:
        assert line.reasons or line.name in answer.order, line.name
    json.dumps([[line.as_json() for line in lines], [each.as_json() for each in (*on_disk.findings, *answer.findings)]])


def file(name: str) -> Callable[[bytes], None]:
    """One file of an installed module."""

    def run(data: bytes) -> None:
        site = _site()
        places = {HUB_MODULE: site / "hub_ledger", "0001.py": site / "hub_ledger" / "migrations" / "versions"}
        (places.get(name, site / "ledger-1.0.dist-info") / name).write_bytes(data)
        on_disk = read_catalog([str(site)])
        assert "other" in {module.name for module in on_disk.modules}
        judged(on_disk)

    return run


_made: list[Path] = []


def _site() -> Path:
    """A folder with two modules, made once for a process; whoever started the process removes it."""
    if not _made:
        _made.append(Path(tempfile.mkdtemp()) / "site")
        write_module(_made[0], revisions={"0001.py": revision("a")})
        write_module(_made[0], "other")
    return _made[0]


REQUIREMENTS = (
    "hub-hookspecs>=1,<2",
    "lib[x,y]>=1.0,!=1.5,~=1.2; python_version >= '3.8' and (os_name == 'posix' or extra == 'x')",
    "lib @ https://example.org/lib.whl ; sys_platform != 'win32'",
    "lib===1.0",
    ">=3.11,<4",
    "1!2.0rc1.post2.dev3+local.4",
)
REQUIREMENT_WORDS = (
    "lib|>=|<=|==|!=|~=|===|.*|1.0|; |extra|python_version|platform_release|implementation_version|os_name| in | not in "
    "| and | or |(|)|[|]|'|,|@|rc1|.dev|.post|1!|+local"
)

MORE_SEEDS: Mapping[str, tuple[str, ...]] = {
    "METADATA": (
        "Name: ledger\r\nVersion: 1!2.0rc1\r\nRequires-Dist: a\r\n (>=1)\r\nRequires-Dist: b @ file:///c\r\n",
    ),
    "entry_points.txt": ("[hub.modules]\nledger=hub_ledger\nother = hub_other:a.b\n",),
    "RECORD": ('"hub_ledger/a,b.py",sha256=x,1\nledger.pth,,\nfinder.py,,\n', "ledger.pth,,\n"),
    "0001.py": (
        "revision: str = 'a'\ndown_revision = ['b', 'c']\n",
        "revision = {'a'}\ndown_revision = {'b': [1]}\nbranch_labels = {('c',), ('d',)}\n",
        "a = revision = -1\nb, revision = 'a', f'{1}'\n",
    ),
}

TARGETS: Mapping[str, Target] = {
    "manifest": Target(manifest, (VALID[HUB_MODULE],), tuple(WORDS[HUB_MODULE].split("|"))),
    "texts": Target(texts, REQUIREMENTS, tuple(REQUIREMENT_WORDS.split("|"))),
    "hub_toml": Target(hub_toml, (DOCUMENT,), tuple(DOCUMENT_WORDS.split("|"))),
    **{
        name: Target(file(name), (VALID[name], *MORE_SEEDS[name]), tuple(WORDS[name].split("|")))
        for name in ("METADATA", "entry_points.txt", "RECORD", "0001.py")
    },
}
