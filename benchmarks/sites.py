"""Folders full of modules of each size, found and described once per run by ``hub up`` itself."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from compileall import compile_dir
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread
from typing import IO

from benchmarks.distributions import make_bare_applications, make_distributions, module_name
from benchmarks.timing import readable

BIN = Path(sys.executable).parent
_SAID_EVERY = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """``packages`` is a folder with ``count`` installed distributions; in ``home`` a hub has them up and described.

    ``token`` opens it.
    """

    count: int
    packages: Path
    home: Path
    token: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """The environment that commands over these modules run in."""
        return {**os.environ, "PYTHONPATH": str(self.packages), "NO_COLOR": "1"}


class Sites:
    """Makes the folder of a size when it is first asked for.

    :param most: the size that is not exceeded in this run.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most
        self._made: dict[int, Site] = {}

    def sizes(self, *wanted: int) -> tuple[int, ...]:
        """Those of the sizes that this run allows; at least the smallest."""
        return tuple(size for size in wanted if size <= self._most) or (min(wanted),)

    def __getitem__(self, count: int) -> Site:
        if count not in self._made:
            self._made[count] = _brought_up(self._new(count))
        return self._made[count]

    def _new(self, count: int) -> Site:
        site = Site(count=count, packages=self._folder / f"{count}" / "site", home=self._folder / f"{count}" / "hub")
        make_distributions(site.packages, count)
        make_bare_applications(site.packages)
        compile_dir(site.packages, quiet=1, workers=2)  # as pip does
        site.home.mkdir(parents=True)
        names = map(module_name, range(count))
        (site.home / "hub.toml").write_text("".join(f"[modules.{name}]\nenabled = true\n" for name in names))
        return site


def _brought_up(site: Site) -> Site:
    """Run ``hub up`` until it serves, which describes every module and keeps that."""
    started = time.perf_counter()
    command = [str(BIN / "hub"), "up", "--yes", "--json", "--port", "0"]
    with subprocess.Popen(
        command, cwd=site.home, env=site.variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        telling = Thread(target=_tell_progress, args=(process.stderr, site.count))
        telling.start()
        line = process.stdout.readline()
        seconds = time.perf_counter() - started
        process.terminate()
        telling.join()
    report = json.loads(line)
    assert not report["errors"], report["errors"]
    print(
        f"\nfirst `hub up` over {site.count} modules, all of them probed: {readable(seconds).strip()}, "
        f"{seconds / site.count * 1000:.0f} ms each   (load {os.getloadavg()[0]:.1f})",
        flush=True,
    )
    return Site(count=site.count, packages=site.packages, home=site.home, token=report["token"])


def _tell_progress(lines: IO[str], count: int) -> None:
    done, started = 0, time.perf_counter()
    for line in lines:
        done += "probed bench" in line
        if "probed bench" in line and done % _SAID_EVERY == 0:
            print(f"probed {done} of {count} in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


@contextmanager
def path_of(site: Site) -> Iterator[None]:
    """Import from where commands over this site do, so that what they have described is known here too."""
    before = list(sys.path)
    sys.path[:] = [str(BIN), *_path_of_python(str(site.packages))]
    try:
        yield
    finally:
        sys.path[:] = before
        if str(site.packages) not in before:
            sys.path.append(str(site.packages))  # modules are imported later, at their first use


@cache
def _path_of_python(packages: str) -> tuple[str, ...]:
    command = [sys.executable, "-c", "import sys; print('\\n'.join(sys.path[1:]))"]
    environment = {**os.environ, "PYTHONPATH": packages}
    ran = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return tuple(ran.stdout.splitlines())
