"""Installed modules of which one file was made to crash or stall its reader, each under the name of what is odd."""

import os
from collections.abc import Callable
from pathlib import Path

from hub_core.tests.catalog.module_on_disk import HUB_MODULE, revision, write_module

MakeHostile = Callable[[Path, str], None]
"""Gets the folder and the name of a module that is healthy, and spoils it."""

HEAD = "Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n"


def metadata(text: str) -> MakeHostile:
    return lambda site, name: _write(site / f"{name}-1.0.dist-info" / "METADATA", text, name)


def header(text: str) -> MakeHostile:
    return metadata(HEAD + text)


def entry_points(text: str) -> MakeHostile:
    return lambda site, name: _write(site / f"{name}-1.0.dist-info" / "entry_points.txt", text, name)


def record(text: str) -> MakeHostile:
    return lambda site, name: _write(site / f"{name}-1.0.dist-info" / "RECORD", text, name)


def manifest(text: str) -> MakeHostile:
    return lambda site, name: _write(site / f"hub_{name}" / HUB_MODULE, text, name)


def migration(text: str) -> MakeHostile:
    return lambda site, name: _write(site / f"hub_{name}" / "migrations" / "versions" / "0001.py", text, name)


def _write(path: Path, text: str, name: str) -> None:
    path.write_bytes(text.replace("{name}", name).encode(errors="surrogateescape"))


def not_listed(*files: tuple[str, str], count: int = 1) -> MakeHostile:
    """A package that RECORD does not list, so that the files beside it are asked where it is."""

    def make(site: Path, name: str) -> None:
        (site / f"hub_{name}").rename(site / f"gone_{name}")
        made = [(file.replace("{name}", f"{name}{number}"), text) for number in range(count) for file, text in files]
        for file, text in made:
            (site / file).write_text(text)
        record("".join(f"{file},,\n" for file, _ in made))(site, name)

    return make


def many_revisions(site: Path, name: str) -> None:
    for number in range(400):
        migration(revision(f"{name}{number}") + "x = [" + "1," * 20_000 + "]\n")(site, name)
        versions = site / f"hub_{name}" / "migrations" / "versions"
        (versions / "0001.py").rename(versions / f"1{number:03}.py")


def name_that_is_no_text(site: Path, name: str) -> None:
    info = site / f"{name}-1.0.dist-info"
    (info / "METADATA").unlink()
    info.rename(site / os.fsdecode(b"\xff" + os.fsencode(info.name)))


def command_as_name(site: Path, name: str) -> None:
    info = site / f"{name}-1.0.dist-info"
    (info / "METADATA").unlink()
    info.rename(site / f"$(id {name})-1.0.dist-info")


HOSTILE: dict[str, MakeHostile] = {
    "100000 Requires-Dist": header("Requires-Dist: x\n" * 100_000),
    "20000 Requires-Dist": header("".join(f"Requires-Dist: x{number}\n" for number in range(20_000))),
    "2000 missing libraries": header("".join(f"Requires-Dist: x{number}>=1,<2\n" for number in range(1999))),
    "2000 requirements that are none": header("Requires-Dist: !x\n" * 1999),
    "90 markers of 50 extras": header(
        "".join(
            f"Requires-Dist: x{n}; {' or '.join(f'extra == {chr(34)}e{m}{chr(34)}' for m in range(50))}\n"
            for n in range(20)
        )
        + "Requires-Dist: nowhere\n"
    ),
    "a Requires-Dist with NUL": header("Requires-Dist: x\0>=1\n"),
    "a Requires-Dist of an odd range": header("Requires-Dist: x~=1.2.3prev\u0131ew1\n"),
    "a Requires-Dist of Arabic digits": header("Requires-Dist: x==\u0661\n"),
    "a Requires-Dist of full-width letters": header("Requires-Dist: \uff41>=1\n"),
    "a Requires-Dist of 5000 digits": header(f"Requires-Dist: x=={'9' * 5000}\n"),
    "a Requires-Dist that is a command": header("Requires-Dist: x===1'$(id)'\n"),
    "parentheses 400 deep": header(f"Requires-Dist: x; {'(' * 400}os_name == 'x'{')' * 400}\n"),
    "a marker of 20000 clauses": header(f"Requires-Dist: x; {' or '.join(['os_name == 1'] * 20_000)}\n"),
    "a marker that has no meaning": header("Requires-Dist: x; python_version ~= '3'\n"),
    "an extra that is no name": header("Requires-Dist: x[!]\n"),
    "a Requires-Python of 5000 digits": header(f"Requires-Python: >={'9' * 5000}\n"),
    "a Requires-Python that compares texts": header("Requires-Python: ===3.99\n"),
    "a Requires-Python of odd letters": header("Requires-Python: ~=1.2.3prev\u0131ew1\n"),
    "a line of megabytes": header(f"Summary: {'x' * 5_000_000}\n"),
    "a value of 100000 lines": header("Requires-Dist: x\n" + " ,\n" * 100_000),
    "a version of 5000 digits": metadata(f"Name: {{name}}\nVersion: {'9' * 5000}\n"),
    "a version of 500000 digits": metadata(f"Name: {{name}}\nVersion: {'9' * 500_000}\n"),
    "a name of 400000 letters": metadata(f"Name: {'x' * 400_000}\nVersion: 1.0\n"),
    "a name with NUL": metadata("Name: {name}\0\nVersion: 1.0\n"),
    "a name that is a command": metadata("Name: {name}; rm -rf ~\nVersion: 1.0\n"),
    "a folder whose name is a command": command_as_name,
    "a folder whose name is no text": name_that_is_no_text,
    "metadata that is no text": metadata("Name: {name}\nVersion: 1.0\nSummary: \udcff\n"),
    "an entry point of 900 parts": entry_points(f"[hub.modules]\n{{name}} = {'a.' * 450}a\n"),
    "an entry point of dots": entry_points(f"[hub.modules]\n{{name}} = {'.' * 900}\n"),
    "an entry point with NUL": entry_points("[hub.modules]\n{name} = hub_{name}\0\n"),
    "an entry point of full-width letters": entry_points("[hub.modules]\n{name} = hub_{name}\uff41\n"),
    "an entry point that steers the terminal": entry_points("[hub.modules]\n\x1b[2J{name} = hub_{name}\n"),
    "an entry point that writes backwards": entry_points("[hub.modules]\n\u202e{name} = hub_{name}\n"),
    "an entry point named as a path": entry_points("[hub.modules]\n../{name} = hub_{name}\n"),
    "an entry point without a name": entry_points("[hub.modules]\n = hub_{name}\n"),
    "entry points of equal signs": entry_points("[hub.modules]\n===\n"),
    "the same entry point 20 times": entry_points("[hub.modules]\n" + "{name} = hub_{name}\n" * 20),
    "a RECORD of 30 megabytes": record("hub_{name}/a.py,sha256=x,1\n" * 1_100_000),
    "a RECORD of line ends": record("\n" * 4_000_000),
    "a RECORD of one quote": record('"' + "x" * 200_000),
    "finders of a megabyte": not_listed(("{name}.py", "MAPPING = 1\n" + "x = 1\n" * 150_000), count=50),
    "path files of many folders": not_listed(("{name}.pth", "".join(f"d{n}\n" for n in range(300))), count=200),
    "a manifest of 100 megabytes": lambda site, name: os.truncate(site / f"hub_{name}" / HUB_MODULE, 100 * 2**20),
    "a manifest nested by a key": manifest(f"title{'.a' * 999} = 1"),
    "a manifest of a huge number": manifest(f"title = 0x{'f' * 5000}"),
    "a manifest of 5000 digits": manifest(f"title = {'9' * 5000}"),
    "a manifest that waits for 200 points": manifest(
        "[implements]\n" + "".join(f"x{number:078} = '>1'\n" for number in range(200))
    ),
    "a revision of one million lines": migration("x = 1\n" * 1_000_000),
    "a revision of many expressions": migration("f(a, b, c)\n" * 11_000),
    "a revision that is a set of lists": migration("revision = {[1]}\n"),
    "a revision that is a dictionary of lists": migration("revision = 'a'\ndown_revision = {[1]: 1}\n"),
    "a revision with half a letter": migration("revision = '\\udcff'\n"),
    "a revision with NUL": migration("revision = 'a\\0'\n"),
    "a revision of 5000 letters": migration(f"revision = '{'x' * 5000}'\n"),
    "a revision of a huge number": migration(f"revision = 0x{'f' * 5000}\n"),
    "a revision that follows thousands": migration(f"revision = 'a'\ndown_revision = [{'1,' * 10_000}]\n"),
    "a revision in no encoding": migration("# -*- coding: undefined -*-\nrevision = 'a'\n"),
    "a revision of 5000 signs": migration(f"revision = {'-' * 5000}1\n"),
    "400 revisions of many expressions": many_revisions,
}


def write_hostile(site: Path, kind: str, name: str = "hostile") -> None:
    """Write a module and spoil it."""
    write_module(site, name, revisions={"0001.py": revision(f"{name}_1")})
    HOSTILE[kind](site, name)
