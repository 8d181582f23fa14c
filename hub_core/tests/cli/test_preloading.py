"""Modules that are imported before the workers are forked: one that hangs there costs little, and is not paid for again."""

from pathlib import Path

import pytest

from hub_core.tests.cli.hub_processes import serving
from hub_core.tests.sample_modules import SampleModules

HANGS = """
    import os, time
    from pathlib import Path
    if Path({flag!r}).exists():
        with Path({imports!r}).open("a") as file:
            print({name!r}, os.getpid(), time.monotonic(), file=file)
        time.sleep(600)
"""
ROUTES = """
    import os
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])
    IMPORTED_BY = os.getpid()

    @router.get("/who")
    def who() -> int:
        return IMPORTED_BY
"""
START_SECONDS = 6.0


@pytest.fixture
def flag(samples: SampleModules, tmp_path: Path) -> Path:
    """Two modules that hang at import while this file is there, and ``calm`` behind them."""
    flag, imports = tmp_path / "flag", tmp_path / "imports"
    for name in ("aaa", "bbb"):
        source = HANGS.format(flag=str(flag), imports=str(imports), name=name)
        samples.install(name, {"__init__.py": source, "routes/api/a.py": ROUTES})
    samples.install("calm", {"routes/api/a.py": ROUTES})
    wanted = "".join(f"[modules.{name}]\n" for name in ("aaa", "bbb", "calm"))
    (tmp_path / "hub.toml").write_text(f"[hub]\nstart_seconds = {START_SECONDS}\n{wanted}")
    with serving(tmp_path, path=samples.site) as hub:  # the probe finds nothing wrong
        assert hub.stop() == 130
    return flag


def test_modules_that_hang_cost_one_limit_together_and_are_not_imported_again(
    samples: SampleModules, tmp_path: Path, flag: Path
) -> None:
    flag.touch()
    with serving(tmp_path, "up", "--yes", "--workers", "2", "--preload", path=samples.site) as hub:
        imports = [line.split() for line in (tmp_path / "imports").read_text().splitlines()]
        assert [(name, int(pid)) for name, pid, _ in imports] == [("aaa", hub.process.pid), ("bbb", hub.process.pid)]
        assert float(imports[1][2]) - float(imports[0][2]) < START_SECONDS - 1
        with hub.client() as client:
            assert client.get("/api/v1/calm/who").json() == hub.process.pid
        assert "aaa was not preloaded" in hub.log.read_text()
        assert "failed: import" not in hub.log.read_text(), "the workers have not tried"
        assert hub.stop() == 130
