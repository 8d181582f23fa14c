"""The top level of the contract costs little to import: command line and catalog never pay for web and database."""

import subprocess
import sys

import pytest

CODE = "import sys; import {name}; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"


def loaded_by(name: str) -> set[str]:
    run = subprocess.run([sys.executable, "-c", CODE.format(name=name)], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("name", ["hub_hookspecs", "hub_hookspecs.hooks"])
def test_importing_it_loads_neither_fastapi_nor_sqlalchemy(name: str) -> None:
    loaded = loaded_by(name)
    assert "pluggy" in loaded
    assert loaded.isdisjoint({"fastapi", "starlette", "sqlalchemy", "pydantic", "anyio", "hub_core"})


def test_models_need_no_web_framework() -> None:
    assert loaded_by("hub_hookspecs.database").isdisjoint({"fastapi", "starlette", "hub_core"})
